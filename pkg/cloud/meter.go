package cloud

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Meter counts the API calls of SDK clients, and what AWS bills for them. It
// counts every attempt that is sent, also one that fails or is answered with an
// error, as if all of them were billed. To know what DynamoDB bills, it has
// DynamoDB say in its answers what they consumed. The zero Meter is ready; it is
// safe for concurrent use.
type Meter struct {
	mu    sync.Mutex
	usage Usage
}

// Metered is c for clients whose calls m counts.
func (m *Meter) Metered(c aws.Config) aws.Config {
	c.APIOptions = append(slices.Clone(c.APIOptions), m.attach)
	return c
}

// Usage is what was counted so far.
func (m *Meter) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage.Plus(Usage{})
}

// inputKey is where an operation's input is kept for its attempts.
type inputKey struct{}

// attach puts the meter into the stack of an operation: once where its input
// comes in, and once where each attempt goes out, signed.
func (m *Meter) attach(stack *middleware.Stack) error {
	note := middleware.InitializeMiddlewareFunc("MeterInput", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		in.Parameters = weighed(in.Parameters)
		return next.HandleInitialize(middleware.WithStackValue(ctx, inputKey{}, in.Parameters), in)
	})
	count := middleware.DeserializeMiddlewareFunc("MeterAttempt", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		answer := out.Result
		if err != nil {
			answer = nil
		}
		name := awsmiddleware.GetServiceID(ctx) + " " + awsmiddleware.GetOperationName(ctx)
		m.count(name, middleware.GetStackValue(ctx, inputKey{}), answer)
		return out, metadata, err
	})
	if err := stack.Initialize.Add(note, middleware.After); err != nil {
		return err
	}
	return stack.Deserialize.Add(count, middleware.Before)
}

// count adds one attempt; out is nil where it failed.
func (m *Meter) count(operation string, in, out any) {
	of := Usage{Calls: map[string]int{operation: 1}}
	if unit, ok := unitOf(operation); ok {
		of.Billed = map[Unit]float64{unit: billed(unit, in, out)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.add(of)
}

// Usage is what clients asked of AWS.
type Usage struct {
	Calls  map[string]int   // by service and operation, as "SQS ReceiveMessage"
	Billed map[Unit]float64 // what is billed for them
}

func (u *Usage) add(v Usage) {
	if u.Calls == nil {
		u.Calls, u.Billed = map[string]int{}, map[Unit]float64{}
	}
	for operation, n := range v.Calls {
		u.Calls[operation] += n
	}
	for unit, n := range v.Billed {
		u.Billed[unit] += n
	}
}

// Plus is both usages together, a value of its own.
func (u Usage) Plus(v Usage) Usage {
	var sum Usage
	sum.add(u)
	sum.add(v)
	return sum
}

// Total is the number of calls.
func (u Usage) Total() (n int) {
	for _, of := range u.Calls {
		n += of
	}
	return n
}

// Dollars is what the calls cost by the list of [Prices], save the [Usage.Unpriced].
func (u Usage) Dollars() (sum float64) {
	for _, p := range Prices {
		sum += p.Dollars(u.Billed[p.Unit])
	}
	return sum
}

// Unpriced are the operations that were called and have no price here, in order.
func (u Usage) Unpriced() []string {
	var names []string
	for _, operation := range slices.Sorted(maps.Keys(u.Calls)) {
		if _, ok := unitOf(operation); !ok {
			names = append(names, operation)
		}
	}
	return names
}

// unitOf is the unit that an operation is billed in.
func unitOf(operation string) (Unit, bool) {
	service, _, _ := strings.Cut(operation, " ")
	switch service {
	case "SNS":
		return SNSRequest, true
	case "SQS":
		return SQSRequest, true
	case "STS":
		return Free, true
	}
	unit, ok := units[operation]
	return unit, ok
}

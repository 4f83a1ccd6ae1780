package cloud

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"

	"github.com/statline/statline/pkg/telemetry"
)

// throttled is c for clients whose refused calls m counts: every attempt that AWS
// refused because there were too many, whether the SDK made it again or not.
func throttled(c aws.Config, m *telemetry.Metrics) aws.Config {
	codes := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	count := middleware.DeserializeMiddlewareFunc("CountThrottles", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if err != nil && codes.IsErrorThrottle(err) == aws.TrueTernary {
			m.Add(telemetry.Throttles, 1)
		}
		return out, metadata, err
	})
	c.APIOptions = append(slices.Clone(c.APIOptions), func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(count, middleware.Before)
	})
	return c
}

// invocations are those that a Lambda function works now. The zero value has none.
type invocations struct {
	mu   sync.Mutex
	open []string // their AWS request IDs
}

// begin notes the invocation of ctx until it is ended.
func (i *invocations) begin(ctx context.Context) (id string, end func()) {
	of, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return "", func() {}
	}
	id = of.AwsRequestID
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = append(i.open, id)
	return id, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		at := slices.Index(i.open, id)
		i.open = slices.Delete(i.open, at, at+1)
	}
}

// of is the ID of the invocation that a line is written in: that of its context or, as
// a Lambda function works one at a time and much of it knows no context, the one there is.
func (i *invocations) of(ctx context.Context) string {
	if of, ok := lambdacontext.FromContext(ctx); ok {
		return of.AwsRequestID
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.open) != 1 {
		return ""
	}
	return i.open[0]
}

// invoked adds to each line the AWS request ID of the invocation that it is written in.
type invoked struct {
	slog.Handler
	invocations *invocations
}

func (h invoked) Handle(ctx context.Context, r slog.Record) error {
	if id := h.invocations.of(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String(telemetry.RequestIDKey, id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h invoked) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invoked{h.Handler.WithAttrs(attrs), h.invocations}
}

func (h invoked) WithGroup(name string) slog.Handler {
	return invoked{h.Handler.WithGroup(name), h.invocations}
}

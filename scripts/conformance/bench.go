package main

import (
	"context"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// bench is where one case works: its clients, whose calls are counted, and what
// it has to clean up.
type bench struct {
	*target
	ctx    context.Context
	shared *fixtures

	sqs      *sqs.Client
	sns      *sns.Client
	dynamodb *dynamodb.Client
	s3       *s3.Client
	sts      *sts.Client

	calls   atomic.Int64
	refused atomic.Pointer[error] // the latest error of a call
	undo    []func(context.Context) error
	stopped error
}

func newBench(ctx context.Context, t *target) *bench {
	b := &bench{target: t, ctx: ctx}
	config := t.config.Copy()
	config.APIOptions = append(config.APIOptions, b.count)
	config.Logger = logging.Nop{} // what goes wrong with a call is in its error
	b.sqs, b.sns, b.sts = sqs.NewFromConfig(config), sns.NewFromConfig(config), sts.NewFromConfig(config)
	b.dynamodb, b.s3 = dynamodb.NewFromConfig(config), s3.NewFromConfig(config)
	return b
}

// count has every call counted, whatever the attempts that the SDK makes of it,
// and its error remembered.
func (b *bench) count(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Count",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			b.calls.Add(1)
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err != nil {
				b.refused.Store(&err)
			}
			return out, metadata, err
		}), middleware.Before)
}

// name is a new name for a resource. It is a name everywhere: of 3 to 63 lower
// case letters, digits and hyphens.
func (b *bench) name() string {
	return b.id + "-" + strconv.FormatInt(b.created.Add(1), 36)
}

// must ends the case where what it builds upon has failed.
func (b *bench) must(err error) {
	if err != nil {
		b.stop(err)
	}
}

// stop ends the case, which has failed for that reason. It may be called on the
// case's own goroutine alone.
func (b *bench) stop(reason error) {
	b.stopped = reason
	runtime.Goexit()
}

// later has f called when the case is over.
func (b *bench) later(f func(context.Context) error) { b.undo = append(b.undo, f) }

// sleep lets time pass on the service.
func (b *bench) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-b.ctx.Done():
		b.stop(b.ctx.Err())
	}
}

// eventually tries until it succeeds or patience is over, and says whether it
// did. AWS does many things in the end, not at once.
func (b *bench) eventually(try func() bool) bool {
	pause := 50 * time.Millisecond
	for until := time.Now().Add(b.patience); ; pause = min(2*pause, 2*time.Second) {
		if try() {
			return true
		}
		if time.Now().After(until) {
			return false
		}
		b.sleep(pause)
	}
}

// settles asks until the answer is want, and returns the last answer.
func (b *bench) settles(want string, ask func() string) string {
	var got string
	b.eventually(func() bool {
		got = ask()
		return got == want
	})
	return got
}

// text is short for a string where the SDK wants a pointer.
func text(s string) *string { return aws.String(s) }

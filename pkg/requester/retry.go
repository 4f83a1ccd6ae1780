package requester

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/telemetry"
)

// persist does what verb says until it succeeds, cannot succeed, or ctx ends. The
// SDK has made its own attempts each time; what it does not try again, such as a
// response that breaks off, is tried again here. A line about that says which requests
// it is about.
func (r *Requester) persist(ctx context.Context, verb string, do func() error, about ...message.Request) error {
	for failures := 1; ; failures++ {
		err := do()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || permanent(err) {
			return fmt.Errorf("%s: %w", verb, err)
		}
		r.config.Log.LogAttrs(ctx, slog.LevelWarn, "trying again", append(message.Describe(about...), slog.String("to", verb), telemetry.Err(err))...)
		pause(ctx, backoff(failures)+spread(verb))
	}
}

// spread is up to 50 ms, different for each thing to do: what failed together, as
// the requests of one batch call do, is not all tried again at the same moment.
func spread(verb string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(verb))
	return time.Duration(h.Sum32()) * 50 * time.Millisecond >> 32
}

// passing are the codes of refusals that pass although SNS or SQS counts them as
// the caller's fault ("Common errors" in the API Reference of each).
var passing = []string{
	"Throttled", "ThrottledException", "Throttling", "ThrottlingException", "RequestLimitExceeded", "KMSThrottling",
	"RequestExpired", "ExpiredToken", "ExpiredTokenException",
}

// permanent says whether trying again is of no use. Whose fault a response is shows
// in its HTTP status: the SDK knows it for few errors only.
func permanent(err error) bool {
	if e, ok := errors.AsType[*refusal](err); ok {
		return e.ours && !slices.Contains(passing, e.code)
	}
	if r, ok := errors.AsType[*http.ResponseError](err); ok && r.HTTPStatusCode() >= 500 {
		return false
	}
	e, ok := errors.AsType[smithy.APIError](err)
	return ok && !slices.Contains(passing, e.ErrorCode())
}

// backoff is the pause after so many failures in a row: 200 ms, 400 ms and so on
// up to 5 s.
func backoff(failures int) time.Duration {
	return min(100*time.Millisecond<<min(failures, 6), 5*time.Second)
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

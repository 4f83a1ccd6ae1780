package sim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local"
)

// kind is one way in which a call goes wrong.
type kind struct {
	name   string
	weight int // how often it is chosen, against the others
	fits   func(*call) bool
	strike func(*world, *call, func() *local.Response) (*local.Response, error)
}

var errBroken = errors.New("read tcp 127.0.0.1: connection reset by peer")

// kinds are all ways, in the order in which they are listed. What befalls queues
// and messages is in chance_test.go, what befalls services and processes for a
// while in episode_test.go.
var kinds []kind

func init() {
	kinds = []kind{
		{"throttled", 3, anyCall, refused(0, "")},
		{"internal-error", 3, anyCall, refused(http.StatusInternalServerError, "InternalFailure")},
		{"unavailable", 3, anyCall, refused(http.StatusServiceUnavailable, "ServiceUnavailable")},
		{"credentials-expired", 1, anyCall, refused(http.StatusBadRequest, "ExpiredTokenException")},
		{"access-denied", 1, deniable, refused(http.StatusForbidden, "AccessDenied")},
		{"conflict", 2, conflicting, conflict},
		{"broken-before", 3, anyCall, brokenBefore},
		{"broken-after", 4, anyCall, brokenAfter},
		{"error-after", 3, anyCall, errorAfter},
		{"truncated", 2, anyCall, truncated},
		{"slow-request", 3, anyCall, slowRequest},
		{"slow-response", 3, anyCall, slowResponse},
		{"partial", 6, batched, partial},
		{"partial-after", 4, statements, partialAfter},
		{"killed-before", 3, mortal, killedBefore},
		{"killed-after", 3, mortal, killedAfter},
		{"terminated", 1, service, terminated},
		{"frozen", 1, service, frozen},
	}
}

func anyCall(*call) bool { return true }

func service(c *call) bool { return c.process.role == "stats" || c.process.role == "audit" }

// mortal: a foreign client of this laboratory is not written to begin again.
func mortal(c *call) bool { return c.process.role != "foreign" }

// deniable are the calls that are tried again when they are not allowed. A client
// that may not publish, or a queue that does not let the service in, is answered
// with that for good.
func deniable(c *call) bool {
	return slices.Contains([]string{"PutItem", "BatchExecuteStatement", "PutObject", "GetItem"}, c.Operation) || c.Operation == "ReceiveMessage" && c.onWork()
}

func conflicting(c *call) bool { return c.Operation == "PutItem" || c.Operation == "PutObject" }

func batched(c *call) bool { return strings.HasSuffix(c.Operation, "Batch") || statements(c) }

func statements(c *call) bool { return c.Operation == "BatchExecuteStatement" }

// fault decides what befalls a call: the kind, or nil for none.
func (w *world) fault(c *call) *kind {
	if w.plan.forced != nil {
		return w.forced(c)
	}
	if w.firstRelease(c) {
		return kindNamed("partial")
	}
	if w.firstReply(c) {
		return kindNamed("partial")
	}
	if w.peaceful() || w.dice.roll("fault "+c.point) >= w.weather || !w.allowed(c.point) {
		return nil
	}
	return choose(c, w.dice.roll("kind "+c.point))
}

// firstReply says whether a call is the first one with a reply to the foreign client,
// or the first with several, each in one schedule of two: it fails in part. That
// client has nothing but its replies.
func (w *world) firstReply(c *call) bool {
	if c.Operation != "SendMessageBatch" || !strings.Contains(c.queue(), "-inbox-foreign-") || w.peaceful() {
		return false
	}
	what := fmt.Sprint("first reply of several ", c.entries() > 1)
	return w.count(what) == 1 && w.dice.roll(what) < 0.5 && w.allowed(c.point)
}

// forced is the kind that the plan has for a point.
func (w *world) forced(c *call) *kind {
	name, ok := w.plan.forced[c.point]
	if k := kindNamed(name); ok && k.fits(c) {
		return k
	}
	return nil
}

// kindNamed is the kind of a name, nil where there is none.
func kindNamed(name string) *kind {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &kinds[i]
}

// choose is one of the kinds that fit a call, for x from 0 up to 1.
func choose(c *call, x float64) *kind {
	total := 0
	for _, k := range kinds {
		if k.fits(c) {
			total += k.weight
		}
	}
	left := int(x * float64(total))
	for i, k := range kinds {
		if !k.fits(c) {
			continue
		}
		if left -= k.weight; left < 0 {
			return &kinds[i]
		}
	}
	return nil
}

// faultID names a fault in a replay.
func faultID(point string) string { return fmt.Sprintf("%08x", uint32(hash(point))) }

// allowed says whether the plan leaves the fault at a point in the schedule, and
// notes that it was there.
func (w *world) allowed(point string) bool {
	id := faultID(point)
	if w.plan.only != nil && !w.plan.only[id] {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.struck = append(w.struck, id)
	return true
}

// refused fails a call before it happened. Without a code it is throttled, in the
// words of its service.
func refused(status int, code string) func(*world, *call, func() *local.Response) (*local.Response, error) {
	return func(_ *world, c *call, _ func() *local.Response) (*local.Response, error) {
		status, code := status, code
		if code == "" {
			status, code = throttle(c.Service)
		}
		return local.Refuse(c.Call, status, code, "of the laboratory"), nil
	}
}

// throttle is how a service says that it is called too often ("Common errors" and
// "Error responses" in the API Reference of each).
func throttle(service string) (status int, code string) {
	switch service {
	case "sqs":
		return http.StatusForbidden, "RequestThrottled"
	case "sns":
		return http.StatusTooManyRequests, "Throttled"
	case "s3":
		return http.StatusServiceUnavailable, "SlowDown"
	default:
		return http.StatusBadRequest, "ProvisionedThroughputExceededException"
	}
}

// conflict fails a write that another one is in the way of.
func conflict(_ *world, c *call, _ func() *local.Response) (*local.Response, error) {
	if c.Service == "s3" {
		return local.Refuse(c.Call, http.StatusConflict, "ConditionalRequestConflict", "of the laboratory"), nil
	}
	return local.Refuse(c.Call, http.StatusBadRequest, "TransactionConflictException", "of the laboratory"), nil
}

func brokenBefore(*world, *call, func() *local.Response) (*local.Response, error) {
	return nil, errBroken
}

func brokenAfter(_ *world, _ *call, next func() *local.Response) (*local.Response, error) {
	next()
	return nil, errBroken
}

func errorAfter(_ *world, c *call, next func() *local.Response) (*local.Response, error) {
	next()
	return local.Refuse(c.Call, http.StatusInternalServerError, "InternalFailure", "of the laboratory"), nil
}

func truncated(_ *world, _ *call, next func() *local.Response) (*local.Response, error) {
	r := next()
	return &local.Response{Status: r.Status, Header: r.Header, Body: r.Body[:len(r.Body)/2]}, nil
}

// slowest is longer than the visibility timeout and than any time that is waited
// for an answer.
const slowest = 45 * time.Second

func slowRequest(w *world, c *call, next func() *local.Response) (*local.Response, error) {
	time.Sleep(w.dice.between("slow "+c.point, 0, slowest))
	w.gate.wait(c.name)
	return next(), nil
}

func slowResponse(w *world, c *call, next func() *local.Response) (*local.Response, error) {
	r := next()
	time.Sleep(w.dice.between("slow "+c.point, 0, slowest))
	w.gate.wait(c.name)
	return r, nil
}

func killedBefore(_ *world, c *call, _ func() *local.Response) (*local.Response, error) {
	c.then = c.process.kill
	return nil, errBroken
}

func killedAfter(_ *world, c *call, next func() *local.Response) (*local.Response, error) {
	next()
	c.then = c.process.kill
	return nil, errBroken
}

func terminated(_ *world, c *call, next func() *local.Response) (*local.Response, error) {
	c.then = c.process.terminate
	return next(), nil
}

func frozen(w *world, c *call, next func() *local.Response) (*local.Response, error) {
	c.process.freeze(w.dice.between("freeze "+c.point, 0, time.Minute))
	return next(), nil
}

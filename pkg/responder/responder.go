// Package responder answers requests: it computes, stores and replies, in that
// order, so that a reply is never worth more than what the table holds.
package responder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/telemetry"
)

// Responder answers the requests of one stack. Its Handle is the handler of the
// stats queue.
type Responder struct {
	Stack   string
	Results *results.Store
	SQS     *sqs.Client
	// QueueURL gives the URL of a queue of the stack's own account and region. An
	// inbox is known by name only.
	QueueURL func(name string) string
	// Keep is how long a result is kept. Defaults to 90 days.
	Keep time.Duration
	// Log gets what is wrong but does not hold up the answer and, for debugging, each
	// answer. Defaults to slog's default.
	Log *slog.Logger
	// Metrics counts the answers and what goes wrong. Defaults to nobody.
	Metrics *telemetry.Metrics

	outboxes outboxes
}

// Pace is how long the stats worker lets messages gather between its polls.
const Pace = 10 * time.Millisecond

// answer is the answer to one request, on its way.
type answer struct {
	message      int // index of the message that holds the request
	receives     int // of that message
	inbox, nonce string
	trace        string         // the request's traceparent
	row          results.Result // what is to be stored, and then what is
	repeat       bool           // the row was there before
	err          error          // why the message is not done
}

// Handle answers the requests in messages. A message is acknowledged when each of
// its requests has a row in the table and its reply is sent, or cannot be: an
// inbox that is gone does not hold up anything, for the row is there.
func (r *Responder) Handle(ctx context.Context, messages []queue.Message) []error {
	outcomes := make([]error, len(messages))
	answers := make([]*answer, 0, len(messages))
	for i, m := range messages {
		of, err := r.computeAll(i, m)
		answers, outcomes[i] = append(answers, of...), err
	}
	r.store(ctx, answers)
	failures := r.send(ctx, answers)
	r.count(answers, len(failures))
	for _, a := range answers {
		outcomes[a.message] = errors.Join(outcomes[a.message], a.err)
	}
	for i, err := range failures {
		if messages[i].Last {
			// The rows are stored, and no later delivery would do better: a request
			// that has its answer is no dead letter.
			attrs := append(message.Describer(r.Stack)(messages[i].Body), slog.String("message", messages[i].ID), telemetry.Err(err))
			r.log().LogAttrs(ctx, slog.LevelError, "reply given up; the result is stored", attrs...)
			continue
		}
		outcomes[i] = errors.Join(outcomes[i], err)
	}
	r.tell(ctx, messages, answers)
	return outcomes
}

// computeAll computes the answers to the requests in one message, in their order.
// A panic is that message's alone.
func (r *Responder) computeAll(index int, m queue.Message) (answers []*answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			answers, err = nil, fmt.Errorf("message %s: panic: %v\n%s", m.ID, p, debug.Stack())
		}
	}()
	requests := message.Parse(r.Stack, []byte(m.Body))
	answers = make([]*answer, 0, len(requests))
	for _, in := range requests {
		now := time.Now()
		a := &answer{message: index, receives: m.Receives, inbox: in.Inbox, nonce: in.Nonce, trace: in.TraceParent}
		a.row = results.Result{Reply: r.compute(in, now, m.Last), Digest: in.Digest, ClientID: in.ClientID, SentAt: in.SentAt, ExpiresAt: now.Add(r.keep())}
		a.row.CompletedAt = now
		answers = append(answers, a)
	}
	return answers, nil
}

// store gives each request the answer that stands in the table from then on. Of
// several requests with the same ID the first is stored before the others are.
func (r *Responder) store(ctx context.Context, answers []*answer) {
	for len(answers) > 0 {
		var later []*answer
		now, rows := make([]*answer, 0, len(answers)), make([]results.Result, 0, len(answers))
		ids := make(map[string]bool, len(answers))
		for _, a := range answers {
			if id := a.row.RequestID; ids[id] {
				later = append(later, a)
			} else {
				ids[id] = true
				now, rows = append(now, a), append(rows, a.row)
			}
		}
		stored, errs := r.Results.PutAll(ctx, rows)
		for i, a := range now {
			a.stored(stored[i], errs[i])
		}
		answers = later
	}
}

// stored takes over the row that stands in the table. A request that is given up has
// both a reply, "dead", and an error that is [queue.ErrGiveUp].
func (a *answer) stored(row results.Result, err error) {
	// A row that was there has another time, to the nanosecond. So has one of this very
	// request whose first write took place without an answer: it is there as well.
	a.repeat = err == nil && !row.CompletedAt.Equal(a.row.CompletedAt)
	switch {
	case errors.Is(err, results.ErrConflict):
		a.row.Reply = conflict(a.row)
	case err != nil:
		a.row.Reply, a.err = message.Reply{}, err
	default:
		a.row = row
		if row.Status == message.StatusDead {
			a.err = fmt.Errorf("request %s: %w", row.RequestID, queue.ErrGiveUp)
		}
	}
}

// compute is the answer to a request. What is delivered for the last time is not
// computed: it may be what stopped its worker each time before.
func (r *Responder) compute(in message.Incoming, now time.Time, last bool) message.Reply {
	switch {
	case last:
		return message.Reply{RequestID: in.ID, Status: message.StatusDead}
	case !in.Deadline.IsZero() && now.After(in.Deadline):
		return message.Reply{RequestID: in.ID, Status: message.StatusExpired}
	default:
		return in.Answer()
	}
}

// conflict is the answer to a request whose ID another request has taken.
func conflict(r results.Result) message.Reply {
	return message.Reply{
		RequestID: r.RequestID, Status: message.StatusError, CompletedAt: r.CompletedAt,
		Fault: &message.Fault{Code: message.IDConflict, Message: "request_id: " + results.ErrConflict.Error(), Path: "request_id"},
	}
}

func (r *Responder) keep() time.Duration {
	if r.Keep > 0 {
		return r.Keep
	}
	return 90 * 24 * time.Hour
}

func (r *Responder) log() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.Default()
}

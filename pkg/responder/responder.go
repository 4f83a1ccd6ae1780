// Package responder answers requests: it computes, stores and replies, in that
// order, so that a reply is never worth more than what the table holds.
package responder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/results"
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
	// Log gets what is wrong but does not hold up the answer. Defaults to slog's
	// default.
	Log *slog.Logger
}

// reply is a reply on its way to an inbox.
type reply struct {
	inbox   string
	body    string
	message int // index of the message that it answers
}

// Handle answers the requests in messages. A message is acknowledged when each of
// its requests has a row in the table and its reply is sent, or cannot be: an
// inbox that is gone does not hold up anything, for the row is there.
func (r *Responder) Handle(ctx context.Context, messages []queue.Message) []error {
	outcomes := make([]error, len(messages))
	replies := make([][]reply, len(messages))
	var wg sync.WaitGroup
	for i, m := range messages {
		wg.Go(func() { replies[i], outcomes[i] = r.answerAll(ctx, i, m) })
	}
	wg.Wait()
	var all []reply
	for _, of := range replies {
		all = append(all, of...)
	}
	for i, err := range r.send(ctx, all) {
		if messages[i].Last {
			// The rows are stored, and no later delivery would do better: a request
			// that has its answer is no dead letter.
			r.log().Error("reply given up; the result is stored", "message", messages[i].ID, "err", err)
			continue
		}
		outcomes[i] = errors.Join(outcomes[i], err)
	}
	return outcomes
}

// answerAll answers the requests in one message, in their order. It returns the
// replies to those that were answered even where others failed.
func (r *Responder) answerAll(ctx context.Context, index int, m queue.Message) (replies []reply, err error) {
	for _, in := range message.Parse(r.Stack, []byte(m.Body)) {
		answer, failure := r.answer(ctx, in, m.Last)
		err = errors.Join(err, failure)
		if answer.RequestID == "" || in.Inbox == "" {
			continue
		}
		answer.Nonce = in.Nonce
		body, failure := answer.MarshalJSON()
		if failure != nil {
			err = errors.Join(err, fmt.Errorf("write reply %s: %w", in.ID, failure))
			continue
		}
		replies = append(replies, reply{inbox: in.Inbox, body: string(body), message: index})
	}
	return replies, err
}

// answer gives a request the answer that stands in the table from then on. Both
// are returned where the request is given up: the reply "dead", and an error that
// is [queue.ErrGiveUp].
func (r *Responder) answer(ctx context.Context, in message.Incoming, last bool) (answer message.Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = message.Reply{}, fmt.Errorf("answer %s: panic: %v\n%s", in.ID, p, debug.Stack())
		}
	}()
	now := time.Now()
	answer = r.compute(in, now, last)
	answer.CompletedAt = now
	stored, err := r.Results.Put(ctx, results.Result{
		Reply: answer, Digest: in.Digest, ClientID: in.ClientID, SentAt: in.SentAt, ExpiresAt: now.Add(r.keep()),
	})
	if errors.Is(err, results.ErrConflict) {
		return conflict(in, now), nil
	}
	if err != nil {
		return message.Reply{}, err
	}
	if stored.Status == message.StatusDead {
		return stored.Reply, fmt.Errorf("request %s: %w", in.ID, queue.ErrGiveUp)
	}
	return stored.Reply, nil
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
func conflict(in message.Incoming, now time.Time) message.Reply {
	return message.Reply{
		RequestID: in.ID, Status: message.StatusError, CompletedAt: now,
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

package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/statline/statline/pkg/telemetry"
)

// Function works one event of a Lambda function whose event source is the queue: the
// messages that Lambda has received. It may be called by several invocations at a
// time.
//
// It names the messages that are not done in its answer and Lambda deletes the
// others, so the event source mapping must report batch item failures: without that,
// Lambda deletes what failed too. An error fails the event as a whole, and all of its
// messages come again when their visibility timeout is over ("Handling errors for an
// SQS event source in Lambda", AWS Lambda Developer Guide).
//
// All is done when Function returns, and nothing of it is left for a time between two
// invocations, when Lambda freezes the process, or stops it without a word.
//
// The visibility of messages is not renewed: the queue's visibility timeout must be
// at least six times the function's timeout and the mapping's window besides
// ("Creating and configuring an Amazon SQS event source mapping", AWS Lambda
// Developer Guide).
type Function func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error)

// errLate is the cause that ends a handler's context when the invocation is nearly
// over.
var errLate = errors.New("the invocation has no more time")

// Function is the worker as a Lambda function, which has the handler work what Lambda
// receives: of the fields, those of polling and Grace mean nothing to it. The
// handler's context ends a little before the invocation must: a fifth of its time
// before, at most 5 seconds, in which the function can still postpone what is not
// done and answer. A handler that heeds it loses nothing but time; one that does not
// has the event fail as a whole.
//
// Function fails where Run does: where a field is out of range or the queue's
// attributes cannot be read.
func (w *Worker) Function(ctx context.Context) (Function, error) {
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	return w.invoked, nil
}

// invoked works one event.
func (w *Worker) invoked(ctx context.Context, event events.SQSEvent) (response events.SQSEventResponse, err error) {
	if len(event.Records) == 0 {
		return response, fmt.Errorf("event without messages for the function of queue %s", w.URL)
	}
	messages := make([]Message, 0, len(event.Records))
	failed := []events.SQSBatchItemFailure{} // as an empty list it says that all is done, and never null
	for _, r := range event.Records {
		if err := w.ours(r); err != nil {
			return response, err
		}
		m, err := received(delivered(r), w.maxReceives)
		if err != nil {
			w.about(Message{ID: r.MessageId, Body: r.Body}, slog.LevelError, "message without its attributes", telemetry.Err(err))
			failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			continue
		}
		messages = append(messages, m)
	}
	for _, m := range w.undone(ctx, messages) {
		failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: m.ID})
	}
	return events.SQSEventResponse{BatchItemFailures: failed}, nil
}

// ours is an error for a record that the function must not answer for. A message of
// another queue is another service's: whoever takes it has it deleted unworked. An
// answer that names an empty ID is as bad as none.
func (w *Worker) ours(r events.SQSMessage) error {
	queue := w.URL[strings.LastIndex(w.URL, "/")+1:]
	if from := r.EventSourceARN[strings.LastIndex(r.EventSourceARN, ":")+1:]; from != queue {
		return fmt.Errorf("event of queue %q for the function of queue %s", r.EventSourceARN, queue)
	}
	if r.MessageId == "" {
		return fmt.Errorf("event of queue %s: message without an ID", queue)
	}
	return nil
}

// delivered is a record as SQS describes a message.
func delivered(r events.SQSMessage) types.Message {
	return types.Message{MessageId: &r.MessageId, Body: &r.Body, ReceiptHandle: &r.ReceiptHandle, Attributes: r.Attributes}
}

// undone has the handler work messages, leaves for later what is not done, and returns
// that. What there was no time for waits like all else: whatever took the time may
// take it again.
func (w *Worker) undone(ctx context.Context, messages []Message) (failed []Message) {
	if len(messages) == 0 {
		return nil
	}
	work, settle, cancel := split(ctx)
	defer cancel()
	outcomes := w.outcomes(work, messages)
	w.count(messages, outcomes, func(Message) bool { return true })
	for i, err := range outcomes {
		if err == nil {
			continue
		}
		m := messages[i]
		m.hide = w.delay(context.WithoutCancel(ctx), m, err)
		w.notDone(m, err)
		failed = append(failed, m)
	}
	w.postponeAll(settle, failed)
	return failed
}

// split divides the time of an invocation between the work and what must follow it.
// Neither context ends too late for the answer.
func split(ctx context.Context) (work, settle context.Context, cancel context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, ctx, func() {}
	}
	rest := min(time.Until(deadline)/5, 5*time.Second)
	settle, endSettle := context.WithDeadline(ctx, deadline.Add(-rest/5))
	work, endWork := context.WithDeadlineCause(settle, deadline.Add(-rest), errLate)
	return work, settle, func() { endWork(); endSettle() }
}

// postponeAll postpones the messages of an event, which may be many more than a call
// takes.
func (w *Worker) postponeAll(ctx context.Context, messages []Message) {
	const calls = 8 // at once
	var all errgroup.Group
	all.SetLimit(calls)
	for some := range slices.Chunk(messages, batchLimit) {
		all.Go(func() error {
			w.postpone(ctx, some)
			return nil // what went wrong is logged: the message comes again when its visibility timeout is over
		})
	}
	all.Wait()
}

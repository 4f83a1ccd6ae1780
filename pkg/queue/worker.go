package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// batchLimit is the most messages in a receive or in a batch call ("Amazon SQS
// message quotas", Amazon SQS Developer Guide).
const batchLimit = 10

// Worker consumes a queue by long polling.
type Worker struct {
	SQS     *sqs.Client
	URL     string // of the queue
	Handler Handler
	// Batches is the most batches that the handler has at once. Defaults to 8.
	Batches int
	// Wait is how long a poll waits for messages, in whole seconds, at most 20.
	// Defaults to 10: a stopping worker must let its poll end.
	Wait time.Duration
	// Grace is how long the handler may go on when the worker stops. Defaults to
	// 15 seconds.
	Grace time.Duration
	// Log gets what goes wrong and is tried again. Defaults to slog's default.
	Log *slog.Logger

	visibility  time.Duration // of the queue
	maxReceives int           // of the queue; 0 for no limit
}

// Run works messages until ctx ends. Then it lets the open poll end, because SQS
// may already have handed out messages for it, returns at once to the queue what
// it has not started, finishes the rest and returns nil. It fails only where it
// cannot read the queue's attributes at the start; later errors are logged and
// tried again.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.prepare(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	work, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abort(nil)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(w.Grace, func() { abort(errors.New("the time for stopping is over")) })
	})()
	var batches sync.WaitGroup
	defer batches.Wait()
	free := make(chan struct{}, w.Batches)
	for failures := 0; ctx.Err() == nil; {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		messages, err := w.receive(ctx)
		if err != nil {
			<-free
			failures++
			w.Log.Error("receive failed", "queue", w.URL, "err", err)
			pause(ctx, min(backoff(failures), 30*time.Second))
			continue
		}
		failures = 0
		if len(messages) == 0 || ctx.Err() != nil {
			<-free
			w.release(work, messages)
			continue
		}
		batches.Go(func() {
			defer func() { <-free }()
			w.work(work, messages)
		})
	}
	return nil
}

// prepare sets the defaults and reads the attributes of the queue.
func (w *Worker) prepare(ctx context.Context) error {
	if w.Batches == 0 {
		w.Batches = 8
	}
	if w.Wait == 0 {
		w.Wait = 10 * time.Second
	}
	if w.Grace == 0 {
		w.Grace = 15 * time.Second
	}
	if w.Log == nil {
		w.Log = slog.Default()
	}
	out, err := w.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       &w.URL,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		return fmt.Errorf("read attributes of queue %s: %w", w.URL, err)
	}
	return w.configure(out.Attributes)
}

func (w *Worker) configure(attributes map[string]string) error {
	seconds, err := strconv.Atoi(attributes[string(types.QueueAttributeNameVisibilityTimeout)])
	if err != nil {
		return fmt.Errorf("queue %s: visibility timeout: %w", w.URL, err)
	}
	w.visibility = time.Duration(seconds) * time.Second
	policy, ok := attributes[string(types.QueueAttributeNameRedrivePolicy)]
	if !ok {
		return nil
	}
	// SQS takes maxReceiveCount as a number or as a string of digits.
	var redrive struct {
		MaxReceiveCount json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
		return fmt.Errorf("queue %s: redrive policy: %w", w.URL, err)
	}
	w.maxReceives, err = strconv.Atoi(redrive.MaxReceiveCount.String())
	if err != nil {
		return fmt.Errorf("queue %s: maxReceiveCount: %w", w.URL, err)
	}
	return nil
}

// receive polls once. The poll outlives ctx: were it cancelled, the messages that
// SQS has handed out for it would be hidden until their visibility timeout ends.
func (w *Worker) receive(ctx context.Context) ([]Message, error) {
	out, err := w.SQS.ReceiveMessage(context.WithoutCancel(ctx), &sqs.ReceiveMessageInput{
		QueueUrl: &w.URL, MaxNumberOfMessages: batchLimit, WaitTimeSeconds: int32(w.Wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	})
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(out.Messages))
	for _, m := range out.Messages {
		message, err := received(m, w.maxReceives)
		if err != nil {
			w.Log.Error("message without its attributes", "queue", w.URL, "message", aws.ToString(m.MessageId), "err", err)
			continue // it comes again
		}
		messages = append(messages, message)
	}
	return messages, nil
}

// work has the handler work a batch, with its visibility renewed, and does what
// the outcomes say. Renewal has ended before anything is done with a message.
func (w *Worker) work(ctx context.Context, messages []Message) {
	lease := w.renew(ctx, messages)
	outcomes := w.Handler(lease.ctx, messages)
	lost := lease.end()
	var done []Message
	for i, m := range messages {
		switch err := outcomes[i]; {
		case lost[m.ID]:
			w.Log.Warn("message lost while it was worked", "queue", w.URL, "message", m.ID, "err", err)
		case err == nil:
			done = append(done, m)
		default:
			w.postpone(ctx, m, err)
		}
	}
	w.acknowledge(ctx, done)
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

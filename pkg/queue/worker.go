package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// settleTime is how long the calls may take that end the work on a batch: more
// than the SDK's attempts need, and little enough that a stopping worker with the
// default Grace is gone in 25 seconds. Fargate kills a task after 30 ("stopTimeout",
// Amazon ECS Developer Guide).
const settleTime = 10 * time.Second

// errStopped is the cause that ends a handler's context when Grace is over.
var errStopped = errors.New("the worker was stopped and can wait no longer")

// Worker consumes a queue by long polling.
type Worker struct {
	SQS     *sqs.Client
	URL     string // of the queue
	Handler Handler
	// Batches is the most batches that the handler has at once. Defaults to 8.
	Batches int
	// Wait is how long a poll waits for messages, in whole seconds, at most 20.
	// Defaults to 10 seconds: a stopping worker must let its poll end.
	Wait time.Duration
	// Grace is how long the handler may go on when the worker stops. Defaults to
	// 15 seconds.
	Grace time.Duration
	// Log gets what goes wrong and is tried again. Defaults to slog's default.
	Log *slog.Logger

	visibility  time.Duration // of what this worker receives
	maxReceives int           // of the queue; 0 for no limit
}

// Run works messages until ctx ends. Then it lets the open poll end, because SQS
// may already have handed out messages for it, returns to the queue at once what
// it has not started, save messages on their last delivery, finishes the rest and
// returns nil. When Grace is over it ends the handler's context; what the handler
// has not done by then returns to the queue at once too. Run fails only where a
// field is out of range or it cannot read the queue's attributes at the start;
// later errors are logged and tried again. A worker runs once at a time.
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
		pause(work, w.Grace)
		abort(errStopped)
	})()
	var batches sync.WaitGroup
	defer batches.Wait()
	for free := make(chan struct{}, w.Batches); take(ctx, free); {
		messages := w.receive(ctx)
		if ctx.Err() != nil {
			messages = w.unstarted(ctx, messages)
		}
		if len(messages) == 0 {
			<-free
			continue
		}
		batches.Go(func() {
			defer func() { <-free }()
			w.work(work, messages)
		})
	}
	return nil
}

// take waits for a free place and takes it, unless ctx ends.
func take(ctx context.Context, free chan struct{}) bool {
	select {
	case free <- struct{}{}:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// unstarted returns to the queue what was received after the worker was stopped.
// What it gives back has to be worked all the same: a message on its last delivery
// would go to the dead-letter queue without ever having been told so.
func (w *Worker) unstarted(ctx context.Context, messages []Message) (last []Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	var others []Message
	for _, m := range messages {
		if m.Last {
			last = append(last, m)
			continue
		}
		others = append(others, m)
	}
	w.release(ctx, others)
	return last
}

// work has the handler work a batch, with its visibility renewed, and does what
// the outcomes say. Renewal has ended before anything is done with a message, and
// what is done outlives ctx.
func (w *Worker) work(ctx context.Context, messages []Message) {
	lease := w.renew(ctx, messages)
	outcomes := w.outcomes(lease.ctx, messages)
	lease.end()
	var done, failed []Message
	for i, m := range messages {
		switch err := outcomes[i]; {
		case !lease.holds(m):
			w.Log.Warn("message lost while it was worked", "queue", w.URL, "message", m.ID, "err", err)
		case err == nil:
			done = append(done, m)
		default:
			m.hide = w.delay(ctx, m, err)
			w.Log.Error("message not done", "queue", w.URL, "message", m.ID, "receives", m.Receives, "again_in", m.hide.String(), "err", err)
			failed = append(failed, m)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	w.acknowledge(ctx, done)
	w.postpone(ctx, failed)
}

// outcomes has the handler work a batch. Where it panics, or returns a number of
// outcomes that leaves open which is whose, none of the messages is done.
func (w *Worker) outcomes(ctx context.Context, messages []Message) []error {
	outcomes, err := w.call(ctx, slices.Clone(messages))
	if err == nil && len(outcomes) != len(messages) {
		err = fmt.Errorf("the handler returned %d outcomes for %d messages", len(outcomes), len(messages))
	}
	if err != nil {
		outcomes = slices.Repeat([]error{err}, len(messages))
	}
	return outcomes
}

// call makes a panic an error: what one message does to its handler must not end
// the work on all others.
func (w *Worker) call(ctx context.Context, messages []Message) (outcomes []error, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v", p)
			w.Log.Error("handler panicked", "queue", w.URL, "messages", len(messages), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	return w.Handler(ctx, messages), nil
}

// delay is how long a message that is not done stays invisible. Work is the
// context of all work.
func (w *Worker) delay(work context.Context, m Message, err error) time.Duration {
	switch {
	case work.Err() != nil:
		return 0 // it was not given the time
	case errors.Is(err, ErrGiveUp) && m.Receives == w.maxReceives:
		return 0 // the next receive moves it to the dead-letter queue
	default:
		return backoff(m.Receives)
	}
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

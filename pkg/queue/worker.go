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
	"golang.org/x/sync/semaphore"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/telemetry"
)

// settleTime is how long the calls may take that end the work on a batch: more
// than the SDK's attempts need, and little enough that a stopping worker with the
// default Grace is gone in 25 seconds. Fargate kills a task after 30 ("stopTimeout",
// Amazon ECS Developer Guide).
const settleTime = 10 * time.Second

// errStopped is the cause that ends a handler's context when Grace is over.
var errStopped = errors.New("the worker was stopped and can wait no longer")

// Worker consumes a queue by long polling. It polls as much as the queue needs: one
// poll is always open, and more are while they come back full.
type Worker struct {
	SQS     *sqs.Client
	URL     string // of the queue
	Handler Handler
	// Batches is the most batches that the worker has in hand at once, those that
	// its open polls may bring included. Defaults to 64.
	Batches int
	// Wait is how long a poll waits for messages, in whole seconds, at most 20.
	// Defaults to 10 seconds: a stopping worker must let its poll end.
	Wait time.Duration
	// Pace is the most that the worker waits before it polls again after an answer
	// that was not full, for the sake of fuller ones. It waits only where several
	// messages are to be expected in that time. Defaults to none.
	Pace time.Duration
	// Grace is how long the handler may go on when the worker stops. Defaults to
	// 15 seconds.
	Grace time.Duration
	// Log gets what goes wrong and is tried again. Defaults to slog's default.
	Log *slog.Logger
	// Describe gives what a line about a message says of it beside its ID. Defaults to
	// nothing.
	Describe func(body string) []slog.Attr
	// Metrics counts the messages and what goes wrong. Defaults to nobody.
	Metrics *telemetry.Metrics

	visibility  time.Duration // of what this worker receives
	maxReceives int           // of the queue; 0 for no limit
	room        *semaphore.Weighted
	acks        *batch.Group[Message]
	polls       polls

	once    sync.Once
	hurried context.Context // ends with Hurry
	hurry   context.CancelFunc
}

// Hurry lets nothing wait for company any more, neither polls nor acknowledgements,
// now and from now on.
func (w *Worker) Hurry() {
	w.once.Do(w.calm)
	w.hurry()
}

func (w *Worker) calm() { w.hurried, w.hurry = context.WithCancel(context.Background()) }

// Run works messages until ctx ends. Then it lets the open polls end, because SQS
// may already have handed out messages for them, returns to the queue at once what
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
	w.once.Do(w.calm)
	patient, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(w.hurried, stop)()
	defer context.AfterFunc(patient, w.acks.Hurry)()
	r := &run{patient: patient, work: work}
	r.all.Go(func() { w.consume(ctx, r) })
	r.all.Wait()
	w.acks.Close()
	return nil
}

// run is a worker at work.
type run struct {
	patient context.Context // ends when nothing may wait for company any more
	work    context.Context // ends when no handler may go on any more
	all     sync.WaitGroup  // polls, and the batches that they brought
}

// consume polls, and has what it receives worked, until ctx ends or fewer polls do.
func (w *Worker) consume(ctx context.Context, r *run) {
	for w.take(ctx) {
		messages := w.receive(ctx)
		received := len(messages)
		if ctx.Err() != nil {
			messages = w.unstarted(ctx, messages)
		}
		w.room.Release(w.most() - w.weight(messages))
		if len(messages) > 0 {
			r.all.Go(func() { w.handle(r.work, messages) })
		}
		next := w.polls.answered(received, w.Pace)
		if next.more {
			r.all.Go(func() { w.consume(ctx, r) })
		}
		if next.fewer {
			return
		}
		if next.wait > 0 {
			pause(r.patient, next.wait)
		}
	}
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

// handle works a batch that has room, and acknowledges what is done. An
// acknowledgement may wait for others, without the bodies.
func (w *Worker) handle(ctx context.Context, messages []Message) {
	weight := w.weight(messages)
	done := w.work(ctx, messages)
	w.room.Release(weight)
	w.acknowledge(ctx, done)
}

// work has the handler work a batch, with its visibility renewed, and returns what
// is done. Renewal has ended before anything else is done with a message, and what
// is done outlives ctx.
func (w *Worker) work(ctx context.Context, messages []Message) (done []Message) {
	lease := w.renew(ctx, messages)
	outcomes := w.outcomes(lease.ctx, messages)
	lease.end()
	w.count(messages, outcomes, lease.holds)
	var failed []Message
	for i, m := range messages {
		switch err := outcomes[i]; {
		case !lease.holds(m):
			w.about(m, slog.LevelWarn, "message lost while it was worked", telemetry.Err(err))
		case err == nil:
			m.Body = ""
			done = append(done, m)
		default:
			m.hide = w.delay(ctx, m, err)
			w.notDone(m, err)
			failed = append(failed, m)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	w.postpone(ctx, failed)
	return done
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

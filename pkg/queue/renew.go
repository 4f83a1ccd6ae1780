package queue

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/statline/statline/pkg/telemetry"
)

// errLost is the cause that ends a handler's context when its messages are no
// longer its own.
var errLost = errors.New("the messages' visibility could not be renewed")

// lease keeps a batch invisible to other consumers while it is worked.
type lease struct {
	ctx  context.Context // of the handler; ends when all messages are lost
	stop context.CancelFunc
	done sync.WaitGroup
	// until is when each message becomes visible again unless it is renewed, by
	// receipt handle. It is the renewal's own until that is done.
	until map[string]time.Time
}

// renew renews the visibility of messages every third of its length, until the
// lease is ended, even where ctx has ended before. SQS hides no message for longer
// than 12 hours in all, so one that is worked longer, less the visibility timeout,
// is lost ("Amazon SQS visibility timeout", Amazon SQS Developer Guide).
func (w *Worker) renew(ctx context.Context, messages []Message) *lease {
	l := &lease{until: map[string]time.Time{}}
	for _, m := range messages {
		l.until[m.handle] = time.Now().Add(w.visibility)
	}
	work, cancel := context.WithCancelCause(ctx)
	renewal, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.ctx, l.stop = work, stop
	l.done.Go(func() {
		w.renewAll(renewal, l, slices.Clone(messages))
		cancel(errLost)
	})
	return l
}

// end stops the renewal and waits for it.
func (l *lease) end() {
	l.stop()
	l.done.Wait()
}

// holds says whether a message is still invisible to others.
func (l *lease) holds(m Message) bool { return time.Now().Before(l.until[m.handle]) }

// last is when the last of the messages held becomes visible again.
func (l *lease) last(held []Message) time.Time {
	var last time.Time
	for _, m := range held {
		if t := l.until[m.handle]; t.After(last) {
			last = t
		}
	}
	return last
}

// renewAll renews until ctx ends or no message is left.
func (w *Worker) renewAll(ctx context.Context, l *lease, held []Message) {
	for i := range held {
		held[i].hide = w.visibility
	}
	lost := func(m Message) bool { return !l.holds(m) }
	for ; len(held) > 0; held = slices.DeleteFunc(held, lost) {
		pause(ctx, min(w.visibility/3, time.Until(l.last(held))))
		if ctx.Err() != nil {
			return
		}
		if held = slices.DeleteFunc(held, lost); len(held) > 0 {
			w.extend(ctx, l, held)
		}
	}
}

// extend renews once. A message whose renewal is refused is lost; one whose renewal
// fails otherwise is lost when its visibility has run out, which no call outlasts.
// An extension counts from when SQS gets it ("ChangeMessageVisibility", Amazon SQS
// API Reference), so from the call's beginning at the earliest.
func (w *Worker) extend(ctx context.Context, l *lease, held []Message) {
	call, cancel := context.WithDeadline(ctx, l.last(held))
	defer cancel()
	asked := time.Now()
	failed, err := w.setVisibility(call, held)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Warn("renewal failed", "queue", w.URL, "messages", len(held), telemetry.Err(err))
			w.Metrics.Add(telemetry.VisibilityFailures, len(held))
		}
		return
	}
	for i, m := range held {
		f, bad := failed[i]
		switch {
		case !bad:
			l.until[m.handle] = asked.Add(w.visibility)
			continue
		case f.SenderFault:
			delete(l.until, m.handle)
		}
		w.about(m, slog.LevelWarn, "renewal failed", telemetry.Err(entryError(f)))
		w.Metrics.Add(telemetry.VisibilityFailures, 1)
	}
}

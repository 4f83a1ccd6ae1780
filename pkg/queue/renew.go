package queue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// errLost is the cause that ends a handler's context when its messages are no
// longer its own.
var errLost = errors.New("the messages' visibility could not be renewed")

// lease keeps a batch invisible to other consumers while it is worked.
type lease struct {
	ctx  context.Context // of the handler; ends when all messages are lost
	stop context.CancelFunc
	done sync.WaitGroup
	// until is when each message becomes visible again, by receipt handle. What is
	// lost is not in it. The renewal's own until done.
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

// holds says, after the end, whether a message was not lost.
func (l *lease) holds(m Message) bool {
	_, held := l.until[m.handle]
	return held
}

// first is when the first of the messages held becomes visible again.
func (l *lease) first(held []Message) time.Time {
	first := l.until[held[0].handle]
	for _, m := range held[1:] {
		if t := l.until[m.handle]; t.Before(first) {
			first = t
		}
	}
	return first
}

// live drops the messages whose visibility has run out.
func (l *lease) live(held []Message) []Message {
	now := time.Now()
	return slices.DeleteFunc(held, func(m Message) bool {
		lost := !now.Before(l.until[m.handle])
		if lost {
			delete(l.until, m.handle)
		}
		return lost
	})
}

// renewAll renews until ctx ends or no message is left.
func (w *Worker) renewAll(ctx context.Context, l *lease, held []Message) {
	for i := range held {
		held[i].hide = w.visibility
	}
	for ; len(held) > 0; held = l.live(held) {
		pause(ctx, min(w.visibility/3, time.Until(l.first(held))))
		if ctx.Err() != nil {
			return
		}
		if held = l.live(held); len(held) > 0 {
			w.extend(ctx, l, held)
		}
	}
}

// extend renews once. A message whose renewal is refused is lost; one whose renewal
// fails otherwise is lost when its visibility has run out, which no call outlasts.
// An extension counts from when SQS gets it ("ChangeMessageVisibility", Amazon SQS
// API Reference), so from the call's beginning at the earliest.
func (w *Worker) extend(ctx context.Context, l *lease, held []Message) {
	call, cancel := context.WithDeadline(ctx, l.first(held))
	defer cancel()
	asked := time.Now()
	failed, err := w.setVisibility(call, held)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Warn("renewal failed", "queue", w.URL, "messages", len(held), "err", err)
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
			l.until[m.handle] = asked
		}
		w.Log.Warn("renewal failed", "queue", w.URL, "message", m.ID, "err", entryError(f))
	}
}

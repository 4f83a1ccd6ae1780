package queue

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// errLost is the cause that ends a handler's context when its messages are no
// longer its own.
var errLost = errors.New("the messages' visibility could not be renewed")

// lease keeps a batch invisible to other consumers while it is worked.
type lease struct {
	ctx  context.Context // of the handler; ends when all messages are lost
	stop context.CancelFunc
	done sync.WaitGroup
	lost map[string]bool // message IDs; read after done
}

// renew renews the visibility of messages every third of the queue's timeout,
// until the lease is ended.
func (w *Worker) renew(ctx context.Context, messages []Message) *lease {
	l := &lease{lost: map[string]bool{}}
	work, cancel := context.WithCancelCause(ctx)
	renewal, stop := context.WithCancel(ctx)
	l.ctx, l.stop = work, stop
	l.done.Go(func() {
		defer cancel(errLost)
		w.renewAll(renewal, l, messages)
		if len(l.lost) < len(messages) {
			<-renewal.Done() // nothing to renew, or stopped
		}
	})
	return l
}

// end stops the renewal, waits for it and returns the IDs of the messages that
// were lost meanwhile.
func (l *lease) end() map[string]bool {
	l.stop()
	l.done.Wait()
	return l.lost
}

// renewAll renews until ctx ends or nothing is left to renew. A message whose
// renewal is refused is lost; one whose renewal fails otherwise is lost when its
// visibility has run out.
func (w *Worker) renewAll(ctx context.Context, l *lease, messages []Message) {
	interval := w.visibility / 3
	if interval == 0 {
		return
	}
	until := time.Now().Add(w.visibility)
	for held := messages; len(held) > 0; {
		pause(ctx, interval)
		if ctx.Err() != nil {
			return
		}
		// An extension counts from when SQS gets it ("ChangeMessageVisibility",
		// Amazon SQS API Reference).
		asked := time.Now()
		refused, err := w.extend(ctx, held)
		switch {
		case err == nil:
			until = asked.Add(w.visibility)
		case ctx.Err() != nil:
			return
		case time.Now().After(until):
			refused = indexes(held)
		}
		if err != nil {
			w.Log.Warn("renewal failed", "queue", w.URL, "messages", len(held), "err", err)
		}
		held = l.lose(held, refused)
	}
}

// extend renews once and returns the indexes of the messages that were refused.
func (w *Worker) extend(ctx context.Context, messages []Message) (refused map[int]bool, err error) {
	failed, err := w.setVisibility(ctx, messages, w.visibility)
	if err != nil {
		return nil, err
	}
	refused = map[int]bool{}
	for _, f := range failed {
		i, convErr := strconv.Atoi(aws.ToString(f.Id))
		if convErr != nil || !f.SenderFault {
			err = errors.Join(err, errors.New(aws.ToString(f.Code)+": "+aws.ToString(f.Message)))
			continue
		}
		refused[i] = true
	}
	return refused, err
}

func indexes(messages []Message) map[int]bool {
	all := map[int]bool{}
	for i := range messages {
		all[i] = true
	}
	return all
}

// lose notes what was refused and returns the messages that are still held.
func (l *lease) lose(messages []Message, refused map[int]bool) []Message {
	var held []Message
	for i, m := range messages {
		if refused[i] {
			l.lost[m.ID] = true
			continue
		}
		held = append(held, m)
	}
	return held
}

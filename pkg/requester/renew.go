package requester

import (
	"context"
	"time"
)

// inboxLife is how long an inbox is named in requests. The stats service removes
// inboxes a day after they were made, since it cannot see whether they are in use.
const inboxLife = 8 * time.Hour

// inboxAfterlife is how long an inbox that has been replaced is still polled. What came
// to it before, SQS no longer has then.
const inboxAfterlife = time.Hour

// current is the inbox for the next request. One that has had its time is replaced, and
// an hour later removed.
func (r *Requester) current(ctx context.Context) *inbox {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.inbox.named) >= inboxLife {
		r.retired = append(r.retired, r.inbox)
		r.inbox = r.newInbox()
	}
	for _, in := range r.retired {
		if !in.removed && time.Since(in.named) >= inboxLife+inboxAfterlife && time.Since(r.inbox.named) >= inboxAfterlife {
			in.removed = true
			r.polled.Go(func() { r.discard(context.WithoutCancel(ctx), in) })
		}
	}
	return r.inbox
}

// discard removes an inbox that is no longer named, if it was ever made. Where that
// fails for a minute the stats service does it, later.
func (r *Requester) discard(ctx context.Context, in *inbox) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	select {
	case in.opening <- struct{}{}:
		defer func() { <-in.opening }()
	case <-ctx.Done():
		return
	}
	if in.url == "" {
		return
	}
	in.stop()
	if err := r.removeInbox(ctx, in); err != nil {
		r.config.Log.Warn("an inbox that is no longer used cannot be removed", "inbox", in.name, "err", err)
	}
}

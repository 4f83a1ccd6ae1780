package requester

import (
	"context"
	"time"

	"github.com/statline/statline/pkg/telemetry"
)

// inboxLife is how long an inbox is named in requests. The stats service removes
// inboxes a week after they were made, since it cannot see whether they are in use.
const inboxLife = 8 * time.Hour

// inboxAfterlife is how long an inbox that has been replaced is still polled. What came
// to it before, SQS no longer has then.
const inboxAfterlife = time.Hour

// current is the inbox for the next request. One that has had its time is replaced, and
// later removed.
func (r *Requester) current(ctx context.Context) *inbox {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inbox.is(inboxLife) {
		r.retired = append(r.retired, r.inbox)
		r.inbox = r.newInbox()
	}
	for _, in := range r.retired {
		if !in.removed && in.is(inboxLife+inboxAfterlife) && r.inbox.is(inboxAfterlife) {
			in.removed = true
			r.polled.Go(func() { r.discard(context.WithoutCancel(ctx), in) })
		}
	}
	return r.inbox
}

// is says whether an inbox is as old as that. One that is not made yet has no age.
func (in *inbox) is(age time.Duration) bool { return !in.made.IsZero() && time.Since(in.made) >= age }

// discard removes an inbox that requests no longer name. Where that fails for a minute
// the stats service does it, later.
func (r *Requester) discard(ctx context.Context, in *inbox) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	in.stop()
	if err := r.removeInbox(ctx, in); err != nil {
		r.config.Log.Warn("an inbox that is no longer used cannot be removed", "inbox", in.name, telemetry.Err(err))
	}
}

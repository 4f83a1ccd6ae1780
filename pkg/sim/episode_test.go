package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
)

// outage is a time in which a service of AWS answers nobody.
type outage struct {
	service  string
	from, to time.Time
	refused  bool // with an answer that says so; otherwise connections break
}

// episodes are what goes on for a while or happens at its own time in the phase of
// faults, which ends after d.
func (w *world) episodes(ctx context.Context, d time.Duration) {
	if w.plan.forced != nil {
		return
	}
	if w.comes("outage", 0.35) {
		services := []string{"sns", "sqs", "dynamodb", "s3"}
		from := time.Now().Add(w.dice.between("outage from", 0, d/2))
		w.outage = outage{
			service: services[w.dice.below("outage of", len(services))], from: from,
			to: from.Add(w.dice.between("outage for", 20*time.Second, 3*time.Minute)), refused: w.dice.roll("outage") < 0.5,
		}
	}
	if w.comes("strangers", 0.4) {
		for range 1 + w.dice.below("strangers", 6) {
			w.later(ctx, w.dice.between("stranger comes", 0, d), func() { w.onInbox("visited", w.stranger) })
		}
	}
	if w.comes("inbox-removed", 0.2) {
		w.later(ctx, w.dice.between("remover comes", 0, d), func() { w.onInbox("removed", w.removeInbox) })
	}
}

// comes says whether an episode is part of the schedule.
func (w *world) comes(what string, chance float64) bool {
	if w.dice.roll(what) >= chance || !w.allowed(what) {
		return false
	}
	w.hit(what, what)
	return true
}

// later does something after d, unless ctx ends first.
func (w *world) later(ctx context.Context, d time.Duration, do func()) {
	w.crew.Go(func() {
		if pause(ctx, d); ctx.Err() == nil {
			do()
		}
	})
}

// onInbox does something with one of the inboxes of this project's clients.
func (w *world) onInbox(what string, do func(inbox string)) {
	if inboxes := w.model.openInboxes(); len(inboxes) > 0 {
		w.gate.wait("stranger")
		do(inboxes[w.dice.below(what, len(inboxes))])
	}
}

func (w *world) removeInbox(inbox string) {
	_, err := w.lab.SQS.DeleteQueue(w.t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String(w.lab.QueueURL(inbox))})
	w.note("stranger removes an inbox: %v", err)
}

// out answers a call whose service is out of order.
func (w *world) out(c *call) (r *local.Response, out bool, err error) {
	now, o := time.Now(), w.outage
	if c.Service != o.service || now.Before(o.from) || now.After(o.to) || w.peaceful() {
		return nil, false, nil
	}
	if o.refused {
		return local.Refuse(c.Call, http.StatusServiceUnavailable, "ServiceUnavailable", "out of order"), true, nil
	}
	return nil, true, errBroken
}

// trouble is what a list brings with it, whatever the weather.
type trouble int

const (
	none   trouble = iota
	slow           // storing its result takes longer than the visibility timeout
	doomed         // storing its result fails until it is given up
)

// burden says how long storing a result takes, and whether it fails.
func (w *world) burden(c *call) (d time.Duration, fails bool) {
	if c.Operation != "PutItem" {
		return 0, false
	}
	switch w.model.trouble(c.about) {
	case slow:
		return w.dice.between("burden "+c.about, 32*time.Second, 70*time.Second), false
	case doomed:
		return 0, !w.model.putsDead(c.Body) && !w.model.wasDead(c.about)
	default:
		return 0, false
	}
}

func (o outage) String() string {
	return fmt.Sprintf("%s from %s to %s", o.service, o.from.Format(clock), o.to.Format(clock))
}

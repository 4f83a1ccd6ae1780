package sim

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// outage is a time in which a service of AWS answers nobody.
type outage struct {
	service  string
	from, to time.Time
	refused  bool // with an answer that says so; otherwise connections break
	alone    bool // it is there from the beginning, and nothing else goes wrong before it ends
}

// episodes are what goes on for a while or happens at its own time in the phase of
// faults, which ends after d.
func (w *world) episodes(ctx context.Context, d time.Duration) {
	if w.plan.forced != nil {
		return
	}
	if w.comes("outage", 0.4) {
		w.breakDown(d)
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

// breakDown chooses an outage. One that is alone is as long as messages with a
// back-off outlast for sure, and spares nobody.
func (w *world) breakDown(d time.Duration) {
	services := []string{"dynamodb", "dynamodb", "s3", "sqs", "sns"}
	o := outage{
		service: services[w.dice.below("outage of", len(services))], refused: w.dice.roll("outage refuses") < 0.5,
		from: time.Now().Add(w.dice.between("outage from", 0, d/2)), alone: w.dice.roll("outage alone") < 0.5,
	}
	length := w.dice.between("outage for", 20*time.Second, 3*time.Minute)
	if o.alone {
		o.from, length = time.Now(), 90*time.Second
	}
	o.to = o.from.Add(length)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outage = o
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
	w.mu.Lock()
	now, o := time.Now(), w.outage
	w.mu.Unlock()
	if c.Service != o.service || now.Before(o.from) || now.After(o.to) || !o.alone && w.peaceful() {
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
	return w.burdenOf(stored{c.about, putStatus(c.Body)})
}

func (w *world) burdenOf(row stored) (d time.Duration, fails bool) {
	switch w.model.trouble(row.id) {
	case slow:
		return w.dice.between("burden "+row.id, 45*time.Second, 75*time.Second), false
	case doomed:
		return 0, row.status != message.StatusDead && !w.model.wasDead(row.id)
	default:
		return 0, false
	}
}

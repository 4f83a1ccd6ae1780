package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/local"
)

// chance is what AWS leaves open, decided by the dice: SNS delivers twice, late
// and out of order; SQS hands messages out in any order, again while they are
// worked, and again after they were deleted; and it hands out nothing where too
// many are in flight.
func (w *world) chance() local.Chance {
	return local.Chance{
		Next:     func(queue string, n int) int { return w.next(queue, n) },
		Again:    w.again,
		Undone:   func(queue string) bool { return w.befalls("delete-undone", queue) },
		Copies:   w.copies,
		InFlight: w.inFlight(),
		Turn:     w.turn,
	}
}

// chances are what befalls queues and messages, by the names of the faults.
var chances = []string{"delete-undone", "redelivered", "late", "duplicate"}

// befalls says whether something befalls a queue now.
func (w *world) befalls(what, queue string) bool {
	if strings.Contains(queue, inboxMark) {
		queue = inboxMark // whose name is random
	}
	point := fmt.Sprintf("%s %s %d", what, queue, w.count(what+queue))
	if w.plan.forced != nil {
		w.reach(place{point: point, kinds: []string{what}})
		if w.plan.forced[point] != what {
			return false
		}
	} else if w.peaceful() || w.dice.roll(point) >= w.likely(what) || !w.allowed(point) {
		return false
	}
	w.hit(what, point)
	return true
}

// likely says how likely it is that something befalls a queue. Where some work is
// slow, messages come again more often, so that they do while they are worked.
func (w *world) likely(what string) float64 {
	if what == "redelivered" && w.slowWork {
		return 0.3
	}
	return w.weather / 2
}

func (w *world) next(queue string, n int) int {
	if w.plan.forced != nil {
		return 0
	}
	return w.dice.below("next", n) // in any weather
}

func (w *world) again(queue string) (time.Duration, bool) {
	if !w.befalls("redelivered", queue) {
		return 0, false
	}
	return w.dice.between("again", 0, 20*time.Second), true
}

func (w *world) copies(queue string) []time.Duration {
	copies := []time.Duration{0}
	if w.befalls("late", queue) {
		copies[0] = w.dice.between("late for", 0, time.Minute)
	}
	if w.befalls("duplicate", queue) {
		copies = append(copies, w.dice.between("late for", 0, time.Minute))
	}
	return copies
}

// inFlight is a limit that is reached in some schedules.
func (w *world) inFlight() int {
	if w.plan.forced == nil && w.dice.roll("in-flight-limit") < 0.15 && w.allowed("in-flight-limit") {
		w.hit("in-flight-limit", "in-flight-limit")
		return 3 + w.dice.below("in flight", 8)
	}
	return 0
}

// turn has a poll that was woken wait at the gate like any other call.
func (w *world) turn(c *local.Call) {
	if k := w.under(c.Header); k.process != nil {
		w.gate.wait(k.point + " awake")
	}
}

// stranger puts into an inbox what nobody asked for: what is no reply, and replies
// with a nonce that was guessed, under IDs that are pending, answered or unknown.
func (w *world) stranger(inbox string) {
	ids := w.model.ids()
	id := "unknown"
	if len(ids) > 0 {
		id = ids[w.dice.below("stranger", len(ids))]
	}
	bodies := []string{
		"no reply at all",
		`{"schema":"statline.reply/v1","request_id":"` + id + `","nonce":"guessed","status":"dead"}`,
		`{"schema":"statline.reply/v1","request_id":"` + id + `","status":"expired"}`,
		`{"schema":"statline.reply/v1","request_id":"nobody-asked","nonce":"n","status":"dead"}`,
	}
	body := bodies[w.dice.below("stranger's", len(bodies))]
	w.model.forge(body)
	_, err := w.lab.SQS.SendMessage(w.t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(w.lab.QueueURL(inbox)), MessageBody: aws.String(body)})
	w.note("stranger into %s: %.40q: %v", inboxMark, body, err)
}

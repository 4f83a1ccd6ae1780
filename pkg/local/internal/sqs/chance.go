package sqs

import (
	"time"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// Chance decides what SQS and SNS leave open, so that a test can have it at its
// worst and again the same. A function that is nil leaves things at their best:
// messages in the order in which they became visible, each of them once, and a
// delete is for ever. All but Turn are called one at a time, inside the call that
// they decide on. A queue is named as in its URL.
type Chance struct {
	// Next says which of the n messages that are ready in a queue is received next,
	// 0 to n-1. Order is best effort ("Amazon SQS standard queues", Amazon SQS
	// Developer Guide).
	Next func(queue string, n int) int
	// Again says that a message just received is visible again after so long,
	// although its visibility timeout is longer, so that two receivers have it at
	// the same time ("Amazon SQS at-least-once delivery").
	Again func(queue string) (after time.Duration, ok bool)
	// Undone says that a delete comes to nothing, though it is answered with
	// success: the message appears again when its visibility timeout is over
	// ("DeleteMessage", Amazon SQS API Reference).
	Undone func(queue string) bool
	// Copies says how often a message that SNS delivers reaches a queue, and how
	// long each copy takes ("Message delivery", Amazon SNS FAQs: at least once, in
	// no certain order).
	Copies func(queue string) []time.Duration
	// InFlight is the most messages of a queue that are in flight. Defaults to
	// 120,000 ("Amazon SQS message quotas").
	InFlight int
	// Turn is called by a poll that has waited, in its goroutine, before it looks
	// again. It returns when the poll may, so that which of several polls has a
	// message is no race.
	Turn func(c *wire.Call)
}

// maxInFlight is how many messages of a standard queue may be in flight ("Amazon
// SQS message quotas").
const maxInFlight = 120_000

func (c Chance) inFlight() int {
	if c.InFlight > 0 {
		return c.InFlight
	}
	return maxInFlight
}

// next is the message of a queue that is received next, nil where none is ready.
func (c Chance) next(q *queue) *message {
	if n := q.ready.Len(); c.Next != nil && n > 1 {
		return q.ready.items[c.Next(q.name, n)]
	}
	return q.ready.first()
}

// hidden is how long a received message is hidden that shall be for so long.
func (c Chance) hidden(q *queue, timeout time.Duration) time.Duration {
	if c.Again != nil {
		if after, ok := c.Again(q.name); ok {
			return min(after, timeout)
		}
	}
	return timeout
}

func (c Chance) undone(q *queue) bool { return c.Undone != nil && c.Undone(q.name) }

func (c Chance) copies(q *queue) []time.Duration {
	if c.Copies != nil {
		return c.Copies(q.name)
	}
	return []time.Duration{0}
}

func (c Chance) turn(call *wire.Call) {
	if c.Turn != nil {
		c.Turn(call)
	}
}

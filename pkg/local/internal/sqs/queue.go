package sqs

import (
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
)

// queue is one queue. Every message is in messages and in age, and either in
// ready or, while it is delayed or in flight, in waiting.
type queue struct {
	address
	record
	settings
	chance Chance

	messages map[string]*message
	ready    order
	waiting  order
	age      order
	inFlight int

	polls   []*poll // that wait, in the order in which they came
	deleted bool
}

// record is what is kept of a queue beside its messages.
type record struct {
	ARN        string
	Created    time.Time
	Modified   time.Time
	Purged     time.Time
	Attributes map[string]string // those that were set
	Tags       map[string]string
	Tasks      []moveTask // the latest first
}

func (s *Service) newQueue(a address, r record, set settings) *queue {
	return &queue{
		address: a, record: r, settings: set, chance: s.chance, messages: map[string]*message{},
		ready: order{before: byVisibility}, waiting: order{before: byVisibility}, age: order{before: byAge, slot: slotAge},
	}
}

// settle brings the queue to the time of the Update: messages whose delay or
// visibility timeout is over become ready, those older than the retention
// period go.
func (q *queue) settle(tx *store.Tx) {
	for m := q.waiting.first(); m != nil && !m.Visible.After(tx.Now()); m = q.waiting.first() {
		q.place(m, tx.Now())
	}
	for m := q.age.first(); m != nil && q.expired(m, tx.Now()); m = q.age.first() {
		q.remove(tx, m)
	}
}

// expired says whether the retention period of a message is over. It counts from
// when the message was first sent, in a dead-letter queue too ("Using
// dead-letter queues in Amazon SQS").
func (q *queue) expired(m *message, now time.Time) bool {
	return !now.Before(m.Sent.Add(q.retention))
}

// place puts a message where its state belongs at the time now.
func (q *queue) place(m *message, now time.Time) {
	q.displace(m)
	m.in = &q.waiting
	if !m.Visible.After(now) {
		m.in, m.InFlight = &q.ready, false
	}
	if m.InFlight {
		q.inFlight++
	}
	m.in.add(m)
}

func (q *queue) displace(m *message) {
	if m.in == nil {
		return
	}
	m.in.remove(m)
	if m.InFlight {
		q.inFlight--
	}
	m.in = nil
}

// change gives a message another state. The heaps are ordered by it, so it never
// changes while the message is in one.
func (q *queue) change(tx *store.Tx, m *message, s state) {
	q.displace(m)
	m.state = s
	q.place(m, tx.Now())
	q.putState(tx, m)
}

// add takes in a message that is new to the queue, and wakes a poll for it.
func (q *queue) add(tx *store.Tx, m *message) {
	q.insert(m, tx.Now())
	q.putMessage(tx, m)
	q.alert()
}

func (q *queue) insert(m *message, now time.Time) {
	q.messages[m.ID] = m
	q.age.add(m)
	q.place(m, now)
}

// remove takes a message out for good.
func (q *queue) remove(tx *store.Tx, m *message) {
	q.displace(m)
	q.age.remove(m)
	delete(q.messages, m.ID)
	q.dropMessage(tx, m)
	q.alert()
}

// clear takes out all messages.
func (q *queue) clear(tx *store.Tx) {
	for _, m := range q.messages {
		q.dropMessage(tx, m)
	}
	clear(q.messages)
	q.ready.items, q.waiting.items, q.age.items, q.inFlight = nil, nil, nil, 0
}

// delayed is the number of messages whose delay is not over.
func (q *queue) delayed() int { return q.waiting.Len() - q.inFlight }

// alert wakes as many waiting polls as there are messages for, first come first
// served, and every poll that would sleep past the time of the next message.
// A poll that was woken and then finds nothing, or has gone, passes it on: it
// alerts again when it leaves.
func (q *queue) alert() {
	n := min(q.ready.Len(), q.chance.inFlight()-q.inFlight)
	next := q.waiting.first()
	for i, p := range q.polls {
		if i < n || next != nil && p.until.After(next.Visible) {
			p.rouse()
		}
	}
}

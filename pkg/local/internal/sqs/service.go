// Package sqs is Amazon SQS: standard queues in the JSON 1.0 protocol.
//
// A queue holds its messages in heaps, so that sending, receiving and deleting
// cost the logarithm of the queue's length. Everything a call changes is one
// [store.DB.Update]. A message's body is written once; what receiving changes of
// it is a small record of its own, so that a message in flight stays in flight
// across a restart.
//
// Order is best effort, as on AWS: messages are handed out in the order in which
// they became visible, so that one that is released again and again does not
// stand in the way of the others. A MessageGroupId is kept and returned, but
// groups are not weighed against each other.
package sqs

import (
	"context"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Service is SQS. All its state but the channel is read and changed inside
// [store.DB.Update] alone.
type Service struct {
	db         *store.DB
	pollsEnded <-chan struct{}
	operations map[string]operation
	chance     Chance

	queues  map[address]*queue
	deleted map[address]time.Time // when a queue of that name was last deleted
	seq     uint64                // of the latest message
}

// operation performs one call and returns the members of its answer.
type operation func(ctx context.Context, c *wire.Call) (any, error)

// Open opens the queues kept in db. Once pollsEnded is closed no poll waits.
func Open(db *store.DB, pollsEnded <-chan struct{}, chance Chance) (*Service, error) {
	s := &Service{db: db, pollsEnded: pollsEnded, chance: chance, queues: map[address]*queue{}, deleted: map[address]time.Time{}}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.operations = map[string]operation{
		"CreateQueue":                  update(s, s.createQueue),
		"DeleteQueue":                  update(s, s.deleteQueue),
		"GetQueueUrl":                  update(s, s.getQueueURL),
		"GetQueueAttributes":           update(s, s.getQueueAttributes),
		"SetQueueAttributes":           update(s, s.setQueueAttributes),
		"ListQueues":                   update(s, s.listQueues),
		"ListDeadLetterSourceQueues":   update(s, s.listDeadLetterSourceQueues),
		"PurgeQueue":                   update(s, s.purgeQueue),
		"TagQueue":                     update(s, s.tagQueue),
		"UntagQueue":                   update(s, s.untagQueue),
		"ListQueueTags":                update(s, s.listQueueTags),
		"SendMessage":                  update(s, s.sendMessage),
		"SendMessageBatch":             update(s, s.sendMessageBatch),
		"ReceiveMessage":               s.receiveMessage,
		"DeleteMessage":                update(s, s.deleteMessage),
		"DeleteMessageBatch":           update(s, s.deleteMessageBatch),
		"ChangeMessageVisibility":      update(s, s.changeMessageVisibility),
		"ChangeMessageVisibilityBatch": update(s, s.changeMessageVisibilityBatch),
		"StartMessageMoveTask":         update(s, s.startMessageMoveTask),
		"ListMessageMoveTasks":         update(s, s.listMessageMoveTasks),
		"CancelMessageMoveTask":        update(s, s.cancelMessageMoveTask),
	}
	return s, nil
}

// Serve performs a call.
func (s *Service) Serve(ctx context.Context, c *wire.Call) (*wire.Response, error) {
	op, ok := s.operations[c.Operation]
	if !ok {
		return nil, wire.Unknown(c.Service, c.Operation)
	}
	if err := s.authorize(c); err != nil {
		return nil, err
	}
	out, err := op(ctx, c)
	if err != nil {
		return nil, err
	}
	return wire.JSON(out)
}

// update is an operation whose whole work is one Update. The Update succeeds where
// fn refuses the call, so that a refusal, too, tells of nothing that is not on
// disk.
func update[In any](s *Service, fn func(tx *store.Tx, c *wire.Call, in *In) (any, error)) operation {
	return func(_ context.Context, c *wire.Call) (any, error) {
		in := new(In)
		if err := wire.DecodeJSON(c.Body, in); err != nil {
			return nil, err
		}
		var out any
		var refused error
		if err := s.db.Update(func(tx *store.Tx) error {
			out, refused = fn(tx, c, in)
			return nil
		}); err != nil {
			return nil, err
		}
		return out, refused
	}
}

// nothing is the answer of an operation that has no result.
type nothing struct{}

package sqs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
)

// The state on disk: a queue under REGION/NAME, a deleted queue's time under the
// same key, a message and its state under REGION/NAME/ID.
const (
	queueBucket   = "sqs/queues"
	deletedBucket = "sqs/deleted"
	messageBucket = "sqs/messages"
	stateBucket   = "sqs/states"
)

// put writes a record. All that is ever put are structs of texts, numbers and
// times, which cannot fail to encode.
func put(tx *store.Tx, bucket, key string, v any) {
	if !tx.Durable() {
		return
	}
	value, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %s %s: %v", bucket, key, err))
	}
	tx.Put(bucket, key, value)
}

func (q *queue) put(tx *store.Tx)  { put(tx, queueBucket, q.key(), q.record) }
func (q *queue) drop(tx *store.Tx) { tx.Delete(queueBucket, q.key()) }

func (q *queue) messageKey(m *message) string { return q.key() + "/" + m.ID }

func (q *queue) putMessage(tx *store.Tx, m *message) {
	put(tx, messageBucket, q.messageKey(m), m.letter)
	if m.Receives > 0 {
		q.putState(tx, m)
	}
}

func (q *queue) putState(tx *store.Tx, m *message) {
	put(tx, stateBucket, q.messageKey(m), m.state)
}

func (q *queue) dropMessage(tx *store.Tx, m *message) {
	tx.Delete(messageBucket, q.messageKey(m))
	tx.Delete(stateBucket, q.messageKey(m))
}

// remember notes that a queue was deleted.
func (s *Service) remember(tx *store.Tx, a address) {
	s.deleted[a] = tx.Now()
	put(tx, deletedBucket, a.key(), tx.Now())
}

func (s *Service) forget(tx *store.Tx, a address) {
	delete(s.deleted, a)
	tx.Delete(deletedBucket, a.key())
}

// load reads the state from disk. Messages whose time is over by now are sorted
// out by the first call to their queue.
func (s *Service) load() error {
	err := each(s.db, queueBucket, func(key string, r record) error {
		parsed, err := parse(r.Attributes)
		if err != nil {
			return err
		}
		a := fromKey(key)
		s.queues[a] = s.newQueue(a, r, parsed)
		return nil
	})
	if err != nil {
		return err
	}
	err = each(s.db, deletedBucket, func(key string, at time.Time) error {
		s.deleted[fromKey(key)] = at
		return nil
	})
	if err != nil {
		return err
	}
	return s.loadMessages()
}

func (s *Service) loadMessages() error {
	states := map[string]state{}
	err := each(s.db, stateBucket, func(key string, st state) error {
		states[key] = st
		return nil
	})
	if err != nil {
		return err
	}
	now := time.Now()
	return each(s.db, messageBucket, func(key string, l letter) error {
		q := s.queues[fromKey(key[:strings.LastIndexByte(key, '/')])]
		if q == nil {
			return errors.New("its queue is missing")
		}
		m := &message{letter: l, state: state{Visible: l.Due}}
		if st, ok := states[key]; ok {
			m.state = st
		}
		q.insert(m, now)
		s.seq = max(s.seq, l.Seq)
		return nil
	})
}

// each decodes every record of a bucket.
func each[T any](db *store.DB, bucket string, fn func(key string, v T) error) error {
	return db.Each(bucket, func(key string, value []byte) error {
		var v T
		err := json.Unmarshal(value, &v)
		if err == nil {
			err = fn(key, v)
		}
		if err != nil {
			return fmt.Errorf("load %s %s: %w", bucket, key, err)
		}
		return nil
	})
}

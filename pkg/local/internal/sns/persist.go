package sns

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/statline/statline/pkg/local/internal/store"
)

// The state on disk: topics and subscriptions under their ARNs.
const (
	topicBucket        = "sns/topics"
	subscriptionBucket = "sns/subscriptions"
)

// put writes a record. All that is ever put are structs of texts and numbers,
// which cannot fail to encode.
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

func (t *topic) put(tx *store.Tx)  { put(tx, topicBucket, t.ARN, t.topicRecord) }
func (t *topic) drop(tx *store.Tx) { tx.Delete(topicBucket, t.ARN) }

func (s *subscription) put(tx *store.Tx) {
	put(tx, subscriptionBucket, s.ARN, s.subscriptionRecord)
}
func (s *subscription) drop(tx *store.Tx) { tx.Delete(subscriptionBucket, s.ARN) }

func (s *Service) load() error {
	err := each(s.db, topicBucket, func(r topicRecord) error {
		s.topics[r.ARN] = &topic{topicRecord: r}
		return nil
	})
	if err != nil {
		return err
	}
	err = each(s.db, subscriptionBucket, func(r subscriptionRecord) error {
		t := s.topics[r.Topic]
		if t == nil {
			return errors.New("its topic is missing")
		}
		parsed, err := parseSubscription(r.Attributes)
		if err != nil {
			return err
		}
		sub := &subscription{subscriptionRecord: r, settings: parsed, topic: t}
		s.subscriptions[r.ARN] = sub
		t.subscriptions = append(t.subscriptions, sub)
		s.seq = max(s.seq, r.Seq)
		return nil
	})
	for _, t := range s.topics {
		slices.SortFunc(t.subscriptions, func(a, b *subscription) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	return err
}

// each decodes every record of a bucket.
func each[T any](db *store.DB, bucket string, fn func(v T) error) error {
	return db.Each(bucket, func(key string, value []byte) error {
		var v T
		err := json.Unmarshal(value, &v)
		if err == nil {
			err = fn(v)
		}
		if err != nil {
			return fmt.Errorf("load %s %s: %w", bucket, key, err)
		}
		return nil
	})
}

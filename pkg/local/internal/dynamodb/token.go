package dynamodb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
)

// tokenLife is how long a ClientRequestToken makes a transaction idempotent
// ("TransactWriteItems", ClientRequestToken: 10 minutes).
const tokenLife = 10 * time.Minute

// requestToken is the ClientRequestToken of a transaction that has been done.
type requestToken struct {
	Key    string // REGION/TOKEN
	Digest string // of the transaction
	Done   time.Time
}

// newToken is the token of a transaction with these actions, whose members may
// come in any order.
func newToken(region, name string, actions any) (*requestToken, error) {
	canonical, err := json.Marshal(actions) // in the order of the names
	if err != nil {
		return nil, fmt.Errorf("digest transaction %s: %w", name, err)
	}
	digest := sha256.Sum256(canonical)
	return &requestToken{Key: region + "/" + name, Digest: hex.EncodeToString(digest[:])}, nil
}

// requestTokens are those that still count, and all of them in the order of their age.
type requestTokens struct {
	byKey map[string]*requestToken
	queue []*requestToken
}

func (ts *requestTokens) load(db *store.DB) error {
	ts.byKey = map[string]*requestToken{}
	err := db.Each(tokenBucket, func(key string, record []byte) error {
		t := &requestToken{}
		if err := json.Unmarshal(record, t); err != nil {
			return fmt.Errorf("load token %s: %w", key, err)
		}
		ts.byKey[key] = t
		ts.queue = append(ts.queue, t)
		return nil
	})
	slices.SortFunc(ts.queue, func(a, b *requestToken) int { return a.Done.Compare(b.Done) })
	return err
}

// done says whether the transaction with this token has been done. The refusal
// is that of a token that has been used for another one.
func (ts *requestTokens) done(tx *store.Tx, t *requestToken) (bool, error) {
	ts.forget(tx)
	if t == nil {
		return false, nil
	}
	earlier, ok := ts.byKey[t.Key]
	if ok && earlier.Digest != t.Digest {
		return false, refuse("IdempotentParameterMismatchException", "The provided client token is already in use with other request parameters")
	}
	return ok, nil
}

// keep notes that the transaction has been done.
func (ts *requestTokens) keep(tx *store.Tx, t *requestToken) error {
	if t == nil {
		return nil
	}
	t.Done = tx.Now()
	record, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("save token %s: %w", t.Key, err)
	}
	tx.Put(tokenBucket, t.Key, record)
	ts.byKey[t.Key] = t
	ts.queue = append(ts.queue, t)
	return nil
}

// forget drops the tokens that no longer count.
func (ts *requestTokens) forget(tx *store.Tx) {
	for len(ts.queue) > 0 && tx.Now().Sub(ts.queue[0].Done) >= tokenLife {
		delete(ts.byKey, ts.queue[0].Key)
		tx.Delete(tokenBucket, ts.queue[0].Key)
		ts.queue = ts.queue[1:]
	}
}

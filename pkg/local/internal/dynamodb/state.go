package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
)

// The buckets of the state. Tables are under REGION/NAME, items under that, a
// NUL and their row key, tokens under REGION/TOKEN.
const (
	tableBucket = "dynamodb.tables"
	itemBucket  = "dynamodb.items"
	tokenBucket = "dynamodb.tokens"
)

func (t *table) record(key string) string { return t.id.String() + "\x00" + key }

// save writes the table's definition.
func (t *table) save(tx *store.Tx) error {
	if !tx.Durable() {
		return nil
	}
	about, err := json.Marshal(t.about)
	if err != nil {
		return fmt.Errorf("save table %s: %w", t.id, err)
	}
	tx.Put(tableBucket, t.id.String(), about)
	return nil
}

// drop deletes the table and all that it holds.
func (s *Service) drop(tx *store.Tx, t *table) {
	tx.Delete(tableBucket, t.id.String())
	if tx.Durable() {
		for r := range t.rows.up("") {
			tx.Delete(itemBucket, t.record(r.key))
		}
	}
	delete(s.tables, t.id)
}

// load reads the state: the definitions, then the items, with which the indexes
// are built anew.
func (s *Service) load() error {
	if err := s.db.Each(tableBucket, s.loadTable); err != nil {
		return err
	}
	if err := s.db.Each(itemBucket, s.loadItem); err != nil {
		return err
	}
	return s.tokens.load(s.db)
}

func (s *Service) loadTable(key string, record []byte) error {
	region, name, _ := strings.Cut(key, "/")
	var about definition
	if err := json.Unmarshal(record, &about); err != nil {
		return fmt.Errorf("load table %s: %w", key, err)
	}
	id := tableID{region, name}
	s.tables[id] = newTable(id, about)
	return nil
}

func (s *Service) loadItem(key string, record []byte) error {
	id, key, _ := strings.Cut(key, "\x00")
	region, name, _ := strings.Cut(id, "/")
	t, ok := s.tables[tableID{region, name}]
	if !ok {
		return fmt.Errorf("load item %q: there is no table %s", key, id)
	}
	var it item
	if err := json.Unmarshal(record, &it); err != nil {
		return fmt.Errorf("load item %q of table %s: %w", key, id, err)
	}
	t.follow(row{key: key}, row{key: key, item: it, size: itemSize(it)})
	return nil
}

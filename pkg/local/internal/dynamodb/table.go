package dynamodb

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// tableID says which table: a name means another table in every region.
type tableID struct{ region, name string }

// String is REGION/NAME, which is what the table is called in the state.
func (id tableID) String() string { return id.region + "/" + id.name }

// table is a table with its items.
type table struct {
	id      tableID
	about   definition
	key     keySchema
	rows    rows
	indexes []*index
	expiry  rows // by the time when the item expires; without items
}

func newTable(id tableID, about definition) *table {
	t := &table{id: id, about: about, key: newKeySchema(about.Keys, about.Attributes)}
	for i := range about.Indexes {
		t.indexes = append(t.indexes, newIndex(&about.Indexes[i], t.key, about.Attributes))
	}
	return t
}

// arn is the table's Amazon Resource Name.
func (t *table) arn(account string) string {
	return "arn:aws:dynamodb:" + t.id.region + ":" + account + ":table/" + t.id.name
}

// index finds an index by its name.
func (t *table) index(name string) (*index, error) {
	for _, x := range t.indexes {
		if x.name == name {
			return x, nil
		}
	}
	return nil, invalid("The table does not have the specified index: %s", name)
}

// replace puts a row in the place of another, on disk and in the indexes as
// well. A row without an item stands for none.
func (t *table) replace(tx *store.Tx, before, after row) {
	switch {
	case after.item != nil:
		if tx.Durable() {
			tx.Put(itemBucket, t.record(after.key), appendMap(nil, after.item))
		}
	case before.item != nil:
		tx.Delete(itemBucket, t.record(before.key))
	}
	t.follow(before, after)
}

// follow makes the change in memory.
func (t *table) follow(before, after row) {
	if after.item != nil {
		t.rows.put(after)
	} else {
		t.rows.remove(before.key)
	}
	for _, x := range t.indexes {
		x.follow(before, after)
	}
	if t.about.TTL != "" {
		t.watch(before, after)
	}
}

// expireAfter is how long an item stays past the time in its TTL attribute:
// DynamoDB deletes within a few days ("Using time to live (TTL) in DynamoDB"),
// this endpoint 48 hours later, the next time that anybody uses the table. Until
// then the item is there for all to see, as in DynamoDB.
const expireAfter = 48 * time.Hour

// ignoreAfter is how far in the past a time makes an item not expire at all
// (the same page: five years).
const ignoreAfter = 5 * 365 * 24 * time.Hour

// watch notes when a row expires that takes the place of another.
func (t *table) watch(before, after row) {
	if key, ok := t.expiryKey(before); ok {
		t.expiry.remove(key)
	}
	if key, ok := t.expiryKey(after); ok {
		t.expiry.put(row{key: key})
	}
}

// watchAll notes when each row expires.
func (t *table) watchAll() {
	t.expiry = rows{}
	if t.about.TTL == "" {
		return
	}
	for r := range t.rows.up("") {
		t.watch(row{}, r)
	}
}

// expiryKey is the row's key among the expiring ones. Only a Number makes an
// item expire.
func (t *table) expiryKey(r row) (key string, ok bool) {
	n, ok := r.item[t.about.TTL].(number)
	if !ok {
		return "", false
	}
	at, ok := n.unix()
	if !ok {
		return "", false
	}
	return string(binary.BigEndian.AppendUint64(nil, uint64(at))) + r.key, true
}

// expire deletes the items whose time has come.
func (t *table) expire(tx *store.Tx) {
	from := max(0, tx.Now().Add(-ignoreAfter).Unix())
	to := max(0, tx.Now().Add(-expireAfter).Unix()+1)
	due := span{string(binary.BigEndian.AppendUint64(nil, uint64(from))), string(binary.BigEndian.AppendUint64(nil, uint64(to)))}
	var keys []string
	for r := range t.expiry.in(due, true) {
		keys = append(keys, r.key[8:])
	}
	for _, key := range keys {
		t.replace(tx, t.rows.get(key), row{key: key})
	}
}

// table finds a table, with the expired items gone. The refusal does not name
// it, as that of DynamoDB's data operations does not.
func (s *Service) table(tx *store.Tx, c *wire.Call, name string) (*table, error) {
	t, ok := s.tables[tableID{c.Region, plainName(name)}]
	if !ok {
		return nil, notFound("")
	}
	if t.about.TTL != "" {
		t.expire(tx)
	}
	return t, nil
}

// namedTable finds a table for an operation on the table itself, whose refusal
// names it.
func (s *Service) namedTable(tx *store.Tx, c *wire.Call, name string) (*table, error) {
	t, err := s.table(tx, c, name)
	if err != nil {
		return nil, notFound(": Table: %s not found", plainName(name))
	}
	return t, nil
}

// plainName is the name of a table that may be given by its ARN.
func plainName(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	return name
}

package dynamodb

import (
	"encoding/binary"
	"math"
	"strings"
)

// keyAttribute is an attribute of a key and the kind that its values have: "S",
// "N" or "B".
type keyAttribute struct{ name, kind string }

// keySchema is the key of a table or an index; the name of sort is empty where
// there is no sort key.
type keySchema struct{ hash, sort keyAttribute }

func (k keySchema) attributes() []keyAttribute {
	if k.sort.name == "" {
		return []keyAttribute{k.hash}
	}
	return []keyAttribute{k.hash, k.sort}
}

// The keys of rows are strings that sort as DynamoDB reads: first by a hash of
// the partition key, of which a segment of a scan is a range, then by the
// partition key, then by the sort key.

// partition is what the keys of all rows of one partition begin with.
func (k keySchema) partition(hash value) string {
	raw := sortable(hash)
	b := make([]byte, 10, 10+len(raw)+64)
	binary.BigEndian.PutUint64(b, hash64(raw))
	binary.BigEndian.PutUint16(b[8:], uint16(len(raw)))
	return string(append(b, raw...))
}

// encode is the key of a row with the item. The item has the key's attributes,
// of their kinds.
func (k keySchema) encode(it item) string {
	prefix := k.partition(it[k.hash.name])
	if k.sort.name == "" {
		return prefix
	}
	return prefix + escape(sortable(it[k.sort.name])) + endOfSort
}

// in says whether the item has the key's attributes, of their kinds.
func (k keySchema) in(it item) bool {
	for _, a := range k.attributes() {
		if kindOf(it[a.name]) != a.kind {
			return false
		}
	}
	return true
}

// fits says whether the item has the key's attributes, of their kinds and of a
// length that a key can have.
func (k keySchema) fits(it item) bool {
	for _, a := range k.attributes() {
		if v := it[a.name]; kindOf(v) != a.kind || sortable(v) == "" {
			return false
		}
	}
	return k.checkSizes(it) == nil
}

// endOfSort closes the encoded sort key, below any byte that it may go on with.
const endOfSort = "\x00\x00"

func escape(s string) string { return strings.ReplaceAll(s, "\x00", "\x00\xff") }

// sortable is a key's value as bytes in the order of the values: UTF-8, the
// bytes themselves, or the number encoded.
func sortable(v value) string {
	switch v := v.(type) {
	case stringValue:
		return string(v)
	case binaryValue:
		return string(v)
	case number:
		return v.sortKey()
	default:
		return ""
	}
}

// hash64 spreads keys evenly: FNV-1a, finished as MurmurHash3 is.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// span is a range of row keys, from inclusive to exclusive; the empty end is
// that of all keys.
type span struct{ from, to string }

func (s span) holds(key string) bool { return key >= s.from && (s.to == "" || key < s.to) }

// prefixed is the range of the keys that begin with prefix.
func prefixed(prefix string) span { return span{prefix, after(prefix)} }

// after is the least string above all that begin with prefix, or the empty
// string where there is none.
func after(prefix string) string {
	end := len(prefix)
	for end > 0 && prefix[end-1] == '\xff' {
		end--
	}
	if end == 0 {
		return ""
	}
	return prefix[:end-1] + string([]byte{prefix[end-1] + 1})
}

// segment is the range of keys of one of total segments of a scan.
func segment(n, total int) span {
	if total <= 1 {
		return span{}
	}
	width := math.MaxUint64/uint64(total) + 1
	var s span
	if n > 0 {
		s.from = string(binary.BigEndian.AppendUint64(nil, uint64(n)*width))
	}
	if n < total-1 {
		s.to = string(binary.BigEndian.AppendUint64(nil, uint64(n+1)*width))
	}
	return s
}

const mismatch = "The provided key element does not match the schema"

// checkKey refuses a key that is not exactly the schema's.
func (k keySchema) checkKey(key item) error {
	schema := k.attributes()
	if len(key) != len(schema) {
		return invalid(mismatch)
	}
	for _, a := range schema {
		v := key[a.name]
		if kindOf(v) != a.kind {
			return invalid(mismatch)
		}
		if sortable(v) == "" {
			return invalidParameter("The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyKind(v), a.name)
		}
	}
	return k.checkSizes(key)
}

// checkItem refuses an item without a proper key.
func (k keySchema) checkItem(it item) error {
	for _, a := range k.attributes() {
		v := it[a.name]
		switch {
		case v == nil:
			return invalidParameter("Missing the key %s in the item", a.name)
		case v.kind() != a.kind:
			return invalidParameter("Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, v.kind())
		case sortable(v) == "":
			return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyKind(v), a.name)
		}
	}
	return k.checkSizes(it)
}

func emptyKind(v value) string {
	if v.kind() == "B" {
		return "binary"
	}
	return "string"
}

// The longest partition and sort keys in bytes ("Quotas in Amazon DynamoDB").
const (
	maxHashKey = 2048
	maxSortKey = 1024
)

func (k keySchema) checkSizes(it item) error {
	if v := it[k.hash.name]; v.size() > maxHashKey {
		return invalidParameter("Size of hashkey has exceeded the maximum size limit of%d bytes", maxHashKey)
	}
	if v := it[k.sort.name]; k.sort.name != "" && v.size() > maxSortKey {
		return invalidParameter("Aggregated size of all range keys has exceeded the size limit of %d bytes", maxSortKey)
	}
	return nil
}

// key is the part of the item that is its key.
func (k keySchema) key(it item) item {
	key := item{}
	for _, a := range k.attributes() {
		key[a.name] = it[a.name]
	}
	return key
}

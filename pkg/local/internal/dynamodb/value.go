package dynamodb

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// value is an attribute value. A value is never changed once it is made: items
// share them, and an update builds anew what it changes.
type value interface {
	kind() string // "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS" or "BS"
	size() int    // in bytes, as it counts in an item
}

// The kinds of values. Sets are sorted and hold nothing twice; the bytes of
// binary values are kept in strings. number is a value as well.
type (
	stringValue string
	binaryValue string
	boolValue   bool
	nullValue   struct{}
	listValue   []value
	mapValue    map[string]value
	stringSet   []string
	numberSet   []number
	binarySet   []string
)

// item is a row: the attributes by name.
type item = mapValue

// kinds are the names of all kinds.
var kinds = [...]string{"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"}

func (stringValue) kind() string { return "S" }
func (binaryValue) kind() string { return "B" }
func (number) kind() string      { return "N" }
func (boolValue) kind() string   { return "BOOL" }
func (nullValue) kind() string   { return "NULL" }
func (listValue) kind() string   { return "L" }
func (mapValue) kind() string    { return "M" }
func (stringSet) kind() string   { return "SS" }
func (numberSet) kind() string   { return "NS" }
func (binarySet) kind() string   { return "BS" }

// The sizes follow "DynamoDB item sizes and formats": strings and binary values
// their bytes, null and Boolean one byte, a list or a map three bytes and one
// more for each member beside the member's own.

func (v stringValue) size() int { return len(v) }
func (v binaryValue) size() int { return len(v) }
func (boolValue) size() int     { return 1 }
func (nullValue) size() int     { return 1 }
func (v stringSet) size() int   { return totalLength(v) }
func (v binarySet) size() int   { return totalLength(v) }

func (v numberSet) size() int {
	total := 0
	for _, n := range v {
		total += n.size()
	}
	return total
}

func (v listValue) size() int {
	total := 3
	for _, e := range v {
		total += 1 + e.size()
	}
	return total
}

func (v mapValue) size() int { return 3 + len(v) + itemSize(v) }

func totalLength(s []string) int {
	total := 0
	for _, e := range s {
		total += len(e)
	}
	return total
}

// itemSize is the size of a whole item: its names and its values.
func itemSize(it item) int {
	total := 0
	for name, v := range it {
		total += len(name) + v.size()
	}
	return total
}

// kindOf is the kind of v, or the empty string where there is none.
func kindOf(v value) string {
	if v == nil {
		return ""
	}
	return v.kind()
}

// equal says whether two values are of one kind and the same.
func equal(a, b value) bool {
	if kindOf(a) != kindOf(b) {
		return false
	}
	switch a := a.(type) {
	case nil:
		return false // an attribute that is not there equals nothing
	case listValue:
		return slices.EqualFunc(a, b.(listValue), equal)
	case mapValue:
		return equalMaps(a, b.(mapValue))
	case stringSet:
		return slices.Equal(a, b.(stringSet))
	case numberSet:
		return slices.Equal(a, b.(numberSet))
	case binarySet:
		return slices.Equal(a, b.(binarySet))
	default:
		return a == b
	}
}

func equalMaps(a, b mapValue) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if !equal(v, b[name]) {
			return false
		}
	}
	return true
}

// compare orders two strings, numbers or binary values; ok is false for all
// else, and where they are of different kinds. Strings compare by their UTF-8
// bytes.
func compare(a, b value) (order int, ok bool) {
	switch a := a.(type) {
	case stringValue:
		b, ok := b.(stringValue)
		return cmp.Compare(a, b), ok
	case binaryValue:
		b, ok := b.(binaryValue)
		return cmp.Compare(a, b), ok
	case number:
		b, ok := b.(number)
		return a.compare(b), ok
	default:
		return 0, false
	}
}

// beginsWith says whether a string or binary value begins with another.
func beginsWith(a, b value) bool {
	switch a := a.(type) {
	case stringValue:
		b, ok := b.(stringValue)
		return ok && strings.HasPrefix(string(a), string(b))
	case binaryValue:
		b, ok := b.(binaryValue)
		return ok && strings.HasPrefix(string(a), string(b))
	default:
		return false
	}
}

// contains says whether b is part of the string or binary value a, or a member
// of the set or list a.
func contains(a, b value) bool {
	switch a := a.(type) {
	case stringValue:
		b, ok := b.(stringValue)
		return ok && strings.Contains(string(a), string(b))
	case binaryValue:
		b, ok := b.(binaryValue)
		return ok && strings.Contains(string(a), string(b))
	case stringSet:
		b, ok := b.(stringValue)
		return ok && slices.Contains(a, string(b))
	case binarySet:
		b, ok := b.(binaryValue)
		return ok && slices.Contains(a, string(b))
	case numberSet:
		b, ok := b.(number)
		return ok && slices.Contains(a, b)
	case listValue:
		return slices.ContainsFunc(a, func(e value) bool { return equal(e, b) })
	default:
		return false
	}
}

// length is what the function size gives: the characters of a string, the bytes
// of a binary value, the members of a set, list or map; nil for all else.
func length(v value) value {
	n := 0
	switch v := v.(type) {
	case stringValue:
		n = utf8.RuneCountInString(string(v))
	case binaryValue:
		n = len(v)
	case stringSet:
		n = len(v)
	case numberSet:
		n = len(v)
	case binarySet:
		n = len(v)
	case listValue:
		n = len(v)
	case mapValue:
		n = len(v)
	default:
		return nil
	}
	return integer(n)
}

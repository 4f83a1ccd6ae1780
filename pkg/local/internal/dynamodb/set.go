package dynamodb

import (
	"encoding/base64"
	"slices"
	"strings"
)

// set reads a set, which has members and none twice.
func (s *scanner) set(kind string) (value, error) {
	switch kind {
	case "NS":
		return s.numbers()
	case "BS":
		list, err := readList(s, s.binary)
		if err != nil {
			return nil, err
		}
		return newBinarySet(list)
	default:
		list, err := readList(s, s.text)
		if err != nil {
			return nil, err
		}
		return newStringSet(list)
	}
}

func readList[E any](s *scanner, one func() (E, error)) ([]E, error) {
	var list []E
	err := s.array(func() error {
		e, err := one()
		list = append(list, e)
		return err
	})
	return list, err
}

func (s *scanner) numbers() (value, error) {
	list, err := readList(s, s.number)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, invalidParameter("An number set  may not be empty")
	}
	slices.SortFunc(list, number.compare)
	if len(slices.Compact(slices.Clone(list))) < len(list) {
		return nil, invalid("Input collection contains duplicates")
	}
	return numberSet(list), nil
}

func newStringSet(list []string) (value, error) {
	if len(list) == 0 {
		return nil, invalidParameter("An string set  may not be empty")
	}
	sorted, ok := distinct(list)
	if !ok {
		return nil, invalidParameter("Input collection [%s] contains duplicates.", strings.Join(list, ", "))
	}
	return stringSet(sorted), nil
}

func newBinarySet(list []string) (value, error) {
	if len(list) == 0 {
		return nil, invalidParameter("Binary sets should not be empty")
	}
	sorted, ok := distinct(list)
	if !ok {
		texts := make([]string, len(list))
		for i, b := range list {
			texts[i] = base64.StdEncoding.EncodeToString([]byte(b))
		}
		return nil, invalidParameter("Input collection [%s]of type BS contains duplicates.", strings.Join(texts, ", "))
	}
	return binarySet(sorted), nil
}

// distinct is the list in order; ok is false where a member is there twice.
func distinct(list []string) (sorted []string, ok bool) {
	sorted = slices.Sorted(slices.Values(list))
	return sorted, len(slices.Compact(slices.Clone(sorted))) == len(list)
}

// union is the set of what is in either of two sets of one kind.
func union(a, b value) value {
	switch a := a.(type) {
	case stringSet:
		return stringSet(merge(a, b.(stringSet), strings.Compare))
	case binarySet:
		return binarySet(merge(a, b.(binarySet), strings.Compare))
	default:
		return numberSet(merge(a.(numberSet), b.(numberSet), number.compare))
	}
}

func merge[E comparable](a, b []E, order func(x, y E) int) []E {
	all := slices.Concat(a, b)
	slices.SortFunc(all, order)
	return slices.Compact(all)
}

// difference is the set a without the members of b, which is of the same kind;
// nil where nothing remains.
func difference(a, b value) value {
	switch a := a.(type) {
	case stringSet:
		if rest := without(a, b.(stringSet)); len(rest) > 0 {
			return stringSet(rest)
		}
	case binarySet:
		if rest := without(a, b.(binarySet)); len(rest) > 0 {
			return binarySet(rest)
		}
	case numberSet:
		if rest := without(a, b.(numberSet)); len(rest) > 0 {
			return numberSet(rest)
		}
	}
	return nil
}

func without[E comparable](a, b []E) []E {
	return slices.DeleteFunc(slices.Clone(a), func(e E) bool { return slices.Contains(b, e) })
}

package sns

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form is the input of a call in the Query protocol: names such as
// Attributes.entry.1.key lead to values.
type form url.Values

func (f form) get(name string) string { return url.Values(f).Get(name) }
func (f form) has(name string) bool   { return url.Values(f).Has(name) }

// list is what stands under NAME.1, NAME.2 and so on, in the order of the numbers,
// each with the names below its own; a value that is no structure has the empty
// name.
func (f form) list(name string) []form {
	members := map[int]form{}
	for key, values := range f {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		number, below, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		if members[n] == nil {
			members[n] = form{}
		}
		members[n][below] = values
	}
	var list []form
	for _, n := range slices.Sorted(maps.Keys(members)) {
		list = append(list, members[n])
	}
	return list
}

// attributes is the map under Attributes.
func (f form) attributes() map[string]string {
	out := map[string]string{}
	for _, e := range f.list("Attributes.entry") {
		out[e.get("key")] = e.get("value")
	}
	return out
}

// tags is the list under Tags.
func (f form) tags() map[string]string {
	out := map[string]string{}
	for _, t := range f.list("Tags.member") {
		out[t.get("Key")] = t.get("Value")
	}
	return out
}

// entry is one pair of a map in an answer.
type entry struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// attributesResult is a map as the answer to a Get.
type attributesResult struct {
	Entries []entry `xml:"Attributes>entry"`
}

func newAttributesResult(attributes map[string]string) attributesResult {
	var out attributesResult
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		out.Entries = append(out.Entries, entry{name, attributes[name]})
	}
	return out
}

package sns

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/statline/statline/pkg/local/internal/sqs"
)

// passes says whether the message passes. A nil filter lets all pass; one on the
// body lets none pass whose body is no JSON object.
func (f *filter) passes(m sqs.Message) bool {
	if f == nil {
		return true
	}
	if f.scope == onAttributes {
		return !slices.ContainsFunc(f.keys, func(k filterKey) bool {
			return !k.accepts(attributeValues(m.Attributes[k.name]))
		})
	}
	body, err := decode(m.Body)
	if err != nil {
		return false
	}
	object, ok := body.(map[string]any)
	return ok && match(f.keys, []map[string]any{object})
}

// match asks for every key among the objects that stand in the key's place: more
// than one where the body has an array there.
func match(keys []filterKey, objects []map[string]any) bool {
	for _, k := range keys {
		var found []any
		for _, o := range objects {
			if v, ok := o[k.name]; ok {
				found = append(found, flat(v)...)
			}
		}
		if k.below == nil {
			if !k.accepts(scalars(found)) {
				return false
			}
			continue
		}
		var below []map[string]any
		for _, v := range found {
			if o, ok := v.(map[string]any); ok {
				below = append(below, o)
			}
		}
		if !match(k.below, below) {
			return false
		}
	}
	return true
}

func (k filterKey) accepts(values []any) bool {
	return slices.ContainsFunc(k.conditions, func(c condition) bool { return c(values) })
}

// flat are the items of an array, also of arrays in it; of anything else itself.
func flat(v any) []any {
	list, ok := v.([]any)
	if !ok {
		return []any{v}
	}
	var out []any
	for _, item := range list {
		out = append(out, flat(item)...)
	}
	return out
}

// scalars are the values that conditions compare: of numbers those that a
// float64 holds.
func scalars(values []any) []any {
	var out []any
	for _, v := range values {
		switch v := v.(type) {
		case json.Number:
			if n, err := strconv.ParseFloat(v.String(), 64); err == nil {
				out = append(out, n)
			}
		case string, bool, nil:
			out = append(out, v)
		}
	}
	return out
}

// attributeValues are the values of a message attribute: of a String.Array its
// items, of a Binary none, which filter policies do not look at.
func attributeValues(a sqs.Attribute) []any {
	switch a.DataType {
	case "String":
		return []any{a.StringValue}
	case "Number":
		return scalars([]any{json.Number(a.StringValue)})
	case "String.Array":
		list, err := decode(a.StringValue)
		if err != nil {
			return nil
		}
		return scalars(flat(list))
	default:
		return nil
	}
}

package sns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The scopes of a filter policy.
const (
	onAttributes = "MessageAttributes"
	onBody       = "MessageBody"
)

// The limits of a filter policy: keys at its top, and the product over all keys
// of the number of values ("Amazon SNS subscription filter policies": filter
// policy constraints).
const (
	maxFilterKeys         = 5
	maxFilterCombinations = 150
	maxFilterBytes        = 262_144
)

// filter is a subscription's filter policy: a message passes where every key has
// a value that one of the key's conditions accepts.
type filter struct {
	scope string
	keys  []filterKey
}

// filterKey is a key with its conditions or, in the scope of the body, with keys
// below it.
type filterKey struct {
	name       string
	conditions []condition
	below      []filterKey
}

// parseFilter reads a filter policy; an empty one, or {}, lets all pass and gives
// nil. What AWS or the endpoint does not know is refused, so that no message is
// filtered in another way than it says.
func parseFilter(doc, scope string) (*filter, error) {
	if scope == "" {
		scope = onAttributes
	}
	if scope != onAttributes && scope != onBody {
		return nil, invalid("FilterPolicyScope", fmt.Sprintf("Invalid value [%s]. Please use either MessageBody or MessageAttributes", scope))
	}
	if doc == "" {
		return nil, nil
	}
	f, err := newFilter(doc, scope)
	if err != nil {
		return nil, invalid("FilterPolicy", err.Error())
	}
	if len(f.keys) == 0 {
		return nil, nil
	}
	return f, nil
}

func newFilter(doc, scope string) (*filter, error) {
	if len(doc) > maxFilterBytes {
		return nil, fmt.Errorf("the policy is longer than %d bytes", maxFilterBytes)
	}
	object, err := decode(doc)
	if err != nil {
		return nil, fmt.Errorf("failed to parse JSON: %w", err)
	}
	top, ok := object.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the policy is not a JSON object")
	}
	if len(top) > maxFilterKeys {
		return nil, fmt.Errorf("the policy has more than %d keys", maxFilterKeys)
	}
	f := &filter{scope: scope}
	combinations := 1
	f.keys, err = parseKeys(top, scope == onBody, 1, &combinations)
	return f, err
}

// parseKeys counts the combinations as AWS does: for every key the number of its
// values times how deep it stands.
func parseKeys(object map[string]any, nested bool, depth int, combinations *int) ([]filterKey, error) {
	var keys []filterKey
	for name, value := range object {
		k := filterKey{name: name}
		var err error
		switch value := value.(type) {
		case []any:
			k.conditions, err = parseConditions(value)
			*combinations *= len(value) * depth
		case map[string]any:
			if !nested {
				return nil, fmt.Errorf("key %q: the scope MessageAttributes has no nested policies", name)
			}
			if len(value) == 0 {
				return nil, fmt.Errorf("key %q: the object is empty", name)
			}
			k.below, err = parseKeys(value, nested, depth+1, combinations)
		default:
			return nil, fmt.Errorf("key %q must be an object or an array", name)
		}
		if strings.HasPrefix(name, "$") {
			return nil, fmt.Errorf("the local endpoint does not have the operator %q", name)
		}
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", name, err)
		}
		if *combinations > maxFilterCombinations {
			return nil, fmt.Errorf("the policy has more than %d combinations of values", maxFilterCombinations)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// decode reads one JSON value with its numbers as they are written.
func decode(doc string) (any, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(doc)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more than one value")
	}
	return v, nil
}

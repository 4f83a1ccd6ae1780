package dynamodb

import (
	"maps"
	"slices"
	"strings"
)

// placeholders are what the expressions of one request may refer to, and what
// of it they have not referred to yet.
type placeholders struct {
	names        map[string]string
	values       item
	unusedNames  map[string]bool
	unusedValues map[string]bool
}

func newPlaceholders(names map[string]string, values *attributes) (*placeholders, error) {
	p := &placeholders{names: names}
	if err := p.checkNames(); err != nil {
		return nil, err
	}
	if values == nil {
		return p, nil
	}
	p.values = values.values
	return p, p.checkValues(values)
}

func (p *placeholders) checkNames() error {
	if p.names == nil {
		return nil
	}
	if len(p.names) == 0 {
		return invalid("ExpressionAttributeNames must not be empty")
	}
	p.unusedNames = make(map[string]bool, len(p.names))
	for _, key := range slices.Sorted(maps.Keys(p.names)) {
		if !isPlaceholder(key, '#') {
			return invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "%s"`, key)
		}
		if err := checkName(p.names[key]); err != nil {
			return invalid("ExpressionAttributeNames contains invalid value: %s for key %s", text(err), key)
		}
		p.unusedNames[key] = true
	}
	return nil
}

func (p *placeholders) checkValues(values *attributes) error {
	if values.refused == nil && len(p.values) == 0 {
		return invalid("ExpressionAttributeValues must not be empty")
	}
	p.unusedValues = make(map[string]bool, len(p.values))
	for _, key := range slices.Sorted(maps.Keys(p.values)) {
		if !isPlaceholder(key, ':') {
			return invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "%s"`, key)
		}
		p.unusedValues[key] = true
	}
	if values.refused != nil {
		return invalid("ExpressionAttributeValues contains invalid value: %s for key %s", text(values.refused), values.at)
	}
	return nil
}

func (p *placeholders) name(key string) (string, bool) {
	name, ok := p.names[key]
	delete(p.unusedNames, key)
	return name, ok
}

func (p *placeholders) value(key string) (value, bool) {
	v, ok := p.values[key]
	delete(p.unusedValues, key)
	return v, ok
}

// unused refuses placeholders that no expression refers to.
func (p *placeholders) unused() error {
	if len(p.unusedNames) > 0 {
		return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", list(p.unusedNames))
	}
	if len(p.unusedValues) > 0 {
		return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", list(p.unusedValues))
	}
	return nil
}

func list(keys map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
}

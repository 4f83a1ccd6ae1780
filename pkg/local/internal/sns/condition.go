package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// condition accepts a value of a message or not: a string, a float64, a bool or
// nil. Values is what a key of the message holds; none is a key that is not
// there.
type condition func(values []any) bool

// parseConditions reads the list of a key ("Filter policy operators", Amazon SNS
// Developer Guide): exact values, and the operators prefix, suffix,
// equals-ignore-case, anything-but, numeric and exists.
func parseConditions(list []any) ([]condition, error) {
	if len(list) == 0 {
		return nil, errors.New("the list is empty")
	}
	var conditions []condition
	for _, value := range list {
		c, err := parseCondition(value)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, c)
	}
	return conditions, nil
}

func parseCondition(value any) (condition, error) {
	operator, ok := value.(map[string]any)
	if !ok {
		exact, err := scalar(value)
		if err != nil {
			return nil, err
		}
		return some(func(v any) bool { return v == exact }), nil
	}
	name, operand, err := single(operator)
	if err != nil {
		return nil, err
	}
	c, err := parseOperator(name, operand)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// single is the one pair of an operator's object.
func single(operator map[string]any) (name string, operand any, err error) {
	if len(operator) != 1 {
		return "", nil, fmt.Errorf("an operator is an object with one key, this has %d", len(operator))
	}
	for name, operand = range operator {
	}
	return name, operand, nil
}

func parseOperator(name string, operand any) (condition, error) {
	switch name {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return nil, errors.New("it takes true or false")
		}
		return func(values []any) bool { return (len(values) > 0) == want }, nil
	case "numeric":
		return parseNumeric(operand)
	case "anything-but":
		return parseAnythingBut(operand)
	default:
		match, err := parseText(name, operand)
		if err != nil {
			return nil, err
		}
		return some(match), nil
	}
}

// parseText reads an operator on strings.
func parseText(name string, operand any) (func(v any) bool, error) {
	var match func(s, operand string) bool
	switch name {
	case "prefix":
		match = strings.HasPrefix
	case "suffix":
		match = strings.HasSuffix
	case "equals-ignore-case":
		match = strings.EqualFold
	default:
		return nil, errors.New("the local endpoint does not have this operator")
	}
	text, ok := operand.(string)
	if !ok || text == "" {
		return nil, errors.New("it takes a string that is not empty")
	}
	return func(v any) bool {
		s, ok := v.(string)
		return ok && match(s, text)
	}, nil
}

// parseAnythingBut reads values, or prefix or suffix, that a value of the message
// must not be like. A key that is not there does not match.
func parseAnythingBut(operand any) (condition, error) {
	if operator, ok := operand.(map[string]any); ok {
		name, operand, err := single(operator)
		if err != nil {
			return nil, err
		}
		match, err := parseText(name, operand)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return some(func(v any) bool { return !match(v) }), nil
	}
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	if len(list) == 0 {
		return nil, errors.New("the list is empty")
	}
	var not []any
	for _, value := range list {
		exact, err := scalar(value)
		if err != nil {
			return nil, err
		}
		not = append(not, exact)
	}
	return some(func(v any) bool { return !slices.Contains(not, v) }), nil
}

// parseNumeric reads one or two comparisons, ["=", n] or [">", n, "<=", m].
func parseNumeric(operand any) (condition, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("it takes one or two pairs of a comparison and a number")
	}
	var all []func(n float64) bool
	for i := 0; i < len(list); i += 2 {
		number, isNumber := list[i+1].(json.Number)
		if !isNumber {
			return nil, fmt.Errorf("%v is not a number", list[i+1])
		}
		bound, err := parseNumber(number)
		if err != nil {
			return nil, err
		}
		c, err := comparison(list[i], bound)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return some(func(v any) bool {
		n, ok := v.(float64)
		return ok && !slices.ContainsFunc(all, func(c func(float64) bool) bool { return !c(n) })
	}), nil
}

func comparison(operator any, bound float64) (func(n float64) bool, error) {
	switch operator {
	case "=":
		return func(n float64) bool { return n == bound }, nil
	case "<":
		return func(n float64) bool { return n < bound }, nil
	case "<=":
		return func(n float64) bool { return n <= bound }, nil
	case ">":
		return func(n float64) bool { return n > bound }, nil
	case ">=":
		return func(n float64) bool { return n >= bound }, nil
	default:
		return nil, fmt.Errorf("%v is none of = < <= > >=", operator)
	}
}

// some accepts a key that has a value which match accepts.
func some(match func(v any) bool) condition {
	return func(values []any) bool { return slices.ContainsFunc(values, match) }
}

func scalar(value any) (any, error) {
	switch v := value.(type) {
	case string, bool, nil:
		return v, nil
	case json.Number:
		return parseNumber(v)
	default:
		return nil, errors.New("a value is a string, a number, true, false or null")
	}
}

// maxNumber is the largest number of a filter policy, in either direction; what a
// float64 tells apart within it is finer than the five digits after the point
// that AWS looks at.
const maxNumber = 1e9

func parseNumber(n json.Number) (float64, error) {
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || f > maxNumber || f < -maxNumber {
		return 0, fmt.Errorf("%s is not between -10^9 and 10^9", n)
	}
	return f, nil
}

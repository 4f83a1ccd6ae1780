package sqs

import (
	"slices"
	"strings"
)

// condition is one operator on one key of a statement ("IAM JSON policy elements:
// Condition operators", IAM User Guide).
type condition struct {
	operator string
	key      string // in lower case
	values   texts
}

// met says whether the condition holds. An operator that is not known here holds
// in a Deny and not in an Allow.
func (c condition) met(keys map[string]string, deny bool) bool {
	value, present := keys[c.key]
	if c.operator == "Null" {
		return slices.Contains(c.values, "true") != present
	}
	name, ifExists := strings.CutSuffix(c.operator, "IfExists")
	compare, negated, known := comparison(name)
	switch {
	case !known:
		return deny
	case !present:
		return ifExists || negated
	default:
		return slices.ContainsFunc(c.values, func(v string) bool { return compare(v, value) }) != negated
	}
}

// comparison is what an operator does with one of its values and the key's.
func comparison(operator string) (compare func(want, have string) bool, negated, known bool) {
	equal := func(want, have string) bool { return want == have }
	switch operator {
	case "StringEquals":
		return equal, false, true
	case "StringNotEquals":
		return equal, true, true
	case "StringEqualsIgnoreCase", "Bool":
		return strings.EqualFold, false, true
	case "StringNotEqualsIgnoreCase":
		return strings.EqualFold, true, true
	case "StringLike":
		return like, false, true
	case "StringNotLike":
		return like, true, true
	case "ArnEquals", "ArnLike":
		return arnLike, false, true
	case "ArnNotEquals", "ArnNotLike":
		return arnLike, true, true
	default:
		return nil, false, false
	}
}

// arnLike compares the six parts of an ARN one by one; a wildcard does not reach
// across a colon, but in the last part.
func arnLike(pattern, arn string) bool {
	want, have := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(want) != 6 || len(have) != 6 {
		return false
	}
	for i := range want {
		if !like(want[i], have[i]) {
			return false
		}
	}
	return true
}

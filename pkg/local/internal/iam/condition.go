package iam

import (
	"slices"
	"strings"
)

// condition is one operator on one key of a statement ("IAM JSON policy elements:
// Condition operators", IAM User Guide).
type condition struct {
	operator
	key    string // in lower case
	values []string
}

// operator is what is done with each value of a condition and each of the key.
type operator struct {
	null     bool // asks whether the key is there
	compare  func(want, have string) bool
	negated  bool // none of the condition's values may match
	ifExists bool // and a key that is not there will do
	of       quantifier
}

// quantifier says how many of the key's values must do ("Set operators for
// multivalued context keys", IAM User Guide).
type quantifier int

const (
	single quantifier = iota
	allValues
	anyValue
)

func (c *condition) met(keys map[string][]string) bool {
	have, present := keys[c.key]
	holds := func(have string) bool {
		return slices.ContainsFunc(c.values, func(want string) bool { return c.compare(want, have) }) != c.negated
	}
	fails := func(have string) bool { return !holds(have) }
	switch {
	case c.null:
		return slices.Contains(c.values, "true") != present
	case !present && c.of == single:
		return c.ifExists || c.negated
	case c.of == anyValue:
		return !present && c.ifExists || slices.ContainsFunc(have, holds)
	default:
		return !slices.ContainsFunc(have, fails)
	}
}

// parseOperator reads the name of an operator; ok is false where there is none of it.
func parseOperator(name string) (o operator, ok bool) {
	for prefix, of := range map[string]quantifier{"ForAllValues:": allValues, "ForAnyValue:": anyValue} {
		if rest, cut := strings.CutPrefix(name, prefix); cut {
			name, o.of = rest, of
		}
	}
	if name == "Null" {
		o.null = true
		return o, o.of == single
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	switch name {
	case "StringEquals", "StringNotEquals":
		o.compare = func(want, have string) bool { return want == have }
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool":
		o.compare = strings.EqualFold
	case "StringLike", "StringNotLike":
		o.compare = like
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		o.compare = arnLike
	}
	o.negated = strings.Contains(name, "Not")
	return o, o.compare != nil
}

// knownKey says whether a condition key is one that the endpoint gives its requests, or
// one that no request here has, because there is no organization, no KMS and no call
// on behalf of another.
func knownKey(key string) bool {
	switch key {
	case "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:requestedregion", "aws:resourceaccount",
		"aws:securetransport", "aws:viaawsservice", "aws:principalisawsservice", "aws:principalservicename",
		"aws:sourcearn", "aws:sourceaccount",
		"s3:if-match", "s3:if-none-match", "s3:objectcreationoperation", "s3:prefix", "s3:delimiter", "s3:versionid",
		"sns:endpoint", "sns:protocol":
		return true
	case "aws:sourceowner", "aws:calledvia", "aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:sourceorgid",
		"aws:sourcevpc", "aws:sourcevpce", "kms:viaservice":
		return true
	default:
		return strings.HasPrefix(key, "kms:encryptioncontext:")
	}
}

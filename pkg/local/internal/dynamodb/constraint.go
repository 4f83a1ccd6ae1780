package dynamodb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// constraints collects the members of an input that break the API's model,
// because DynamoDB lists all of them at once (up to ten).
type constraints []string

func (c *constraints) require(ok bool, shown, at, rule string) {
	if !ok && len(*c) < 10 {
		*c = append(*c, "Value "+shown+" at '"+at+"' failed to satisfy constraint: "+rule)
	}
}

func (c *constraints) err() error {
	switch n := len(*c); n {
	case 0:
		return nil
	case 1:
		return invalid("%s", "1 validation error detected: "+(*c)[0])
	default:
		return invalid("%d validation errors detected: %s", n, strings.Join(*c, "; "))
	}
}

func (c *constraints) notNull(ok bool, at string) {
	c.require(ok, "null", at, "Member must not be null")
}

// enum requires value to be one of the allowed ones, or absent.
func (c *constraints) enum(value, at string, allowed ...string) {
	c.require(value == "" || slices.Contains(allowed, value), "'"+value+"'", at, "Member must satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}

func (c *constraints) capacity(value string) {
	c.enum(value, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
}

// bounds are the least and the most that something may be.
type bounds struct{ least, most int }

// between requires a number, which may be absent, to be within bounds.
func (c *constraints) between(value *int, at string, b bounds) {
	if value == nil {
		return
	}
	shown := fmt.Sprintf("'%d'", *value)
	c.require(*value >= b.least, shown, at, fmt.Sprintf("Member must have value greater than or equal to %d", b.least))
	c.require(*value <= b.most, shown, at, fmt.Sprintf("Member must have value less than or equal to %d", b.most))
}

// length requires a string or a list to have a length within bounds.
func (c *constraints) length(n int, shown, at string, b bounds) {
	c.require(n >= b.least, shown, at, fmt.Sprintf("Member must have length greater than or equal to %d", b.least))
	c.require(n <= b.most, shown, at, fmt.Sprintf("Member must have length less than or equal to %d", b.most))
}

// The names of tables and indexes ("Supported data types and naming rules in
// Amazon DynamoDB", naming rules).
const (
	minTableName = 3
	maxTableName = 255
	nameRule     = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
)

// name requires the name of a table or index. A table may be given by its ARN.
func (c *constraints) name(name, at string) {
	if name == "" {
		c.notNull(false, at)
		return
	}
	name = plainName(name)
	c.require(isName(name), "'"+name+"'", at, nameRule)
	c.length(len(name), "'"+name+"'", at, bounds{minTableName, maxTableName})
}

// optionalName requires a name that may be absent.
func (c *constraints) optionalName(name, at string) {
	if name != "" {
		c.name(name, at)
	}
}

func isName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

// checkTableName is what the operations on tables ask of a name.
func checkTableName(name string) error {
	plain := plainName(name)
	switch {
	case name == "":
		return invalid("The parameter 'TableName' is required but was not present in the request")
	case len(plain) < minTableName || len(plain) > maxTableName:
		return invalid("TableName must be at least %d characters long and at most %d characters long", minTableName, maxTableName)
	}
	var c constraints
	c.require(isName(plain), "'"+plain+"'", "tableName", nameRule)
	return c.err()
}

// unsupported is a member of an input that this endpoint does not have. It is
// refused where it is given, because ignoring it would be a wrong success.
type unsupported struct {
	name  string
	value json.RawMessage
}

func given(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }

// legacy refuses the parameters that expressions have replaced ("Legacy
// DynamoDB conditional parameters"); where expressions stand beside them, as
// DynamoDB does.
func legacy(parameters []unsupported, expressions ...string) error {
	var names []string
	for _, p := range parameters {
		if given(p.value) {
			names = append(names, p.name)
		}
	}
	expressions = slices.DeleteFunc(expressions, func(e string) bool { return e == "" })
	switch {
	case len(names) == 0:
		return nil
	case len(expressions) > 0:
		return invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}", strings.Join(names, ", "), strings.Join(expressions, ", "))
	default:
		return invalid("the local endpoint does not have the legacy parameters {%s}: use expressions", strings.Join(names, ", "))
	}
}

// refuseUnsupported refuses the first member that is given.
func refuseUnsupported(members []unsupported) error {
	for _, m := range members {
		if given(m.value) {
			return invalid("the local endpoint does not have %s", m.name)
		}
	}
	return nil
}

package dynamodb

import (
	"slices"
	"strconv"
)

// function is the call of a function in a condition, with its mistakes noted.
func (p *parser) function(name string, args []operand) node {
	want, known := conditionArity(name)
	if !known {
		p.issues.note(issueUnknownFunction, unknownFunction(name, "a condition"))
		return functionCall{name, args}
	}
	if len(args) != want {
		p.issues.note(issueOperandCount, operandCount(name, len(args)))
	} else {
		p.checkArguments(name, args)
	}
	if name == "size" {
		return sizeCall{args[0]}
	}
	return functionCall{name, args}
}

// conditionArity is how many arguments a function of conditions takes.
func conditionArity(name string) (arity int, known bool) {
	switch name {
	case "attribute_exists", "attribute_not_exists", "size":
		return 1, true
	case "attribute_type", "begins_with", "contains":
		return 2, true
	default:
		return 0, false
	}
}

// unknownFunction is the mistake of a function that does not exist, or not in
// this kind of expression.
func unknownFunction(name, where string) string {
	_, ofConditions := conditionArity(name)
	if ofConditions || name == "if_not_exists" || name == "list_append" {
		return "The function is not allowed in " + where + " expression; function: " + name
	}
	return "Invalid function name; function: " + name
}

func operandCount(name string, n int) string {
	return "Incorrect number of operands for operator or function; operator or function: " + name + ", number of operands: " + strconv.Itoa(n)
}

func operandKind(name, kind string) string {
	return "Incorrect operand type for operator or function; operator or function: " + name + ", operand type: " + kind
}

func (p *parser) checkArguments(name string, args []operand) {
	if len(args) == 2 {
		p.distinct(name, args[0], args[1])
	}
	switch name {
	case "attribute_exists", "attribute_not_exists":
		if _, ok := args[0].(path); !ok {
			p.issues.note(issueOperandType, "Operator or function requires a document path; operator or function: "+name)
		}
	case "begins_with":
		for _, a := range args {
			if kind := constantKind(a); kind != "" && kind != "S" && kind != "B" {
				p.issues.note(issueOperandType, operandKind(name, kind))
			}
		}
	case "attribute_type":
		p.checkKindName(args[1])
	case "size":
		if kind := constantKind(args[0]); kind == "N" || kind == "BOOL" || kind == "NULL" {
			p.issues.note(issueOperandType, operandKind(name, kind))
		}
	}
}

// checkKindName notes a second argument of attribute_type that names no kind.
func (p *parser) checkKindName(o operand) {
	c, fixed := o.(constant)
	if fixed && c.value == nil {
		return // noted as undefined
	}
	name, ok := c.value.(stringValue)
	switch {
	case !ok && fixed:
		p.issues.note(issueOperandType, operandKind("attribute_type", c.kind()))
	case !ok:
		p.issues.note(issueOperandType, operandKind("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"))
	case !slices.Contains(kinds[:], string(name)):
		p.issues.note(issueOperandType, "Invalid attribute type name found; type: "+string(name)+", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
	}
}

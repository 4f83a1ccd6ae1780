package dynamodb

import (
	"slices"
	"strconv"
	"strings"
)

// clause is a condition as a request gives it, with the paths that it names.
type clause struct {
	condition
	paths []path
}

// parseCondition reads a ConditionExpression, FilterExpression or
// KeyConditionExpression ("Condition and filter expressions, operators, and
// functions in DynamoDB", whose precedence is: comparisons, IN, BETWEEN,
// functions, parentheses, NOT, AND, OR).
func parseCondition(what, source string, refs *placeholders) (*clause, error) {
	p, err := newParser(what, source, refs)
	if err != nil {
		return nil, err
	}
	read := p.condition(p.or())
	return &clause{read, p.paths}, p.finish()
}

func (p *parser) or() node {
	left := p.and()
	for p.atKeyword("OR") {
		l := p.condition(left)
		p.next()
		left = either{l, p.condition(p.and())}
	}
	return left
}

func (p *parser) and() node {
	left := p.not()
	for p.atKeyword("AND") {
		l := p.condition(left)
		p.next()
		left = both{l, p.condition(p.not())}
	}
	return left
}

func (p *parser) not() node {
	if p.keyword("NOT") {
		return negation{p.condition(p.not())}
	}
	return p.predicate()
}

// predicate reads a comparison, or what may be an operand of one that stands
// further out.
func (p *parser) predicate() node {
	left := p.primary()
	switch t := p.peek(); {
	case t.kind == tokenSign && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.text):
		l := p.operand(left)
		p.next()
		return p.comparison(t.text, l, p.operand(p.primary()))
	case p.atKeyword("BETWEEN"):
		subject := p.operand(left)
		p.next()
		low := p.operand(p.primary())
		p.expect(p.keyword("AND"))
		return p.between(subject, low, p.operand(p.primary()))
	case p.atKeyword("IN"):
		subject := p.operand(left)
		p.next()
		p.expect(p.sign("("))
		return p.membership(subject, p.arguments())
	default:
		return left
	}
}

// arguments reads operands up to the closing parenthesis.
func (p *parser) arguments() []operand {
	args := []operand{p.operand(p.primary())}
	for p.sign(",") {
		args = append(args, p.operand(p.primary()))
	}
	p.expect(p.sign(")"))
	return args
}

func (p *parser) primary() node {
	switch t := p.peek(); {
	case p.sign("("):
		inner := p.or()
		if _, twice := inner.(group); twice {
			p.issues.note(issueParentheses, "The expression has redundant parentheses;")
		}
		p.expect(p.sign(")"))
		return group{inner}
	case t.kind == tokenValue:
		return constant{p.constant()}
	case p.atKeyword("AND", "OR", "NOT", "BETWEEN", "IN"):
		p.fail()
		return nil
	case p.atFunction():
		name := p.next().text
		p.next()
		return p.function(name, p.arguments())
	default:
		return p.path()
	}
}

// condition is n as a condition.
func (p *parser) condition(n node) condition {
	switch n := n.(type) {
	case group:
		return p.condition(n.node)
	case condition:
		return n
	case sizeCall:
		p.issues.note(issueMisusedFunction, misused("size"))
	default:
		p.fail()
	}
	return negation{}
}

// operand is n as an operand.
func (p *parser) operand(n node) operand {
	switch n := n.(type) {
	case group:
		return p.operand(n.node)
	case operand:
		return n
	case functionCall:
		p.issues.note(issueMisusedFunction, misused(n.name))
	default:
		p.fail()
	}
	return constant{}
}

func misused(function string) string {
	return "The function is not allowed to be used this way in an expression; function: " + function
}

func (p *parser) comparison(operator string, left, right operand) node {
	p.distinct(operator, left, right)
	if operator != "=" && operator != "<>" {
		p.ordered(operator, left, right)
	}
	return comparison{operator, left, right}
}

// ordered notes constants that have no order.
func (p *parser) ordered(operator string, operands ...operand) {
	for _, o := range operands {
		if kind := constantKind(o); kind != "" && kind != "S" && kind != "N" && kind != "B" {
			p.issues.note(issueOperandType, "Incorrect operand type for operator or function; operator: "+operator+", operand type: "+kind)
		}
	}
}

func (p *parser) between(subject, low, high operand) node {
	p.ordered("BETWEEN", subject, low, high)
	l, lowFixed := low.(constant)
	h, highFixed := high.(constant)
	if lowFixed && highFixed && l.value != nil && h.value != nil {
		bounds := "; lower bound operand: AttributeValue: " + shown(l.value) + ", upper bound operand: AttributeValue: " + shown(h.value)
		if l.kind() != h.kind() {
			p.issues.note(issueOperandType, "The BETWEEN operator requires same data type for lower and upper bounds"+bounds)
		} else if order, _ := compare(l.value, h.value); order > 0 {
			p.issues.note(issueOperandType, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"+bounds)
		}
	}
	return between{subject, low, high}
}

// shown is a value as DynamoDB's refusals show it: {S:text}.
func shown(v value) string {
	shown := string(appendValue(nil, v))
	return strings.ReplaceAll(shown, `"`, "")
}

// maxMembers is how many operands IN takes ("Quotas in Amazon DynamoDB":
// expression operators).
const maxMembers = 100

func (p *parser) membership(subject operand, among []operand) node {
	if len(among) > maxMembers {
		p.issues.note(issueLimit, "The IN operator is provided with too many operands; number of operands: "+strconv.Itoa(len(among)))
	}
	for _, o := range among {
		p.distinct("IN", subject, o)
	}
	return membership{subject, among}
}

// distinct notes a comparison of a path with itself.
func (p *parser) distinct(operator string, a, b operand) {
	one, isPath := a.(path)
	two, arePaths := b.(path)
	if isPath && arePaths && slices.Equal(one, two) {
		p.issues.note(issueDistinct, "The first operand must be distinct from the remaining operands for this operator or function; operator: "+operator+", first operand: "+one.String())
	}
}

// constantKind is the kind of an operand that is known before there is an item.
func constantKind(o operand) string {
	switch o := o.(type) {
	case constant:
		return kindOf(o.value)
	case sizeCall:
		return "N"
	default:
		return ""
	}
}

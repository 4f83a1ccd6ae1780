package dynamodb

import "slices"

// node is a part of a condition: a condition itself, or an operand of one.
type node any

// condition is a condition on an item. An item that is not there has no
// attributes.
type condition interface {
	holds(it item) bool
}

// operand is what a condition compares.
type operand interface {
	// of is the operand's value for an item, nil where there is none.
	of(it item) value
}

// constant is a :value.
type constant struct{ value }

func (c constant) of(item) value   { return c.value }
func (p path) of(it item) value    { return p.in(it) }
func (s sizeCall) of(i item) value { return length(s.operand.of(i)) }

// sizeCall is size(operand).
type sizeCall struct{ operand operand }

// group is what stands in parentheses.
type group struct{ node }

type (
	both       struct{ left, right condition }
	either     struct{ left, right condition }
	negation   struct{ inner condition }
	between    struct{ subject, low, high operand }
	membership struct {
		subject operand
		among   []operand
	}
	comparison struct {
		operator    string
		left, right operand
	}
	// functionCall is a function that is a condition.
	functionCall struct {
		name string
		args []operand
	}
)

func (b both) holds(it item) bool     { return b.left.holds(it) && b.right.holds(it) }
func (e either) holds(it item) bool   { return e.left.holds(it) || e.right.holds(it) }
func (n negation) holds(it item) bool { return !n.inner.holds(it) }

func (c comparison) holds(it item) bool {
	left, right := c.left.of(it), c.right.of(it)
	switch c.operator {
	case "=":
		return equal(left, right)
	case "<>":
		return !equal(left, right)
	}
	order, ok := compare(left, right)
	return ok && inOrder(c.operator, order)
}

// inOrder says whether a comparison that came out as order satisfies operator.
func inOrder(operator string, order int) bool {
	switch operator {
	case "=":
		return order == 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

func (b between) holds(it item) bool {
	v := b.subject.of(it)
	low, ok := compare(v, b.low.of(it))
	if !ok || low < 0 {
		return false
	}
	high, ok := compare(v, b.high.of(it))
	return ok && high <= 0
}

func (m membership) holds(it item) bool {
	v := m.subject.of(it)
	return slices.ContainsFunc(m.among, func(o operand) bool { return equal(v, o.of(it)) })
}

func (f functionCall) holds(it item) bool {
	v := f.args[0].of(it)
	switch f.name {
	case "attribute_exists":
		return v != nil
	case "attribute_not_exists":
		return v == nil
	case "attribute_type":
		return v != nil && equal(stringValue(v.kind()), f.args[1].of(it))
	case "begins_with":
		return beginsWith(v, f.args[1].of(it))
	default: // contains
		return contains(v, f.args[1].of(it))
	}
}

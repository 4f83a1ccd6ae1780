package dynamodb

import (
	"maps"
	"slices"
)

type (
	fixed      struct{ value }
	attribute  struct{ path }
	arithmetic struct {
		operator    string // "+" or "-"
		left, right setValue
	}
	ifNotExists struct {
		path     path
		fallback setValue
	}
	listAppend struct{ left, right setValue }
)

const (
	wrongOperand = "An operand in the update expression has an incorrect data type"
	wrongPath    = "The document path provided in the update expression is invalid for update"
	noAttribute  = "The provided expression refers to an attribute that does not exist in the item"
)

func (f fixed) eval(item) (value, error) { return f.value, nil }

func (a attribute) eval(it item) (value, error) {
	v := a.in(it)
	if v == nil {
		return nil, invalid(noAttribute)
	}
	return v, nil
}

func (i ifNotExists) eval(it item) (value, error) {
	if v := i.path.in(it); v != nil {
		return v, nil
	}
	return i.fallback.eval(it)
}

func (a arithmetic) eval(it item) (value, error) {
	left, right, err := evalPair[number](it, a.left, a.right)
	if err != nil {
		return nil, err
	}
	if a.operator == "-" {
		right = right.negate()
	}
	return sum(left, right)
}

func (l listAppend) eval(it item) (value, error) {
	left, right, err := evalPair[listValue](it, l.left, l.right)
	if err != nil {
		return nil, err
	}
	return slices.Concat(left, right), nil
}

// evalPair gives two values, which must be of one kind.
func evalPair[V value](it item, one, two setValue) (left, right V, err error) {
	a, err := one.eval(it)
	if err != nil {
		return left, right, err
	}
	b, err := two.eval(it)
	if err != nil {
		return left, right, err
	}
	left, ok := a.(V)
	right, both := b.(V)
	if !ok || !both {
		return left, right, invalid(wrongOperand)
	}
	return left, right, nil
}

func sum(a, b number) (value, error) {
	n, err := a.add(b)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// apply is the item after the update. Every value is worked out from the item
// as it is before; every index means the place that it has before, and what is
// set beyond the end of a list goes to its end.
func (u *update) apply(before item) (item, error) {
	after, err := u.tree.apply(before, before)
	if err != nil {
		return nil, err
	}
	return after.(mapValue), nil
}

// apply is what becomes of v, which is nil where there is nothing; it gives nil
// where nothing remains.
func (t *pathTree) apply(v value, before item) (value, error) {
	if t.end {
		return t.leaf.apply(v, before)
	}
	byIndex := t.steps()[0].isIndex()
	switch v := v.(type) {
	case mapValue:
		if !byIndex {
			return t.applyToMap(v, before)
		}
	case listValue:
		if byIndex {
			return t.applyToList(v, before)
		}
	}
	return nil, invalid(wrongPath)
}

func (t *pathTree) applyToMap(m mapValue, before item) (value, error) {
	after := maps.Clone(m)
	for _, s := range t.steps() {
		v, err := t.children[s].apply(m[s.name], before)
		if err != nil {
			return nil, err
		}
		if v == nil {
			delete(after, s.name)
		} else {
			after[s.name] = v
		}
	}
	return after, nil
}

func (t *pathTree) applyToList(l listValue, before item) (value, error) {
	after := slices.Clone(l)
	for _, s := range t.steps() {
		v, err := t.children[s].apply(s.in(l), before)
		switch {
		case err != nil:
			return nil, err
		case s.index < len(l):
			after[s.index] = v
		default:
			after = append(after, v)
		}
	}
	return slices.DeleteFunc(after, func(v value) bool { return v == nil }), nil
}

// apply is what the action makes of v.
func (a *updateAction) apply(v value, before item) (value, error) {
	switch {
	case a.section == "SET":
		return a.set.eval(before)
	case a.section == "REMOVE":
		return nil, nil
	case a.section == "DELETE" && v == nil:
		return nil, nil
	case v == nil:
		return a.operand, nil
	case v.kind() != a.operand.kind():
		return nil, invalid(wrongOperand)
	case a.section == "DELETE":
		return difference(v, a.operand), nil
	}
	if n, ok := v.(number); ok {
		return sum(n, a.operand.(number))
	}
	return union(v, a.operand), nil
}

package dynamodb

import "slices"

// keyCondition is the condition on one attribute of a key: "=", "<", "<=", ">",
// ">=", "BETWEEN" or "begins_with".
type keyCondition struct {
	operator string
	values   []value
}

// keyConditions are the conditions of a KeyConditionExpression by attribute.
type keyConditions map[string]keyCondition

const badKeyCondition = "Invalid condition in KeyConditionExpression: "

// add takes apart a condition, which DynamoDB parses like any other and only
// then finds to be no condition on a key.
func (k keyConditions) add(c condition) error {
	switch c := c.(type) {
	case both:
		if err := k.add(c.left); err != nil {
			return err
		}
		return k.add(c.right)
	case either:
		return badKeyOperator("OR")
	case negation:
		return badKeyOperator("NOT")
	case membership:
		return badKeyOperator("IN")
	case between:
		return k.addOperands("BETWEEN", c.subject, c.low, c.high)
	case functionCall:
		if c.name != "begins_with" {
			return badKeyOperator(c.name)
		}
		return k.addOperands(c.name, c.args...)
	default:
		comparison := c.(comparison)
		return k.addComparison(comparison)
	}
}

func badKeyOperator(operator string) error {
	return invalid("Invalid operator used in KeyConditionExpression: %s", operator)
}

// addComparison turns a comparison round whose attribute stands on the right.
func (k keyConditions) addComparison(c comparison) error {
	if c.operator == "<>" {
		return badKeyOperator(c.operator)
	}
	_, leftNames := c.left.(path)
	_, rightNames := c.right.(path)
	if rightNames && !leftNames {
		turned := map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
		return k.addOperands(turned[c.operator], c.right, c.left)
	}
	return k.addOperands(c.operator, c.left, c.right)
}

func (k keyConditions) addOperands(operator string, operands ...operand) error {
	at, found, err := keyPath(operands)
	switch {
	case err != nil:
		return err
	case !found:
		return invalid(badKeyCondition + "No key attribute specified")
	case !isPath(operands[0]):
		return invalid(badKeyCondition+"%s operator must have the key attribute as its first operand", operator)
	}
	name := at[0].name
	if _, twice := k[name]; twice {
		return invalid("KeyConditionExpressions must only contain one condition per key")
	}
	condition := keyCondition{operator: operator}
	for _, o := range operands[1:] {
		condition.values = append(condition.values, o.of(nil))
	}
	k[name] = condition
	return nil
}

func isPath(o operand) bool {
	_, ok := o.(path)
	return ok
}

// keyPath is the one path among the operands.
func keyPath(operands []operand) (at path, found bool, err error) {
	for _, o := range operands {
		switch o := o.(type) {
		case sizeCall:
			return nil, false, invalid("KeyConditionExpressions cannot contain nested operations")
		case path:
			switch {
			case found:
				return nil, false, invalid(badKeyCondition + "Multiple attribute names used in one condition")
			case len(o) > 1:
				return nil, false, invalid("KeyConditionExpressions cannot have conditions on nested attributes")
			}
			at, found = o, true
		}
	}
	return at, found, nil
}

// check refuses conditions that are not an equality of the partition key, with
// or without a condition on the sort key.
func (k keyConditions) check(schema keySchema) error {
	if len(k) > 2 {
		return invalid("Conditions can be of length 1 or 2 only")
	}
	attributes := schema.attributes()
	if len(attributes) == 1 && len(k) > 1 {
		return invalid("Query key condition not supported")
	}
	for i, a := range attributes {
		c, ok := k[a.name]
		if !ok && (i == 0 || len(k) > 1) {
			return invalid("Query condition missed key schema element: %s", a.name)
		}
		if slices.ContainsFunc(c.values, func(v value) bool { return kindOf(v) != a.kind }) {
			return invalidParameter("Condition parameter type does not match schema type")
		}
	}
	if k[schema.hash.name].operator != "=" {
		return invalid("Query key condition not supported")
	}
	return k.checkEmpty(attributes)
}

// checkEmpty refuses to look for keys that no item can have.
func (k keyConditions) checkEmpty(attributes []keyAttribute) error {
	for _, a := range attributes {
		for _, v := range k[a.name].values {
			if sortable(v) == "" && k[a.name].operator != "begins_with" {
				return invalidParameter("The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyKind(v), a.name)
			}
		}
	}
	return nil
}

// span is the range of row keys that the conditions mean.
func (k keyConditions) span(schema keySchema) span {
	partition := schema.partition(k[schema.hash.name].values[0])
	c, ok := k[schema.sort.name]
	if !ok {
		return prefixed(partition)
	}
	all := prefixed(partition)
	bare := partition + escape(sortable(c.values[0]))
	exact := prefixed(bare + endOfSort)
	switch c.operator {
	case "=":
		return exact
	case "<":
		return span{all.from, exact.from}
	case "<=":
		return span{all.from, exact.to}
	case ">":
		return span{exact.to, all.to}
	case ">=":
		return span{exact.from, all.to}
	case "BETWEEN":
		return span{exact.from, after(partition + escape(sortable(c.values[1])) + endOfSort)}
	default: // begins_with
		return prefixed(bare)
	}
}

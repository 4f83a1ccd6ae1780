package dynamodb

import (
	"encoding/json"
	"slices"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// writeInput is the input of PutItem, UpdateItem and DeleteItem, and of the
// actions of a transaction, of which each knows a part.
type writeInput struct {
	TableName                           string
	Item, Key                           *attributes
	ConditionExpression                 *string
	UpdateExpression                    *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           *attributes
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	ReturnConsumedCapacity              string
	ReturnItemCollectionMetrics         string

	Expected, ConditionalOperator, AttributeUpdates json.RawMessage
}

type writeOutput struct {
	Attributes       item      `json:",omitempty"`
	ConsumedCapacity *consumed `json:",omitempty"`
}

// subject is the attributes that say which item: the item itself, or its key.
func (in *writeInput) subject(kind mutationKind) (*attributes, string) {
	if kind == put {
		return in.Item, "item"
	}
	return in.Key, "key"
}

// constrain collects what breaks the API's model; at is where the input stands
// in the request.
func (in *writeInput) constrain(c *constraints, kind mutationKind, at string) {
	subject, name := in.subject(kind)
	c.name(in.TableName, at+"tableName")
	c.notNull(subject != nil, at+name)
	c.enum(in.ReturnValues, at+"returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
	c.enum(in.ReturnValuesOnConditionCheckFailure, at+"returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
	c.capacity(in.ReturnConsumedCapacity)
	c.enum(in.ReturnItemCollectionMetrics, at+"returnItemCollectionMetrics", "SIZE", "NONE")
	if kind == check {
		c.notNull(in.ConditionExpression != nil, at+"conditionExpression")
	}
}

// mutation is the input, checked as far as it can be without the table.
func (in *writeInput) mutation(kind mutationKind) (*mutation, error) {
	if err := in.checkParameters(kind); err != nil {
		return nil, err
	}
	subject, _ := in.subject(kind)
	m := &mutation{kind: kind, table: in.TableName, item: subject.values, showItem: in.ReturnValuesOnConditionCheckFailure == "ALL_OLD"}
	switch {
	case subject.refused != nil:
		return nil, subject.refused
	case kind != amend && in.ReturnValues != "" && in.ReturnValues != "ALL_OLD" && in.ReturnValues != "NONE":
		return nil, invalid("ReturnValues can only be ALL_OLD or NONE")
	case kind == put && itemSize(m.item) > maxItem:
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	return m, in.parse(m)
}

func (in *writeInput) checkParameters(kind mutationKind) error {
	given, missing := []string{}, "ConditionExpression is null"
	if in.ConditionExpression != nil {
		given = append(given, "ConditionExpression")
	}
	if kind == amend {
		missing = "UpdateExpression and ConditionExpression are null"
		if in.UpdateExpression != nil {
			given = slices.Insert(given, 0, "UpdateExpression")
		}
	}
	err := legacy([]unsupported{{"AttributeUpdates", in.AttributeUpdates}, {"Expected", in.Expected}, {"ConditionalOperator", in.ConditionalOperator}}, given...)
	if err != nil || len(given) > 0 {
		return err
	}
	return checkUnreferenced(in.ExpressionAttributeNames, in.ExpressionAttributeValues, missing)
}

// checkUnreferenced refuses placeholders in a request without the expressions
// that could refer to them.
func checkUnreferenced(names map[string]string, values *attributes, missing string) error {
	switch {
	case names != nil:
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	case values != nil:
		return invalid("ExpressionAttributeValues can only be specified when using expressions: %s", missing)
	default:
		return nil
	}
}

// parse reads the input's expressions into m.
func (in *writeInput) parse(m *mutation) error {
	refs, err := newPlaceholders(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return err
	}
	if in.UpdateExpression != nil && m.kind == amend {
		if m.update, err = parseUpdate(*in.UpdateExpression, refs); err != nil {
			return err
		}
	}
	if in.ConditionExpression != nil {
		if m.condition, err = parseCondition("ConditionExpression", *in.ConditionExpression, refs); err != nil {
			return err
		}
	}
	return refs.unused()
}

// writeItem prepares PutItem, UpdateItem or DeleteItem.
func (s *Service) writeItem(c *wire.Call, kind mutationKind) (action, error) {
	var in writeInput
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	var cs constraints
	in.constrain(&cs, kind, "")
	if err := cs.err(); err != nil {
		return nil, err
	}
	m, err := in.mutation(kind)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.table(tx, c, m.table)
		if err != nil {
			return nil, err
		}
		e, err := m.planOn(t)
		if err != nil {
			return nil, err
		}
		e.commit(tx)
		return in.output(m, &e), nil
	}, nil
}

// planOn checks that the mutation fits the table and plans it.
func (m *mutation) planOn(t *table) (effect, error) {
	if err := m.checkFit(t); err != nil {
		return effect{}, err
	}
	return m.plan(t)
}

func (in *writeInput) output(m *mutation, e *effect) *writeOutput {
	out := &writeOutput{Attributes: in.returned(m, e)}
	if in.ReturnConsumedCapacity != "" {
		u := newUsage(e.table.id.name)
		u.write(e)
		out.ConsumedCapacity = u.report(in.ReturnConsumedCapacity)
	}
	return out
}

// returned is what ReturnValues asks for, nil for nothing.
func (in *writeInput) returned(m *mutation, e *effect) item {
	switch in.ReturnValues {
	case "ALL_OLD":
		return e.before.item
	case "ALL_NEW":
		return e.after.item
	case "UPDATED_OLD":
		return m.updated(e.before.item)
	case "UPDATED_NEW":
		return m.updated(e.after.item)
	default:
		return nil
	}
}

// updated is the part of an item that the mutation's update has to do with.
func (m *mutation) updated(it item) item {
	if m.update == nil || it == nil {
		return nil
	}
	return m.update.tree.projectItem(it)
}

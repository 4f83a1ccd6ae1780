package dynamodb

import (
	"encoding/json"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// readInput is the input of GetItem, and of the reads of a transaction.
type readInput struct {
	TableName                string
	Key                      *attributes
	ConsistentRead           bool
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
	ReturnConsumedCapacity   string

	AttributesToGet json.RawMessage
}

// readOutput is the output of GetItem. An item that is there is shown even
// where the projection leaves nothing of it.
type readOutput struct {
	Item             item      `json:",omitzero"`
	ConsumedCapacity *consumed `json:",omitempty"`
}

// read is the reading of one item.
type read struct {
	table      string
	key        item
	projection *projection
}

func (in *readInput) constrain(c *constraints, at string) {
	c.name(in.TableName, at+"tableName")
	c.notNull(in.Key != nil, at+"key")
	c.capacity(in.ReturnConsumedCapacity)
}

// read is the input, checked as far as it can be without the table.
func (in *readInput) read() (*read, error) {
	projection, err := readProjection(in.ProjectionExpression, in.ExpressionAttributeNames, in.AttributesToGet)
	if err != nil {
		return nil, err
	}
	return &read{in.TableName, in.Key.values, projection}, in.Key.refused
}

// readProjection reads the projection of a request that has no other
// expression.
func readProjection(expression *string, names map[string]string, attributesToGet json.RawMessage) (*projection, error) {
	old := []unsupported{{"AttributesToGet", attributesToGet}}
	if expression == nil {
		if err := legacy(old); err != nil {
			return nil, err
		}
		return nil, checkUnreferenced(names, nil, "")
	}
	if err := legacy(old, "ProjectionExpression"); err != nil {
		return nil, err
	}
	refs, err := newPlaceholders(names, nil)
	if err != nil {
		return nil, err
	}
	p, err := parseProjection(*expression, refs)
	if err != nil {
		return nil, err
	}
	return p, refs.unused()
}

// from reads the item from its table: whole, for the capacity, and as asked for.
func (r *read) from(t *table) (whole row, part item, err error) {
	if err := t.key.checkKey(r.key); err != nil {
		return row{}, nil, err
	}
	if r.projection != nil {
		if err := t.checkPaths(r.projection.paths); err != nil {
			return row{}, nil, err
		}
	}
	whole = t.rows.get(t.key.encode(r.key))
	return whole, r.projection.of(whole.item), nil
}

// getItem prepares GetItem.
func (s *Service) getItem(c *wire.Call) (action, error) {
	var in readInput
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	var cs constraints
	in.constrain(&cs, "")
	if err := cs.err(); err != nil {
		return nil, err
	}
	r, err := in.read()
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.table(tx, c, r.table)
		if err != nil {
			return nil, err
		}
		whole, part, err := r.from(t)
		if err != nil {
			return nil, err
		}
		u := newUsage(t.id.name)
		u.table = readUnits(whole.size, in.ConsistentRead)
		return &readOutput{part, u.report(in.ReturnConsumedCapacity)}, nil
	}, nil
}

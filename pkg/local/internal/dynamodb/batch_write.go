package dynamodb

import (
	"fmt"
	"maps"
	"slices"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type batchWriteInput struct {
	RequestItems                map[string][]writeRequest
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

// writeRequest is one write of a batch.
type writeRequest struct {
	PutRequest    *struct{ Item *attributes }
	DeleteRequest *struct{ Key *attributes }
}

type batchWriteOutput struct {
	UnprocessedItems map[string][]writeRequest
	ConsumedCapacity []*consumed `json:",omitempty"`
}

func (in *batchWriteInput) constrain() error {
	var c constraints
	c.capacity(in.ReturnConsumedCapacity)
	c.enum(in.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
	c.notNull(in.RequestItems != nil, "requestItems")
	if in.RequestItems != nil {
		c.length(len(in.RequestItems), "'{}'", "requestItems", bounds{1, maxBatchWrite})
	}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		c.name(name, "requestItems."+name)
		n := len(in.RequestItems[name])
		c.require(1 <= n && n <= maxBatchWrite, fmt.Sprintf("'{%s=[%d requests]}'", name, n), "requestItems",
			"Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")
	}
	return c.err()
}

// mutations are the batch's writes, in the order of their tables and requests.
func (in *batchWriteInput) mutations() ([]*mutation, error) {
	var all []*mutation
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		for _, r := range in.RequestItems[name] {
			m, err := r.mutation(name)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	if len(all) > maxBatchWrite {
		return nil, invalid("Too many items requested for the BatchWriteItem call")
	}
	return all, nil
}

func (r writeRequest) mutation(table string) (*mutation, error) {
	in, kind := writeInput{TableName: table}, put
	switch {
	case (r.PutRequest == nil) == (r.DeleteRequest == nil):
		return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case r.PutRequest != nil:
		in.Item = r.PutRequest.Item
	default:
		in.Key, kind = r.DeleteRequest.Key, remove
	}
	var c constraints
	in.constrain(&c, kind, "requestItems."+table+".member.")
	if err := c.err(); err != nil {
		return nil, err
	}
	return in.mutation(kind)
}

// batchWriteItem prepares BatchWriteItem. The batch is refused or written as a
// whole; nothing is ever left unprocessed.
func (s *Service) batchWriteItem(c *wire.Call) (action, error) {
	in := &batchWriteInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	if len(c.Body) > maxBatchBytes {
		return nil, invalid("The request of %d bytes exceeds the maximum of %d bytes of a BatchWriteItem call", len(c.Body), maxBatchBytes)
	}
	mutations, err := in.mutations()
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		effects, err := s.planBatch(tx, c, mutations)
		if err != nil {
			return nil, err
		}
		out := &batchWriteOutput{UnprocessedItems: map[string][]writeRequest{}}
		var used usages
		for i := range effects {
			used.write(&effects[i])
			effects[i].commit(tx)
		}
		out.ConsumedCapacity = used.reports(in.ReturnConsumedCapacity)
		return out, nil
	}, nil
}

// planBatch plans the writes one by one. Unlike a PutItem, a batch says of an
// item without a proper key what it says of a wrong key.
func (s *Service) planBatch(tx *store.Tx, c *wire.Call, mutations []*mutation) ([]effect, error) {
	effects, seen := make([]effect, len(mutations)), map[string]bool{}
	for i, m := range mutations {
		t, err := s.table(tx, c, m.table)
		if err != nil {
			return nil, err
		}
		if !t.key.in(m.item) {
			return nil, invalid(mismatch)
		}
		e, err := m.planOn(t)
		if err != nil {
			return nil, err
		}
		record := e.table.record(e.before.key)
		if seen[record] {
			return nil, invalid(duplicateKeys)
		}
		seen[record] = true
		effects[i] = e
	}
	return effects, nil
}

package dynamodb

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Limits of batches ("Quotas in Amazon DynamoDB" and the operations' pages in
// the API reference).
const (
	maxBatchGet   = 100
	maxBatchWrite = 25
	maxBatchBytes = 16 << 20 // of a request to write, and of an answer
)

const duplicateKeys = "Provided list of item keys contains duplicates"

type batchGetInput struct {
	RequestItems           map[string]*keysAndAttributes
	ReturnConsumedCapacity string
}

// keysAndAttributes is what a batch asks of one table.
type keysAndAttributes struct {
	Keys                     []*attributes
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
	AttributesToGet          json.RawMessage   `json:",omitempty"`
}

// MarshalJSON writes the attributes as they came.
func (a *attributes) MarshalJSON() ([]byte, error) { return a.values.MarshalJSON() }

type batchGetOutput struct {
	Responses        map[string][]item
	UnprocessedKeys  map[string]*keysAndAttributes
	ConsumedCapacity []*consumed `json:",omitempty"`
}

func (in *batchGetInput) constrain() error {
	var c constraints
	c.capacity(in.ReturnConsumedCapacity)
	c.notNull(in.RequestItems != nil, "requestItems")
	if in.RequestItems != nil {
		c.length(len(in.RequestItems), "'{}'", "requestItems", bounds{1, maxBatchGet})
	}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		c.name(name, "requestItems."+name)
		request, at := in.RequestItems[name], "requestItems."+name+".member.keys"
		if request == nil || request.Keys == nil {
			c.notNull(false, at)
			continue
		}
		c.length(len(request.Keys), fmt.Sprintf("'[%d keys]'", len(request.Keys)), at, bounds{1, maxBatchGet})
		c.notNull(!slices.Contains(request.Keys, nil), at)
	}
	return c.err()
}

// reads are the reads by table.
func (in *batchGetInput) reads() (map[string][]*read, error) {
	all, total := map[string][]*read{}, 0
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		request := in.RequestItems[name]
		if total += len(request.Keys); total > maxBatchGet {
			return nil, invalid("Too many items requested for the BatchGetItem call")
		}
		p, err := readProjection(request.ProjectionExpression, request.ExpressionAttributeNames, request.AttributesToGet)
		if err != nil {
			return nil, err
		}
		for _, key := range request.Keys {
			if key.refused != nil {
				return nil, key.refused
			}
			all[name] = append(all[name], &read{name, key.values, p})
		}
	}
	return all, nil
}

// batchGetItem prepares BatchGetItem.
func (s *Service) batchGetItem(c *wire.Call) (action, error) {
	in := &batchGetInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	reads, err := in.reads()
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		out := &batchGetOutput{Responses: map[string][]item{}, UnprocessedKeys: map[string]*keysAndAttributes{}}
		size := 0
		for _, name := range slices.Sorted(maps.Keys(reads)) {
			t, err := s.table(tx, c, name)
			if err != nil {
				return nil, err
			}
			if err := in.readTable(out, t, reads[name], &size); err != nil {
				return nil, err
			}
		}
		return out, nil
	}, nil
}

// readTable adds to out what the batch reads of one table. What would make the
// answer too large stays unprocessed.
func (in *batchGetInput) readTable(out *batchGetOutput, t *table, reads []*read, size *int) error {
	name := reads[0].table
	request, seen, u := in.RequestItems[name], map[string]bool{}, newUsage(t.id.name)
	out.Responses[name] = []item{}
	for i, r := range reads {
		whole, part, err := r.from(t)
		switch {
		case err != nil:
			return err
		case seen[whole.key]:
			return invalid(duplicateKeys)
		}
		seen[whole.key] = true
		if *size+whole.size > maxBatchBytes {
			out.leave(name, request, request.Keys[i])
			continue
		}
		*size += whole.size
		u.table += readUnits(whole.size, request.ConsistentRead)
		if whole.item != nil {
			out.Responses[name] = append(out.Responses[name], part)
		}
	}
	if report := u.report(in.ReturnConsumedCapacity); report != nil {
		out.ConsumedCapacity = append(out.ConsumedCapacity, report)
	}
	return nil
}

func (out *batchGetOutput) leave(name string, request *keysAndAttributes, key *attributes) {
	left := out.UnprocessedKeys[name]
	if left == nil {
		copied := *request
		copied.Keys = nil
		left = &copied
		out.UnprocessedKeys[name] = left
	}
	left.Keys = append(left.Keys, key)
}

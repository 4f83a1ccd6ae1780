package dynamodb

import (
	"fmt"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type transactGetInput struct {
	TransactItems          []struct{ Get *readInput }
	ReturnConsumedCapacity string
}

type transactGetOutput struct {
	Responses        []transactGetResponse
	ConsumedCapacity []*consumed `json:",omitempty"`
}

// transactGetResponse has no item where there is none, or where the projection
// leaves nothing of it.
type transactGetResponse struct {
	Item item `json:",omitempty"`
}

func (in *transactGetInput) reads() ([]*read, error) {
	var c constraints
	constrainTransaction(&c, len(in.TransactItems), in.TransactItems == nil, in.ReturnConsumedCapacity)
	for i, item := range in.TransactItems {
		at := fmt.Sprintf("transactItems.%d.member.get", i+1)
		c.notNull(item.Get != nil, at)
		if item.Get != nil {
			item.Get.constrain(&c, at+".")
		}
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	var all []*read
	for _, item := range in.TransactItems {
		r, err := item.Get.read()
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// transactGetItems prepares TransactGetItems.
func (s *Service) transactGetItems(c *wire.Call) (action, error) {
	in := &transactGetInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	reads, err := in.reads()
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		out, seen := &transactGetOutput{}, map[string]bool{}
		var used usages
		for _, r := range reads {
			t, err := s.table(tx, c, r.table)
			if err != nil {
				return nil, err
			}
			whole, part, err := r.from(t)
			if err != nil {
				return nil, canceledRead(len(reads), len(out.Responses), err)
			}
			if seen[t.record(whole.key)] {
				return nil, invalid(twiceOneItem)
			}
			seen[t.record(whole.key)] = true
			used.of(t).table += readUnits(whole.size, true)
			out.Responses = append(out.Responses, transactGetResponse{part})
		}
		out.ConsumedCapacity = used.transacted(in.ReturnConsumedCapacity, false)
		return out, nil
	}, nil
}

// canceledRead is the refusal of a transaction whose action at has failed.
func canceledRead(actions, at int, err error) error {
	reasons := make([]reason, actions)
	reasons[at] = reasonFor(err)
	return canceled(reasons)
}

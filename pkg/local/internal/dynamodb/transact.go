package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Limits of transactions ("Amazon DynamoDB Transactions: How it works").
const (
	maxActions     = 100
	maxTransaction = 4 << 20 // bytes of the items
	maxToken       = 36
)

const twiceOneItem = "Transaction request cannot include multiple operations on one item"

type transactWriteInput struct {
	TransactItems               []transactWriteItem
	ClientRequestToken          *string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

// transactWriteItem is one action, of which exactly one member is given.
type transactWriteItem struct {
	ConditionCheck, Put, Delete, Update *writeInput
}

type transactWriteOutput struct {
	ConsumedCapacity []*consumed `json:",omitempty"`
}

// action is the one member that is given, nil where there is not one.
func (i transactWriteItem) action() (*writeInput, mutationKind) {
	var in *writeInput
	var kind mutationKind
	for _, member := range []struct {
		in   *writeInput
		kind mutationKind
	}{{i.ConditionCheck, check}, {i.Put, put}, {i.Delete, remove}, {i.Update, amend}} {
		switch {
		case member.in == nil:
		case in != nil:
			return nil, ""
		default:
			in, kind = member.in, member.kind
		}
	}
	return in, kind
}

func (in *transactWriteInput) constrain() error {
	var c constraints
	constrainTransaction(&c, len(in.TransactItems), in.TransactItems == nil, in.ReturnConsumedCapacity)
	c.enum(in.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
	if t := in.ClientRequestToken; t != nil {
		c.length(len(*t), "'"+*t+"'", "clientRequestToken", bounds{1, maxToken})
	}
	for i, item := range in.TransactItems {
		if action, kind := item.action(); action != nil {
			name := string(kind)
			at := fmt.Sprintf("transactItems.%d.member.%s.", i+1, strings.ToLower(name[:1])+name[1:])
			action.constrain(&c, kind, at)
			c.notNull(kind != amend || action.UpdateExpression != nil, at+"updateExpression")
		}
	}
	return c.err()
}

func constrainTransaction(c *constraints, n int, missing bool, capacity string) {
	c.capacity(capacity)
	c.notNull(!missing, "transactItems")
	if !missing {
		c.length(n, fmt.Sprintf("'[%d items]'", n), "transactItems", bounds{1, maxActions})
	}
}

func (in *transactWriteInput) mutations() ([]*mutation, error) {
	var all []*mutation
	size := 0
	for _, item := range in.TransactItems {
		action, kind := item.action()
		if action == nil {
			return nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
		}
		m, err := action.mutation(kind)
		if err != nil {
			return nil, err
		}
		size += itemSize(m.item)
		if action.ExpressionAttributeValues != nil {
			size += itemSize(action.ExpressionAttributeValues.values)
		}
		all = append(all, m)
	}
	if size > maxTransaction {
		return nil, invalid("Transaction payload size cannot exceed %d bytes", maxTransaction)
	}
	return all, nil
}

// transactWriteItems prepares TransactWriteItems.
func (s *Service) transactWriteItems(c *wire.Call) (action, error) {
	in := &transactWriteInput{}
	if err := decode(c, in); err != nil {
		return nil, err
	}
	if err := in.constrain(); err != nil {
		return nil, err
	}
	mutations, err := in.mutations()
	if err != nil {
		return nil, err
	}
	token, err := in.token(c)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		done, err := s.tokens.done(tx, token)
		if err != nil {
			return nil, err
		}
		t := transaction{service: s, tx: tx, call: c, mutations: mutations}
		if err := t.prepare(); err != nil {
			return nil, err
		}
		if done {
			return &transactWriteOutput{t.reread(in.ReturnConsumedCapacity)}, nil
		}
		effects, err := t.plan()
		if err != nil {
			return nil, err
		}
		out := &transactWriteOutput{t.commit(effects, in.ReturnConsumedCapacity)}
		return out, s.tokens.keep(tx, token)
	}, nil
}

// token is the transaction's idempotency token with the digest of its actions;
// nil where there is none.
func (in *transactWriteInput) token(c *wire.Call) (*requestToken, error) {
	if in.ClientRequestToken == nil {
		return nil, nil
	}
	var actions struct{ TransactItems any }
	if err := json.Unmarshal(c.Body, &actions); err != nil {
		return nil, unserializable("%s", err)
	}
	return newToken(c.Region, *in.ClientRequestToken, actions.TransactItems)
}

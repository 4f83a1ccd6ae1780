// Package dynamodb is Amazon DynamoDB: tables with global secondary indexes,
// items, expressions, transactions, and what Terraform asks of tables.
//
// It leaves out PartiQL but for INSERT, streams, local secondary indexes, global
// tables, backups that one could restore, and the legacy parameters that
// expressions have replaced; whatever names one of them is refused. A table is active at
// once, an index filled at once and every read consistent. Nothing is throttled.
// Expired items go as [expireAfter] says, and numbers come back as
// [number.String] says.
//
// The words of refusals are DynamoDB's own where they are known.
package dynamodb

import (
	"context"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Service is DynamoDB in every region of one account.
type Service struct {
	db     *store.DB
	tables map[tableID]*table
	tokens requestTokens
}

// Open opens the tables that db holds.
func Open(db *store.DB) (*Service, error) {
	s := &Service{db: db, tables: map[tableID]*table{}}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open dynamodb: %w", err)
	}
	return s, nil
}

// action performs a call whose input has been checked. It runs inside an Update
// of the state; where it refuses the call it has changed nothing but for items
// that have expired.
type action func(tx *store.Tx) (any, error)

// Serve performs a call. Every response carries its body's CRC-32 in
// X-Amz-Crc32, refusals included, as DynamoDB's do.
func (s *Service) Serve(_ context.Context, c *wire.Call) (*wire.Response, error) {
	out, err := s.perform(c)
	resp, err := respond(c, out, err)
	if err != nil {
		return nil, err
	}
	resp.Header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(resp.Body)), 10))
	return resp, nil
}

func respond(c *wire.Call, out any, err error) (*wire.Response, error) {
	if err == nil {
		return wire.JSON(out)
	}
	refusal, ok := err.(*wire.Error)
	if !ok {
		return nil, err
	}
	resp := wire.ErrorResponse("dynamodb", refusal)
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	return resp, nil
}

// perform runs a call: what needs no table outside the lock, the rest in one
// Update. The Update succeeds where the action refuses, too, so that even a
// refusal tells of nothing that is not on disk.
func (s *Service) perform(c *wire.Call) (out any, refusal error) {
	if err := s.authorize(c); err != nil {
		return nil, err
	}
	act, err := s.prepare(c)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *store.Tx) error {
		out, refusal = act(tx)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("perform %s: %w", c.Operation, err)
	}
	return out, refusal
}

// prepare checks the input of a call as far as it can be without the state.
func (s *Service) prepare(c *wire.Call) (action, error) {
	switch c.Operation {
	case "PutItem":
		return s.writeItem(c, put)
	case "UpdateItem":
		return s.writeItem(c, amend)
	case "DeleteItem":
		return s.writeItem(c, remove)
	case "GetItem":
		return s.getItem(c)
	case "Query":
		return s.query(c)
	case "Scan":
		return s.scan(c)
	case "BatchGetItem":
		return s.batchGetItem(c)
	case "BatchWriteItem":
		return s.batchWriteItem(c)
	case "TransactGetItems":
		return s.transactGetItems(c)
	case "TransactWriteItems":
		return s.transactWriteItems(c)
	case "ExecuteStatement":
		return s.executeStatement(c)
	case "BatchExecuteStatement":
		return s.batchExecuteStatement(c)
	default:
		return s.prepareControl(c)
	}
}

// prepareControl checks the input of a call that is about tables.
func (s *Service) prepareControl(c *wire.Call) (action, error) {
	switch c.Operation {
	case "CreateTable":
		return s.createTable(c)
	case "DescribeTable":
		return s.describeTable(c)
	case "UpdateTable":
		return s.updateTable(c)
	case "DeleteTable":
		return s.deleteTable(c)
	case "ListTables":
		return s.listTables(c)
	case "DescribeTimeToLive":
		return s.describeTimeToLive(c)
	case "UpdateTimeToLive":
		return s.updateTimeToLive(c)
	case "DescribeContinuousBackups":
		return s.describeContinuousBackups(c)
	case "UpdateContinuousBackups":
		return s.updateContinuousBackups(c)
	case "ListTagsOfResource":
		return s.listTagsOfResource(c)
	case "TagResource":
		return s.tagResource(c)
	case "UntagResource":
		return s.untagResource(c)
	default:
		return nil, wire.Unknown(c.Service, c.Operation)
	}
}

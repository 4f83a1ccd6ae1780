// Package results keeps the answer to every request: one row per request ID,
// written once.
//
// An answer is a pure function of its request, so one conditional write is
// enough: whoever loses it finds the same answer already there, be it their own
// from a write whose response was lost, and there is neither a lock nor a state
// "in progress".
package results

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/message"
)

// Result is a row: the reply to a request, without the nonce, and what it answers.
type Result struct {
	message.Reply
	Digest    string // see [message.Incoming]
	ClientID  string
	SentAt    time.Time // zero where the client did not say
	ExpiresAt time.Time // when DynamoDB may delete the row; zero for never
}

// Errors that callers tell apart.
var (
	// ErrConflict says that the request ID is taken by another request.
	ErrConflict = errors.New("the request ID was used for another list")
	// ErrNotFound says that there is no row under a request ID.
	ErrNotFound = errors.New("no result")
	// ErrNoIndex says that the stack keeps no index to list results by.
	ErrNoIndex = errors.New("this stack keeps no history index (history_index = false), so results cannot be listed; get ID still works")
)

// Store is the table of results.
type Store struct {
	DynamoDB *dynamodb.Client
	Table    string
	// Single has every row written by a call of its own, for an endpoint whose
	// PartiQL batches overwrite what is there, as moto's do.
	Single bool

	once   sync.Once
	writes *batch.Group[*write]
}

// Put writes r unless there is a row under its ID, and returns the row that
// stands: r itself, or the earlier one where that answers the same request. A row
// with the status dead gives way to any other status of the same request. The
// error is [ErrConflict] where the earlier row answers another request; that row is
// returned and untouched.
//
// When Put returns without an error, the row is durable. It may be called again,
// and by several at once.
func (s *Store) Put(ctx context.Context, r Result) (Result, error) { return s.put(ctx, r, rowOf(r)) }

// put is Put of a row that is written already.
func (s *Store) put(ctx context.Context, r Result, row row) (Result, error) {
	in := &dynamodb.PutItemInput{
		TableName: aws.String(s.Table), Item: row.item(),
		ConditionExpression: aws.String("attribute_not_exists(request_id)"),
		// The earlier row comes with the refusal, free of charge ("PutItem", Amazon
		// DynamoDB API Reference).
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if r.Status != message.StatusDead {
		in.ConditionExpression = aws.String("attribute_not_exists(request_id) OR (#status = :dead AND input_sha256 = :digest)")
		in.ExpressionAttributeNames = map[string]string{"#status": "status"}
		in.ExpressionAttributeValues = map[string]types.AttributeValue{
			":dead": text(string(message.StatusDead)), ":digest": text(r.Digest),
		}
	}
	_, err := s.DynamoDB.PutItem(ctx, in)
	if err == nil {
		return r, nil
	}
	refusal, refused := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !refused {
		return Result{}, fmt.Errorf("store result %s: %w", r.RequestID, err)
	}
	return s.standing(ctx, r, refusal.Item)
}

// standing reads the row that stood in the way of r.
func (s *Store) standing(ctx context.Context, r Result, row map[string]types.AttributeValue) (Result, error) {
	var earlier Result
	var err error
	if row == nil { // an endpoint that does not send it
		earlier, err = s.Get(ctx, r.RequestID)
	} else {
		earlier, err = parse(row)
	}
	if err != nil {
		return Result{}, fmt.Errorf("store result %s: read the row that is there: %w", r.RequestID, err)
	}
	if earlier.Digest != r.Digest {
		return earlier, fmt.Errorf("store result %s: %w", r.RequestID, ErrConflict)
	}
	return earlier, nil
}

// Get reads the row of a request, as of now: it sees every Put that has returned.
// The error is [ErrNotFound] where there is none.
func (s *Store) Get(ctx context.Context, id string) (Result, error) {
	out, err := s.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(s.Table), ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"request_id": text(id)},
	})
	if err != nil {
		return Result{}, fmt.Errorf("read result %s: %w", id, err)
	}
	if out.Item == nil || isSystem(out.Item) {
		return Result{}, ErrNotFound
	}
	r, err := parse(out.Item)
	if err != nil {
		return Result{}, fmt.Errorf("read result %s: %w", id, err)
	}
	return r, nil
}

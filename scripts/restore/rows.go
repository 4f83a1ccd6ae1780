package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/statline/statline/pkg/cloud"
)

// writers is how many rows are written at once.
const writers = 32

// copyRows copies the rows of a table into that of a stack, attribute by attribute, so
// that what a later release keeps in them is kept. Rows that are there stay as they are,
// but for one that says dead, which gives way to an answer to the same request, as
// ever. Rows past their time are left out: DynamoDB would delete them.
func copyRows(ctx context.Context, stack *cloud.Stack, from string, dry bool) (counts, error) {
	if from == stack.Table() {
		return counts{}, fmt.Errorf("table %s: it is the stack's own", from)
	}
	var mu sync.Mutex
	var done counts
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(writers)
	now := time.Now()
	var failed error
	for pages := dynamodb.NewScanPaginator(stack.DynamoDB, &dynamodb.ScanInput{TableName: aws.String(from), ConsistentRead: aws.Bool(true)}); pages.HasMorePages() && failed == nil; {
		page, err := pages.NextPage(ctx)
		if err != nil {
			failed = fmt.Errorf("read table %s: %w", from, err)
			break
		}
		for _, row := range page.Items {
			all.Go(func() error {
				became, err := copyRow(ctx, stack, row, now, dry)
				mu.Lock()
				defer mu.Unlock()
				done.add(became)
				return err
			})
		}
	}
	return done, errors.Join(all.Wait(), failed)
}

// copyRow writes one row, unless there is one.
func copyRow(ctx context.Context, stack *cloud.Stack, row map[string]types.AttributeValue, now time.Time, dry bool) (counts, error) {
	done := counts{read: 1}
	id := text(row["request_id"])
	if past(row, now) {
		done.past++
		return done, nil
	}
	there, err := standing(ctx, stack, row, id, dry)
	switch {
	case err != nil:
		return done, fmt.Errorf("row %s: %w", id, err)
	case there == nil:
		done.restored++
	case text(there["input_sha256"]) == text(row["input_sha256"]):
		done.there++
	default:
		done.other++
	}
	return done, nil
}

// standing writes a row and returns nil, or the row that stands in its way.
func standing(ctx context.Context, stack *cloud.Stack, row map[string]types.AttributeValue, id string, dry bool) (map[string]types.AttributeValue, error) {
	dead := text(row["status"]) == "dead"
	if dry {
		out, err := stack.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(stack.Table()), Key: map[string]types.AttributeValue{"request_id": row["request_id"]}, ConsistentRead: aws.Bool(true),
		})
		if err != nil || out.Item == nil || !dead && text(out.Item["status"]) == "dead" && text(out.Item["input_sha256"]) == text(row["input_sha256"]) {
			return nil, err
		}
		return out.Item, nil
	}
	in := &dynamodb.PutItemInput{
		TableName: aws.String(stack.Table()), Item: row, ConditionExpression: aws.String("attribute_not_exists(request_id)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if digest, ok := row["input_sha256"]; ok && !dead {
		in.ConditionExpression = aws.String("attribute_not_exists(request_id) OR (#status = :dead AND input_sha256 = :digest)")
		in.ExpressionAttributeNames = map[string]string{"#status": "status"}
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":dead": &types.AttributeValueMemberS{Value: "dead"}, ":digest": digest}
	}
	_, err := stack.DynamoDB.PutItem(ctx, in)
	if refusal, refused := errors.AsType[*types.ConditionalCheckFailedException](err); refused {
		return refusal.Item, nil
	}
	return nil, err
}

// past says whether DynamoDB may delete a row.
func past(row map[string]types.AttributeValue, now time.Time) bool {
	n, ok := row["ttl"].(*types.AttributeValueMemberN)
	if !ok {
		return false
	}
	seconds, err := strconv.ParseInt(n.Value, 10, 64)
	return err == nil && seconds < now.Unix()
}

// text is the text of an attribute, empty where there is none.
func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

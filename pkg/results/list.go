package results

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/message"
)

// Query says which rows to list.
type Query struct {
	Since    time.Time      // completed at that time or later
	ClientID string         // of that client; empty for all
	Status   message.Status // with that status; empty for all
	Limit    int            // the newest so many; 0 for all
}

// List returns rows, newest first, with what the index by_time keeps of them:
// ID, status, client, times, error code, count, min, max, mean and median. Rows
// that were put a moment ago may be missing, as an index of DynamoDB follows its
// table. The error is [ErrNoIndex] where the stack has no index.
func (s *Store) List(ctx context.Context, q Query) ([]Result, error) {
	var rows []Result
	now := time.Now().UTC()
	for day := now; !day.Before(q.Since.UTC().Truncate(24 * time.Hour)); day = day.AddDate(0, 0, -1) {
		limit := q.Limit - len(rows)
		found, err := s.listDay(ctx, q, day.Format(time.DateOnly), limit)
		if err != nil {
			return nil, fmt.Errorf("list results of %s: %w", day.Format(time.DateOnly), err)
		}
		rows = append(rows, found...)
		if q.Limit > 0 && len(rows) >= q.Limit {
			return rows[:q.Limit], nil
		}
	}
	return rows, nil
}

// listDay returns a day's rows, newest first, of each shard at most limit.
func (s *Store) listDay(ctx context.Context, q Query, day string, limit int) ([]Result, error) {
	const atOnce = 16
	var mu sync.Mutex
	var rows []Result
	var errs error
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for n := range shards {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			found, err := s.listShard(ctx, q, shard(day, n), limit)
			mu.Lock()
			defer mu.Unlock()
			rows, errs = append(rows, found...), cmp.Or(errs, err)
		})
	}
	wg.Wait()
	slices.SortFunc(rows, func(a, b Result) int {
		return cmp.Or(b.CompletedAt.Compare(a.CompletedAt), strings.Compare(b.RequestID, a.RequestID))
	})
	return rows, errs
}

func (s *Store) listShard(ctx context.Context, q Query, shard string, limit int) ([]Result, error) {
	pages := dynamodb.NewQueryPaginator(s.DynamoDB, s.query(q, shard, limit))
	var rows []Result
	for pages.HasMorePages() && (limit <= 0 || len(rows) < limit) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, noIndex(err)
		}
		for _, it := range page.Items {
			r, err := parseListed(it)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (s *Store) query(q Query, shard string, limit int) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName: aws.String(s.Table), IndexName: aws.String("by_time"), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression:    aws.String("#shard = :shard AND #sort >= :since"),
		ExpressionAttributeNames:  map[string]string{"#shard": "shard", "#sort": "sort"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":shard": text(shard), ":since": text(message.FormatTime(q.Since))},
	}
	var filters []string
	if q.ClientID != "" {
		filters = append(filters, "client_id = :client")
		in.ExpressionAttributeValues[":client"] = text(q.ClientID)
	}
	if q.Status != "" {
		filters = append(filters, "#status = :status")
		in.ExpressionAttributeNames["#status"] = "status"
		in.ExpressionAttributeValues[":status"] = text(string(q.Status))
	}
	if filters != nil {
		in.FilterExpression = aws.String(strings.Join(filters, " AND "))
	} else if limit > 0 {
		in.Limit = aws.Int32(int32(limit))
	}
	return in
}

// noIndex recognises the refusal of a query on an index that is not there.
func noIndex(err error) error {
	if refusal, ok := errors.AsType[smithy.APIError](err); ok && refusal.ErrorCode() == "ValidationException" &&
		strings.Contains(refusal.ErrorMessage(), "specified index") {
		return ErrNoIndex
	}
	return err
}

// parseListed reads a row of the index, which does not keep all of it.
func parseListed(it map[string]types.AttributeValue) (Result, error) {
	a := attributes{values: it}
	r := Result{ClientID: a.optional("client_id")}
	r.RequestID, r.Status, r.CompletedAt = a.text("request_id"), message.Status(a.text("status")), a.time("completed_at")
	if code := a.optional("error_code"); code != "" {
		r.Fault = &message.Fault{Code: message.Code(code)}
	}
	if r.Status == message.StatusOK {
		r.Result = a.summary()
	}
	return r, a.err
}

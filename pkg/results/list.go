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
	// Since is when a row must have been completed, or later. A listing makes 64
	// queries for each day of the range, until it has enough. Defaults to the day 90
	// days ago: results are kept that long unless a service is told otherwise.
	Since    time.Time
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
	for _, day := range days(q.Since, time.Now()) {
		found, err := s.listDay(ctx, q, day, q.Limit-len(rows))
		if err != nil {
			return nil, fmt.Errorf("list results of %s: %w", day, err)
		}
		rows = append(rows, found...)
		if q.Limit > 0 && len(rows) >= q.Limit {
			return rows[:q.Limit], nil
		}
	}
	return rows, nil
}

const defaultDays = 90

// days are the dates from now's back to that of since. Now is taken to be a
// little later, for the clock that a row was completed by may be ahead of ours.
func days(since, now time.Time) []string {
	const skew = 5 * time.Minute
	if since.IsZero() {
		since = now.AddDate(0, 0, -defaultDays)
	}
	var dates []string
	last := since.UTC().Truncate(24 * time.Hour)
	for day := now.UTC().Add(skew).Truncate(24 * time.Hour); !day.Before(last); day = day.AddDate(0, 0, -1) {
		dates = append(dates, day.Format(time.DateOnly))
	}
	return dates
}

// listDay returns a day's rows, newest first, of each shard about limit where
// that is positive.
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
			if isSystem(it) {
				continue
			}
			r, err := parseListed(it)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// maxPage is about how many rows of the index fit into the 1 MB that a page has at
// most ("Query", Amazon DynamoDB API Reference).
const maxPage = 2000

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
		in.Limit = aws.Int32(int32(min(limit, maxPage)))
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

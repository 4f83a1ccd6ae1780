package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// together is how many rows are written before the next are looked at, so that of two
// lists under one ID the earlier stands.
const together = 500

// readLog makes a row of every entry of the log that has none, of the time that a row
// is kept. The log has what was asked and what it computes to, by the same code as the
// answer, but not when it was answered, nor whether that was too late: such a row says
// that it was completed when the request was received, and is never expired or dead.
// A broken object does not hold up the others; it is part of the error.
func readLog(ctx context.Context, stack *cloud.Stack, keep time.Duration, dry bool) (done counts, err error) {
	reader := audit.Reader{S3: stack.S3, Bucket: stack.AuditBucket()}
	store := &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table()}
	now := time.Now()
	var broken []error
	for object, err := range reader.List(ctx, now.Add(-keep)) {
		var entries []audit.Entry
		if err == nil {
			entries, err = readObject(ctx, &reader, object.Name)
		}
		if err != nil {
			broken = append(broken, err)
		}
		var rows []results.Result
		for _, e := range entries {
			done.read++
			if row := rowOf(e, keep); row.ExpiresAt.After(now) {
				rows = append(rows, row)
			} else {
				done.past++
			}
		}
		became, err := putRows(ctx, store, rows, dry)
		done.add(became)
		if err != nil {
			return done, errors.Join(append(broken, err)...)
		}
	}
	return done, errors.Join(broken...)
}

func readObject(ctx context.Context, reader *audit.Reader, key string) ([]audit.Entry, error) {
	text, err := reader.Read(ctx, key)
	if err != nil {
		return nil, err
	}
	entries, err := audit.Parse(text)
	if err != nil {
		return entries, fmt.Errorf("%s: %w", key, err)
	}
	return entries, nil
}

// rowOf is the row of a request that was answered when it was received.
func rowOf(e audit.Entry, keep time.Duration) results.Result {
	return results.Result{
		Reply: message.Reply{
			RequestID: e.RequestID, Status: e.Status, Result: e.Result, Fault: e.Fault, CompletedAt: e.ReceivedAt,
		},
		Digest: e.Digest, ClientID: e.ClientID, SentAt: e.SentAt, ExpiresAt: e.ReceivedAt.Add(keep),
	}
}

// putRows writes rows where there are none.
func putRows(ctx context.Context, store *results.Store, rows []results.Result, dry bool) (done counts, err error) {
	for some := range slices.Chunk(rows, together) {
		missing, became, err := look(ctx, store, some)
		done.add(became)
		if err != nil {
			return done, err
		}
		if dry {
			done.restored += len(missing)
			continue
		}
		_, errs := store.PutAll(ctx, missing)
		for _, err := range errs {
			switch {
			case err == nil:
				done.restored++
			case errors.Is(err, results.ErrConflict): // with another of these rows, or of a service
				done.other++
			default:
				return done, err
			}
		}
	}
	return done, nil
}

// look are those of the rows that are missing, or of which it says only that they were
// given up, and what became of the others.
func look(ctx context.Context, store *results.Store, rows []results.Result) (missing []results.Result, done counts, err error) {
	there, errs := make([]results.Result, len(rows)), make([]error, len(rows))
	var all errgroup.Group
	all.SetLimit(writers)
	for i, row := range rows {
		all.Go(func() error {
			there[i], errs[i] = store.Get(ctx, row.RequestID)
			return nil
		})
	}
	all.Wait() // what it returns is in errs
	for i, row := range rows {
		switch err := errs[i]; {
		case errors.Is(err, results.ErrNotFound):
			missing = append(missing, row)
		case err != nil:
			return nil, done, err
		case there[i].Digest != row.Digest:
			done.other++
		case there[i].Status == message.StatusDead:
			missing = append(missing, row)
		default:
			done.there++
		}
	}
	return missing, done, nil
}

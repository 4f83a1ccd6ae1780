package results

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/telemetry"
)

const (
	// batchRows is the most statements in a BatchExecuteStatement
	// ("BatchExecuteStatement", Amazon DynamoDB API Reference).
	batchRows = 25
	// batchBytes keeps a call well below the 16 MB that a request to DynamoDB may
	// have ("Quotas in Amazon DynamoDB").
	batchBytes = 1 << 20
	// batchCalls is the most calls with full batches at once; with half-empty ones
	// there are two.
	batchCalls = 16
)

// write is a row on its way into the table.
type write struct {
	row      row
	result   Result
	key      string // tells what request it answers, and how far
	standing Result // the row that stands, once it is written
}

func newWrite(r Result) *write {
	return &write{row: rowOf(r), result: r, key: r.RequestID + " " + r.Digest + " " + string(r.Status)}
}

func compareWrites(a, b *write) int { return strings.Compare(a.key, b.key) }

// PutAll is Put for several rows, each of which has its own outcome: rows that are
// written at about the same time, also by other callers, share calls.
//
// A shared call is a batch of PartiQL's INSERTs, each of them conditional by
// nature: it refuses a key that exists ("PartiQL insert statements for DynamoDB",
// Amazon DynamoDB Developer Guide). Whatever such a call does not insert is put
// alone, which tells why.
func (s *Store) PutAll(ctx context.Context, rs []Result) ([]Result, []error) {
	s.once.Do(func() {
		s.writes = batch.New(batch.Config[*write]{
			Flush: s.write, Compare: compareWrites, MaxItems: batchRows, MaxBytes: batchBytes, Size: func(w *write) int { return w.row.bytes() },
			InFlight: batchCalls, Early: 2,
		})
	})
	writes := make([]*write, len(rs))
	for i, r := range rs {
		writes[i] = newWrite(r)
	}
	errs := s.writes.DoAll(ctx, writes)
	standing := make([]Result, len(rs))
	for i, err := range errs {
		if err == nil || errors.Is(err, ErrConflict) {
			standing[i] = writes[i].standing
		}
	}
	return standing, errs
}

// write writes rows and returns one error for each. Rows that answer the same request
// are written once.
func (s *Store) write(ctx context.Context, writes []*write) []error {
	errs := make([]error, len(writes))
	twins := make(map[string]int, len(writes)) // by request: the first of its rows
	var once []int                             // of writes
	for i, w := range writes {
		if _, there := twins[w.key]; !there {
			twins[w.key] = i
			once = append(once, i)
		}
	}
	inserted := make([]bool, len(writes))
	if len(once) > 1 && !s.Single {
		if err := s.insert(ctx, writes, once, inserted); err != nil && ctx.Err() == nil {
			attrs := append(described(writes, once), slog.String("table", s.Table), slog.Int("results", len(once)), telemetry.Err(err))
			slog.LogAttrs(ctx, slog.LevelWarn, "results are written singly: a batch of them failed", attrs...)
		}
	}
	var singles errgroup.Group
	singles.SetLimit(batchCalls)
	for _, i := range once {
		w := writes[i]
		if inserted[i] {
			w.standing = w.result
			continue
		}
		singles.Go(func() error {
			w.standing, errs[i] = s.putSafely(ctx, w)
			return nil
		})
	}
	singles.Wait() // what it returns is in errs
	for i, w := range writes {
		first := twins[w.key]
		w.standing, errs[i] = writes[first].standing, errs[first]
	}
	return errs
}

// described is what a line of the log says of some of the writes.
func described(writes []*write, which []int) []slog.Attr {
	requests := make([]message.Request, len(which))
	for i, w := range which {
		requests[i].ID = writes[w].result.RequestID
	}
	return message.Describe(requests...)
}

// putSafely is put, where a panic is the error of that row alone.
func (s *Store) putSafely(ctx context.Context, w *write) (standing Result, err error) {
	defer recovered(&err)
	return s.put(ctx, w.result, w.row)
}

// recovered makes a panic an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// insert inserts some of the rows in one call and notes which of them are in the table by it.
// The call can fail for some of them without an error ("BatchStatementError", Amazon
// DynamoDB API Reference). Where it fails as a whole, that may be for the fault of
// one row.
func (s *Store) insert(ctx context.Context, writes []*write, which []int, inserted []bool) (err error) {
	defer recovered(&err)
	in := &dynamodb.BatchExecuteStatementInput{}
	ids := make(map[string]bool, len(which))
	var rows []int // of each statement
	var last row
	var text *string // that inserts it
	for _, i := range which {
		w := writes[i]
		if ids[w.result.RequestID] {
			continue // another request has its ID in this very call
		}
		ids[w.result.RequestID] = true
		if !slices.EqualFunc(w.row, last, sameName) {
			last, text = w.row, s.insertion(w.row)
		}
		in.Statements, rows = append(in.Statements, types.BatchStatementRequest{Statement: text, Parameters: w.row.values()}), append(rows, i)
	}
	out, err := s.DynamoDB.BatchExecuteStatement(ctx, in)
	if err != nil {
		return err
	}
	if len(out.Responses) != len(rows) {
		return fmt.Errorf("DynamoDB answered for %d statements of %d", len(out.Responses), len(rows))
	}
	for i, response := range out.Responses {
		inserted[rows[i]] = response.Error == nil
	}
	return nil
}

// insertion is the statement that inserts a row. Rows with the same attributes have
// the same text.
func (s *Store) insertion(r row) *string {
	text := make([]byte, 0, 512)
	text = append(text, `INSERT INTO "`...)
	text = append(text, s.Table...)
	text = append(text, `" VALUE `...)
	separator := "{'"
	for _, a := range r {
		text = append(append(append(text, separator...), a.name...), "': ?"...)
		separator = ", '"
	}
	return aws.String(string(append(text, '}')))
}

func sameName(a, b attribute) bool { return a.name == b.name }

// values are those of the attributes of r.
func (r row) values() []types.AttributeValue {
	values := make([]types.AttributeValue, len(r))
	for i, a := range r {
		values[i] = a.value
	}
	return values
}

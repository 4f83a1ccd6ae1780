package results

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

type item = map[string]types.AttributeValue

// itemOf is the row of a result as DynamoDB takes and gives it.
func itemOf(r Result) item { return rowOf(r).item() }

// open is an empty table of results on an endpoint of its own.
func open(t *testing.T) (*Store, *local.Server) {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &Store{DynamoDB: stack.DynamoDB, Table: stack.Table()}, server
}

// faults is a hook that breaks the connection of the first calls of an operation,
// and counts them all.
type faults struct {
	operation     string
	before, after int // so many calls, before they happen, then after

	mu    sync.Mutex
	calls int
}

func (f *faults) hook(c *local.Call, next func() *local.Response) (*local.Response, error) {
	if c.Operation != f.operation {
		return next(), nil
	}
	f.mu.Lock()
	f.calls++
	n := f.calls
	f.mu.Unlock()
	if n <= f.before {
		return nil, errBroken
	}
	response := next()
	if n <= f.before+f.after {
		return nil, errBroken
	}
	return response, nil
}

var errBroken = errors.New("connection reset")

var completed = time.Date(2026, 11, 23, 4, 15, 2, 201e6, time.UTC)

// answerTo is the row for a body of one request, as the stats service makes it.
func answerTo(body string) Result {
	in := message.Parse("statline", []byte(body))[0]
	reply := in.Answer()
	reply.CompletedAt = completed
	return Result{Reply: reply, Digest: in.Digest, ClientID: in.ClientID, SentAt: in.SentAt, ExpiresAt: completed.Add(90 * 24 * time.Hour)}
}

// request is the body of a request for a list.
func request(id, numbers string) string {
	return `{"schema":"statline.request/v1","request_id":"` + id + `","numbers":[` + numbers + `],"client_id":"lab"}`
}

func withStatus(r Result, status message.Status) Result {
	r.Status, r.Result, r.Fault = status, nil, nil
	return r
}

// document is what a client sees of a row.
func document(t interface{ Fatal(...any) }, r Result) string {
	b, err := json.Marshal(r.Reply)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// raw is a row as it stands in the table, nil for none.
func (s *Store) raw(t *testing.T, id string) item {
	t.Helper()
	out, err := s.DynamoDB.GetItem(context.Background(), &dynamodb.GetItemInput{
		TableName: aws.String(s.Table), Key: item{"request_id": text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func (s *Store) putRaw(t *testing.T, it item) {
	t.Helper()
	if _, err := s.DynamoDB.PutItem(t.Context(), s.putInput(it)); err != nil {
		t.Fatal(err)
	}
}

func (s *Store) putInput(it item) *dynamodb.PutItemInput {
	return &dynamodb.PutItemInput{TableName: aws.String(s.Table), Item: it}
}

// all is every row of the table, by its ID.
func (s *Store) all(t *testing.T) map[string]item {
	t.Helper()
	rows := map[string]item{}
	pages := dynamodb.NewScanPaginator(s.DynamoDB, &dynamodb.ScanInput{TableName: aws.String(s.Table)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			rows[it["request_id"].(*types.AttributeValueMemberS).Value] = it
		}
	}
	return rows
}

// with is a copy of a row with one attribute set, or removed where v is nil.
func with(it item, name string, v types.AttributeValue) item {
	it = maps.Clone(it)
	if v == nil {
		delete(it, name)
	} else {
		it[name] = v
	}
	return it
}

func sameRow(a, b item) bool { return reflect.DeepEqual(a, b) }

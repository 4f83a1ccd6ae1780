package results

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// fill puts n rows, from noon on one every 87 seconds, and returns them newest first. Of every
// five two are of the client lab, one of field and two of nobody; of every seven
// one is refused and one expired.
func fill(t *testing.T, s *Store, n int) []Result {
	t.Helper()
	time.Sleep(12 * time.Hour)
	var rows []Result
	for i := range n {
		time.Sleep(87 * time.Second)
		id := message.NewID()
		r := answerTo(request(id, fmt.Sprintf("%d,%de-200", i, i+1)))
		if i%7 == 0 {
			r = answerTo(request(id, "null"))
		}
		if i%7 == 1 {
			r = withStatus(r, message.StatusExpired)
		}
		r.ClientID = []string{"lab", "lab", "field", "", ""}[i%5]
		r.CompletedAt = time.Now()
		rows = append(rows, r)
	}
	for part := range slices.Chunk(rows, 25) {
		var writes []types.WriteRequest
		for _, r := range part {
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: itemOf(r)}})
		}
		in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.Table: writes}}
		if out, err := s.DynamoDB.BatchWriteItem(t.Context(), in); err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatal(err, out)
		}
	}
	slices.Reverse(rows)
	return rows
}

// expect is what q lists of rows, which are newest first.
func expect(rows []Result, q Query) []string {
	var lines []string
	for _, r := range rows {
		since := q.Since.Truncate(time.Millisecond) // as precise as a row's time
		if r.CompletedAt.Before(since) || q.ClientID != "" && r.ClientID != q.ClientID || q.Status != "" && r.Status != q.Status {
			continue
		}
		if q.Limit > 0 && len(lines) == q.Limit {
			break
		}
		lines = append(lines, line(r))
	}
	return lines
}

// line is what a listing shows of a row.
func line(r Result) string {
	s := fmt.Sprintf("%s %s %s %s", message.FormatTime(r.CompletedAt), r.RequestID, r.Status, r.ClientID)
	if r.Fault != nil {
		s += " " + string(r.Fault.Code)
	}
	if f := r.Result; f != nil {
		s += fmt.Sprintf(" %d %s %s %s %s", f.Count, f.Min, f.Max, f.Mean, f.Median)
	}
	return s
}

func list(t *testing.T, s *Store, q Query) []string {
	t.Helper()
	rows, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List(%+v): %v", q, err)
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, line(r))
	}
	return lines
}

// TestList lists 3,000 rows of three days in every way.
func TestList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		for i := range shards { // rows of the system, which even an index does not make results
			s.putRaw(t, item{"request_id": text(fmt.Sprintf("#lease%d", i)), "shard": text(shard(time.Now().Format(time.DateOnly), i)), "sort": text("2999")})
		}
		rows := fill(t, s, 3000)
		newest, oldest := rows[0].CompletedAt, rows[len(rows)-1].CompletedAt
		if newest.Sub(oldest) < 72*time.Hour {
			t.Fatalf("the rows span %v", newest.Sub(oldest))
		}
		midnight := newest.Truncate(24 * time.Hour)
		queries := []Query{
			{Since: oldest}, {Since: oldest, Status: message.StatusExpired, Limit: 400},
			{Since: rows[1234].CompletedAt}, {Since: rows[1234].CompletedAt.Add(time.Nanosecond), ClientID: "field", Status: message.StatusError},
			{Since: midnight}, {Since: midnight, ClientID: "nobody"}, {Since: midnight, ClientID: "lab", Limit: 7},
			{Since: midnight.Add(-time.Millisecond), Limit: 5000}, {Since: newest.Add(-time.Hour).Add(time.Millisecond)},
			{Since: newest}, {Since: newest.Add(time.Hour)}, {Since: newest.AddDate(0, 0, 2)},
			{Limit: 1}, {Limit: 3}, {Limit: 600}, {Limit: 3, ClientID: "field"},
		}
		for _, q := range queries {
			if got, want := list(t, s, q), expect(rows, q); !slices.Equal(got, want) {
				t.Errorf("List(%+v): %d rows, want %d\n%s", q, len(got), len(want), difference(got, want))
			}
		}
		server.Hook(smallPages)
		for _, q := range []Query{{Since: midnight, Limit: 500}, {Since: midnight, ClientID: "field", Limit: 30}} {
			if got, want := list(t, s, q), expect(rows, q); !slices.Equal(got, want) {
				t.Errorf("in small pages, List(%+v): %d rows, want %d\n%s", q, len(got), len(want), difference(got, want))
			}
		}
	})
}

// TestQuery: a listing asks for no more than it needs; where rows are filtered, it
// cannot know how many that is.
func TestQuery(t *testing.T) {
	s := &Store{Table: "results"}
	for limit, want := range map[int]int32{-1: 0, 0: 0, 1: 1, 1999: 1999, 2000: 2000, 2001: 2000} {
		if got := s.query(Query{}, "2026-11-23#00", limit).Limit; aws.ToInt32(got) != want || (got == nil) != (want == 0) {
			t.Errorf("for %d rows, %d are asked for, want %d", limit, aws.ToInt32(got), want)
		}
	}
	tests := []struct {
		q    Query
		want string
	}{
		{Query{}, ""},
		{Query{ClientID: "lab"}, "client_id = :client"},
		{Query{Status: message.StatusOK}, "#status = :status"},
		{Query{ClientID: "lab", Status: message.StatusOK}, "client_id = :client AND #status = :status"},
	}
	for _, tt := range tests {
		in := s.query(tt.q, "2026-11-23#00", 3)
		if got := aws.ToString(in.FilterExpression); got != tt.want || (in.Limit == nil) != (tt.want != "") {
			t.Errorf("%+v: filter %q, limit %v; want %q", tt.q, got, in.Limit, tt.want)
		}
	}
}

// TestAtOnce: sixteen shards are read at once, and a listing that has enough reads
// no further page and no further day.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		rows := fill(t, s, 300)
		now, most, all := 0, 0, 0
		var mu sync.Mutex
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			mu.Lock()
			now++
			all++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			now--
			return next(), nil
		})
		q := Query{Since: time.Now().AddDate(0, 0, -30), Limit: 1}
		if got, want := list(t, s, q), expect(rows, q); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if most != 16 || all != shards {
			t.Errorf("%d queries, %d at once; want %d and 16", all, most, shards)
		}
	})
}

// TestListRest: of each day, a listing asks for what it still lacks, and of none
// that it does not need.
func TestListRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		start := time.Now()
		for i := range 6 {
			r := answerTo(request(fmt.Sprintf("r%d", i), "1"))
			if r.CompletedAt = start; i >= 3 {
				r.CompletedAt = start.AddDate(0, 0, 1)
			}
			if _, err := s.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(24 * time.Hour)
		for limit, want := range map[int]string{3: "map[3:64]", 5: "map[2:64 5:64]"} {
			var mu sync.Mutex
			asked := map[int]int{} // so often for so many rows
			server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				var in struct{ Limit int }
				if err := json.Unmarshal(c.Body, &in); err != nil {
					t.Error(err)
				}
				mu.Lock()
				asked[in.Limit]++
				mu.Unlock()
				return next(), nil
			})
			if got := list(t, s, Query{Since: start, Limit: limit}); len(got) != limit {
				t.Errorf("%d rows, want %d", len(got), limit)
			}
			if fmt.Sprint(asked) != want {
				t.Errorf("for %d rows it asked for %v, want %s", limit, asked, want)
			}
		}
	})
}

func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		g, w := slices.Concat(got, make([]string, len(want)))[i], slices.Concat(want, make([]string, len(got)))[i]
		if g != w {
			return fmt.Sprintf("row %d: %q, want %q", i, g, w)
		}
	}
	return "no difference"
}

// smallPages is a hook that cuts what a query reads to three rows a page.
func smallPages(c *local.Call, next func() *local.Response) (*local.Response, error) {
	if c.Operation != "Query" {
		return next(), nil
	}
	var in map[string]any
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	in["Limit"] = 3
	var err error
	if c.Body, err = json.Marshal(in); err != nil {
		return nil, err
	}
	return next(), nil
}

// TestListSameTime: rows completed in the same millisecond are in one order,
// whatever their shard, and a limit cuts that order.
func TestListSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t)
		var rows []Result
		for i := range 40 {
			r := answerTo(request(fmt.Sprintf("r%d", i), "1"))
			r.CompletedAt = time.Now()
			if _, err := s.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, r)
		}
		slices.SortFunc(rows, func(a, b Result) int { return cmp.Compare(b.RequestID, a.RequestID) })
		for _, limit := range []int{0, 1, 13} {
			q := Query{Since: time.Now(), Limit: limit}
			if got, want := list(t, s, q), expect(rows, q); !slices.Equal(got, want) {
				t.Errorf("List(%+v):\n%q\nwant\n%q", q, got, want)
			}
		}
	})
}

// TestDays: a listing looks at the days of its range, and at tomorrow where the
// clock of a row's worker may already be there.
func TestDays(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct{ since, now, want string }{
		{"2026-02-28T23:59:59.999Z", "2026-03-02T12:00:00Z", "[2026-03-02 2026-03-01 2026-02-28]"},
		{"2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", "[2026-03-02]"},
		{"2026-03-02T00:00:00Z", "2026-03-02T23:54:59Z", "[2026-03-02]"},
		{"2026-03-02T00:00:00Z", "2026-03-02T23:58:00Z", "[2026-03-03 2026-03-02]"},
		{"2026-03-02T01:00:00+02:00", "2026-03-02T01:30:00+02:00", "[2026-03-01]"},
		{"2026-03-03T00:00:00Z", "2026-03-02T12:00:00Z", "[]"},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(days(at(tt.since), at(tt.now))); got != tt.want {
			t.Errorf("days from %s back to %s: %s, want %s", tt.now, tt.since, got, tt.want)
		}
	}
	if all := days(time.Time{}, at("2026-03-31T12:00:00Z")); len(all) != 91 || all[90] != "2025-12-31" {
		t.Errorf("days without a bound: %s", all)
	}
}

// TestClockAhead: a row by a worker whose clock is a little ahead is listed.
func TestClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t)
		time.Sleep(24*time.Hour - time.Minute)
		r := answerTo(request("r1", "1"))
		r.CompletedAt = time.Now().Add(2 * time.Minute)
		if _, err := s.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got := list(t, s, Query{Since: time.Now().Add(-time.Hour)}); !slices.Equal(got, []string{line(r)}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestDeadThenFinal: a row that was dead is listed as what it became, once.
func TestDeadThenFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t)
		start := time.Now()
		final := answerTo(request("r1", "1"))
		dead := withStatus(final, message.StatusDead)
		dead.CompletedAt, final.CompletedAt = start, start.AddDate(0, 0, 2)
		for _, r := range []Result{dead, final} {
			if _, err := s.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(49 * time.Hour)
		if got := list(t, s, Query{Since: start}); !slices.Equal(got, []string{line(final)}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestNoIndex: a stack may keep no index; its rows can still be read.
func TestNoIndex(t *testing.T) {
	s, _ := open(t)
	s.Table = "plain"
	_, err := s.DynamoDB.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String(s.Table), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("request_id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("request_id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := answerTo(request("r1", "1"))
	if _, err := s.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.List(t.Context(), Query{}); !errors.Is(err, ErrNoIndex) || rows != nil {
		t.Errorf("List = %v, %v; want %v", rows, err, ErrNoIndex)
	}
	if got, err := s.Get(t.Context(), "r1"); err != nil || document(t, got) != document(t, want) {
		t.Errorf("Get = %+v, %v", got, err)
	}
}

// TestListFails: a listing that misses a shard is none.
func TestListFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		for i := range 100 {
			r := answerTo(request(fmt.Sprintf("r%d", i), "1"))
			r.CompletedAt = time.Now()
			if _, err := s.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		today := time.Now().UTC().Format(time.DateOnly)
		for code, text := range map[string]string{"AccessDeniedException": "not the specified index", "ValidationException": "not this one"} {
			server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				if strings.Contains(string(c.Body), today+"#2a") {
					return local.Refuse(c, 400, code, text), nil
				}
				return next(), nil
			})
			rows, err := s.List(t.Context(), Query{Since: time.Now()})
			if err == nil || errors.Is(err, ErrNoIndex) || !strings.HasPrefix(err.Error(), "list results of "+today+": ") || rows != nil {
				t.Errorf("List = %d rows, %v", len(rows), err)
			}
		}
		server.Hook(nil)
		s.putRaw(t, item{"request_id": text("foreign"), "shard": text(shard(today, 0)), "sort": text(message.FormatTime(time.Now()) + "#foreign")})
		if rows, err := s.List(t.Context(), Query{Since: time.Now()}); err == nil || !strings.Contains(err.Error(), "attribute status: is missing") || rows != nil {
			t.Errorf("with a foreign row, List = %d rows, %v", len(rows), err)
		}
	})
}

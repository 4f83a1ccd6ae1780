package results

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// counted is a hook that counts calls by operation.
type counted struct {
	mu    sync.Mutex
	calls map[string]int
	hook  local.Hook
}

func (c *counted) see(call *local.Call, next func() *local.Response) (*local.Response, error) {
	c.mu.Lock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[call.Operation]++
	c.mu.Unlock()
	if c.hook != nil {
		return c.hook(call, next)
	}
	return next(), nil
}

// TestBatchFails: a line about a batch that fails names the requests, the first ten where
// they are more.
func TestBatchFails(t *testing.T) {
	writes := make([]*write, 12)
	which := make([]int, len(writes))
	for i := range writes {
		writes[i], which[i] = &write{result: answers(12)[i]}, i
	}
	for n, want := range map[int]string{1: "[request_id=r0]", 3: "[request_id=[r0 r1 r2]]", 12: "[request_id=[r0 r1 r2 r3 r4 r5 r6 r7 r8 r9] requests=12]"} {
		if got := fmt.Sprint(described(writes, which[:n])); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// answers are n rows, from ID "r0" on.
func answers(n int) (all []Result) {
	for i := range n {
		all = append(all, answerTo(request(fmt.Sprint("r", i), fmt.Sprint(i, ",0.5"))))
	}
	return all
}

// TestPutAll: whatever stands in the table, or fails, each of several rows has the
// outcome that it would have alone.
func TestPutAll(t *testing.T) {
	on := func(operation string, hook local.Hook) local.Hook {
		return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation != operation {
				return next(), nil
			}
			return hook(c, next)
		}
	}
	const batchCall = "BatchExecuteStatement"
	for _, test := range []struct {
		about  string
		before []Result // rows that are there
		hook   local.Hook
		single bool
		want   string // what becomes of each of r0 to r4: new, old, conflict or error
		calls  string
	}{
		{about: "new", want: "new new new new new", calls: "batch 1 put 0"},
		{about: "new, singly", single: true, want: "new new new new new", calls: "batch 0 put 5"},
		{
			about: "there", before: []Result{answerTo(request("r1", "1,0.5")), answerTo(request("r3", "3,0.5"))},
			want: "new old new old new", calls: "batch 1 put 2",
		},
		{
			about: "another list", before: []Result{answerTo(request("r1", "7")), answerTo(request("r4", "4,0.5"))},
			want: "new conflict new new old", calls: "batch 1 put 2",
		},
		{
			about: "dead", before: []Result{withStatus(answerTo(request("r0", "0,0.5")), message.StatusDead)},
			want: "new new new new new", calls: "batch 1 put 1",
		},
		{
			about: "a call that fails as a whole", want: "new new new new new", calls: "batch 1 put 5",
			hook: on(batchCall, func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
				return local.Refuse(c, 400, "AccessDeniedException", "no"), nil
			}),
		},
		{
			about: "a call whose response is lost", want: "new new new new new", calls: "batch 5 put 5",
			hook: on(batchCall, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
				next()
				return nil, errBroken
			}),
		},
		{
			about: "an answer for fewer", want: "new new new new new", calls: "batch 1 put 5",
			hook: on(batchCall, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
				r := next()
				r.Body = []byte(`{"Responses":[{},{}]}`)
				return r, nil
			}),
		},
		{
			about: "a panic", want: "new new new new new", calls: "batch 1 put 5",
			hook: on(batchCall, func(*local.Call, func() *local.Response) (*local.Response, error) { panic("broken") }),
		},
		{
			about: "one that fails in every way", want: "new new error new new", calls: "batch 1 put 5",
			hook: func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				if strings.Contains(string(c.Body), `"r2"`) {
					return local.Refuse(c, 400, "ValidationException", "no"), nil
				}
				return next(), nil
			},
		},
	} {
		t.Run(test.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, server := open(t)
				s.Single = test.single
				for _, r := range test.before {
					r.CompletedAt = r.CompletedAt.Add(-1)
					if _, err := s.Put(t.Context(), r); err != nil {
						t.Fatal(err)
					}
				}
				c := &counted{hook: test.hook}
				server.Hook(c.see)
				rows := answers(5)
				standing, errs := s.PutAll(t.Context(), rows)
				server.Hook(nil)
				var got []string
				for i, r := range rows {
					got = append(got, outcome(t, s, r, standing[i], errs[i], test.before))
				}
				if text := strings.Join(got, " "); text != test.want {
					t.Errorf("%s, want %s: %v", text, test.want, errs)
				}
				if calls := fmt.Sprintf("batch %d put %d", c.calls[batchCall], c.calls["PutItem"]); calls != test.calls {
					t.Errorf("calls: %s, want %s", calls, test.calls)
				}
			})
		})
	}
}

// outcome says what became of r: "new" where it stands, "old" where an equal row does
// that was there before.
func outcome(t *testing.T, s *Store, r, standing Result, err error, before []Result) string {
	t.Helper()
	row, missing := s.Get(t.Context(), r.RequestID)
	switch {
	case errors.Is(err, ErrConflict):
		if row.Digest == r.Digest || document(t, row) != document(t, standing) {
			t.Errorf("%s: a conflict with %s, while %s stands", r.RequestID, document(t, standing), document(t, row))
		}
		return "conflict"
	case err != nil:
		if !errors.Is(missing, ErrNotFound) {
			t.Errorf("%s: %v, though there is a row", r.RequestID, err)
		}
		return "error"
	}
	if missing != nil || document(t, row) != document(t, standing) || row.Digest != r.Digest {
		t.Errorf("%s: %s was returned, while %s stands (%v)", r.RequestID, document(t, standing), document(t, row), missing)
	}
	there := slices.IndexFunc(before, func(b Result) bool { return b.RequestID == r.RequestID && b.Status == r.Status })
	if there >= 0 {
		return "old"
	}
	return "new"
}

// TestPutAllLimits: calls hold at most 25 rows and 1 MiB, and each request once.
func TestPutAllLimits(t *testing.T) {
	for _, test := range []struct {
		about string
		rows  []Result
		batch int
		puts  int
	}{
		{"one", answers(1), 0, 1},
		{"full", answers(25), 1, 0},
		{"one more", answers(26), 1, 1},
		{"many", answers(100), 4, 0},
		{"the same twice", slices.Concat(answers(3), answers(3)), 1, 0},
		{"large", large(20, 100<<10), 2, 0},
	} {
		t.Run(test.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, server := open(t)
				c := &counted{}
				server.Hook(c.see)
				standing, errs := s.PutAll(t.Context(), test.rows)
				if err := errors.Join(errs...); err != nil {
					t.Fatal(err)
				}
				for i, r := range test.rows {
					if document(t, standing[i]) != document(t, r) {
						t.Errorf("row %d: %s", i, document(t, standing[i]))
					}
				}
				if c.calls["BatchExecuteStatement"] != test.batch || c.calls["PutItem"] != test.puts {
					t.Errorf("calls %v, want %d batches and %d puts", c.calls, test.batch, test.puts)
				}
			})
		})
	}
}

// large are n refusals whose rows have so many bytes.
func large(n, bytes int) []Result {
	all := answers(n)
	for i := range all {
		all[i] = withStatus(all[i], message.StatusError)
		all[i].Fault = &message.Fault{Code: message.Internal, Message: strings.Repeat("x", bytes)}
	}
	return all
}

// TestRaceOfMixed: many workers put overlapping sets of rows, on connections that
// break: of each ID one row stands, and every worker is told of that one.
func TestRaceOfMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		server.Hook(unreliable)
		var mu sync.Mutex
		told := map[string]map[string]bool{} // by ID: documents
		var wg sync.WaitGroup
		for worker := range 20 {
			wg.Go(func() {
				rows := answers(30)[worker : worker+10]
				for i := range rows { // each worker's rows can be told from others'
					rows[i].CompletedAt = rows[i].CompletedAt.Add(time.Duration(worker) * time.Millisecond)
				}
				for pending := rows; len(pending) > 0; {
					standing, errs := s.PutAll(context.Background(), pending)
					var again []Result
					for i, err := range errs {
						if err != nil {
							again = append(again, pending[i])
							continue
						}
						mu.Lock()
						id := standing[i].RequestID
						if told[id] == nil {
							told[id] = map[string]bool{}
						}
						told[id][document(t, standing[i])] = true
						mu.Unlock()
					}
					pending = again
				}
			})
		}
		wg.Wait()
		server.Hook(nil)
		rows := s.all(t)
		if len(rows) != 29 || len(told) != 29 {
			t.Errorf("%d rows, %d IDs", len(rows), len(told))
		}
		for id, documents := range told {
			row, err := s.Get(t.Context(), id)
			if err != nil || len(documents) != 1 || !documents[document(t, row)] {
				t.Errorf("%s: told %v, while %s stands (%v)", id, documents, document(t, row), err)
			}
		}
	})
}

// TestRowOrder: the attributes of a row are in the order of their names, each once, so
// that rows of the same kind have the same statement.
func TestRowOrder(t *testing.T) {
	q, err := stats.ParseText([]byte("0.5"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := stats.ParseText([]byte("1 2"))
	if err != nil {
		t.Fatal(err)
	}
	in := message.Incoming{Request: message.Request{ID: "r1", Numbers: l, Quantiles: q, ClientID: "lab"}}
	full := Result{Reply: in.Answer(), Digest: "d", ClientID: "lab", SentAt: completed, ExpiresAt: completed}
	full.Fault = &message.Fault{Code: message.Internal, Message: "m", Path: "p"}
	r := rowOf(full)
	if len(r) != 24 || !slices.IsSortedFunc(r, func(a, b attribute) int { return strings.Compare(a.name, b.name) }) || len(r.item()) != len(r) {
		t.Errorf("%d attributes, as an item %d: %v", len(r), len(r.item()), r)
	}
}

// TestPutAllMixed: rows that share a call keep their own attributes, also where they
// have as many of them as others.
func TestPutAllMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := open(t)
		rows := answers(4)
		rows[0].ClientID, rows[0].SentAt = "", completed
		rows[1].ClientID, rows[1].SentAt = "lab", time.Time{}
		rows[2].ClientID, rows[2].SentAt = "lab", completed
		rows[3].ClientID, rows[3].SentAt = "lab", time.Time{}
		_, errs := s.PutAll(t.Context(), rows)
		for i, want := range rows {
			got, err := s.Get(t.Context(), want.RequestID)
			if err != nil || errs[i] != nil {
				t.Fatal(err, errs[i])
			}
			if got.ClientID != want.ClientID || !got.SentAt.Equal(want.SentAt) || document(t, got) != document(t, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
	})
}

package results

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// TestPut: which row stands, and which is returned, when a row is put over an
// earlier one.
func TestPut(t *testing.T) {
	mine := answerTo(request("r1", "1,2"))
	other := answerTo(request("r1", "1,2.0")) // another digest, the same figures
	refused := answerTo(`{"request_id":"r1"}`)
	later := func(r Result) Result { r.CompletedAt = r.CompletedAt.Add(time.Hour); return r }
	dead, expired := withStatus(mine, message.StatusDead), withStatus(mine, message.StatusExpired)
	tests := []struct {
		name           string
		earlier, later Result
		replaced       bool
		err            error
	}{
		{"the same again", mine, later(mine), false, nil},
		{"another list", mine, later(other), false, ErrConflict},
		{"a refusal after a result", mine, later(refused), false, ErrConflict},
		{"a result after a refusal", refused, later(mine), false, ErrConflict},
		{"expired after a result", mine, later(expired), false, nil},
		{"a result after expired", expired, later(mine), false, nil},
		{"dead after a result", mine, later(dead), false, nil},
		{"dead after expired", expired, later(dead), false, nil},
		{"dead after dead", dead, later(dead), false, nil},
		{"dead after another list", other, later(dead), false, ErrConflict},
		{"a result after dead", dead, later(mine), true, nil},
		{"expired after dead", dead, later(expired), true, nil},
		{"a result after dead of another list", dead, later(other), false, ErrConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := open(t)
			if got, err := s.Put(t.Context(), tt.earlier); err != nil || document(t, got) != document(t, tt.earlier) {
				t.Fatalf("first Put = %+v, %v", got, err)
			}
			before := s.raw(t, "r1")
			got, err := s.Put(t.Context(), tt.later)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("second Put: error %v, want %v", err, tt.err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "store result r1: ") {
				t.Errorf("error %q does not name the row", err)
			}
			stands := tt.earlier
			if tt.replaced {
				stands = tt.later
			}
			if document(t, got) != document(t, stands) || got.Digest != stands.Digest {
				t.Errorf("second Put = %s, want %s", document(t, got), document(t, stands))
			}
			if sameRow(before, s.raw(t, "r1")) == tt.replaced {
				t.Errorf("row replaced: %t, want %t", !tt.replaced, tt.replaced)
			}
			again, err := s.Get(t.Context(), "r1")
			if err != nil || document(t, again) != document(t, stands) {
				t.Errorf("Get = %s, %v; want %s", document(t, again), err, document(t, stands))
			}
		})
	}
}

// TestReplacedWhole: nothing of the dead row is left in the final one.
func TestReplacedWhole(t *testing.T) {
	s, _ := open(t)
	r := answerTo(request("r1", "1,2"))
	dead := withStatus(r, message.StatusDead)
	dead.SentAt = completed
	for _, r := range []Result{dead, r} {
		if _, err := s.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if _, left := s.raw(t, "r1")["sent_at"]; left {
		t.Error("the final row has an attribute of the dead one")
	}
}

// TestLostResponse: whether a connection breaks before the write happened or after
// it, and however often, Put gives the one answer and there is the one row.
func TestLostResponse(t *testing.T) {
	r := answerTo(request("r1", "1,2"))
	dead := withStatus(r, message.StatusDead)
	for _, broken := range []struct{ before, after int }{{1, 0}, {0, 1}, {2, 2}, {0, 4}} {
		for name, rows := range map[string][]Result{
			"a result": {r}, "a refusal": {answerTo(`{"request_id":"r1"}`)}, "dead": {dead}, "a result after dead": {dead, r},
		} {
			t.Run(fmt.Sprintf("%s, %d before, %d after", name, broken.before, broken.after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, server := open(t)
					last := rows[len(rows)-1]
					for _, r := range rows[:len(rows)-1] {
						if _, err := s.Put(t.Context(), r); err != nil {
							t.Fatal(err)
						}
					}
					f := faults{operation: "PutItem", before: broken.before, after: broken.after}
					server.Hook(f.hook)
					got, err := s.Put(t.Context(), last)
					if err != nil || document(t, got) != document(t, last) {
						t.Errorf("Put = %+v, %v", got, err)
					}
					if f.calls != 1+f.before+f.after {
						t.Errorf("%d calls, want %d", f.calls, 1+f.before+f.after)
					}
					stored, err := s.Get(t.Context(), "r1")
					if err != nil || document(t, stored) != document(t, last) {
						t.Errorf("Get = %+v, %v", stored, err)
					}
				})
			})
		}
	}
}

// TestLostConflict: a lost response does not make a conflict an answer.
func TestLostConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		if _, err := s.Put(t.Context(), answerTo(request("r1", "1"))); err != nil {
			t.Fatal(err)
		}
		f := faults{operation: "PutItem", after: 2}
		server.Hook(f.hook)
		if _, err := s.Put(t.Context(), answerTo(request("r1", "2"))); !errors.Is(err, ErrConflict) || f.calls != 3 {
			t.Errorf("Put: %v after %d calls, want %v after 3", err, f.calls, ErrConflict)
		}
	})
}

// TestRefusalWithRow: the earlier row comes with the refusal and costs no other call.
func TestRefusalWithRow(t *testing.T) {
	s, server := open(t)
	first := answerTo(request("r1", "1"))
	if _, err := s.Put(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != "PutItem" {
			t.Errorf("call of %s", c.Operation)
		}
		return next(), nil
	})
	if got, err := s.Put(t.Context(), answerTo(request("r1", "1"))); err != nil || document(t, got) != document(t, first) {
		t.Errorf("Put = %+v, %v", got, err)
	}
}

// TestRefusalWithoutRow: an endpoint that does not send the earlier row with its
// refusal is asked for it.
func TestRefusalWithoutRow(t *testing.T) {
	s, server := open(t)
	first := answerTo(request("r1", "1"))
	if _, err := s.Put(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	gone := false
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		switch {
		case c.Operation == "PutItem":
			return local.Refuse(c, 400, "ConditionalCheckFailedException", "The conditional request failed"), nil
		case gone:
			return &local.Response{Status: 200, Body: []byte("{}")}, nil
		}
		return next(), nil
	})
	if got, err := s.Put(t.Context(), answerTo(request("r1", "1"))); err != nil || document(t, got) != document(t, first) {
		t.Errorf("the same: Put = %+v, %v", got, err)
	}
	if _, err := s.Put(t.Context(), answerTo(request("r1", "2"))); !errors.Is(err, ErrConflict) {
		t.Errorf("another: Put: %v, want %v", err, ErrConflict)
	}
	gone = true // DynamoDB deleted the row, whose time was over
	if _, err := s.Put(t.Context(), first); !errors.Is(err, ErrNotFound) {
		t.Errorf("gone meanwhile: Put: %v, want %v", err, ErrNotFound)
	}
}

// TestPutFails: what cannot be written is an error that names the row, and is not
// there afterwards.
func TestPutFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		calls int
		fail  func(*local.Call) (*local.Response, error)
	}{
		{"no connection", 5, func(*local.Call) (*local.Response, error) { return nil, errBroken }},
		{"throttled", 5, func(c *local.Call) (*local.Response, error) {
			return local.Refuse(c, 400, "ProvisionedThroughputExceededException", "slow down"), nil
		}},
		{"internal error", 5, func(c *local.Call) (*local.Response, error) {
			return local.Refuse(c, 500, "InternalServerError", "sorry"), nil
		}},
		{"denied", 1, func(c *local.Call) (*local.Response, error) {
			return local.Refuse(c, 400, "AccessDeniedException", "not for you"), nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, server := open(t)
				calls := 0
				server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
					calls++
					return tt.fail(c)
				})
				got, err := s.Put(t.Context(), answerTo(request("r1", "1")))
				if err == nil || !strings.HasPrefix(err.Error(), "store result r1: ") || got.RequestID != "" || calls != tt.calls {
					t.Errorf("Put = %+v, %v after %d calls, want an error after %d", got, err, calls, tt.calls)
				}
				if _, err := s.Get(t.Context(), "r1"); err == nil || errors.Is(err, ErrNotFound) || !strings.HasPrefix(err.Error(), "read result r1: ") {
					t.Errorf("Get: %v, want what keeps it from reading", err)
				}
				server.Hook(nil)
				if _, err := s.Get(t.Context(), "r1"); !errors.Is(err, ErrNotFound) {
					t.Errorf("Get: %v, want %v", err, ErrNotFound)
				}
			})
		})
	}
}

func TestCancelled(t *testing.T) {
	s, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, answerTo(request("r1", "1"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	if _, err := s.Get(ctx, "r1"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v", err)
	}
	if _, err := s.List(ctx, Query{Since: time.Now()}); !errors.Is(err, context.Canceled) {
		t.Errorf("List: %v", err)
	}
}

// TestSystemRows: the rows that the system keeps for itself are no results.
func TestSystemRows(t *testing.T) {
	s, _ := open(t)
	s.putRaw(t, item{"request_id": text("#head"), "value": number("1")})
	if _, err := s.Get(t.Context(), "#head"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get: %v, want %v", err, ErrNotFound)
	}
}

// TestStronglyConsistent: Get must see what was put a moment ago, which only a
// strongly consistent read does.
func TestStronglyConsistent(t *testing.T) {
	s, server := open(t)
	var body string
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		body = string(c.Body)
		return next(), nil
	})
	if _, err := s.Get(t.Context(), "r1"); !errors.Is(err, ErrNotFound) || !strings.Contains(body, `"ConsistentRead":true`) {
		t.Errorf("Get: %v, asked with %s", err, body)
	}
}

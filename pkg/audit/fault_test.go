package audit

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/statline/statline/pkg/local"
)

// TestFaults: whatever becomes of the calls, there is one object with the entry
// when Append succeeds.
func TestFaults(t *testing.T) {
	type fault func(c *local.Call, next func() *local.Response) (*local.Response, error)
	before := func(*local.Call, func() *local.Response) (*local.Response, error) { return nil, errBroken }
	after := func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
		next()
		return nil, errBroken
	}
	refuse := func(status int, code string) fault {
		return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, status, code, "sorry"), nil
		}
	}
	stored := func(status int, code string) fault { // and yet refused
		return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			next()
			return local.Refuse(c, status, code, "sorry"), nil
		}
	}
	conflict, aborted := refuse(409, "ConditionalRequestConflict"), refuse(409, "OperationAborted")
	tests := map[string][]fault{
		"broken before":                    {before},
		"broken after":                     {after},
		"broken before, then after":        {before, after},
		"broken after, four times":         {after, after, after, after},
		"conflict":                         {conflict},
		"conflict, four times":             {conflict, conflict, conflict, conflict},
		"conflict with our own lost write": {stored(409, "ConditionalRequestConflict")},
		"aborted":                          {aborted},
		"slow down":                        {refuse(503, "SlowDown"), refuse(503, "SlowDown")},
		"internal error":                   {refuse(500, "InternalError")},
		"internal error after it happened": {stored(500, "InternalError")},
		"broken after, then a conflict":    {after, conflict},
		"request timeout":                  {refuse(400, "RequestTimeout")},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stack, server := open(t)
				calls := 0
				server.Hook(onPut(func(n int, c *local.Call, next func() *local.Response) (*local.Response, error) {
					if calls = n; n <= len(faults) {
						return faults[n-1](c, next)
					}
					return next(), nil
				}))
				if err := newLog(stack).Append(t.Context(), entries(2)); err != nil {
					t.Fatal(err)
				}
				all := objects(t, stack)
				if got := fmt.Sprint(idsOf(all)); got != "[[r0 r1]]" || all[0].Seq != 1 || calls != len(faults)+1 {
					t.Errorf("objects %v after %d calls", got, calls)
				}
			})
		})
	}
}

// TestUnreadableOwn: an own lost write that cannot be read back is written again,
// under another key: twice is allowed, never is not.
func TestUnreadableOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		lost := false
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "GetObject" {
				return local.Refuse(c, 403, "AccessDenied", "not for you"), nil
			}
			response := next()
			if c.Operation == "PutObject" && !lost {
				lost = true
				return nil, errBroken
			}
			return response, nil
		})
		if err := newLog(stack).Append(t.Context(), entries(1)); err != nil {
			t.Fatal(err)
		}
		server.Hook(nil)
		all := objects(t, stack)
		if got := fmt.Sprint(idsOf(all)); got != "[[r0] [r0]]" || all[0].text != all[1].text {
			t.Errorf("objects %v", got)
		}
	})
}

// TestForeignObject: a key that is taken by another object is left alone.
func TestForeignObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := newLog(stack)
		key := Key{First: received, Last: received, Writer: l.writer, Seq: 1}
		foreign := string(encode([][]byte{entries(7)[6].append(nil)}))
		putObject(t, stack, key.String(), foreign)
		if err := l.Append(t.Context(), entries(1)); err != nil {
			t.Fatal(err)
		}
		if text, err := newReader(stack).Read(t.Context(), key.String()); err != nil || string(text) != foreign {
			t.Errorf("the foreign object is now %q, %v", text, err)
		}
		key.Seq = 2
		text, err := newReader(stack).Read(t.Context(), key.String())
		if err != nil || string(text) != string(encode([][]byte{entries(1)[0].append(nil)})) {
			t.Errorf("the entry's object is %q, %v", text, err)
		}
	})
}

// TestAllKeysTaken: a log whose keys are all taken fails, and overwrites nothing.
func TestAllKeysTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := newLog(stack)
		key := Key{First: received, Last: received, Writer: l.writer}
		for key.Seq = range 10 {
			putObject(t, stack, key.String(), "foreign")
		}
		err := l.Append(t.Context(), entries(1))
		if err == nil || !taken(err) || !strings.HasPrefix(err.Error(), "store logs/2026/11/23/04/") || l.seq != 4 {
			t.Errorf("Append: %v after %d keys", err, l.seq)
		}
		for key.Seq = range 10 {
			if text, err := newReader(stack).Read(t.Context(), key.String()); err != nil || string(text) != "foreign" {
				t.Errorf("%s is now %q, %v", key, text, err)
			}
		}
	})
}

// TestRefused: what will never be taken is an error at once.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		calls := 0
		server.Hook(onPut(func(n int, c *local.Call, _ func() *local.Response) (*local.Response, error) {
			calls = n
			return local.Refuse(c, 403, "AccessDenied", "not for you"), nil
		}))
		err := newLog(stack).Append(t.Context(), entries(1))
		if err == nil || !strings.Contains(err.Error(), "in bucket "+stack.AuditBucket()+": ") || !strings.Contains(err.Error(), "AccessDenied") || calls != 1 {
			t.Errorf("Append: %v after %d calls", err, calls)
		}
		if len(objects(t, stack)) != 0 {
			t.Error("there is an object")
		}
	})
}

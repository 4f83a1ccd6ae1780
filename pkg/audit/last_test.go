package audit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
)

// TestLast: the last object is found whatever else is in the bucket, in few calls.
func TestLast(t *testing.T) {
	stack, server := open(t)
	r := newReader(stack)
	if o, err := r.Last(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("in an empty log: %v, %v", o, err)
	}
	foreign := []string{
		"logs/zz/y", "logs/9999/99/99/99/x.txt", "logs/9999/readme", "logs/readme.txt", "other/x",
		"logs/9999/99/99/99/deeper/x.txt", "logs/a-name-that-is-longer-than-an-hour/x.txt", "logs/9998/a&b \x01/x",
	}
	for _, key := range foreign {
		putObject(t, stack, key, "x")
	}
	if o, err := r.Last(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("among foreign objects alone: %v, %v", o, err)
	}
	calls := 0
	for i, after := range []time.Duration{0, time.Second, 3 * time.Hour, 50 * time.Hour, 900 * time.Hour, 9000 * time.Hour} {
		want := store(t, stack, i+1, at(after, "a"))
		calls = 0
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			calls++
			return next(), nil
		})
		o, err := r.Last(t.Context())
		if err != nil || o.Name != want {
			t.Errorf("last is %s, %v; want %s", o.Name, err, want)
		}
		server.Hook(nil)
	}
	if calls != 12 { // to each level of its hour, and to those of strangers that come after
		t.Errorf("%d calls", calls)
	}
	listings := 0
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if listings++; listings > 1 {
			return local.Refuse(c, 403, "AccessDenied", "no"), nil
		}
		return next(), nil
	})
	if o, err := r.Last(t.Context()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("where a level is denied: %v, %v", o, err)
	}
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, 403, "AccessDenied", "no"), nil
	})
	if _, err := r.Last(t.Context()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("where the bucket is denied: %v", err)
	}
}

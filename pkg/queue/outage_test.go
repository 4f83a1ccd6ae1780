package queue_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
)

// faults are the ways in which a call fails for a while.
func faults() map[string]local.Hook {
	refuse := func(status int, code string) local.Hook {
		return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, status, code, "Not now."), nil
		}
	}
	return map[string]local.Hook{
		"throttled":   refuse(http.StatusBadRequest, "RequestThrottled"),
		"over limit":  refuse(http.StatusForbidden, "OverLimit"), // the SDK does not retry it
		"expired":     refuse(http.StatusForbidden, "ExpiredTokenException"),
		"internal":    refuse(http.StatusInternalServerError, "InternalFailure"),
		"unavailable": refuse(http.StatusServiceUnavailable, "ServiceUnavailable"),
		"connection":  breaking,
		"truncated": func(*local.Call, func() *local.Response) (*local.Response, error) {
			return &local.Response{Status: http.StatusOK, Body: []byte(`{"Messages":[{`)}, nil
		},
	}
}

// TestOutage: a worker outlives ten minutes in which nothing can be received, with
// few calls, and is back within half a minute.
func TestOutage(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				r := f.recorder(succeed)
				w := f.run(f.worker(r.handle))
				time.Sleep(poll / 2)
				f.server.Hook(on(receiving, fault))
				before := len(f.client.made(receiving))
				time.Sleep(10 * time.Minute)
				if n := len(f.client.made(receiving)) - before; n < 10 || n > 30 {
					t.Errorf("%d receives in an outage of ten minutes, want 10 to 30", n)
				}
				f.send("a")
				f.server.Hook(nil)
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if got := strings.Join(r.bodies(), ""); got != "a" {
					t.Errorf("worked %q within 30 seconds after the outage", got)
				}
				w.stop()
				f.wantCounts(0, 0)
			})
		})
	}
}

// TestReceiveBackoff: in an outage, each pause before the next receive is twice the
// one before, up to half a minute.
func TestReceiveBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.server.Hook(on(receiving, breaking))
		w := f.run(f.worker(f.recorder(succeed).handle))
		time.Sleep(2 * time.Minute)
		var pauses []string
		made := f.client.made(receiving)
		for i := 1; i < len(made); i++ {
			pauses = append(pauses, made[i].at.Sub(made[i-1].at).String())
		}
		if got, want := strings.Join(pauses, " "), "500ms 1s 2s 4s 8s 16s 30s 30s"; got != want {
			t.Errorf("pauses of %s, want %s", got, want)
		}
		w.stop()
	})
}

// TestWithoutAttributes: a message that SQS hands out without what it was asked for
// is not worked; the others are, and it comes again.
func TestWithoutAttributes(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c")
		strip := true
		f.server.Hook(on(receiving, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			resp := next()
			if strip {
				answer := parse[struct{ Messages []map[string]any }](t, resp.Body)
				delete(answer.Messages[1], "Attributes")
				resp.Body = marshal(t, answer)
				strip = false
			}
			return resp, nil
		}))
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Second)
		if got := r.bodies(); !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("worked %q, want those with attributes", got)
		}
		time.Sleep(time.Minute)
		w.stop()
		if got := strings.Join(r.bodies(), ""); got != "abc" {
			t.Errorf("worked %q, want all", got)
		}
		f.wantLog("message without its attributes", "receive count")
	})
}

// TestTransientFault: one failed receive holds a worker up for half a second, and
// the next fault finds it as patient as the first.
func TestTransientFault(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		fails := true
		f.server.Hook(on(receiving, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if fails = !fails; fails {
				return next(), nil
			}
			return nil, http.ErrHandlerTimeout
		}))
		w := f.run(f.worker(f.recorder(succeed).handle))
		time.Sleep(time.Minute)
		w.stop()
		var failed int
		made := f.client.made(receiving)
		for i := 1; i < len(made); i++ {
			switch made[i].at.Sub(made[i-1].at) {
			case 500 * time.Millisecond:
				failed++
			case poll:
			default:
				t.Errorf("receives %v apart", made[i].at.Sub(made[i-1].at))
			}
		}
		if failed < 5 {
			t.Errorf("%d failed receives in a minute", failed)
		}
	})
}

// TestOutageOfAll: in an outage of everything a message that is being worked is
// lost, comes again when the outage is over, and is done.
func TestOutageOfAll(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b", "c")
				s := &slow{f: f, takes: time.Minute}
				w := f.run(f.worker(s.handle))
				time.Sleep(5 * time.Second)
				f.server.Hook(fault)
				before := f.client.all()
				time.Sleep(10 * time.Minute)
				if n := f.client.all() - before; n > 50 {
					t.Errorf("%d calls in an outage of ten minutes, want 50 at most", n)
				}
				f.server.Hook(nil)
				time.Sleep(2 * time.Minute)
				w.stop()
				if ends := s.endings(); len(ends) != 2 || ends[0].cause != lostCause || ends[1].cause != "" {
					t.Errorf("handler ended as %v, want lost, then done", ends)
				}
				f.wantCounts(0, 0)
			})
		})
	}
}

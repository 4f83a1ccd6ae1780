package queue_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// slow is a handler that works for a time, unless its context ends before.
type slow struct {
	f     *fixture
	takes time.Duration
	mu    sync.Mutex
	ends  []ending
}

// ending is how one call of the handler ended.
type ending struct {
	bodies string
	after  time.Duration
	cause  string // why its context ended, empty where it did not
}

// handle says that all is done, also where it was cancelled: a worker must not
// believe a handler that has lost its messages.
func (s *slow) handle(ctx context.Context, messages []queue.Message) []error {
	began := time.Now()
	var e ending
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		e.cause = context.Cause(ctx).Error()
	}
	for _, m := range messages {
		e.bodies += m.Body
	}
	e.after = time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, e)
	return make([]error, len(messages))
}

// endings are how the calls so far ended.
func (s *slow) endings() []ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ends)
}

const lostCause = "the messages' visibility could not be renewed"

// TestRenewal: what is worked for ten minutes is received once, with calls no more
// often than every third of the visibility timeout.
func TestRenewal(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c")
		s := &slow{f: f, takes: 10 * time.Minute}
		w := f.run(f.worker(s.handle))
		for range 119 {
			time.Sleep(5 * time.Second)
			f.wantCounts(0, 3)
		}
		time.Sleep(7 * time.Second) // with the second that the acknowledgement waits for others
		f.wantCounts(0, 0)
		w.stop()
		if ends := s.endings(); len(ends) != 1 || ends[0] != (ending{"abc", 10 * time.Minute, ""}) {
			t.Errorf("handler ended as %v, want once, after 10 minutes", ends)
		}
		renewals := f.client.made(changing)
		if n := len(renewals); n != 59 && n != 60 { // the last may coincide with the handler's end
			t.Errorf("%d renewals, want one every 10 seconds", n)
		}
		if log := f.logged.String(); log != "" {
			t.Errorf("all went well, but it logged %s", log)
		}
	})
}

// TestRenewalAfterQueueChange: the worker's own visibility timeout holds, not the
// one that the queue gets later.
func TestRenewalAfterQueueChange(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		s := &slow{f: f, takes: time.Minute}
		w := f.run(f.worker(s.handle))
		time.Sleep(time.Second)
		f.set("VisibilityTimeout", "5")
		f.send("a")
		time.Sleep(5 * time.Minute)
		w.stop()
		if ends := s.endings(); len(ends) != 1 || ends[0].cause != "" {
			t.Errorf("handler ended as %v, want once, undisturbed", ends)
		}
		f.wantCounts(0, 0)
	})
}

// TestRenewalRefused: a lost batch cancels its handler at once, and what it says is
// done is not deleted, because it is another's by now.
func TestRenewalRefused(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		f.server.Hook(f.failing(changing, func(batchEntry) (failedEntry, bool) {
			return failedEntry{Code: "ReceiptHandleIsInvalid", SenderFault: true}, true
		}))
		s := &slow{f: f, takes: 25 * time.Second}
		w := f.run(f.worker(s.handle))
		time.Sleep(20 * time.Second)
		if ends, want := s.endings(), (ending{"ab", 10 * time.Second, lostCause}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		f.wantCounts(0, 2)
		f.server.Hook(nil)
		time.Sleep(time.Minute)
		w.stop()
		if ends := s.endings(); len(ends) != 2 || ends[1].cause != "" {
			t.Errorf("handler ended as %v, want a second time, undisturbed", ends)
		}
		if n := len(f.client.made(deleting)); n != 1 {
			t.Errorf("%d delete calls, want one, after the second delivery", n)
		}
		f.wantCounts(0, 0)
	})
}

// TestRenewalFails: where renewal fails without being refused, the messages are lost
// when their visibility has run out and not before.
func TestRenewalFails(t *testing.T) {
	for name, hook := range map[string]local.Hook{
		"connection": breaking,
		"throttled": func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, http.StatusBadRequest, "RequestThrottled", "Too fast."), nil
		},
		"unavailable": func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, http.StatusServiceUnavailable, "ServiceUnavailable", "Not now."), nil
		},
		"unknown entry":  answering(`{"Failed":[{"Id":"2","Code":"InternalError","SenderFault":false}]}`),
		"negative entry": answering(`{"Failed":[{"Id":"-1","Code":"InternalError","SenderFault":false}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b")
				s := &slow{f: f, takes: 10 * time.Minute}
				w := f.run(f.worker(s.handle))
				time.Sleep(15 * time.Second) // past one good renewal, after 10
				f.server.Hook(on(changing, hook))
				time.Sleep(24999 * time.Millisecond)
				if ends := s.endings(); len(ends) != 0 {
					t.Errorf("handler ended as %v, before the visibility had run out", ends)
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if ends, want := s.endings(), (ending{"ab", 40 * time.Second, lostCause}); len(ends) == 0 || ends[0] != want {
					t.Errorf("handler ended as %v, want %v", ends, want)
				}
				if n := len(f.client.made(deleting)); n != 0 {
					t.Errorf("%d delete calls with stale handles", n)
				}
				w.cancel()
				<-w.ended
			})
		})
	}
}

// TestRenewalCountsFromRequest: an extension whose answer is late does not end later
// for that.
func TestRenewalCountsFromRequest(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		f.server.Hook(on(changing, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			resp := next()
			time.Sleep(5 * time.Second)
			return resp, nil
		}))
		s := &slow{f: f, takes: time.Hour}
		w := f.run(f.worker(s.handle))
		time.Sleep(14 * time.Second)
		f.server.Hook(on(changing, breaking))
		time.Sleep(26 * time.Second)
		synctest.Wait()
		if ends, want := s.endings(), (ending{"a", 40 * time.Second, lostCause}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		f.server.Hook(nil)
		w.stop()
	})
}

// TestRenewalHangs: no renewal outlasts the visibility that it renews.
func TestRenewalHangs(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		s := &slow{f: f, takes: 10 * time.Minute}
		w := f.run(f.worker(s.handle))
		time.Sleep(15 * time.Second)
		f.client.hang(changing)
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if ends, want := s.endings(), (ending{"a", 40 * time.Second, lostCause}); len(ends) != 1 || ends[0] != want {
			t.Errorf("handler ended as %v, want %v", ends, want)
		}
		if n := len(f.client.made(deleting)); n != 0 {
			t.Errorf("%d delete calls with stale handles", n)
		}
		f.client.hang("")
		w.stop()
	})
}

// TestRenewalEndsBeforeDelete: a renewal that is on its way when the handler returns
// is awaited, so that none can come after what the outcome asks for.
func TestRenewalEndsBeforeDelete(t *testing.T) {
	for name, outcome := range map[string]error{"delete": nil, "postpone": errHandler} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a")
				var mu sync.Mutex
				var log []string
				note := func(s string) {
					mu.Lock()
					defer mu.Unlock()
					log = append(log, s)
				}
				f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
					switch {
					case c.Operation == changing && strings.Contains(string(c.Body), `"VisibilityTimeout":30`):
						note("renewal begins")
						time.Sleep(5 * time.Second)
						note("renewal ends")
					case c.Operation == changing, c.Operation == deleting:
						note("outcome")
					}
					return next(), nil
				})
				w := f.run(f.worker(func(context.Context, []queue.Message) []error {
					time.Sleep(12 * time.Second) // a renewal has begun after 10
					return []error{outcome}
				}))
				time.Sleep(16500 * time.Millisecond)
				mu.Lock()
				got := slices.Clone(log)
				mu.Unlock()
				if want := []string{"renewal begins", "renewal ends", "outcome"}; !slices.Equal(got, want) {
					t.Errorf("%v, want %v", got, want)
				}
				w.cancel()
				<-w.ended
			})
		})
	}
}

// TestTwelveHours: SQS hides no message for longer than that, so a handler that
// takes longer loses it.
func TestTwelveHours(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.set("VisibilityTimeout", "3600")
		f.send("a")
		s := &slow{f: f, takes: 24 * time.Hour}
		w := f.worker(s.handle)
		w.Batches, w.Grace = 1, time.Second
		r := f.run(w)
		time.Sleep(12 * time.Hour)
		r.stop()
		if ends := s.endings(); len(ends) == 0 || ends[0].cause != lostCause || ends[0].after < 11*time.Hour || ends[0].after > 12*time.Hour {
			t.Errorf("handler ended as %v, want lost in the twelfth hour", ends)
		}
	})
}

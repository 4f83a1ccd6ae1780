package results

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// TestRaceOfOne: 50 workers put the same request at once, each at a time of its
// own and with connections that break: they all get one answer, the row's.
func TestRaceOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		server.Hook(unreliable)
		answers := make([]string, 50)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				r := answerTo(request("r1", "1,2,3"))
				r.CompletedAt = r.CompletedAt.Add(time.Duration(i) * time.Millisecond)
				got, err := put(s, r)
				if err != nil {
					t.Errorf("Put %d: %v", i, err)
					return
				}
				answers[i] = document(t, got)
			})
		}
		wg.Wait()
		server.Hook(nil)
		row, err := s.Get(t.Context(), "r1")
		if err != nil {
			t.Fatal(err)
		}
		for i, answer := range answers {
			if answer != document(t, row) {
				t.Errorf("worker %d answers %s; the row is %s", i, answer, document(t, row))
			}
		}
		if n := len(s.all(t)); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestRaceOfMany: 50 workers put different requests under one ID: one wins, and
// all the others are told of the conflict.
func TestRaceOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, server := open(t)
		server.Hook(unreliable)
		var mu sync.Mutex
		var winners []Result
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				r := answerTo(request("r1", fmt.Sprint(i)))
				got, err := put(s, r)
				if err != nil && !errors.Is(err, ErrConflict) {
					t.Errorf("Put %d: %v", i, err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					winners = append(winners, got)
				}
			})
		}
		wg.Wait()
		server.Hook(nil)
		row, err := s.Get(t.Context(), "r1")
		if err != nil || len(winners) != 1 || document(t, winners[0]) != document(t, row) || len(s.all(t)) != 1 {
			t.Errorf("winners %+v; the row is %+v, %v", winners, row, err)
		}
	})
}

// TestRaceOfDead: workers give a request up while others answer it, at all times:
// the row ends final, nobody who was given the final answer sees it go, and every
// answer is the one of the row or "dead".
func TestRaceOfDead(t *testing.T) {
	for range 8 {
		synctest.Test(t, func(t *testing.T) {
			s, server := open(t)
			server.Hook(unreliable)
			final := answerTo(request("r1", "1,2,3"))
			dead := withStatus(final, message.StatusDead)
			answers := make([]string, 50)
			var wg sync.WaitGroup
			for i := range answers {
				r := final
				if i%2 == 0 {
					r = dead
				}
				wg.Go(func() {
					got, err := put(s, r)
					if err != nil {
						t.Errorf("Put %d: %v", i, err)
						return
					}
					answers[i] = document(t, got)
				})
			}
			wg.Wait()
			server.Hook(nil)
			row, err := s.Get(t.Context(), "r1")
			if err != nil || document(t, row) != document(t, final) {
				t.Errorf("the row is %+v, %v", row, err)
			}
			for i, answer := range answers {
				if answer != document(t, final) && (i%2 == 1 || answer != document(t, dead)) {
					t.Errorf("worker %d answers %s", i, answer)
				}
			}
		})
	}
}

// put puts r again and again, as a worker does whose message comes again.
func put(s *Store, r Result) (got Result, err error) {
	for range 20 {
		got, err = s.Put(context.Background(), r)
		if err == nil || errors.Is(err, ErrConflict) {
			return got, err
		}
	}
	return got, err
}

// unreliable is a hook that breaks every other connection, before the call
// happened or after it, and delays them all.
func unreliable(_ *local.Call, next func() *local.Response) (*local.Response, error) {
	time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
	fate := rand.IntN(4)
	if fate == 0 {
		return nil, errBroken
	}
	response := next()
	time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
	if fate == 1 {
		return nil, errBroken
	}
	return response, nil
}

package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// recorder is a Flush that takes a second and remembers its groups.
type recorder struct {
	mu     sync.Mutex
	groups [][]int
	flying int
	most   int
}

func (r *recorder) flush(_ context.Context, items []int) []error {
	r.mu.Lock()
	r.groups = append(r.groups, slices.Clone(items))
	r.flying++
	r.most = max(r.most, r.flying)
	r.mu.Unlock()
	time.Sleep(time.Second)
	r.mu.Lock()
	r.flying--
	r.mu.Unlock()
	errs := make([]error, len(items))
	for i, n := range items {
		if n < 0 {
			errs[i] = fmt.Errorf("item %d", n)
		}
	}
	return errs
}

func TestAloneGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush})
		start := time.Now()
		if err := g.Do(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want the one second of the flush", took)
		}
	})
}

// TestGroupCommit: what arrives while a group is on its way goes together, and
// each caller has its own outcome.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush})
		var wg sync.WaitGroup
		for _, n := range []int{1, 2, -3, 4, 5} {
			wg.Go(func() {
				err := g.Do(t.Context(), n)
				if (err != nil) != (n < 0) {
					t.Errorf("item %d: %v", n, err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if fmt.Sprint(r.groups) != "[[1] [2 -3 4 5]]" {
			t.Errorf("groups %v", r.groups)
		}
	})
}

func TestLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush, Linger: time.Minute, MaxItems: 3})
		start := time.Now()
		var wg sync.WaitGroup
		for n := range 4 { // three fill a group, the fourth lingers
			wg.Go(func() { g.Do(t.Context(), n) })
			synctest.Wait()
		}
		wg.Wait()
		if fmt.Sprint(r.groups) != "[[0 1 2] [3]]" {
			t.Errorf("groups %v", r.groups)
		}
		if took := time.Since(start); took != time.Minute+time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush, Linger: time.Hour})
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { g.Do(t.Context(), 1) })
		synctest.Wait()
		g.Hurry()
		wg.Wait()
		g.Do(t.Context(), 2)
		g.Close()
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestGiveUp: a caller that gives up returns at once; the flush is cancelled only
// when nobody waits for it.
func TestGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		flush := func(ctx context.Context, items []int) []error {
			select {
			case <-ctx.Done():
				return slices.Repeat([]error{ctx.Err()}, len(items))
			case <-time.After(time.Hour):
				return make([]error, len(items))
			}
		}
		g := New(Config[int]{Flush: flush, Linger: time.Second})
		start := time.Now()
		var ended [2]time.Duration
		var wg sync.WaitGroup
		for i := range 2 {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Duration(i+1)*time.Minute, func() { cancel(gone) })
			wg.Go(func() {
				if err := g.Do(ctx, i); err != gone {
					t.Errorf("caller %d: %v", i, err)
				}
				ended[i] = time.Since(start)
			})
		}
		wg.Wait()
		g.Close()
		if ended != [2]time.Duration{time.Minute, 2 * time.Minute} || time.Since(start) != 2*time.Minute {
			t.Errorf("callers ended after %v, the flush after %v", ended, time.Since(start))
		}
	})
}

// TestLimits: whatever comes, no group is over a limit and each item is performed
// exactly once, in at most InFlight groups at a time.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		items := rapid.SliceOfN(rapid.IntRange(0, 120), 1, 60).Draw(rt, "sizes")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 2000), len(items), len(items)).Draw(rt, "gaps in ms")
		inFlight := rapid.IntRange(1, 3).Draw(rt, "in flight")
		linger := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "linger in ms")) * time.Millisecond
		synctest.Test(t, func(*testing.T) {
			var r recorder
			g := New(Config[int]{Flush: r.flush, MaxItems: 7, MaxBytes: 100, Size: func(n int) int { return n }, InFlight: inFlight, Linger: linger})
			var wg sync.WaitGroup
			for i, n := range items {
				wg.Go(func() { g.Do(context.Background(), n) })
				time.Sleep(time.Duration(gaps[i]) * time.Millisecond)
			}
			wg.Wait()
			g.Close()
			var done []int
			for _, group := range r.groups {
				sum := 0
				for _, n := range group {
					sum += n
				}
				if len(group) > 7 || sum > 100 && len(group) > 1 {
					rt.Fatalf("group %v is over a limit", group)
				}
				done = append(done, group...)
			}
			slices.Sort(done)
			if want := slices.Sorted(slices.Values(items)); !slices.Equal(done, want) {
				rt.Fatalf("performed %v of %v", done, want)
			}
			if r.most > inFlight {
				rt.Fatalf("%d groups at once", r.most)
			}
		})
	})
}

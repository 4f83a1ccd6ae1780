package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

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

// seen are the groups so far, in order.
func (r *recorder) seen() [][]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	groups := slices.Clone(r.groups)
	slices.SortFunc(groups, slices.Compare)
	return groups
}

func TestAloneGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush})
		start := time.Now()
		if err := g.Do(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start).Round(time.Microsecond); took != time.Second {
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
			time.Sleep(time.Millisecond)
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
		if took := time.Since(start).Round(time.Microsecond); took != time.Minute+time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestNothingIsKept: calls whose items go in two groups each chain these together, and
// a group that still waits keeps none of those that are through.
func TestNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flush := func(_ context.Context, items []*[64]byte) []error { return make([]error, len(items)) }
		g := New(Config[*[64]byte]{Flush: flush, Linger: time.Hour})
		const calls, each = 99, 7 // the last call's are in two groups, too
		var wg sync.WaitGroup
		var kept []weak.Pointer[[64]byte]
		for range calls {
			items := make([]*[64]byte, each)
			for i := range items {
				items[i] = new([64]byte)
				kept = append(kept, weak.Make(items[i]))
			}
			wg.Go(func() { g.DoAll(t.Context(), items) })
			time.Sleep(time.Second)
		}
		runtime.GC()
		n := 0
		for _, p := range kept {
			if p.Value() != nil {
				n++
			}
		}
		if n >= 3*each {
			t.Errorf("%d of %d items are kept", n, len(kept))
		}
		g.Hurry()
		wg.Wait()
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
		if took := time.Since(start).Round(time.Microsecond); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestEager: a group lingers only where company is expected. What comes alone goes
// at once; of a steady stream, ten go together.
func TestEager(t *testing.T) {
	for _, test := range []struct {
		about string
		gap   time.Duration
		want  int // groups for 40 items
		most  time.Duration
	}{
		{"rare", 2 * time.Second, 40, time.Second},
		{"too rare for the linger", 60 * time.Millisecond, 40, time.Second},
		{"steady, which it has to learn first", 10 * time.Millisecond, 20, time.Second + 100*time.Millisecond},
	} {
		t.Run(test.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r recorder
				g := New(Config[int]{Flush: r.flush, Linger: 100 * time.Millisecond, Eager: true, InFlight: 100})
				var wg sync.WaitGroup
				for n := range 40 {
					wg.Go(func() {
						start := time.Now()
						g.Do(t.Context(), n)
						if took := time.Since(start).Round(time.Microsecond); took > test.most {
							t.Errorf("item %d took %v", n, took)
						}
					})
					time.Sleep(test.gap)
				}
				wg.Wait()
				if len(r.groups) > test.want {
					t.Errorf("%d groups, want at most %d: %v", len(r.groups), test.want, r.groups)
				}
			})
		})
	}
}

// TestEarly: a group that is not full waits while others are on their way, even
// where its linger is over; a full one does not.
func TestEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush, MaxItems: 3, InFlight: 3, Early: 1, Linger: 100 * time.Millisecond})
		var wg sync.WaitGroup
		do := func(items ...int) { wg.Go(func() { g.DoAll(t.Context(), items) }) }
		do(1)
		time.Sleep(200 * time.Millisecond) // 1 is on its way
		do(2)
		time.Sleep(200 * time.Millisecond) // 2 has lingered enough, but waits
		do(3)
		time.Sleep(10 * time.Millisecond)
		if groups := r.seen(); len(groups) != 1 {
			t.Errorf("groups %v, want one on its way", groups)
		}
		do(4, 5, 6, 7, 8) // 2 3 4 are full, 5 6 7 too
		time.Sleep(10 * time.Millisecond)
		if groups := r.seen(); fmt.Sprint(groups) != "[[1] [2 3 4] [5 6 7]]" {
			t.Errorf("groups %v, want the full ones on their way too", groups)
		}
		start := time.Now()
		wg.Wait()
		if groups := r.seen(); len(groups) != 4 {
			t.Errorf("groups %v", groups)
		}
		// 1 is through 880 ms, and the last of the full ones a second, after 4 came.
		if took := time.Since(start).Round(time.Microsecond); took != 1990*time.Millisecond {
			t.Errorf("8 was through after %v", took)
		}
		if !g.Idle() {
			t.Error("not idle at the end")
		}
	})
}

// TestDoAll: the items of one call go in their order, in as many groups as they
// need, and each has its own outcome.
func TestDoAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush, MaxItems: 3})
		errs := g.DoAll(t.Context(), []int{1, -2, 3, 4, -5})
		if fmt.Sprint(errs) != "[<nil> item -2 <nil> <nil> item -5]" || fmt.Sprint(r.groups) != "[[1 -2 3] [4 -5]]" {
			t.Errorf("%v, groups %v", errs, r.groups)
		}
		if errs := g.DoAll(t.Context(), nil); len(errs) != 0 {
			t.Errorf("nothing: %v", errs)
		}
	})
}

// TestPanic: a panic is the outcome of its group, and others go on.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config[int]{MaxItems: 2, Flush: func(_ context.Context, items []int) []error {
			if items[0] == 1 {
				panic("broken")
			}
			return make([]error, len(items))
		}})
		errs := g.DoAll(t.Context(), []int{1, 2, 3})
		for i, err := range errs {
			if broken := err != nil && strings.HasPrefix(err.Error(), "panic: broken\n"); broken != (i < 2) {
				t.Errorf("item %d: %v", i, err)
			}
		}
	})
}

func TestRhythm(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		about   string
		gaps    []time.Duration // before each arrival
		at      int             // things that come at each
		missing int
		most    time.Duration
		want    time.Duration
	}{
		{"nothing yet", nil, 1, 9, time.Second, 0},
		{"the first", []time.Duration{0}, 1, 9, time.Second, 0},
		{"often", slices.Repeat([]time.Duration{10 * ms}, 100), 1, 4, time.Second, 40 * ms},
		{"often, little time", slices.Repeat([]time.Duration{9 * ms}, 100), 1, 4, 20 * ms, 20 * ms},
		{"too rare", slices.Repeat([]time.Duration{11 * ms}, 100), 1, 4, 20 * ms, 0},
		{"several at once", slices.Repeat([]time.Duration{10 * ms}, 100), 10, 4, 20 * ms, 4 * ms},
		{"after a silence", append(slices.Repeat([]time.Duration{10 * ms}, 100), time.Second), 1, 4, 100 * ms, 0},
	} {
		t.Run(test.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r Rhythm
				for _, gap := range test.gaps {
					time.Sleep(gap)
					r.Note(test.at)
				}
				got := r.Wait(test.missing, test.most)
				if d := got - test.want; d < -ms/100 || d > ms/100 {
					t.Errorf("wait %v, want %v", got, test.want)
				}
			})
		})
	}
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

// TestSameMoment: what comes at one moment is ordered by its key, and fills groups,
// whichever caller comes first.
func TestSameMoment(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			var r recorder
			g := New(Config[int]{Flush: r.flush, MaxItems: 3, Compare: cmp.Compare[int]})
			var wg sync.WaitGroup
			for _, n := range rand.Perm(8) {
				wg.Go(func() {
					if err := g.Do(t.Context(), n); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if groups := r.seen(); fmt.Sprint(groups) != "[[0 1 2] [3 4 5] [6 7]]" {
				t.Errorf("groups %v", groups)
			}
		})
	}
}

// TestGiveUpEarly: what nobody waits for any more is not begun.
func TestGiveUpEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		g := New(Config[int]{Flush: r.flush, Linger: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if errs := g.DoAll(ctx, []int{1, 2}); errs[0] != context.DeadlineExceeded || errs[1] != context.DeadlineExceeded {
			t.Errorf("outcomes %v", errs)
		}
		g.Do(t.Context(), 3)
		if fmt.Sprint(r.groups) != "[[3]]" {
			t.Errorf("groups %v", r.groups)
		}
	})
}

// TestGiveUpPartly: who gives up is told of the items that have their outcome.
func TestGiveUpPartly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Config[int]{MaxItems: 1, InFlight: 3, Flush: func(_ context.Context, items []int) []error {
			time.Sleep(time.Duration(items[0]) * time.Second)
			if items[0] == 2 {
				return []error{errors.New("two")}
			}
			return []error{nil}
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if errs := g.DoAll(ctx, []int{1, 2, 3600}); fmt.Sprint(errs) != "[<nil> two context deadline exceeded]" {
			t.Errorf("outcomes %v", errs)
		}
		g.Close()
	})
}

// TestLimits: whatever comes, no group is over a limit and each item is performed
// exactly once, in at most InFlight groups at a time.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		items := rapid.SliceOfN(rapid.IntRange(0, 120), 1, 60).Draw(rt, "sizes")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 2000), len(items), len(items)).Draw(rt, "gaps in ms")
		inFlight := rapid.IntRange(1, 3).Draw(rt, "in flight")
		early := rapid.IntRange(1, inFlight).Draw(rt, "early")
		eager := rapid.Bool().Draw(rt, "eager")
		linger := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "linger in ms")) * time.Millisecond
		synctest.Test(t, func(*testing.T) {
			var r recorder
			g := New(Config[int]{
				Flush: r.flush, MaxItems: 7, MaxBytes: 100, Size: func(n int) int { return n },
				InFlight: inFlight, Early: early, Linger: linger, Eager: eager,
			})
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

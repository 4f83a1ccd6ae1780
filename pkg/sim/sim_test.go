package sim

import (
	"runtime"
	"testing"
)

// TestSchedules runs the first schedules of all.
func TestSchedules(t *testing.T) {
	for seed := range uint64(20) {
		v := run(t, plan{seed: seed + 1, requests: standard})
		for _, x := range v.wrong {
			t.Errorf("seed %d: %s: %s", seed+1, x.promise, x.what)
		}
	}
}

// TestSameSeed: the same seed is the same run, to the last call, on one processor
// and on several.
func TestSameSeed(t *testing.T) {
	for seed := range uint64(3) {
		p := plan{seed: seed + 1, requests: standard}
		first := run(t, p)
		for _, procs := range []int{1, 2, 4} {
			before := runtime.GOMAXPROCS(procs)
			again := run(t, p)
			runtime.GOMAXPROCS(before)
			if again.trace != first.trace || again.calls != first.calls {
				t.Errorf("seed %d on %d processors: trace %s of %d calls, then %s of %d", p.seed, procs, first.trace, first.calls, again.trace, again.calls)
			}
		}
	}
}

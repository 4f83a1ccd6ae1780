package cloud

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestTune: what the environment says of processors and memory goes before what a
// service takes.
func TestTune(t *testing.T) {
	procs, gc, limit := runtime.GOMAXPROCS(0), debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	restore := func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(gc)
		debug.SetMemoryLimit(limit)
	}
	defer restore()
	for _, test := range []struct {
		procs, gc, limit             string
		wantProcs, wantGC, wantLimit int
	}{
		{"", "", "", processors, gcPercent, memoryLimit},
		{"3", "", "", 3, gcPercent, memoryLimit},
		{"", "50", "", processors, 50, memoryLimit},
		{"", "", "1GiB", processors, gcPercent, 1 << 30},
	} {
		// What the runtime has made of the environment, where that says something.
		runtime.GOMAXPROCS(test.wantProcs)
		debug.SetGCPercent(test.wantGC)
		debug.SetMemoryLimit(int64(test.wantLimit))
		if test.procs == "" {
			runtime.GOMAXPROCS(5)
		}
		if test.gc == "" {
			debug.SetGCPercent(100)
		}
		if test.limit == "" {
			debug.SetMemoryLimit(math.MaxInt64)
		}
		t.Setenv("GOMAXPROCS", test.procs)
		t.Setenv("GOGC", test.gc)
		t.Setenv("GOMEMLIMIT", test.limit)
		tune()
		if got := runtime.GOMAXPROCS(0); got != test.wantProcs {
			t.Errorf("%+v: %d processors", test, got)
		}
		if got := debug.SetGCPercent(100); got != test.wantGC {
			t.Errorf("%+v: GOGC %d", test, got)
		}
		if got := debug.SetMemoryLimit(-1); got != int64(test.wantLimit) {
			t.Errorf("%+v: limit %d", test, got)
		}
	}
}

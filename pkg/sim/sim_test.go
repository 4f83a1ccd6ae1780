package sim

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestSchedules runs the first schedules of all.
func TestSchedules(t *testing.T) {
	for seed := range uint64(4) {
		var s sum
		one(t, &s, plan{seed: seed + 1, requests: standard})
		s.check(t)
	}
}

// TestFoundSeeds runs the schedules that once found something, each on one
// processor and on several: they break no promise any more, and the same seed is the
// same run, to the last call.
func TestFoundSeeds(t *testing.T) {
	file, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		number, _, _ := strings.Cut(lines.Text(), " ")
		seed, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			t.Fatalf("testdata/seeds.txt: %q: write SEED and what it found", lines.Text())
		}
		var s sum
		compare(t, &s, plan{seed: seed, requests: standard})
		s.check(t)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestReplayOfAFew: a schedule with few of its faults is run with those and no
// others.
func TestReplayOfAFew(t *testing.T) {
	whole := run(t, plan{seed: 5, requests: 12})
	if len(whole.struck) < 4 {
		t.Fatalf("the schedule has %d faults", len(whole.struck))
	}
	few := whole.struck[:2]
	for _, id := range run(t, plan{seed: 5, requests: 12}.leaving(few)).struck {
		if id != few[0] && id != few[1] {
			t.Errorf("fault %s is there though it was taken out", id)
		}
	}
}

// check fails the test where a schedule broke a promise.
func (s *sum) check(t *testing.T) {
	t.Helper()
	for _, f := range s.Failures {
		t.Errorf("%s\n%s", f.Replay, strings.Join(f.Wrong, "\n"))
	}
}

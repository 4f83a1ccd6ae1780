package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"
)

// workers is how many test binaries run at once.
const workers = 2

// test is the test binary of a package.
type test struct {
	dir, binary string
	flags       []string
	cpu         time.Duration // that a run takes without a mutant
	limit       time.Duration // of one run, by the clock
}

// run runs the mutants and returns the numbers of those that survive.
func (l *lab) run(ctx context.Context, mutants []mutant) (map[int]bool, error) {
	if err := l.calibrate(ctx); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	survivors, done := map[int]bool{}, 0
	began := time.Now()
	err := parallel(ctx, mutants, func(m mutant) error {
		survives, err := l.survives(ctx, m)
		mu.Lock()
		defer mu.Unlock()
		if done++; done%50 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d mutants in %v\n", done, len(mutants), time.Since(began).Round(time.Second))
		}
		if survives {
			survivors[m.number] = true
			fmt.Fprintf(os.Stderr, "survives: %s\n", m)
		}
		return err
	})
	return survivors, err
}

// parallel does something with each of items, several at once, until one fails.
func parallel[T any](ctx context.Context, items []T, do func(T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan T)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for item := range queue {
				if err := do(item); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, item := range items {
		select {
		case queue <- item:
		case <-ctx.Done():
		}
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}

// skip leaves out a test that has what another does done a hundred times, each time
// with one right less, to tell something of the rights.
const skip = "-test.skip=^TestEachRight$"

// calibrate runs all tests without a mutant. They must pass, and how long they take
// says when a mutant hangs.
func (l *lab) calibrate(ctx context.Context) error {
	var tests []*test
	for _, t := range l.tests {
		tests = append(tests, t)
	}
	return parallel(ctx, tests, func(t *test) error {
		t.flags = []string{skip}
		// Property tests fail the same way each time, and do not look for the simplest
		// failure.
		rapid := []string{"-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
		if t.command(ctx, 0, append(rapid, "-test.list=^$")...).Run() == nil {
			t.flags = append(t.flags, rapid...)
		}
		began := time.Now()
		c := t.command(ctx, 0, append(t.flags, "-test.timeout=5m")...)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", t.dir, err, out)
		}
		t.cpu = cpu(c)
		t.limit = 5*time.Second + 5*time.Since(began)
		return nil
	})
}

// survives says whether the tests of its package and those of the whole system let
// a mutant live.
func (l *lab) survives(ctx context.Context, m mutant) (bool, error) {
	for _, t := range l.against(m) {
		_, err := t.run(ctx, m.number)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			return false, nil
		}
	}
	return true, nil
}

// against are the tests that a mutant is run against, those of its package first.
func (l *lab) against(m mutant) []*test {
	return slices.DeleteFunc([]*test{l.tests[m.dir], l.tests["pkg"]}, func(t *test) bool { return t == nil })
}

// show runs one mutant and prints what its tests do.
func (l *lab) show(ctx context.Context, mutants []mutant) error {
	if len(mutants) == 0 {
		return errors.New("there is no mutant of this number")
	}
	if err := l.calibrate(ctx); err != nil {
		return err
	}
	m := mutants[0]
	fmt.Println(m)
	for _, t := range l.against(m) {
		out, err := t.run(ctx, m.number)
		fmt.Printf("%s: %v\n%s", t.dir, err, out)
	}
	return ctx.Err()
}

// run runs the tests with a mutant in them. Any failure of theirs is an error. What
// takes too long by the clock, but has had too little of a busy machine to show that
// it hangs, is given twice the time, and twice that.
func (t *test) run(ctx context.Context, number int) ([]byte, error) {
	for limit := t.limit; ; limit *= 2 {
		out, used, err := t.within(ctx, limit, number)
		if !errors.Is(err, context.DeadlineExceeded) || used > 3*t.cpu || limit > 2*t.limit {
			return out, err
		}
	}
}

// within runs the tests for so long at most, and says how much time they had of a
// processor.
func (t *test) within(ctx context.Context, limit time.Duration, number int) (out []byte, used time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := t.command(ctx, number, append(t.flags, "-test.failfast", "-test.timeout=0")...)
	out, err = c.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out, cpu(c), err
}

// cpu is the time of a processor that a process has had.
func cpu(c *exec.Cmd) time.Duration {
	if c.ProcessState == nil {
		return 0
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

func (t *test) command(ctx context.Context, number int, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, t.binary, args...)
	c.Dir = t.dir
	c.Env = append(os.Environ(), variable+"="+strconv.Itoa(number), "GOMAXPROCS=1")
	c.WaitDelay = time.Second // for the output of what it may have started
	return c
}

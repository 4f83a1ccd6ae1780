package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// TestStopAnytime: whenever a worker is stopped, whatever it does just then, every
// message is either done or visible when it has gone, none that is done is left,
// and none has been delivered more than once to a handler that did it.
func TestStopAnytime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := cycle{
			seed:    rapid.Uint64().Draw(rt, "seed"),
			n:       rapid.IntRange(0, 40).Draw(rt, "messages"),
			batches: rapid.IntRange(1, 4).Draw(rt, "batches"),
			stop:    time.Duration(rapid.IntRange(0, 40_000).Draw(rt, "stop")) * time.Millisecond,
			longest: rapid.IntRange(1, 40_000).Draw(rt, "longest"),
		}
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = c.run(open(t)) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// cycle is one life of a worker while messages come.
type cycle struct {
	seed       uint64
	n, batches int
	stop       time.Duration
	longest    int // work on a batch, in milliseconds
}

// run returns what is wrong.
func (c cycle) run(f *fixture) string {
	random := rand.New(rand.NewPCG(c.seed, 0))
	var mu sync.Mutex
	draw := func(n int) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(random.IntN(n)) * time.Millisecond
	}
	f.server.Hook(func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
		time.Sleep(draw(50)) // a network
		resp := next()
		time.Sleep(draw(50))
		return resp, nil
	})
	done := map[string]int{}
	w := f.worker(func(ctx context.Context, messages []queue.Message) []error {
		select {
		case <-time.After(draw(c.longest)):
		case <-ctx.Done():
			outcomes := make([]error, len(messages))
			for i := range outcomes {
				outcomes[i] = ctx.Err()
			}
			return outcomes
		}
		mu.Lock()
		defer mu.Unlock()
		for _, m := range messages {
			done[m.Body]++
		}
		return make([]error, len(messages))
	})
	w.Batches = c.batches
	var sender sync.WaitGroup
	r := f.run(w)
	sender.Go(func() {
		for _, body := range numbers(c.n) {
			time.Sleep(draw(1 + 2*int(c.stop/time.Millisecond)/(c.n+1)))
			f.send(body)
		}
	})
	time.Sleep(c.stop)
	took := r.stop()
	f.server.Hook(nil)
	_, hidden := f.counts()
	sender.Wait()
	if hidden != 0 {
		return fmt.Sprintf("%d messages are hidden when the worker has gone", hidden)
	}
	return c.check(f, done, took)
}

func (c cycle) check(f *fixture, done map[string]int, took time.Duration) string {
	visible, _ := f.counts()
	if err := f.server.Close(); err != nil {
		return err.Error()
	}
	for body, n := range done {
		if n != 1 {
			return fmt.Sprintf("message %s was done %d times", body, n)
		}
	}
	switch {
	case visible+len(done) != c.n:
		return fmt.Sprintf("%d done and %d visible of %d messages", len(done), visible, c.n)
	case f.client.cancelled != 0:
		return fmt.Sprintf("%d polls were cancelled", f.client.cancelled)
	case took > 16*time.Second:
		return fmt.Sprintf("stopped after %v, want the grace of 15s at most", took)
	default:
		return ""
	}
}

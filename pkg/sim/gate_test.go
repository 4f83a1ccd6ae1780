package sim

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// gate lets the calls of all processes through one at a time, in an order that
// the dice decide. Whoever comes to it is parked; the keeper waits until nothing
// in the bubble can go on by itself, sorts those that are parked by their names,
// picks one, and waits until what that one sets off has come to rest. So the order
// of all that happens depends on the seed alone, however many processors there
// are.
type gate struct {
	dice *dice

	mu     sync.Mutex
	parked []turn
	open   bool // all pass
	came   chan struct{}
}

// turn is one that is parked.
type turn struct {
	name string
	pass chan struct{}
}

func newGate(d *dice) *gate { return &gate{dice: d, came: make(chan struct{}, 1)} }

// wait returns when it is the caller's turn. Callers that wait at the same time
// under the same name cannot be told apart.
func (g *gate) wait(name string) {
	g.mu.Lock()
	if g.open {
		g.mu.Unlock()
		return
	}
	t := turn{name, make(chan struct{})}
	g.parked = append(g.parked, t)
	g.mu.Unlock()
	select {
	case g.came <- struct{}{}:
	default: // the keeper knows already
	}
	<-t.pass
}

// keep keeps the gate until ctx ends; then all pass.
func (g *gate) keep(ctx context.Context) {
	for ctx.Err() == nil {
		synctest.Wait()
		if t, ok := g.pick(); ok {
			close(t.pass)
			synctest.Wait()
			time.Sleep(g.dice.between("step", 50*time.Microsecond, 15*time.Millisecond))
			continue
		}
		select {
		case <-g.came:
		case <-ctx.Done():
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	for _, t := range g.parked {
		close(t.pass)
	}
}

func (g *gate) pick() (turn, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.parked) == 0 {
		return turn{}, false
	}
	slices.SortStableFunc(g.parked, func(a, b turn) int { return cmp.Compare(a.name, b.name) })
	i := g.dice.below("turn", len(g.parked))
	t := g.parked[i]
	g.parked = slices.Delete(g.parked, i, i+1)
	return t, true
}

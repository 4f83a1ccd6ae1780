// Package batch turns many single calls into few grouped ones (group commit):
// whoever calls while a group is on its way, or while a group waits for company,
// joins the next one.
package batch

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Config says how a [Group] forms its groups.
type Config[T any] struct {
	// Flush performs a group and returns one error per item, in order. Its context
	// ends when nobody waits for any of the items any more.
	Flush func(ctx context.Context, items []T) []error
	// MaxItems is the most items in a group. Defaults to 10, the limit of the batch
	// calls of SNS and SQS.
	MaxItems int
	// MaxBytes is the most that the items of a group may have by Size together; an
	// item that is larger goes alone. Defaults to no limit.
	MaxBytes int
	Size     func(T) int
	// Linger is how long a group that is not full waits for company. Defaults to
	// none.
	Linger time.Duration
	// Eager has a group linger only where company is to be expected, going by the
	// [Rhythm] of the last items, and not longer than it takes to fill the group.
	Eager bool
	// InFlight is the most groups on their way at once. Defaults to 1.
	InFlight int
	// Early is how many groups at once may be on their way that are not full. With
	// as many or more on their way, a group takes items until it is full or one of
	// the others is through. Defaults to InFlight.
	Early int
}

// Group groups calls. It is safe for concurrent use.
type Group[T any] struct {
	config  Config[T]
	flights sync.WaitGroup

	mu      sync.Mutex
	open    *group[T]   // takes items
	full    []*group[T] // wait for a flight
	flying  int
	hurried bool
	rhythm  Rhythm
}

// group is one group of items on its way through.
type group[T any] struct {
	items   []T
	bytes   int
	waiting int // items whose callers have not given up
	ctx     context.Context
	cancel  context.CancelFunc
	settled bool        // whether and how long it lingers is decided
	linger  *time.Timer // nil where it does not linger, or not any more
	errs    []error     // set before done is closed
	done    chan struct{}
}

// place is where an item is.
type place[T any] struct {
	group *group[T]
	index int
}

// New makes a Group.
func New[T any](c Config[T]) *Group[T] {
	if c.MaxItems == 0 {
		c.MaxItems = 10
	}
	if c.InFlight == 0 {
		c.InFlight = 1
	}
	if c.Early == 0 {
		c.Early = c.InFlight
	}
	if c.Size == nil {
		c.Size = func(T) int { return 0 }
	}
	return &Group[T]{config: c}
}

// Do has item performed in some group and returns its outcome. Where ctx ends
// first, Do returns its cause at once, and the item may or may not be performed.
func (g *Group[T]) Do(ctx context.Context, item T) error { return g.DoAll(ctx, []T{item})[0] }

// DoAll is Do for several items, which join in their order; it returns one outcome
// per item when all have theirs.
func (g *Group[T]) DoAll(ctx context.Context, items []T) []error {
	errs := make([]error, len(items))
	for i, p := range g.join(ctx, items) {
		errs[i] = g.outcome(ctx, p)
	}
	return errs
}

// outcome waits for what becomes of an item.
func (g *Group[T]) outcome(ctx context.Context, p place[T]) error {
	select {
	case <-p.group.done:
		return p.group.errs[p.index]
	default:
	}
	select {
	case <-p.group.done:
		return p.group.errs[p.index]
	case <-ctx.Done():
		g.leave(p.group)
		return context.Cause(ctx)
	}
}

// Hurry ends all lingering, now and from now on.
func (g *Group[T]) Hurry() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hurried = true
	if g.open != nil {
		g.open.endLinger()
	}
	g.depart()
}

// Close hurries and returns when no group is on its way any more. Do must not be
// called afterwards.
func (g *Group[T]) Close() {
	g.Hurry()
	g.flights.Wait()
}

// Idle says whether no item is waiting or on its way.
func (g *Group[T]) Idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open == nil && len(g.full) == 0 && g.flying == 0
}

// join adds items to the open group, and to others where it gets full.
func (g *Group[T]) join(ctx context.Context, items []T) []place[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	places := make([]place[T], len(items))
	for i, item := range items {
		places[i] = g.add(ctx, item)
	}
	if len(items) > 0 {
		g.rhythm.Note(len(items))
	}
	if g.open != nil && !g.open.settled {
		g.settle(g.open)
	}
	g.depart()
	return places
}

func (g *Group[T]) add(ctx context.Context, item T) place[T] {
	size := g.config.Size(item)
	if g.open != nil && g.config.MaxBytes > 0 && g.open.bytes+size > g.config.MaxBytes {
		g.fill()
	}
	if g.open == nil {
		g.open = &group[T]{done: make(chan struct{})}
		g.open.ctx, g.open.cancel = context.WithCancel(context.WithoutCancel(ctx))
	}
	b := g.open
	b.items = append(b.items, item)
	b.bytes += size
	b.waiting++
	if len(b.items) == g.config.MaxItems {
		g.fill()
	}
	return place[T]{b, len(b.items) - 1}
}

// fill says that the open group takes no more.
func (g *Group[T]) fill() {
	g.open.endLinger()
	g.full = append(g.full, g.open)
	g.open = nil
}

// settle has the open group wait for company, if it should.
func (g *Group[T]) settle(b *group[T]) {
	b.settled = true
	wait := g.config.Linger
	if g.config.Eager {
		// Half as long again as the missing items take: if they do come, the group is
		// off before.
		wait = g.rhythm.Wait((g.config.MaxItems-len(b.items))*3/2, wait)
	}
	if wait > 0 && !g.hurried {
		b.linger = time.AfterFunc(wait, func() { g.due(b) })
	}
}

// due ends the lingering of b.
func (g *Group[T]) due(b *group[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == b {
		b.endLinger()
		g.depart()
	}
}

func (b *group[T]) endLinger() {
	if b.linger != nil {
		b.linger.Stop()
		b.linger = nil
	}
}

// leave says that the caller of one item of b has given up. What nobody waits for
// any more is not begun.
func (g *Group[T]) leave(b *group[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b.waiting--
	if b.waiting > 0 {
		return
	}
	b.cancel()
	if b == g.open {
		b.endLinger()
		g.open = nil
	}
}

// depart sends off what may go.
func (g *Group[T]) depart() {
	for len(g.full) > 0 && g.flying < g.config.InFlight {
		b := g.full[0]
		g.full = g.full[1:]
		g.start(b)
	}
	if g.open != nil && g.open.linger == nil && len(g.full) == 0 && g.flying < g.config.Early {
		b := g.open
		g.open = nil
		g.start(b)
	}
}

func (g *Group[T]) start(b *group[T]) {
	g.flying++
	g.flights.Go(func() { g.fly(b) })
}

func (g *Group[T]) fly(b *group[T]) {
	b.errs = g.flush(b)
	b.cancel()
	close(b.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying--
	g.depart()
}

// flush makes a panic the outcome of the group: it must not end the work on all
// others.
func (g *Group[T]) flush(b *group[T]) (errs []error) {
	defer func() {
		if p := recover(); p != nil {
			errs = slices.Repeat([]error{fmt.Errorf("panic: %v\n%s", p, debug.Stack())}, len(b.items))
		}
	}()
	return g.config.Flush(b.ctx, b.items)
}

// Package batch turns many single calls into few grouped ones (group commit):
// whoever calls at the same moment, while a group is on its way, or while a group
// waits for company, joins one group.
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
	// ends when nobody waits for any of the items any more. A panic is the outcome of
	// the group.
	Flush func(ctx context.Context, items []T) []error
	// Compare orders what comes at the same moment, as [cmp.Compare] does, so that it
	// does not depend on a scheduler which items share a group.
	Compare func(a, b T) int
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

// moment is how long the items of a call wait for those that come at the same
// moment, such as the next calls of those that one group has let go. In real time it
// is over as soon as it has begun; in the virtual time of a test nothing is left out
// of it that happens at one moment.
const moment = time.Nanosecond

// Group groups calls. It is safe for concurrent use.
type Group[T any] struct {
	config  Config[T]
	flights sync.WaitGroup

	mu      sync.Mutex
	fresh   []*entry[T] // came in this moment
	open    *group[T]   // takes items
	full    []*group[T] // wait for a flight
	flying  int
	hurried bool
	rhythm  Rhythm
}

// entry is an item on its way through.
type entry[T any] struct {
	item  T
	call  *call
	index int       // in its call
	in    *group[T] // nil while it is fresh, and once it has its outcome
	done  bool      // it has its outcome
}

// call is the items that one caller waits for.
type call struct {
	ctx  context.Context
	errs []error
	left int           // without an outcome
	gone bool          // the caller has given up
	done chan struct{} // closed when all have their outcomes
}

// group is some entries that go together.
type group[T any] struct {
	entries []*entry[T]
	bytes   int
	ctx     context.Context
	cancel  context.CancelFunc
	settled bool        // whether and how long it lingers is decided
	linger  *time.Timer // nil where it does not linger, or not any more
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

// DoAll is Do for several items; it returns one outcome per item when all have
// theirs, or when ctx has ended.
func (g *Group[T]) DoAll(ctx context.Context, items []T) []error {
	if len(items) == 0 {
		return nil
	}
	c := &call{ctx: ctx, errs: make([]error, len(items)), left: len(items), done: make(chan struct{})}
	entries := g.join(c, items)
	select {
	case <-c.done:
		return c.errs
	case <-ctx.Done():
		return g.leave(c, entries)
	}
}

// Hurry ends all waiting for company, now and from now on.
func (g *Group[T]) Hurry() { time.AfterFunc(moment, g.hurry) }

func (g *Group[T]) hurry() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hurried = true
	g.admit()
	if g.open != nil {
		g.open.endLinger()
	}
	g.depart()
}

// Close hurries and returns when no group is on its way any more. Do must not be
// called afterwards.
func (g *Group[T]) Close() {
	g.hurry()
	g.flights.Wait()
}

// Idle says whether no item is waiting or on its way.
func (g *Group[T]) Idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.fresh) == 0 && g.open == nil && len(g.full) == 0 && g.flying == 0
}

// join takes the items of a call in, which are given a group when the moment is
// over.
func (g *Group[T]) join(c *call, items []T) []*entry[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.fresh) == 0 {
		time.AfterFunc(moment, g.admitAll)
	}
	all, entries := make([]entry[T], len(items)), make([]*entry[T], len(items))
	for i, item := range items {
		all[i] = entry[T]{item: item, call: c, index: i}
		entries[i] = &all[i]
	}
	g.fresh = append(g.fresh, entries...)
	return entries
}

func (g *Group[T]) admitAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit()
	g.depart()
}

// admit gives what is fresh a group.
func (g *Group[T]) admit() {
	if len(g.fresh) == 0 {
		return
	}
	if g.config.Compare != nil {
		slices.SortStableFunc(g.fresh, func(a, b *entry[T]) int { return g.config.Compare(a.item, b.item) })
	}
	for _, e := range g.fresh {
		g.add(e)
	}
	g.rhythm.Note(len(g.fresh))
	g.fresh = nil
	if g.open != nil && !g.open.settled {
		g.settle(g.open)
	}
}

// add puts an entry into the open group.
func (g *Group[T]) add(e *entry[T]) {
	size := g.config.Size(e.item)
	if g.open != nil && g.config.MaxBytes > 0 && g.open.bytes+size > g.config.MaxBytes {
		g.fill()
	}
	if g.open == nil {
		g.open = &group[T]{}
		g.open.ctx, g.open.cancel = context.WithCancel(context.WithoutCancel(e.call.ctx))
	}
	e.in = g.open
	g.open.entries = append(g.open.entries, e)
	g.open.bytes += size
	if len(g.open.entries) == g.config.MaxItems {
		g.fill()
	}
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
		wait = g.rhythm.Wait((g.config.MaxItems-len(b.entries))*3/2, wait)
	}
	if wait > 0 && !g.hurried {
		b.linger = time.AfterFunc(wait, func() { g.due(b) })
	}
}

// due ends the lingering of b. What comes at the same moment still goes with it.
func (g *Group[T]) due(b *group[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit()
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

// leave says that the caller of some entries has given up, and returns what became
// of them so far. What nobody waits for any more is not begun.
func (g *Group[T]) leave(c *call, entries []*entry[T]) []error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.left == 0 {
		return c.errs
	}
	c.gone = true
	g.fresh = slices.DeleteFunc(g.fresh, func(e *entry[T]) bool { return e.call == c })
	for _, e := range entries {
		if e.in != nil && e.in.abandoned() {
			e.in.cancel()
			if e.in == g.open {
				g.open.endLinger()
				g.open = nil
			}
		}
	}
	errs := slices.Clone(c.errs)
	for i, e := range entries {
		if !e.done {
			errs[i] = context.Cause(c.ctx)
		}
	}
	return errs
}

// abandoned says whether nobody waits for any of the entries any more.
func (b *group[T]) abandoned() bool {
	return !slices.ContainsFunc(b.entries, func(e *entry[T]) bool { return !e.call.gone })
}

// depart sends off what may go.
func (g *Group[T]) depart() {
	g.full = slices.DeleteFunc(g.full, func(b *group[T]) bool { return b.ctx.Err() != nil })
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
	stretch()
	errs := g.flush(b)
	b.cancel()
	if g.land(b, errs) {
		time.Sleep(moment) // what comes at the same moment goes along, who gives up does not
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit()
	g.flying--
	g.depart()
}

// land gives the outcomes of a group to its callers and says whether others wait for
// the flight.
func (g *Group[T]) land(b *group[T], errs []error) (awaited bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, e := range b.entries {
		e.call.errs[e.index], e.done = errs[i], true
		e.in = nil // or a group would keep all before it, by the calls that have items in two
		if e.call.left--; e.call.left == 0 {
			close(e.call.done)
		}
	}
	return g.open != nil || len(g.full) > 0
}

// flush performs a group. A panic must not end the work on all others.
func (g *Group[T]) flush(b *group[T]) (errs []error) {
	defer func() {
		if p := recover(); p != nil {
			errs = slices.Repeat([]error{fmt.Errorf("panic: %v\n%s", p, debug.Stack())}, len(b.entries))
		}
	}()
	items := make([]T, len(b.entries))
	for i, e := range b.entries {
		items[i] = e.item
	}
	return g.config.Flush(b.ctx, items)
}

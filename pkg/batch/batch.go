// Package batch turns many single calls into few grouped ones (group commit):
// whoever calls while a group is on its way, or while a group waits for company,
// joins the next one.
package batch

import (
	"context"
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
	// none: it goes as soon as fewer than InFlight groups are on their way.
	Linger time.Duration
	// InFlight is the most groups on their way at once. Defaults to 1.
	InFlight int
}

// Group groups calls. It is safe for concurrent use.
type Group[T any] struct {
	config  Config[T]
	flights sync.WaitGroup

	mu      sync.Mutex
	open    *group[T]   // takes items
	sealed  []*group[T] // wait for a flight
	flying  int
	hurried bool
}

// group is one group of items on its way through.
type group[T any] struct {
	items   []T
	bytes   int
	waiting int // callers that have not given up
	ctx     context.Context
	cancel  context.CancelFunc
	linger  *time.Timer
	errs    []error // set before done is closed
	done    chan struct{}
}

// New makes a Group.
func New[T any](c Config[T]) *Group[T] {
	if c.MaxItems == 0 {
		c.MaxItems = 10
	}
	if c.InFlight == 0 {
		c.InFlight = 1
	}
	if c.Size == nil {
		c.Size = func(T) int { return 0 }
	}
	return &Group[T]{config: c}
}

// Do has item performed in some group and returns its outcome. Where ctx ends
// first, Do returns its cause at once, and the item may or may not be performed.
func (g *Group[T]) Do(ctx context.Context, item T) error {
	b, i := g.join(ctx, item)
	select {
	case <-b.done:
		return b.errs[i]
	case <-ctx.Done():
		g.leave(b)
		return context.Cause(ctx)
	}
}

// Hurry ends all lingering, now and from now on.
func (g *Group[T]) Hurry() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hurried = true
	if g.open != nil {
		g.seal()
	}
}

// Close hurries and returns when no group is on its way any more. Do must not be
// called afterwards.
func (g *Group[T]) Close() {
	g.Hurry()
	g.flights.Wait()
}

// join adds item to the open group and returns that and the item's place in it.
func (g *Group[T]) join(ctx context.Context, item T) (*group[T], int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	size := g.config.Size(item)
	if g.open != nil && g.config.MaxBytes > 0 && g.open.bytes+size > g.config.MaxBytes {
		g.seal()
	}
	if g.open == nil {
		g.open = g.begin(ctx)
	}
	b := g.open
	b.items = append(b.items, item)
	b.bytes += size
	b.waiting++
	full := len(b.items) == g.config.MaxItems
	if full || b.linger == nil && g.flying < g.config.InFlight {
		g.seal()
	}
	return b, len(b.items) - 1
}

func (g *Group[T]) begin(ctx context.Context) *group[T] {
	b := &group[T]{done: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if g.config.Linger > 0 && !g.hurried {
		b.linger = time.AfterFunc(g.config.Linger, func() { g.due(b) })
	}
	return b
}

// due ends the lingering of b.
func (g *Group[T]) due(b *group[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == b {
		g.seal()
	}
}

// leave says that one caller of b has given up.
func (g *Group[T]) leave(b *group[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b.waiting--
	if b.waiting == 0 && b != g.open {
		b.cancel()
	}
}

// seal closes the open group and sends it off when a flight is free.
func (g *Group[T]) seal() {
	if g.open.linger != nil {
		g.open.linger.Stop()
	}
	g.sealed = append(g.sealed, g.open)
	g.open = nil
	g.depart()
}

func (g *Group[T]) depart() {
	for len(g.sealed) > 0 && g.flying < g.config.InFlight {
		b := g.sealed[0]
		g.sealed = g.sealed[1:]
		g.flying++
		g.flights.Go(func() { g.fly(b) })
	}
}

func (g *Group[T]) fly(b *group[T]) {
	b.errs = g.config.Flush(b.ctx, b.items)
	b.cancel()
	close(b.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying--
	g.depart()
	if g.open != nil && g.open.linger == nil && g.flying < g.config.InFlight {
		g.seal()
	}
}

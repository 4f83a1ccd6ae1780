package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/stats"
)

// load says what is asked of a stack, and how fast. The same load asks the same
// lists, and with a rate at the same moments, in every run.
type load struct {
	Rate     float64 `json:"rate,omitempty"` // requests a second; 0 saturates
	Clients  int     `json:"clients"`
	Requests int     `json:"requests"`
	Size     int     `json:"size"`
	Kind     string  `json:"kind"`
	Pack     int     `json:"pack,omitempty"` // the most requests in a message; 0 for 1
}

func (l load) String() string {
	text := fmt.Sprintf("%d clients, %d lists of %d %s", l.Clients, l.Requests, l.Size, l.Kind)
	if l.Pack > 1 {
		text += fmt.Sprintf(", up to %d in a message", l.Pack)
	}
	if l.Rate > 0 {
		return text + ", " + strconv.FormatFloat(l.Rate, 'f', -1, 64) + " a second (Poisson)"
	}
	return text + fmt.Sprintf(", saturating (%d under way each)", l.underWay())
}

// underWay is how many requests a client has under way where the load saturates.
func (l load) underWay() int { return min(underWayEach*max(l.Pack, 1), mostUnderWay/l.Clients) }

const (
	// underWayEach is how many messages a client has under way where the load
	// saturates: enough to fill its batches of ten, three times over.
	underWayEach = 32
	// mostUnderWay bounds the memory of a load with a rate that a stack cannot
	// follow. What falls due beyond is sent later, and its latency says so.
	mostUnderWay = 20_000
	// maxSize lets any list fit into a message.
	maxSize = 10_000
)

// loader puts a load on a stack.
type loader struct {
	load
	clients []*requester.Requester
	timeout time.Duration // of each request
	*measure
}

// put asks all there is to ask, and returns when all is answered, has failed, or
// was given up because ctx has ended. Nothing is noted of what was given up.
func (l *loader) put(ctx context.Context) {
	if l.Rate > 0 {
		l.pace(ctx)
	} else {
		l.saturate(ctx)
	}
}

// saturate is a closed loop: an answer makes room for the next request.
func (l *loader) saturate(ctx context.Context) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for _, c := range l.clients {
		for range l.underWay() {
			wg.Go(func() {
				for ctx.Err() == nil {
					i := int(next.Add(1)) - 1
					if i >= l.Requests {
						return
					}
					l.ask(ctx, c, i, time.Time{})
				}
			})
		}
	}
	wg.Wait()
}

// pace is an open loop: requests fall due whether others are answered or not, as
// a Poisson process of the load's rate.
func (l *loader) pace(ctx context.Context) {
	gaps := rand.New(rand.NewPCG(1, 1))
	room := make(chan struct{}, mostUnderWay)
	var wg sync.WaitGroup
	defer wg.Wait()
	last := time.Now()
	for i := range l.Requests {
		due := last.Add(time.Duration(gaps.ExpFloat64() / l.Rate * float64(time.Second)))
		last = due
		if !await(ctx, due) {
			return
		}
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		wg.Go(func() {
			l.ask(ctx, l.clients[i%len(l.clients)], i, due)
			<-room
		})
	}
}

// await returns at the time due, or false when ctx has ended.
func await(ctx context.Context, due time.Time) bool {
	t := time.NewTimer(time.Until(due))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// failure is why a request has failed, in a word, and the error behind it.
type failure struct {
	kind string
	err  error
}

func (f *failure) Error() string { return f.kind + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// ask has the i-th list answered and notes what became of it. Its latency counts
// from due or, where that is zero, from now, and ends with the reply.
func (l *loader) ask(ctx context.Context, c *requester.Requester, i int, due time.Time) {
	q := message.Request{ID: message.NewID()}
	var err error
	if q.Numbers, err = stats.ParseText(l.list(i)); err != nil {
		l.note(0, &failure{"not sent", err})
		return
	}
	if due.IsZero() {
		due = time.Now()
	}
	reply, err := l.answer(ctx, c, q)
	took := time.Since(due)
	if err != nil && ctx.Err() != nil {
		return // given up
	}
	if err == nil {
		err = judge(q, reply)
	}
	l.note(took, err)
}

// answer is the answer to q. The error is a [*failure].
func (l *loader) answer(ctx context.Context, c *requester.Requester, q message.Request) (message.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	p, err := c.Send(ctx, q)
	if err != nil {
		return message.Reply{}, &failure{"not sent", err}
	}
	reply, err := p.Await(ctx)
	if err != nil {
		return message.Reply{}, &failure{"not answered", err}
	}
	return reply, nil
}

// judge compares an answer with what is computed here.
func judge(q message.Request, reply message.Reply) error {
	want, err := message.Compute(q)
	switch {
	case err != nil:
		return &failure{"wrong", err}
	case reply.Status != message.StatusOK:
		return &failure{"refused", failed(reply)}
	case reply.RequestID != q.ID || !reflect.DeepEqual(reply.Result, want):
		return &failure{"wrong", fmt.Errorf("request %s: the answer is not that of its list %s", q.ID, q.Numbers.Text())}
	}
	return nil
}

var kinds = []string{"integers", "money", "decimals"}

// list is the text of the i-th list of a load. The whole part of its first number
// is i, so that no two are the same.
func (l load) list(i int) []byte {
	random := rand.New(rand.NewPCG(uint64(i), uint64(l.Size)))
	whole := i
	var text []byte
	for range l.Size {
		text = strconv.AppendInt(text, int64(whole), 10)
		switch l.Kind {
		case "money":
			text = fmt.Appendf(text, ".%02d", random.IntN(100))
		case "decimals":
			text = fmt.Appendf(text, ".%012d", random.Int64N(1e12))
		}
		text = append(text, ' ')
		whole = random.IntN(100_000)
	}
	return text
}

package requester

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/telemetry"
)

// Pending is a request that its caller still waits for.
type Pending struct {
	requester         *Requester
	id, nonce, digest string
	trace             string // the request's traceparent
	published         time.Time
	reply             chan message.Reply // takes one
}

// ID is the request's ID.
func (p *Pending) ID() string { return p.id }

// maxGrace is the longest time between two readings of the table.
const maxGrace = 10 * time.Second

// Await returns the answer: from the inbox or, when that stays silent, from the
// table. When ctx ends first the error is [ErrUnanswered] and nothing is lost. It
// may be called once.
func (p *Pending) Await(ctx context.Context) (message.Reply, error) {
	grace := p.requester.config.Grace
	look := time.NewTimer(time.Until(p.published.Add(grace)))
	defer look.Stop()
	for {
		select {
		case reply := <-p.reply:
			return reply, nil
		case <-ctx.Done():
			if !p.requester.forget(p, gaveUp) {
				return <-p.reply, nil // it came at the same moment
			}
			return message.Reply{}, fmt.Errorf("request %s: %w: %w", p.id, ErrUnanswered, context.Cause(ctx))
		case <-look.C:
			reply, ok := p.lookUp(ctx)
			if ok && p.requester.forget(p, fromTable) {
				return reply, nil
			}
			grace = min(2*grace, maxGrace)
			look.Reset(grace)
		}
	}
}

// lookUp reads the table for the answer.
func (p *Pending) lookUp(ctx context.Context) (message.Reply, bool) {
	r, err := p.requester.config.Results.Get(ctx, p.id)
	if errors.Is(err, results.ErrNotFound) {
		return message.Reply{}, false
	}
	if err != nil {
		if ctx.Err() == nil {
			attrs := append(message.Describe(message.Request{ID: p.id, TraceParent: p.trace}), telemetry.Err(err))
			p.requester.config.Log.LogAttrs(ctx, slog.LevelWarn, "table cannot be read; waiting on", attrs...)
		}
		return message.Reply{}, false
	}
	if r.Digest != p.digest {
		return message.Reply{
			RequestID: p.id, Status: message.StatusError, CompletedAt: r.CompletedAt,
			Fault: &message.Fault{Code: message.IDConflict, Message: "request_id: " + results.ErrConflict.Error(), Path: "request_id"},
		}, true
	}
	return r.Reply, true
}

// end says how a request stopped being pending.
type end int

const (
	fromInbox end = iota + 1
	fromTable
	gaveUp
)

// recent remembers the ends of the last requests, so that what still comes for
// them can be told from what was never asked for.
type recent struct {
	ends map[string]end
	ids  []string // a ring
	next int
}

const remembered = 10_000

func (r *recent) add(id string, why end) {
	if r.ends == nil {
		r.ends = map[string]end{}
	}
	if len(r.ids) < remembered {
		r.ids = append(r.ids, id)
	} else {
		delete(r.ends, r.ids[r.next])
		r.ids[r.next] = id
		r.next = (r.next + 1) % remembered
	}
	r.ends[id] = why
}

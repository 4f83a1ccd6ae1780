// Package requester asks: it publishes requests, awaits their replies in an inbox
// of its own, and reads the table when the inbox stays silent.
//
// A Requester is one client. Any number of requests may be under way on it at
// once. Each reply goes to the caller that asked, known by request ID and nonce;
// what nobody here asked for, or was answered already, is dropped and counted. A
// request whose caller gives up is not lost: its answer is in the table, under its
// ID.
package requester

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// Config says who asks, and where.
type Config struct {
	Stack    string
	TopicARN string
	SNS      *sns.Client
	// Publisher publishes the requests, together with those of the other clients that
	// have it. Defaults to one of the client's own, of SNS and TopicARN.
	Publisher *Publisher
	SQS       *sqs.Client
	Results   *results.Store
	// ClientID names the client, up to 24 of [A-Za-z0-9_-]; others can neither see
	// nor remove its replies where the policies of the stack say so. Defaults to
	// none: the inbox is one of the anonymous clients'.
	ClientID string
	// Grace is how long after its publication a request waits for its reply before
	// the table is read, and again between two readings, each time twice as long,
	// up to 10 seconds. Defaults to 2 seconds.
	Grace time.Duration
	// Log gets what goes wrong and is tried again. Defaults to slog's default.
	Log *slog.Logger
}

func (c *Config) validate() error {
	if c.ClientID != "" && !message.ValidClientID(c.ClientID) {
		return fmt.Errorf("client ID %q: write 1 to 24 of A-Z a-z 0-9 _ -, beginning with a letter or digit", c.ClientID)
	}
	if c.Grace == 0 {
		c.Grace = 2 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// Requester is a client. It is safe for concurrent use.
type Requester struct {
	config    Config
	publisher *Publisher
	polled    sync.WaitGroup

	mu      sync.Mutex
	inbox   *inbox              // the one in use
	retired []*inbox            // those before it
	pending map[string]*Pending // by request ID
	some    chan struct{}       // closed while there are any pending
	recent  recent              // those that are no longer pending
	counts  Counts
}

// Counts says what came to the inbox.
type Counts struct {
	Replies  int // given to their callers
	Late     int // to requests whose callers had gone, or that the table had answered
	Repeated int // to requests that had been answered already
	Foreign  int // to requests that were never made here, or with another nonce
}

// ErrUnanswered says that the caller gave up before the answer came. The request
// goes on: its answer will be in the table under its ID.
var ErrUnanswered = errors.New("no answer yet")

// New makes a client. Its inbox is made with its first request.
func New(c Config) (*Requester, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	r := &Requester{config: c, publisher: c.Publisher, pending: map[string]*Pending{}, some: make(chan struct{})}
	r.inbox = r.newInbox()
	if r.publisher == nil {
		r.publisher = NewPublisher(c.SNS, c.TopicARN, 1)
	}
	return r, nil
}

// Do asks and returns the answer, whatever its status. The error is that of
// [Requester.Send] or [Pending.Await].
func (r *Requester) Do(ctx context.Context, q message.Request) (message.Reply, error) {
	p, err := r.Send(ctx, q)
	if err != nil {
		return message.Reply{}, err
	}
	return p.Await(ctx)
}

// Publish publishes a request that nobody waits for. It needs no inbox. Otherwise
// it is as [Requester.Send].
func (r *Requester) Publish(ctx context.Context, q message.Request) error {
	q.ClientID, q.SentAt = r.config.ClientID, time.Now()
	return r.put(ctx, q, nil)
}

// Send publishes a request and returns once SNS has it; from then on it will be
// answered, whatever becomes of this process. The request's ClientID, Inbox, Nonce
// and SentAt are set here. Failures that may pass are tried again until ctx ends;
// the request may have been published all the same, and publishing it again under
// its ID does no harm.
func (r *Requester) Send(ctx context.Context, q message.Request) (*Pending, error) {
	in := r.current(ctx)
	q.ClientID, q.Inbox, q.Nonce, q.SentAt = r.config.ClientID, in.name, message.NewNonce(), time.Now()
	p := &Pending{requester: r, id: q.ID, nonce: q.Nonce, trace: q.TraceParent, digest: q.Digest(), reply: make(chan message.Reply, 1)}
	// The waiter is there before the request is: no reply can come too early.
	if err := r.register(p); err != nil {
		return nil, err
	}
	if err := r.put(ctx, q, in); err != nil {
		r.forget(p, gaveUp)
		return nil, err
	}
	p.published = time.Now()
	return p, nil
}

func (r *Requester) register(p *Pending) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending[p.id] != nil {
		return fmt.Errorf("request %s is under way already", p.id)
	}
	r.pending[p.id] = p
	if len(r.pending) == 1 {
		close(r.some)
	}
	return nil
}

// forget takes p's place away, if it still has it, and says whether it had.
func (r *Requester) forget(p *Pending, why end) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending[p.id] != p {
		return false
	}
	r.remove(p, why)
	return true
}

// remove is forget with mu held, for a p that has its place.
func (r *Requester) remove(p *Pending, why end) {
	delete(r.pending, p.id)
	r.recent.add(p.id, why)
	if len(r.pending) == 0 {
		r.some = make(chan struct{})
	}
}

// Counts says what came to the inbox so far.
func (r *Requester) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Close removes the inboxes. Requests that are still under way get no reply any
// more, but their answers are in the table.
func (r *Requester) Close(ctx context.Context) error {
	if r.config.Publisher == nil {
		r.publisher.group.Close()
	}
	r.mu.Lock()
	all := append(r.retired, r.inbox)
	r.inbox, r.retired = r.newInbox(), nil
	r.mu.Unlock()
	all = slices.DeleteFunc(all, func(in *inbox) bool { return in.url == "" })
	for _, in := range all {
		in.stop()
	}
	r.polled.Wait()
	var err error
	for _, in := range all {
		in.deletes.Close()
		if !in.removed {
			err = errors.Join(err, r.removeInbox(ctx, in))
		}
	}
	return err
}

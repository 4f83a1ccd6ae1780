package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// process is one run of a program: a service or a client, from its start to its
// end. It reaches the endpoint through Do alone, so that one that was killed can do
// nothing more, whatever its goroutines still try.
type process struct {
	*world
	name string // "stats-1.2": the second run of the first stats service
	role string // "stats", "audit", "client", "foreign"

	life context.Context // ends when the process is killed
	kill context.CancelFunc
	ctx  context.Context // of life; ends when the process is told to stop
	stop context.CancelFunc

	mu      sync.Mutex
	calls   map[string]int // by operation
	frozen  time.Time      // nothing of the process moves until then
	stopped time.Time      // when it was told to stop
}

// Headers that the network adds to a call: its process, and a number by which it
// is known while it is under way.
const (
	header = "X-Sim-Process"
	ticket = "X-Sim-Ticket"
)

var errKilled = errors.New("the process was killed")

// begin starts a process.
func (w *world) begin(role, name string) *process {
	p := &process{world: w, name: name, role: role, calls: map[string]int{}}
	p.life, p.kill = context.WithCancel(context.Background())
	p.ctx, p.stop = context.WithCancel(p.life)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.processes[name] = p
	return p
}

// end takes a process that is over out of the world.
func (p *process) end() {
	p.kill()
	p.stop()
}

// ended notes the end of the program. Those that end at the same moment do not note
// it at the same moment.
func (p *process) ended(err error) {
	time.Sleep(time.Duration(hash(p.name) % 1000))
	p.note("%s ended: %v", p.name, err)
}

func (p *process) killed() bool { return p.life.Err() != nil }

// terminate is SIGTERM.
func (p *process) terminate() {
	p.mu.Lock()
	if p.stopped.IsZero() {
		p.stopped = time.Now()
	}
	p.mu.Unlock()
	p.stop()
}

// freeze stops the process for a while, as a machine that has no time for it.
func (p *process) freeze(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = time.Now().Add(d)
}

// thaw returns when the process may go on, and says whether that took time. What
// waits under several names does not go on at the same moment.
func (p *process) thaw(name string) (waited bool) {
	for {
		p.mu.Lock()
		rest := time.Until(p.frozen)
		p.mu.Unlock()
		if rest <= 0 {
			return waited
		}
		time.Sleep(rest + p.dice.between("thaw "+name, 0, 50*time.Millisecond))
		waited = true
	}
}

// config is the AWS configuration of the process: the production one.
func (p *process) config() aws.Config { return cloud.Config(local.URL, "us-east-1", p) }

// Do is the network: it makes a call and returns when the answer is there or the
// caller does not want it any more. In the last case the call goes on without it, as
// a request does that is on its way. In a process that was killed it does not
// return before the schedule is over, so that what is left of the process does
// nothing any more, not even use up randomness.
func (p *process) Do(r *http.Request) (*http.Response, error) {
	if p.killed() {
		return p.ghost()
	}
	inner, err := p.detached(r)
	if err != nil {
		return nil, err
	}
	type answer struct {
		response *http.Response
		err      error
	}
	answered := make(chan answer, 1)
	p.network.Go(func() {
		response, err := p.wire.Do(inner)
		answered <- answer{response, err}
	})
	select {
	case a := <-answered:
		p.thaw(p.under(inner.Header).point)
		if p.killed() {
			return p.ghost()
		}
		return a.response, a.err
	case <-r.Context().Done():
		if p.killed() {
			return p.ghost()
		}
		return nil, r.Context().Err()
	case <-p.life.Done():
		return p.ghost()
	}
}

func (p *process) ghost() (*http.Response, error) {
	<-p.over
	return nil, errKilled
}

// detached is a request that goes on when its caller is gone.
func (p *process) detached(r *http.Request) (*http.Request, error) {
	inner := r.Clone(context.WithoutCancel(r.Context()))
	id := strconv.Itoa(p.count(ticket))
	inner.Header.Set(header, p.name)
	inner.Header.Set(ticket, id)
	p.world.mu.Lock()
	p.callers[id] = r.Context()
	p.world.mu.Unlock()
	if r.Body == nil {
		return inner, nil
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	inner.Body = io.NopCloser(bytes.NewReader(body))
	return inner, nil
}

// program is the name of the process without the number of its run.
func (p *process) program() string { return p.name[:strings.LastIndexByte(p.name, '.')] }

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

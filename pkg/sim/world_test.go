// Package sim is the whole system from a seed: clients, both services and the
// embedded endpoint in one process and in virtual time, the production code on
// real SDK clients. A seed decides every order and every fault, and the same seed
// is the same run, to the last call. After a schedule, what became of every request
// is held against a model that has its own arithmetic.
//
// A schedule has two phases. In the first, faults of all kinds befall calls,
// messages, services and processes. In the second, nothing more goes wrong, and all
// must settle: every request has the one answer that it has to have.
//
// See scripts/simulate for how to run it.
package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

const (
	stack      = "statline"
	statsQueue = stack + "-stats"
	auditQueue = stack + "-audit"
	inboxMark  = stack + "-inbox-"

	clients = 2 // of this project; there is a foreign one beside them
	callers = 3 // at once, on each client

	clock = "15:04:05.000000"

	// mostCalls is far more than any schedule takes. One that takes more is in a
	// loop, and ends its process, which counts as stuck.
	mostCalls = 50_000
)

// world is one schedule.
type world struct {
	t         *testing.T
	plan      plan
	dice      *dice
	gate      *gate
	server    *local.Server
	wire      *http.Client // to the server
	lab       *cloud.Stack // of the laboratory itself: nothing befalls its calls
	model     *model
	weather   float64 // share of the calls that a fault befalls
	outage    outage
	instances int  // of each service
	slowWork  bool // there is a request whose result takes long to store
	quiet     *slog.Logger

	network    sync.WaitGroup // calls
	crew       sync.WaitGroup // services, and what waits for its time
	crewOfGate sync.WaitGroup
	ghosts     sync.WaitGroup // the programs in the processes, of which those that were killed end last
	over       chan struct{}  // closed when the schedule is over

	mu        sync.Mutex
	peace     bool // the phase of faults is over
	halting   bool // no service begins again
	processes map[string]*process
	counts    map[string]int
	away      map[string]*call           // by ticket
	callers   map[string]context.Context // by ticket
	struck    []string                   // IDs of the faults that there were
	kinds     map[string]int
	trace     []byte // hash of all lines so far
	calls     int
	befallen  int     // calls under way that something befell
	places    []place // all calls
	probe     *probe
	releases  map[string]bool // processes that have begun to give messages back; nil but while the services stop
}

func newWorld(t *testing.T, p plan) *world {
	d := newDice(p.seed)
	w := &world{
		t: t, plan: p, dice: d, gate: newGate(d), model: newModel(), over: make(chan struct{}), quiet: slog.New(slog.DiscardHandler),
		processes: map[string]*process{}, counts: map[string]int{}, away: map[string]*call{}, callers: map[string]context.Context{}, kinds: map[string]int{},
		weather: []float64{0.02, 0.06, 0.12, 0.2}[d.below("weather", 4)],
	}
	w.instances = 2
	if w.plan.forced != nil || d.roll("instances") < 0.3 {
		w.instances = 1
	}
	var err error
	if w.server, err = local.Open(local.Config{Chance: w.chance()}); err != nil {
		t.Fatal(err)
	}
	w.server.Hook(w.hook)
	w.wire = w.server.Client()
	if w.lab, err = cloud.Open(t.Context(), stack, cloud.Config(local.URL, "us-east-1", w.wire)); err != nil {
		t.Fatal(err)
	}
	if err := w.lab.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// hook is the laboratory's place between the wire and the services.
func (w *world) hook(c *local.Call, next func() *local.Response) (*local.Response, error) {
	p := w.processOf(c)
	if p == nil {
		return next(), nil
	}
	k := newCall(p, c)
	w.gate.wait(k.name)
	for p.thaw(k.name) {
		if w.caller(c.Header).Err() != nil {
			return nil, errBroken // a process that stands still sends nothing, and then nobody wants it
		}
		w.gate.wait(k.name)
	}
	if p.killed() && w.dice.roll("on its way") < 0.5 {
		return nil, errBroken // it did not get as far as the service
	}
	k.number()
	w.depart(c.Header, k)
	r, err := w.strike(k, w.performing(k, next))
	w.note("%s %s: %s", k.point, k.about, outcome(r, err))
	if k.then != nil {
		k.then()
	}
	return r, err
}

// performing is next, with the model looking on: what the endpoint has done counts,
// whatever the process learns of it.
func (w *world) performing(c *call, next func() *local.Response) func() *local.Response {
	return func() *local.Response {
		r := next()
		w.observe(c, c.Body, r)
		return r
	}
}

// strike performs a call with what befalls it.
func (w *world) strike(c *call, next func() *local.Response) (*local.Response, error) {
	w.mu.Lock()
	if w.calls++; w.calls > mostCalls {
		panic(fmt.Sprintf("laboratory: more than %d calls", mostCalls))
	}
	w.mu.Unlock()
	w.arrive(c)
	if r, yes := w.probed(c); yes {
		return r, nil
	}
	if r, yes, err := w.out(c); yes {
		return r, err
	}
	d, fails := w.burden(c)
	if fails {
		return local.Refuse(c.Call, http.StatusInternalServerError, "InternalServerError", "doomed"), nil
	}
	if statements(c) {
		d, next = w.burdenBatch(c, next)
	}
	if d > 0 {
		time.Sleep(d)
		w.gate.wait(c.name)
	}
	k := w.fault(c)
	if k == nil {
		return next(), nil
	}
	w.hit(k.name, c.point)
	w.befall(+1)
	defer w.befall(-1)
	return k.strike(w, c, next)
}

// befall counts the calls under way that something befell.
func (w *world) befall(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.befallen += n
}

func outcome(r *local.Response, err error) string {
	if err != nil {
		return "broken"
	}
	return fmt.Sprint(r.Status)
}

// depart notes a call that is under way.
func (w *world) depart(h http.Header, c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away[h.Get(ticket)] = c
}

// caller is the context of who made the call that the network gave these headers.
func (w *world) caller(h http.Header) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.callers[h.Get(ticket)]
}

// under is the call under way that the network gave these headers.
func (w *world) under(h http.Header) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.away[h.Get(ticket)]; c != nil {
		return c
	}
	return &call{} // it did not get as far as the service
}

func (w *world) processOf(c *local.Call) *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.processes[c.Header.Get(header)]
}

// hit counts a fault and writes it into the trace.
func (w *world) hit(kind, point string) {
	w.mu.Lock()
	w.kinds[kind]++
	w.mu.Unlock()
	w.note("fault %s %s at %s", faultID(point), kind, point)
}

// count counts what, from 1.
func (w *world) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
	return w.counts[what]
}

// note adds a line to the trace and returns it.
func (w *world) note(format string, args ...any) string {
	line := time.Now().UTC().Format(clock) + " " + fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	h := fnv.New64a()
	h.Write(w.trace)
	h.Write([]byte(line))
	w.trace = h.Sum(nil)
	if w.plan.log != nil {
		w.plan.log(line)
	}
	return line
}

// calm says whether the phase of faults is over.
func (w *world) calm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.peace
}

// peaceful says whether nothing more may go wrong: the phase of faults is over, or
// a message is so tired that a queue which allows ten deliveries would soon give it
// up. A laboratory that goes on then would prove no more than that.
func (w *world) peaceful() bool { return w.calm() || w.alone() || w.model.tired() }

// alone says whether an outage is under way that nothing is to be added to.
func (w *world) alone() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outage.alone && time.Now().Before(w.outage.to)
}

// within waits for a group, for d at most, and says whether that was enough.
func within(d time.Duration, g *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		g.Wait()
		close(done)
	}()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// background is a context for what ends by itself.
var background = context.Background()

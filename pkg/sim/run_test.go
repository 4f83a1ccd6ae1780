package sim

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// verdict is what came of a schedule.
type verdict struct {
	requests int
	faults   int
	calls    int
	kinds    map[string]int
	struck   []string // IDs of the faults that there were
	places   []place  // where something could be forced, in their order
	wrong    []wrong
	trace    string // hash of all that happened, in its order
	lasted   time.Duration
}

// run runs one schedule.
func run(t *testing.T, p plan) (v verdict) {
	t.Helper()
	defer randomly(p.seed)()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(t, p)
		ctx, cancel := context.WithCancel(background)
		w.crewOfGate.Go(func() { w.gate.keep(ctx) })
		w.schedule()
		cancel()
		w.crewOfGate.Wait()
		w.server.EndPolls()
		v = w.verdict()
		close(w.over)
		if !within(time.Hour, &w.network) || !within(time.Hour, &w.ghosts) {
			t.Error("something goes on an hour after all has ended")
		}
		v.lasted = time.Since(began)
	})
	return v
}

// schedule is a whole schedule, from the start of the services to their stop.
func (w *world) schedule() {
	phase := w.dice.between("phase", time.Minute, 4*time.Minute)
	asking := w.clients(phase)
	w.episodes(asking.ctx, phase)
	w.start()
	for _, run := range asking.runs {
		asking.group.Go(run)
	}
	if w.plan.forced == nil {
		pause(background, phase)
		w.settleDown()
	}
	if !within(2*patience, &asking.group) {
		w.breaks(stuck, "clients are asking two hours later")
	}
	asking.cancel()
	w.settleDown()
	w.arrived()
	w.drain()
	w.redrive()
	w.thawed()
	if w.plan.forced == nil {
		w.probeRetry()
		w.probeStop()
	}
	w.halt()
	w.judgeRows()
	w.judgeLog()
	w.judgeQueues()
}

// asking is all that asks.
type asking struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  sync.WaitGroup
	runs   []func()
}

func (w *world) clients(phase time.Duration) *asking {
	a := &asking{}
	a.ctx, a.cancel = context.WithCancel(background)
	each := max(1, w.plan.requests/(clients+1))
	if w.plan.forced != nil {
		each = w.plan.requests
	}
	var all []*ask
	for n := 1; n <= clients && len(all) < w.plan.requests; n++ {
		c := &client{world: w, id: fmt.Sprintf("client-%d", n)}
		c.asks = w.asks(c.id, each, phase)
		all = append(all, c.asks...)
		a.runs = append(a.runs, c.run)
	}
	w.burdened(all)
	w.model.add(all)
	if left := w.plan.requests - len(all); left > 0 {
		f := w.newForeign(left)
		w.model.letters = f.letters
		a.runs = append(a.runs, f.run)
	}
	return a
}

// settleDown ends the phase of faults.
func (w *world) settleDown() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peace = true
}

// arrived waits until no call is under way any more that something befell.
func (w *world) arrived() {
	for {
		w.mu.Lock()
		n := w.befallen
		w.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(time.Second)
	}
}

// thawed waits until no process stands still any more, nor has a poll under way that
// was made when it did: one that times out soon, and leaves to nobody what it is given.
func (w *world) thawed() {
	const longestPoll = 30 * time.Second
	w.mu.Lock()
	var last time.Time
	for _, p := range w.processes {
		p.mu.Lock()
		if p.life.Err() == nil && p.frozen.After(last) {
			last = p.frozen
		}
		p.mu.Unlock()
	}
	w.mu.Unlock()
	time.Sleep(time.Until(last.Add(longestPoll)))
}

// drain waits until the work queues are empty, for an hour at most.
func (w *world) drain() {
	for range 60 * 6 {
		if w.depth(statsQueue, all) == 0 && w.depth(auditQueue, all) == 0 {
			return
		}
		time.Sleep(10 * time.Second)
	}
	w.breaks(stuck, "after an hour of calm %d messages wait for the stats service, %d for the audit service", w.depth(statsQueue, all), w.depth(auditQueue, all))
}

var (
	all    = []string{"", "NotVisible", "Delayed"}
	hidden = []string{"NotVisible"}
)

// depth counts the messages of a queue that are in one of the states.
func (w *world) depth(queue string, states []string) (n int) {
	out, err := w.lab.SQS.GetQueueAttributes(background, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(w.lab.QueueURL(queue)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		w.breaks(stuck, "depth of %s: %v", queue, err)
		return 0
	}
	for _, state := range states {
		var of int
		fmt.Sscan(out.Attributes["ApproximateNumberOfMessages"+state], &of)
		n += of
	}
	return n
}

// redrive gives the doomed, which have become dead letters, their real end.
func (w *world) redrive() {
	var want int
	for _, a := range w.model.asks {
		if a.trouble == doomed && len(w.model.published[a.id]) > 0 {
			want++
		}
	}
	if n := w.depth(w.lab.StatsDLQ(), all); want == 0 || n == 0 {
		return // what is there all the same is counted in the end
	}
	_, err := w.lab.SQS.StartMessageMoveTask(background, &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(w.lab.QueueARN(w.lab.StatsDLQ()))})
	if err != nil {
		w.breaks(stuck, "redrive: %v", err)
	}
	time.Sleep(time.Minute)
	w.drain()
}

// verdict sums up.
func (w *world) verdict() verdict {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := verdict{
		requests: w.plan.requests, calls: w.calls, kinds: w.kinds, struck: w.struck, places: w.places,
		wrong: w.model.wrong, trace: hex.EncodeToString(w.trace),
	}
	for _, n := range w.kinds {
		v.faults += n
	}
	return v
}

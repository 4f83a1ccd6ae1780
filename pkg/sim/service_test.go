package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

// notice is how long a service has to end when it is told to: the 30 seconds
// after which Fargate kills a task ("stopTimeout", Amazon ECS Developer Guide).
const notice = 30 * time.Second

// serve keeps a service running, as an orchestrator does, until the world halts: a
// process that ends, or is killed, is followed by another.
func (w *world) serve(role string, n int) {
	w.crew.Go(func() {
		for !w.isHalting() {
			program := fmt.Sprintf("%s-%d", role, n)
			p := w.begin(role, fmt.Sprintf("%s.%d", program, w.count(program)))
			w.live(p)
			p.end()
			pause(background, w.dice.between("restart "+p.name, 100*time.Millisecond, 10*time.Second))
		}
	})
}

// live runs a service process until it has ended or is killed.
func (w *world) live(p *process) {
	done := make(chan error, 1)
	w.ghosts.Go(func() { done <- p.main() })
	if w.isHalting() {
		p.terminate()
	}
	late := make(chan struct{})
	defer context.AfterFunc(p.ctx, func() {
		p.outstay()
		close(late)
	})()
	select {
	case err := <-done:
		if !p.killed() { // a program that is killed may end itself at the same moment, or not
			p.ended(err)
		}
	case <-late:
		if !p.killed() {
			w.breaks(stuck, "%s was told to stop and is there %v later", p.name, notice)
		}
	}
}

// outstay returns when a process that was told to stop has had its notice, not
// counting the time in which it was frozen, or is killed.
func (p *process) outstay() {
	for p.life.Err() == nil {
		p.mu.Lock()
		end := p.stopped
		if p.frozen.After(end) {
			end = p.frozen
		}
		p.mu.Unlock()
		rest := time.Until(end.Add(notice))
		if rest <= 0 {
			return
		}
		pause(p.life, rest)
	}
}

// main is what the main functions of the services do.
func (p *process) main() error {
	stack, err := cloud.Open(p.ctx, stack, p.config())
	if err != nil {
		return err
	}
	if p.role == "stats" {
		r := &responder.Responder{
			Stack: stack.Stack, SQS: stack.SQS, QueueURL: stack.QueueURL, Log: p.quiet,
			Results: &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table()},
		}
		return (&queue.Worker{SQS: stack.SQS, URL: stack.QueueURL(stack.StatsQueue()), Handler: r.Handle, Pace: responder.Pace, Log: p.quiet}).Run(p.ctx)
	}
	log := audit.NewLog(audit.Config{S3: stack.S3, Bucket: stack.AuditBucket()})
	defer log.Close()
	defer context.AfterFunc(p.ctx, log.Hurry)()
	return (&queue.Worker{
		SQS: stack.SQS, URL: stack.QueueURL(stack.AuditQueue()), Handler: log.Handler(stack.Stack),
		Batches: audit.Batches, Pace: audit.Pace, Log: p.quiet,
	}).Run(p.ctx)
}

func (w *world) isHalting() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.halting
}

// start starts two of each service, or one in some schedules, where nobody else
// mends what it does wrong.
func (w *world) start() {
	w.mu.Lock()
	w.halting = false
	w.mu.Unlock()
	for n := 1; n <= w.instances; n++ {
		w.serve("stats", n)
		w.serve("audit", n)
	}
}

// halt stops all services as SIGTERM does, and waits until they are gone.
func (w *world) halt() {
	w.mu.Lock()
	w.halting = true
	var running []*process
	for _, name := range sorted(w.processes) {
		if p := w.processes[name]; (p.role == "stats" || p.role == "audit") && p.life.Err() == nil {
			running = append(running, p)
		}
	}
	w.mu.Unlock()
	for _, p := range running {
		p.terminate()
	}
	if !within(5*time.Minute, &w.crew) {
		w.breaks(stuck, "the services are there five minutes after they were told to stop")
	}
}

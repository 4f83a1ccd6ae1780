package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/results"
)

// patience is how long a caller waits that waits for good: far longer than
// anything lasts.
const patience = time.Hour

// client is a program that asks, run again whenever it is killed until all is
// answered.
type client struct {
	*world
	id   string
	asks []*ask
}

func (c *client) run() {
	for open := c.asks; len(open) > 0; open = c.open() {
		p := c.begin("client", fmt.Sprintf("%s.%d", c.id, c.count(c.id)))
		done := make(chan error, 1)
		c.ghosts.Go(func() { done <- c.live(p, open) })
		select {
		case err := <-done:
			p.ended(err)
		case <-p.life.Done():
		}
		p.end()
		time.Sleep(c.dice.between("restart "+p.name, 100*time.Millisecond, 10*time.Second))
	}
}

// open are the requests that are not done with.
func (c *client) open() (open []*ask) {
	for _, a := range c.asks {
		if !a.done {
			open = append(open, a)
		}
	}
	return open
}

// live is one run of the client.
func (c *client) live(p *process, open []*ask) error {
	at, err := cloud.Open(p.ctx, stack, p.config())
	if err != nil {
		return err
	}
	store := &results.Store{DynamoDB: at.DynamoDB, Table: at.Table()}
	r, err := requester.New(requester.Config{
		Stack: stack, TopicARN: at.TopicARN(), SNS: at.SNS, SQS: at.SQS, ClientID: "lab", Log: p.quiet, Results: store,
	})
	if err != nil {
		return err
	}
	var calling sync.WaitGroup
	callers := callers
	if c.plan.crowd {
		callers = len(open)
	}
	for i := range callers {
		calling.Go(func() {
			for j := i; j < len(open) && !p.killed(); j += callers {
				pause(p.ctx, open[j].after)
				if !p.killed() {
					caller{c, p, r, store, open[j]}.ask()
				}
			}
		})
	}
	calling.Wait()
	if p.killed() {
		<-p.over // nothing is tidied up
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	return r.Close(ctx)
}

// caller makes one request.
type caller struct {
	*client
	process   *process
	requester *requester.Requester
	store     *results.Store
	what      *ask
}

// ask makes the request in its way, which is done unless the process is killed
// first.
func (c caller) ask() {
	a := c.what
	var done bool
	switch a.way {
	case "publish":
		done = c.until(func(ctx context.Context) error { return c.requester.Publish(ctx, a.request(0)) })
	case "impatient":
		done = c.impatient()
	case "twice":
		done = c.await(0)
		pause(c.process.ctx, a.patience)
		done = done && c.await(0)
	case "conflict":
		done = c.await(0) && c.await(1)
	default:
		done = c.await(0)
	}
	if done && !c.process.killed() {
		a.done = true
	}
}

// until does something until it succeeds, and says whether it did before the
// process was killed.
func (c caller) until(do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(c.process.ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		err := do(ctx)
		if err == nil {
			return !c.process.killed()
		}
		if c.process.killed() {
			return false
		}
		c.note("%s tries %s again: %v", c.process.name, c.what.id, err)
		pause(ctx, c.dice.between("again "+c.what.id, time.Second, 3*time.Second))
	}
	if !c.process.killed() {
		c.breaks(lost, "%s has no answer to %s after %v", c.process.name, c.what.id, patience)
	}
	return false
}

// await asks for a list and judges the answer.
func (c caller) await(of int) bool {
	return c.until(func(ctx context.Context) error {
		reply, err := c.requester.Do(ctx, c.what.request(of))
		if err == nil && !c.process.killed() {
			c.judge(of, reply)
		}
		c.think()
		return err
	})
}

// think passes a little time, so that what a caller does next does not race with
// what the client is still doing.
func (c caller) think() {
	pause(c.process.ctx, c.dice.between("think "+c.what.id, time.Millisecond, 50*time.Millisecond))
}

// impatient gives up, and reads the table later.
func (c caller) impatient() bool {
	ctx, cancel := context.WithTimeout(c.process.ctx, c.what.patience)
	defer cancel()
	reply, err := c.requester.Do(ctx, c.what.request(0))
	c.think()
	switch {
	case c.process.killed():
		return false
	case err == nil:
		c.judge(0, reply)
		return true
	case !errors.Is(err, requester.ErrUnanswered):
		return c.await(0) // it may not even be published
	}
	return c.until(func(ctx context.Context) error {
		r, err := c.store.Get(ctx, c.what.id)
		if errors.Is(err, results.ErrNotFound) {
			pause(ctx, 10*time.Second)
		}
		if err == nil {
			c.judge(0, r.Reply)
		}
		return err
	})
}

// judge holds an answer against the model.
func (c caller) judge(of int, reply message.Reply) {
	a := c.what
	if reply.RequestID != a.id {
		c.breaks(misrouted, "%s asked %s and was answered %s", c.process.name, a.id, reply.RequestID)
		return
	}
	if err := a.check(of, reply); err != nil {
		c.breaks(changed, "%s asked %s: %v", c.process.name, a.id, err)
	}
}

// check says what is wrong with an answer to one of the lists.
func (a *ask) check(of int, reply message.Reply) error {
	switch {
	case reply.Status == message.StatusOK:
		if got, want := given(reply.Result), a.lists[of].figures(); !maps.Equal(got, want) {
			return fmt.Errorf("answered %v, want %v", got, want)
		}
		return nil
	case reply.Status == message.StatusError && reply.Fault != nil && reply.Fault.Code == message.IDConflict && len(a.lists) > 1:
		return nil
	case reply.Status == message.StatusExpired && a.deadline > 0:
		return nil
	case reply.Status == message.StatusDead && a.trouble == doomed:
		return nil
	default:
		return fmt.Errorf("answered %s, %+v", reply.Status, reply.Fault)
	}
}

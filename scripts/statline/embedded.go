package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
)

// openLocal opens the local stack: the one that `local up` serves on the data
// directory, or one in this process.
func (a *app) openLocal(ctx context.Context) (*session, error) {
	server, url, err := a.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if server == nil {
		s, err := a.openAt(ctx, cloud.Config(url, a.localRegion(), cloud.HTTPClient()))
		if err == nil {
			s.local = true
		}
		return s, err
	}
	s, err := a.openEmbedded(ctx, server)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return s, nil
}

// openEmbedded opens a stack on server, with its services in this process. With
// the session the server is closed.
func (a *app) openEmbedded(ctx context.Context, server *local.Server) (*session, error) {
	s, err := a.openAt(ctx, cloud.Config(local.URL, a.localRegion(), server.Client()))
	if err != nil {
		return nil, err
	}
	e, err := embed(ctx, s, a)
	if err != nil {
		return nil, err
	}
	s.embedded, s.local = true, true
	s.close = func() error { return errors.Join(e.drain(server), server.Close()) }
	return s, nil
}

func (a *app) localRegion() string {
	if a.region != "" {
		return a.region
	}
	return envOr("AWS_REGION", "us-east-1")
}

// acquire opens the data directory or, where another process has it, finds out at
// which URL that serves it. While the other serves nothing, it waits.
func (a *app) acquire(ctx context.Context) (server *local.Server, url string, err error) {
	if err := makeData(a.data); err != nil {
		return nil, "", err
	}
	for said := false; ; {
		server, err := local.Open(local.Config{Dir: a.data, Region: a.localRegion()})
		if err == nil {
			if err := os.Remove(a.served()); err != nil && !errors.Is(err, os.ErrNotExist) { // of a process that was killed
				return nil, "", errors.Join(err, server.Close())
			}
			return server, "", nil
		}
		if !errors.Is(err, local.ErrLocked) {
			return nil, "", err
		}
		if url, ok := a.readServed(); ok {
			return nil, url, nil
		}
		if !said {
			a.say("another process is using %s; waiting for it", a.data)
			said = true
		}
		select {
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// makeData makes the data directory, which git ignores.
func makeData(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	return os.WriteFile(ignore, []byte("*\n"), 0o600)
}

// served is the file in which the process that has the data directory open says
// where it serves it.
func (a *app) served() string { return filepath.Join(a.data, "served.json") }

type served struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
}

func (a *app) readServed() (url string, ok bool) {
	text, err := os.ReadFile(a.served())
	if err != nil {
		return "", false
	}
	var s served
	if json.Unmarshal(text, &s) != nil || s.URL == "" {
		return "", false // being written
	}
	return s.URL, true
}

func (a *app) writeServed(url string) error {
	text, err := json.Marshal(served{url, os.Getpid()})
	if err != nil {
		return err
	}
	temporary := a.served() + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, a.served())
}

// embedded is the two services in this process.
type embedded struct {
	stack   *cloud.Stack
	log     *audit.Log
	hidden  map[string]int // messages of each queue that a process which is gone had in its hands
	stop    context.CancelFunc
	workers sync.WaitGroup
	hurry   []func() // of each worker
	mu      sync.Mutex
	err     error
}

// embed makes the stack, where it is not there, and runs its services.
func embed(ctx context.Context, opened *session, a *app) (*embedded, error) {
	stack := opened.Stack
	if err := stack.Create(ctx); err != nil {
		return nil, err
	}
	e := &embedded{stack: stack, hidden: map[string]int{}}
	for _, name := range []string{stack.StatsQueue(), stack.AuditQueue()} {
		d, err := e.depth(ctx, name)
		if err != nil {
			return nil, err
		}
		e.hidden[name] = d.hidden
	}
	if a.services != nil {
		stack = stack.With(a.services.Metered(opened.config))
	}
	e.serve(context.WithoutCancel(ctx), &session{Stack: stack}, a)
	return e, nil
}

// serve starts the services, with clients of their own session.
func (e *embedded) serve(ctx context.Context, s *session, a *app) {
	ctx, e.stop = context.WithCancel(ctx)
	e.log = audit.NewLog(audit.Config{S3: s.S3, Bucket: s.AuditBucket()})
	context.AfterFunc(ctx, e.log.Hurry)
	r := &responder.Responder{Stack: s.Stack.Stack, SQS: s.SQS, QueueURL: s.QueueURL, Results: s.results(), Log: a.logger()}
	e.work(ctx, &queue.Worker{SQS: s.SQS, URL: s.QueueURL(s.StatsQueue()), Handler: r.Handle, Pace: responder.Pace, Log: a.logger()})
	e.work(ctx, &queue.Worker{SQS: s.SQS, URL: s.QueueURL(s.AuditQueue()), Handler: e.log.Handler(s.Stack.Stack), Batches: audit.Batches, Pace: audit.Pace, Log: a.logger()})
}

func (e *embedded) work(ctx context.Context, w *queue.Worker) {
	e.hurry = append(e.hurry, w.Hurry)
	e.workers.Go(func() {
		err := w.Run(ctx)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.err = errors.Join(e.err, err)
	})
}

// sweep removes abandoned inboxes, as the stats service does, until the services stop.
func (e *embedded) sweep(ctx context.Context, a *app) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := e.stop
	e.stop = func() { cancel(); stop() }
	s := &inboxes.Sweeper{Stack: inboxes.Stack{SQS: e.stack.SQS, Name: e.stack.Stack, QueueURL: e.stack.QueueURL}, Log: a.logger()}
	e.workers.Go(func() { s.Run(ctx) })
}

// drain lets the services finish what is in their queues, and stops them. The
// server's polls end, so that no worker waits for its own.
func (e *embedded) drain(server *local.Server) error {
	e.log.Hurry()
	for _, hurry := range e.hurry {
		hurry()
	}
	err := e.empty()
	e.stop()
	server.EndPolls()
	e.workers.Wait()
	return errors.Join(err, e.err)
}

// shut stops the services without waiting for their queues to be empty: what is
// left is there after the next start.
func (e *embedded) shut() error {
	e.stop()
	e.workers.Wait()
	return e.err
}

// empty waits until the queues are, but for what was in other hands when this
// process began, and stays hidden for up to its visibility timeout.
func (e *embedded) empty() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for name, hidden := range e.hidden {
		for {
			d, err := e.depth(ctx, name)
			if err != nil {
				return fmt.Errorf("wait for queue %s to be empty: %w", name, err)
			}
			if d.waiting == 0 && d.hidden <= hidden {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

func (e *embedded) depth(ctx context.Context, name string) (depth, error) {
	return depthOf(ctx, e.stack, name)
}

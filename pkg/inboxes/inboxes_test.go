package inboxes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// fixture is a stack on an endpoint of its own, in the time of a bubble.
type fixture struct {
	*testing.T
	*cloud.Stack
	server *local.Server
}

func bubble(t *testing.T, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		test(&fixture{t, stack, server})
	})
}

func (f *fixture) stack() Stack {
	return Stack{SQS: f.SQS, Name: f.Stack.Stack, QueueURL: f.QueueURL}
}

func (f *fixture) sweeper() *Sweeper {
	return &Sweeper{Stack: f.stack(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (f *fixture) make(names ...string) {
	f.Helper()
	for _, name := range names {
		if _, err := f.SQS.CreateQueue(f.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
			f.Fatal(err)
		}
	}
}

func (f *fixture) send(name string) {
	f.Helper()
	if _, err := f.SQS.SendMessage(f.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(f.QueueURL(name)), MessageBody: aws.String("x")}); err != nil {
		f.Fatal(err)
	}
}

// wantQueues compares the names of all queues.
func (f *fixture) wantQueues(want ...string) {
	f.Helper()
	out, err := f.SQS.ListQueues(f.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		f.Fatal(err)
	}
	var got []string
	for _, url := range out.QueueUrls {
		got = append(got, url[strings.LastIndexByte(url, '/')+1:])
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("queues %v, want %v", got, want)
	}
}

func (f *fixture) sweep(s *Sweeper, want int) {
	f.Helper()
	if removed, err := s.Sweep(f.Context()); removed != want || err != nil {
		f.Errorf("removed %d, %v; want %d", removed, err, want)
	}
}

const random = "abcdefghij0123456789"

// TestSweep: what is removed is an inbox of the stack, a week old, which nobody has just
// read, and nothing else.
func TestSweep(t *testing.T) {
	bubble(t, func(f *fixture) {
		if err := f.Create(f.Context()); err != nil {
			f.Fatal(err)
		}
		out, err := f.SQS.ListQueues(f.Context(), &sqs.ListQueuesInput{})
		if err != nil || len(out.QueueUrls) != 5 {
			f.Fatalf("queues %v, %v", out, err)
		}
		kept := []string{
			f.StatsQueue(), f.StatsDLQ(), f.AuditQueue(), f.AuditDLQ(), f.Undelivered(),
			"statline-inbox-", "statline-inbox-lab", "statline-inbox-lab-short", "statline-inbox-" + random, "statline-inbox-_x-" + random,
			"statline-inbox-lab-0123456789012345678901234567890123", "statline-inboxes-lab-" + random,
			"statline2-inbox-lab-" + random, "other-inbox-lab-" + random, "my-statline-inbox-lab-" + random, "statline-b-inbox-lab-" + random,
		}
		f.make(kept[5:]...)
		old := []string{message.NewInbox("statline", ""), message.NewInbox("statline", "lab"), "statline-inbox-a-b-" + random, "statline-inbox-inbox-" + random}
		f.make(old...)
		f.send(old[1]) // a reply that nobody has fetched is no sign of life
		read := message.NewInbox("statline", "reads")
		f.make(read)
		s := f.sweeper()
		f.sweep(s, 0)
		time.Sleep(MaxAge - time.Minute)
		young := message.NewInbox("statline", "lab")
		f.make(young)
		f.sweep(s, 0)
		time.Sleep(time.Minute + time.Second)
		f.send(read)
		if _, err := f.SQS.ReceiveMessage(f.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(f.QueueURL(read))}); err != nil {
			f.Fatal(err)
		}
		f.sweep(s, len(old))
		f.wantQueues(append([]string{read, young}, kept...)...)
		time.Sleep(time.Minute) // what was read is back
		f.sweep(s, 1)
		f.wantQueues(append([]string{young}, kept...)...)
	})
}

// TestManySweep: several that sweep at once remove everything and nothing fails.
func TestManySweep(t *testing.T) {
	bubble(t, func(f *fixture) {
		for range 30 {
			f.make(message.NewInbox("statline", "lab"))
		}
		time.Sleep(MaxAge)
		young := message.NewInbox("statline", "lab")
		f.make(young)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := f.sweeper().Sweep(f.Context()); err != nil {
					f.Error(err)
				}
			})
		}
		all.Wait()
		f.wantQueues(young)
	})
}

// TestSweepFailures: an inbox that cannot be removed keeps no other from it and is
// tried again.
func TestSweepFailures(t *testing.T) {
	for operation, want := range map[string]int{"ListQueues": 0, "GetQueueAttributes": 1, "DeleteQueue": 1} {
		t.Run(operation, func(t *testing.T) {
			bubble(t, func(f *fixture) {
				a, b := "statline-inbox-a-"+random, "statline-inbox-b-"+random
				f.make(a, b)
				time.Sleep(MaxAge)
				f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
					if c.Operation == operation && (operation == "ListQueues" || strings.Contains(string(c.Body), a)) {
						return local.Refuse(c, 403, "AccessDenied", "no"), nil
					}
					return next(), nil
				})
				s := f.sweeper()
				removed, err := s.Sweep(f.Context())
				if removed != want || err == nil || !strings.Contains(err.Error(), "AccessDenied") {
					f.Errorf("removed %d, %v; want %d and the refusal", removed, err, want)
				}
				f.server.Hook(nil)
				f.sweep(s, 2-removed)
				f.wantQueues()
			})
		})
	}
}

// TestAsksOnce: an inbox is asked about once while it is young.
func TestAsksOnce(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.make("statline-inbox-a-"+random, "statline-inbox-b-"+random)
		asked := 0
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "GetQueueAttributes" {
				asked++
			}
			return next(), nil
		})
		s := f.sweeper()
		for range 10 {
			f.sweep(s, 0)
			time.Sleep(time.Hour)
		}
		if asked != 2 {
			f.Errorf("asked %d times about 2 inboxes", asked)
		}
	})
}

// TestSweepGoesOn: a sweep that has no time for all goes on where the one before it ended.
func TestSweepGoesOn(t *testing.T) {
	bubble(t, func(f *fixture) {
		for range 30 {
			f.make(message.NewInbox("statline", "a"))
		}
		last := "statline-inbox-z-" + random
		f.make(last)
		asked := 0
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "GetQueueAttributes" {
				asked++
				time.Sleep(time.Second)
			}
			return next(), nil
		})
		s := f.sweeper()
		sweeps := 0
		for ; asked < 31 && sweeps < 20; sweeps++ {
			ctx, cancel := context.WithTimeout(f.Context(), 4500*time.Millisecond)
			if removed, err := s.Sweep(ctx); removed > 0 || (err == nil) != (asked == 31) {
				f.Errorf("removed %d, %v, asked %d times", removed, err, asked)
			}
			cancel()
		}
		if asked != 31 || sweeps > 8 {
			f.Errorf("asked %d times about 31 inboxes in %d sweeps", asked, sweeps)
		}
	})
}

// TestRun: it sweeps at once and about every hour, and ends with its context.
func TestRun(t *testing.T) {
	bubble(t, func(f *fixture) {
		var swept []time.Time
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			swept = append(swept, time.Now())
			return local.Refuse(c, 403, "AccessDenied", "no"), nil
		})
		ctx, stop := context.WithTimeout(f.Context(), 24*time.Hour)
		defer stop()
		start := time.Now()
		f.sweeper().Run(ctx)
		if time.Since(start) != 24*time.Hour || len(swept) < 19 || len(swept) > 33 || !swept[0].Equal(start) {
			f.Errorf("%d sweeps in %v, the first after %v", len(swept), time.Since(start), swept[0].Sub(start))
		}
		for i := 1; i < len(swept); i++ {
			if d := swept[i].Sub(swept[i-1]); d < 45*time.Minute || d > 75*time.Minute {
				f.Errorf("%v between two sweeps", d)
			}
		}
	})
}

// TestOccasionally: a function sweeps in few of its events, not twice in an hour, and not
// for long.
func TestOccasionally(t *testing.T) {
	bubble(t, func(f *fixture) {
		var swept []time.Time
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "ListQueues" {
				swept = append(swept, time.Now())
				time.Sleep(time.Hour / 2)
			}
			return next(), nil
		})
		s := f.sweeper()
		longest := time.Duration(0)
		for range 1000 {
			began := time.Now()
			s.Occasionally(f.Context())
			longest = max(longest, time.Since(began))
			time.Sleep(time.Minute)
		}
		if len(swept) < 3 || len(swept) > 40 {
			f.Errorf("%d sweeps in 1000 events", len(swept))
		}
		for i := 1; i < len(swept); i++ {
			if d := swept[i].Sub(swept[i-1]); d < time.Hour {
				f.Errorf("%v between two sweeps", d)
			}
		}
		if longest < sweepLimit || longest > time.Hour {
			f.Errorf("an event waited %v", longest)
		}
		n := len(swept)
		for range 1000 {
			ctx, cancel := context.WithTimeout(f.Context(), 2*sweepLimit-time.Second)
			s.Occasionally(ctx)
			cancel()
			time.Sleep(time.Minute)
		}
		if len(swept) > n {
			f.Error("an event swept that had no time")
		}
	})
}

// TestNoInbox: neither a name that is no inbox's nor another stack's inbox is described
// or removed.
func TestNoInbox(t *testing.T) {
	bubble(t, func(f *fixture) {
		names := []string{"statline-stats", "other-inbox-lab-" + random, "statline-inbox-lab-x", ""}
		f.make(names[:3]...)
		s := f.stack()
		for _, name := range names {
			if _, err := s.Describe(f.Context(), name); !errors.Is(err, ErrGone) {
				f.Errorf("describe %q: %v", name, err)
			}
			if err := s.Remove(f.Context(), name); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
				f.Errorf("remove %q: %v", name, err)
			}
		}
		f.wantQueues(names[:3]...)
	})
}

// TestPages: more inboxes than SQS lists at once are all found.
func TestPages(t *testing.T) {
	bubble(t, func(f *fixture) {
		for range 1010 {
			f.make(message.NewInbox("statline", ""))
		}
		s := f.stack()
		n := 0
		for _, err := range s.Names(f.Context()) {
			if err != nil {
				f.Fatal(err)
			}
			n++
		}
		if n != 1010 {
			f.Errorf("found %d of 1010", n)
		}
	})
}

// TestFractions: a time with a fraction of the second, as moto has it, is read as well.
func TestFractions(t *testing.T) {
	bubble(t, func(f *fixture) {
		fraction := regexp.MustCompile(`("CreatedTimestamp":"\d+)"`)
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			out := next()
			if c.Operation == "GetQueueAttributes" {
				body := fraction.ReplaceAll(out.Body, []byte(`$1.514136"`))
				if len(body) != len(out.Body)+7 {
					f.Errorf("no time in %s", out.Body)
				}
				out.Body = body
			}
			return out, nil
		})
		f.make(message.NewInbox("statline", "lab"))
		time.Sleep(MaxAge + time.Second)
		f.sweep(f.sweeper(), 1)
	})
}

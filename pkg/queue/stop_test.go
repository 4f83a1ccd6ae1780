package queue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/queue"
)

// TestStopLetsPollEnd: a stopped worker waits for its poll, no longer, and makes no
// other.
func TestStopLetsPollEnd(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Second, 20 * time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				w := f.worker(f.recorder(succeed).handle)
				w.Wait = wait
				window := wait
				if wait == 0 {
					window = poll
				}
				r := f.run(w)
				time.Sleep(window + window/4)
				if took, want := r.stop(), window-window/4; took != want {
					t.Errorf("stopped after %v, want the %v of the poll", took, want)
				}
				if n := len(f.client.made(receiving)); n != 2 {
					t.Errorf("%d polls, want 2", n)
				}
			})
		})
	}
}

// TestStopReturnsUnstarted: what the open poll of a stopped worker still receives is
// visible again at once, having been received once.
func TestStopReturnsUnstarted(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Second)
		w.cancel()
		time.Sleep(time.Second)
		f.send("a")
		if took := w.stop(); took != 0 {
			t.Errorf("stopped %v after its poll was answered", took)
		}
		if f.elapsed() != 2*time.Second || len(r.got) != 0 {
			t.Errorf("stopped after %v with %d messages worked", f.elapsed(), len(r.got))
		}
		f.wantCounts(1, 0)
		if m := f.take(f.url); len(m) != 1 || m[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Errorf("received %v, want a in its second delivery", bodiesOf(m))
		}
	})
}

// TestStopRetriesRelease: entries that fail to be returned are returned again.
func TestStopRetriesRelease(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		w := f.run(f.worker(f.recorder(succeed).handle))
		time.Sleep(time.Second)
		w.cancel()
		fails := 2
		f.server.Hook(f.failing(changing, func(batchEntry) (failedEntry, bool) {
			fails--
			return failedEntry{Code: "InternalError"}, fails >= 0
		}))
		f.send("a")
		<-w.ended
		f.wantCounts(1, 0)
	})
}

// TestStopWorksLastDelivery: what would go to the dead-letter queue, were it
// returned, is worked although the worker is stopped.
func TestStopWorksLastDelivery(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.set("RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q-dlq","maxReceiveCount":1}`)
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Second)
		w.cancel()
		f.send("a")
		<-w.ended
		if len(r.got) != 1 || !r.got[0].Last {
			t.Errorf("worked %v, want the last delivery of a", r.got)
		}
		if n := len(f.client.made(changing)); n != 0 {
			t.Errorf("%d calls to return it", n)
		}
		f.wantCounts(0, 0)
		if dead := f.take(f.dlq); len(dead) != 0 {
			t.Errorf("dead letters %v", bodiesOf(dead))
		}
	})
}

// TestStopFinishesRunning: what runs when the worker is stopped is finished,
// renewed for as long as it takes, and acknowledged.
func TestStopFinishesRunning(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send(numbers(20)...)
		s := &slow{f: f, takes: time.Minute}
		w := f.worker(s.handle)
		w.Batches, w.Grace = 2, 2*time.Minute
		r := f.run(w)
		time.Sleep(10 * time.Second)
		if took := r.stop(); took != 50*time.Second {
			t.Errorf("stopped after %v, want the 50s that the handlers still took", took)
		}
		if ends := s.endings(); len(ends) != 2 || ends[0].cause != "" || ends[1].cause != "" {
			t.Errorf("handlers ended as %v, want two, undisturbed", ends)
		}
		f.wantCounts(0, 0)
	})
}

// TestGrace: a handler that is not done when Grace is over is cancelled; what it
// says is done is acknowledged, and the rest is visible again at once.
func TestGrace(t *testing.T) {
	for _, grace := range []time.Duration{0, 3 * time.Second, 40 * time.Second} {
		t.Run(grace.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("done", "not done")
				var cause string
				w := f.worker(func(ctx context.Context, messages []queue.Message) []error {
					<-ctx.Done()
					cause = context.Cause(ctx).Error()
					return []error{nil, ctx.Err()}
				})
				w.Batches, w.Grace = 1, grace
				want := grace
				if grace == 0 {
					want = 15 * time.Second
				}
				r := f.run(w)
				time.Sleep(time.Minute)
				if took := r.stop(); took != want {
					t.Errorf("stopped after %v, want %v", took, want)
				}
				if cause != "the worker was stopped and can wait no longer" {
					t.Errorf("cancelled because %s", cause)
				}
				f.wantCounts(1, 0)
				if m := f.take(f.url); len(m) != 1 || *m[0].Body != "not done" {
					t.Errorf("left %v", bodiesOf(m))
				}
			})
		})
	}
}

// TestGraceIgnored: a handler that goes on for a while after it was cancelled still
// holds its messages, and what it then says is done.
func TestGraceIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		w := f.worker(func(context.Context, []queue.Message) []error {
			time.Sleep(2 * time.Minute)
			return []error{nil}
		})
		w.Batches = 1
		r := f.run(w)
		time.Sleep(time.Second)
		r.cancel()
		for range 118 {
			time.Sleep(time.Second)
			f.wantCounts(0, 1)
		}
		<-r.ended
		f.wantCounts(0, 0)
	})
}

// TestGraceShorterThanPoll: what the poll receives after Grace is returned too.
func TestGraceShorterThanPoll(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		w := f.worker(f.recorder(succeed).handle)
		w.Grace = time.Second
		r := f.run(w)
		time.Sleep(time.Second)
		r.cancel()
		time.Sleep(5 * time.Second)
		f.send("a")
		<-r.ended
		f.wantCounts(1, 0)
	})
}

// TestStopInOutage: no failing call keeps a worker from stopping in the time that
// Fargate gives.
func TestStopInOutage(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a")
				s := &slow{f: f, takes: time.Hour}
				w := f.run(f.worker(s.handle))
				time.Sleep(time.Second)
				f.server.Hook(fault)
				time.Sleep(20 * time.Second)
				if took := w.stop(); took > 25*time.Second {
					t.Errorf("stopped after %v", took)
				}
			})
		})
	}
}

// TestStopWhileCallsHang: neither does a call that is never answered.
func TestStopWhileCallsHang(t *testing.T) {
	for _, operation := range []string{receiving, deleting, changing} {
		t.Run(operation, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b")
				w := f.run(f.worker(func(ctx context.Context, messages []queue.Message) []error {
					<-ctx.Done()
					return []error{nil, errHandler}
				}))
				time.Sleep(9 * time.Second)
				f.client.hang(operation)
				time.Sleep(2 * time.Second) // the second poll and the first renewal are on their way
				if took := w.stop(); took > 25*time.Second {
					t.Errorf("stopped after %v", took)
				}
			})
		})
	}
}

// TestOverduePoll: a poll that is never answered is given up, ten seconds after it
// should have been, and made again.
func TestOverduePoll(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Second)
		f.client.hang(receiving)
		time.Sleep(poll)
		f.client.hang("")
		f.send("a")
		time.Sleep(poll + 10*time.Second)
		if got := strings.Join(r.bodies(), ""); got != "a" {
			t.Errorf("worked %q after the poll was overdue", got)
		}
		w.stop()
	})
}

// TestStopAtStart: a worker that is stopped before it polls does not.
func TestStopAtStart(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		if err := f.worker(f.recorder(succeed).handle).Run(ctx); err != nil {
			t.Error(err)
		}
		if n := len(f.client.made(receiving)); n != 0 {
			t.Errorf("%d polls", n)
		}
	})
}

// TestStopWhileFull: a worker whose places are all taken makes no further poll when
// one becomes free.
func TestStopWhileFull(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send(numbers(30)...)
		s := &slow{f: f, takes: 5 * time.Second}
		w := f.worker(s.handle)
		w.Batches = 1
		r := f.run(w)
		time.Sleep(time.Second)
		if took := r.stop(); took != 4*time.Second {
			t.Errorf("stopped after %v, want the 4s of the handler", took)
		}
		f.wantCounts(20, 0)
	})
}

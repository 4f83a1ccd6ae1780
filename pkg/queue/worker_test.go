package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/queue"
)

func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%03d", i)
	}
	return all
}

// TestBatches: every message is worked once, in batches of up to ten, and gone.
func TestBatches(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		bodies := numbers(25)
		f.send(bodies...)
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Hour)
		w.stop()
		if got := r.bodies(); !slices.Equal(got, bodies) {
			t.Errorf("worked %v, want each of 25 once", got)
		}
		if slices.Max(r.batches) != 10 || len(r.batches) != 3 {
			t.Errorf("batches of %v messages, want 10, 10 and 5", r.batches)
		}
		if n := len(f.client.made(deleting)); n != 3 {
			t.Errorf("%d delete calls for 3 batches", n)
		}
		f.wantCounts(0, 0)
	})
}

// TestMessage: a handler is told what SQS knows of the message.
func TestMessage(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		time.Sleep(1234 * time.Millisecond)
		f.send("text")
		time.Sleep(time.Minute)
		first := f.take(f.url)[0]
		time.Sleep(visibility)
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		synctest.Wait()
		w.stop()
		m := r.got[0].Message
		if m.ID != *first.MessageId || m.Body != "text" || m.Receives != 2 || m.Last {
			t.Errorf("got %+v", m)
		}
		if want := f.start.Add(1234 * time.Millisecond); !m.SentAt.Equal(want) || m.SentAt.Location() != time.UTC {
			t.Errorf("sent at %v, want %v", m.SentAt, want.UTC())
		}
	})
}

// TestOutcomes: each message of a batch has the outcome of its own.
func TestOutcomes(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("done 1", "fail 1", "done 2", "fail 2")
		r := f.recorder(func(m queue.Message) error {
			if strings.HasPrefix(m.Body, "fail") && m.Receives == 1 {
				return errHandler
			}
			return nil
		})
		w := f.run(f.worker(r.handle))
		time.Sleep(1500 * time.Millisecond)
		f.wantCounts(0, 2)
		if n := len(f.client.made(changing)); n != 1 {
			t.Errorf("%d calls to postpone two messages of a batch, want one", n)
		}
		time.Sleep(time.Minute)
		w.stop()
		f.wantCounts(0, 0)
		if got := strings.Join(r.bodies(), ", "); got != "done 1, done 2, fail 1, fail 1, fail 2, fail 2" {
			t.Errorf("worked %s", got)
		}
		for _, d := range r.got[4:] {
			if d.at != 2*time.Second {
				t.Errorf("%s came again after %v, want 2s", d.Body, d.at)
			}
		}
	})
}

// TestBackoff: a message that always fails comes again after the documented delays,
// is told which delivery is the last, and then goes to the dead-letter queue.
func TestBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("poison")
		r := f.recorder(fail)
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Hour)
		w.stop()
		var at []string
		for i, d := range r.got {
			at = append(at, d.at.String())
			if d.Receives != i+1 || d.Last != (i+1 == maxReceives) {
				t.Errorf("delivery %d says %d, last %t", i+1, d.Receives, d.Last)
			}
		}
		const want = "0s 2s 6s 14s 30s 1m2s 2m6s 4m14s 8m30s 13m30s"
		if got := strings.Join(at, " "); got != want {
			t.Errorf("delivered at %s, want %s", got, want)
		}
		f.wantCounts(0, 0)
		if dead := f.take(f.dlq); len(dead) != 1 || *dead[0].Body != "poison" {
			t.Errorf("dead letters %v", bodiesOf(dead))
		}
	})
}

// TestGiveUp: on its last delivery, and only then, a message that is given up goes
// to the dead-letter queue without delay.
func TestGiveUp(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("given up")
		r := f.recorder(func(m queue.Message) error { return fmt.Errorf("message %s: %w", m.ID, queue.ErrGiveUp) })
		w := f.run(f.worker(r.handle))
		time.Sleep(13*time.Minute + 30*time.Second) // to the tenth delivery, as in TestBackoff
		synctest.Wait()
		if n := len(r.deliveries()); n != maxReceives {
			t.Errorf("%d deliveries, want %d", n, maxReceives)
		}
		if dead := f.take(f.dlq); len(dead) != 1 {
			t.Errorf("dead letters %v at once, want one", bodiesOf(dead))
		}
		w.stop()
		f.wantCounts(0, 0)
	})
}

// TestFailsOnLastDelivery: what fails on its last delivery, but is not given up, has
// its delay before it goes to the dead-letter queue.
func TestFailsOnLastDelivery(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.set("RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q-dlq","maxReceiveCount":3}`)
		f.send("poison")
		w := f.run(f.worker(f.recorder(fail).handle))
		time.Sleep(14*time.Second - time.Millisecond) // deliveries after 0, 2 and 6 seconds, then a delay of 8
		if dead := f.take(f.dlq); len(dead) != 0 {
			t.Errorf("dead letters %v at once", bodiesOf(dead))
		}
		time.Sleep(time.Second)
		if dead := f.take(f.dlq); len(dead) != 1 {
			t.Errorf("dead letters %v after the delay, want one", bodiesOf(dead))
		}
		w.stop()
	})
}

// TestGiveUpWithoutDeadLetterQueue: where the dead-letter queue has gone, SQS
// delivers for ever; what is given up must then not come again at once.
func TestGiveUpWithoutDeadLetterQueue(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("given up")
		if _, err := f.SQS.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &f.dlq}); err != nil {
			t.Fatal(err)
		}
		r := f.recorder(func(queue.Message) error { return queue.ErrGiveUp })
		w := f.run(f.worker(r.handle))
		time.Sleep(time.Hour)
		w.stop()
		if n := len(r.got); n <= maxReceives || n > 25 {
			t.Errorf("%d deliveries in an hour, want %d and then one every 5 minutes", n, maxReceives)
		}
		for _, d := range r.got[maxReceives:] {
			if !d.Last {
				t.Errorf("delivery %d is not said to be the last", d.Receives)
			}
		}
	})
}

// TestBrokenHandler: a handler that panics, or whose outcomes are not one per
// message, acknowledges nothing, and the worker goes on.
func TestBrokenHandler(t *testing.T) {
	for name, outcomes := range map[string]func(n int) []error{
		"none":  func(int) []error { return nil },
		"fewer": func(n int) []error { return make([]error, n-1) },
		"more":  func(n int) []error { return make([]error, n+1) },
		"panic": func(n int) []error { return make([]error, n, n-1) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b", "c")
				r := f.recorder(succeed)
				w := f.run(f.worker(func(ctx context.Context, messages []queue.Message) []error {
					if messages[0].Receives == 1 {
						return outcomes(len(messages))
					}
					return r.handle(ctx, messages)
				}))
				time.Sleep(time.Second)
				f.wantCounts(0, 3)
				time.Sleep(time.Minute)
				w.stop()
				if got := strings.Join(r.bodies(), ""); got != "abc" {
					t.Errorf("worked %q in the second delivery", got)
				}
				if name == "panic" {
					f.wantLog("message not done", "the handler panicked: runtime error: makeslice")
					f.wantLog("handler panicked", "worker_test.go")
				} else {
					f.wantLog("message not done", "outcomes for 3 messages")
				}
				f.wantCounts(0, 0)
			})
		})
	}
}

// TestMessagesAreTheHandlersOwn: what a handler does to its slice does not change
// what is acknowledged.
func TestMessagesAreTheHandlersOwn(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c")
		w := f.run(f.worker(func(_ context.Context, messages []queue.Message) []error {
			outcomes := make([]error, len(messages))
			outcomes[0] = errHandler // of the message that came first
			slices.Reverse(messages)
			return outcomes
		}))
		time.Sleep(time.Second)
		w.cancel()
		<-w.ended
		time.Sleep(time.Second)
		if left := bodiesOf(f.take(f.url)); !slices.Equal(left, []string{"a"}) {
			t.Errorf("left %v, want a", left)
		}
	})
}

// TestConcurrency: the handler has as many batches at a time as Batches says, and
// nothing is received that there is no room for.
func TestConcurrency(t *testing.T) {
	for _, batches := range []int{1, 3, 8} {
		t.Run(strconv.Itoa(batches), func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send(numbers(200)...)
				var mu sync.Mutex
				now, most, worked := 0, 0, 0
				add := func(batches, messages int) {
					mu.Lock()
					defer mu.Unlock()
					now += batches
					most = max(most, now)
					worked += messages
				}
				w := f.worker(func(_ context.Context, messages []queue.Message) []error {
					add(1, 0)
					time.Sleep(time.Minute) // longer than the visibility timeout
					add(-1, len(messages))
					return make([]error, len(messages))
				})
				w.Batches = batches
				r := f.run(w)
				time.Sleep(30 * time.Second)
				f.wantCounts(200-10*batches, 10*batches)
				time.Sleep(20 * time.Minute)
				r.stop()
				if most != batches || worked != 200 {
					t.Errorf("%d batches at a time and %d messages, want %d and 200", most, worked, batches)
				}
				f.wantCounts(0, 0)
			})
		})
	}
}

// TestBytes: large messages are received only as far as there is room for them.
func TestBytes(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		const messages, size, room = 250, 250_000, 48 << 20
		for range messages {
			f.send(strings.Repeat("x", size))
		}
		w := f.worker(func(_ context.Context, messages []queue.Message) []error {
			time.Sleep(time.Minute)
			return make([]error, len(messages))
		})
		r := f.run(w)
		time.Sleep(30 * time.Second)
		if _, hidden := f.counts(); hidden*size > room || hidden*size < room*3/4 {
			t.Errorf("%d bytes of messages in hand, want most of the %d that there is room for", hidden*size, room)
		}
		time.Sleep(5 * time.Minute)
		r.stop()
		f.wantCounts(0, 0)
	})
}

// TestPolls: as long as polls come back full there are more of them, up to eight,
// and of a quiet queue one is left.
func TestPolls(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		w := f.worker(idle)
		r := f.run(w)
		f.send(numbers(1000)...)
		time.Sleep(time.Minute)
		f.wantCounts(0, 0)
		before := len(f.client.made(receiving))
		if before < 100+8 {
			t.Errorf("%d polls for 1000 messages, want at least 100 that were full and some that found nothing", before)
		}
		time.Sleep(10 * time.Minute)
		if polls := len(f.client.made(receiving)) - before; polls < 59 || polls > 61 {
			t.Errorf("%d polls in 10 quiet minutes, want one every %v", polls, poll)
		}
		r.stop()
	})
}

// TestPace: a paced worker lets messages gather where several are to be expected,
// and takes what comes alone at once.
func TestPace(t *testing.T) {
	for _, test := range []struct {
		about   string
		gap     time.Duration
		within  time.Duration
		atLeast float64 // messages a poll
	}{
		{"often", 20 * time.Millisecond, 510 * time.Millisecond, 5},
		{"rare", 600 * time.Millisecond, 10 * time.Millisecond, 1},
	} {
		t.Run(test.about, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				var took atomic.Int64
				w := f.worker(func(_ context.Context, messages []queue.Message) []error {
					for _, m := range messages {
						n := took.Add(1)
						if late := time.Since(m.SentAt); late > test.within {
							t.Errorf("message %d was taken after %v", n, late)
						}
					}
					return make([]error, len(messages))
				})
				w.Pace = 500 * time.Millisecond
				r := f.run(w)
				time.Sleep(time.Second)
				const messages = 300
				for range messages {
					f.send("x")
					time.Sleep(test.gap)
				}
				time.Sleep(time.Second)
				r.stop()
				if took.Load() != messages {
					t.Errorf("%d messages, want %d", took.Load(), messages)
				}
				if per := float64(messages) / float64(len(f.client.made(receiving))); per < test.atLeast*0.9 {
					t.Errorf("%.1f messages a poll, want %v", per, test.atLeast)
				}
			})
		})
	}
}

// TestAcknowledgeTogether: what is done at about the same time is deleted
// together.
func TestAcknowledgeTogether(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.run(f.worker(idle))
		const messages = 100
		for range messages {
			f.send("x")
			time.Sleep(50 * time.Millisecond)
		}
		r.stop()
		f.wantCounts(0, 0)
		if calls := len(f.client.made(deleting)); calls > messages/10+1 {
			t.Errorf("%d calls to delete %d messages", calls, messages)
		}
	})
}

// idle does nothing, with success.
func idle(_ context.Context, messages []queue.Message) []error { return make([]error, len(messages)) }

// TestQueueWithoutVisibilityTimeout: messages are hidden while they are worked,
// also where the queue leaves that to its consumers.
func TestQueueWithoutVisibilityTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.set("VisibilityTimeout", "0")
		f.send("a")
		deliveries := 0
		w := f.run(f.worker(func(context.Context, []queue.Message) []error {
			deliveries++
			time.Sleep(5 * time.Minute)
			return make([]error, 1)
		}))
		time.Sleep(10 * time.Minute)
		w.stop()
		if deliveries != 1 {
			t.Errorf("%d deliveries, want one", deliveries)
		}
	})
}

// TestRunFails: a worker that cannot work says so.
func TestRunFails(t *testing.T) {
	for name, change := range map[string]func(w *queue.Worker){
		"no queue":         func(w *queue.Worker) { w.URL += "-gone" },
		"negative batches": func(w *queue.Worker) { w.Batches = -1 },
		"negative wait":    func(w *queue.Worker) { w.Wait = -time.Second },
		"short wait":       func(w *queue.Worker) { w.Wait = 500 * time.Millisecond }, // would poll without a pause
		"long wait":        func(w *queue.Worker) { w.Wait = 21 * time.Second },
		"negative grace":   func(w *queue.Worker) { w.Grace = -time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				w := f.worker(f.recorder(succeed).handle)
				change(w)
				err := w.Run(t.Context())
				if err == nil || !strings.Contains(err.Error(), w.URL) {
					t.Errorf("error %v, want one that names the queue", err)
				}
			})
		})
	}
}

// TestDefaultLog: a worker without a log has the process's own.
func TestDefaultLog(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	var l logged
	slog.SetDefault(slog.New(slog.NewTextHandler(&l, nil)))
	for _, own := range []bool{true, false} {
		bubble(t, func(t *testing.T, f *fixture) {
			f.send("a")
			w := f.worker(f.recorder(fail).handle)
			if !own {
				w.Log = nil
			}
			r := f.run(w)
			time.Sleep(time.Second)
			r.stop()
		})
		if (l.String() == "") != own {
			t.Errorf("with a log of its own %t, it logged to the process's %q", own, l.String())
		}
	}
}

// TestRunTwice: a worker can run again, with what the queue says then.
func TestRunTwice(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.recorder(func(queue.Message) error { return errors.New("not now") })
		w := f.worker(r.handle)
		f.run(w).stop()
		f.set("RedrivePolicy", "")
		f.send("a")
		again := f.run(w)
		time.Sleep(time.Hour)
		again.stop()
		if n := len(r.got); n <= maxReceives {
			t.Errorf("%d deliveries, want no end of them", n)
		}
		for _, d := range r.got {
			if d.Last {
				t.Errorf("delivery %d is said to be the last of a queue without limit", d.Receives)
			}
		}
	})
}

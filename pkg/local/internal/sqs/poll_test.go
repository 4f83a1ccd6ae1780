package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// bubble runs a test in virtual time on a queue with the attributes.
func bubble(t *testing.T, test func(t *testing.T, f fixture), attributes ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		test(t, open(t, attributes...))
	})
}

// takes fails unless fn took that long.
func (f fixture) takes(want time.Duration, fn func()) {
	f.Helper()
	start := time.Now()
	fn()
	if got := time.Since(start); got != want {
		f.Fatalf("took %s, want %s", got, want)
	}
}

func TestPollEndsEmpty(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.takes(20*time.Second, func() { f.want("messages", bodies(f.receive(20)), "") })
		f.takes(0, func() {
			in := &sqs.SetQueueAttributesInput{QueueUrl: f.url, Attributes: map[string]string{"ReceiveMessageWaitTimeSeconds": "7"}}
			must(f.SetQueueAttributes(t.Context(), in))(t)
		})
		f.takes(7*time.Second, func() { f.receive(0) }) // the SDK leaves a zero out: the queue's own wait
	})
}

func TestPollWakesOnSend(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		go func() {
			time.Sleep(3 * time.Second)
			f.send("hello")
		}()
		f.takes(3*time.Second, func() { f.want("messages", bodies(f.receive(20)), "hello") })
	})
}

func TestPollWakesOnVisibility(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("again")
		f.receive(0)
		f.takes(5*time.Second, func() { f.want("messages", bodies(f.receive(20)), "again") })
	}, "VisibilityTimeout", "5")
}

func TestPollWakesOnDelay(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("late")
		f.want("counts", f.counts(), "0/0/1")
		f.takes(9*time.Second, func() { f.want("messages", bodies(f.receive(20)), "late") })
	}, "DelaySeconds", "9")
}

// A poll that sleeps until a far deadline learns of a nearer one.
func TestPollWakesOnShortenedVisibility(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("released", "delayed")
		first := f.receive(0)
		go func() {
			time.Sleep(2 * time.Second)
			if err := f.visibility(first[0], 3); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Second)
			if err := f.visibility(first[1], 0); err != nil {
				t.Error(err)
			}
		}()
		f.takes(5*time.Second, func() { f.want("messages", bodies(f.receive(20)), "released") })
		f.takes(7*time.Second, func() { f.want("messages", bodies(f.receive(20)), "delayed") })
	})
}

func TestPollsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		time.AfterFunc(4*time.Second, f.server.EndPolls)
		f.takes(4*time.Second, func() { f.receive(20) })
		f.takes(0, func() { f.receive(20) })
		f.send("still here")
		f.want("messages", bodies(f.receive(20)), "still here")
	})
}

func TestPollOnDeletedQueue(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		time.AfterFunc(2*time.Second, func() {
			must(f.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: f.url}))(t)
		})
		f.takes(2*time.Second, func() {
			_, err := f.ReceiveMessage(context.Background(), f.receiving(20))
			if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
				t.Fatalf("got %v, want QueueDoesNotExist", err)
			}
		})
	})
}

func TestCancelledPollTakesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := f.ReceiveMessage(ctx, f.receiving(20)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want the deadline", err)
		}
		f.send("kept")
		f.want("counts", f.counts(), "1/0/0")
	})
}

// A message and the end of the poll's context at the same instant: whichever the
// poll sees first, the message is not left in flight with nobody.
func TestCancelledAtTheMomentOfSend(t *testing.T) {
	for range 50 {
		bubble(t, func(t *testing.T, f fixture) {
			ctx, cancel := context.WithCancel(t.Context())
			received := make(chan int)
			go func() {
				out, err := f.ReceiveMessage(ctx, f.receiving(20))
				if err != nil {
					received <- 0
					return
				}
				received <- len(out.Messages)
			}()
			synctest.Wait()
			go cancel()
			f.send("one")
			if n := <-received; n == 0 {
				f.want("counts", f.counts(), "1/0/0")
			} else {
				f.want("counts", f.counts(), "0/1/0")
			}
			cancel()
		})
	}
}

// Many polls wait; each message wakes one of them at once, and a cancelled poll
// hands its turn on.
func TestManyPolls(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[string]time.Duration{}
		start := time.Now()
		poll := func(ctx context.Context) {
			out, err := f.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: f.url, WaitTimeSeconds: 20})
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, m := range out.Messages {
				got[*m.Body] = time.Since(start)
			}
		}
		cancelled, cancel := context.WithCancel(t.Context())
		for i := range 30 {
			ctx := t.Context()
			if i%3 == 0 {
				ctx = cancelled
			}
			wg.Go(func() { poll(ctx) })
			synctest.Wait()
		}
		time.Sleep(time.Second)
		cancel()
		for i := range 20 {
			f.send(fmt.Sprint(i))
		}
		wg.Wait()
		if len(got) != 20 {
			t.Errorf("%d messages received, want 20", len(got))
		}
		for body, at := range got {
			if at != time.Second {
				t.Errorf("message %s came after %s, want 1s", body, at)
			}
		}
	})
}

// Several polls and a message in flight: one of them has it the moment it is back.
func TestManyPollsOneReturning(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		f.receive(0)
		var wg sync.WaitGroup
		got := make(chan time.Duration, 10)
		start := time.Now()
		for range 10 {
			wg.Go(func() {
				if len(f.receive(20)) > 0 {
					got <- time.Since(start)
				}
			})
		}
		wg.Wait()
		close(got)
		if at, ok := <-got; !ok || at != 12*time.Second || len(got) > 0 {
			t.Errorf("received after %s and by %d others, want once after 12s", at, len(got))
		}
	}, "VisibilityTimeout", "12")
}

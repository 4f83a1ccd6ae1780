package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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

func TestVisibilityTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		first := f.receive(0)[0]
		f.want("receive count", first.Attributes["ApproximateReceiveCount"], "1")
		f.want("counts", f.counts(), "0/1/0")
		time.Sleep(30*time.Second - 1)
		f.want("early", bodies(f.receive(0)), "")
		time.Sleep(1)
		second := f.receive(0)[0]
		f.want("receive count", second.Attributes["ApproximateReceiveCount"], "2")
		f.want("first receive", second.Attributes["ApproximateFirstReceiveTimestamp"], first.Attributes["ApproximateFirstReceiveTimestamp"])
		f.want("sent", second.Attributes["SentTimestamp"], first.Attributes["SentTimestamp"])
		if *first.ReceiptHandle == *second.ReceiptHandle {
			t.Error("the same receipt handle twice")
		}
		f.delete(first) // stale: succeeds, deletes nothing
		f.want("counts", f.counts(), "0/1/0")
		f.delete(second)
		f.delete(second)
		f.want("counts", f.counts(), "0/0/0")
	})
}

func TestVisibilityOfReceive(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		in := f.receiving(0)
		in.VisibilityTimeout = 100
		must(f.ReceiveMessage(t.Context(), in))(t)
		f.takes(100*time.Second, func() {
			for len(f.receive(20)) == 0 {
			}
		})
	})
}

// A handle works after its timeout, until somebody else receives the message.
func TestDeleteAfterTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		m := f.receive(0)[0]
		time.Sleep(time.Hour)
		f.want("counts", f.counts(), "1/0/0")
		f.delete(m)
		f.want("counts", f.counts(), "0/0/0")
	})
}

func TestChangeMessageVisibility(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		m := f.receive(0)[0]
		time.Sleep(time.Hour)
		var notInFlight *types.MessageNotInflight
		if err := f.visibility(m, 5); !errors.As(err, &notInFlight) {
			t.Errorf("visible again: got %v, want MessageNotInflight", err)
		}
		m = f.receive(0)[0]
		if err := f.visibility(m, 43200); err != nil {
			t.Errorf("12 h at once: %v", err)
		}
		time.Sleep(time.Second)
		f.refused("12 h and a second", f.visibility(m, 43200), "InvalidParameterValue", "Total VisibilityTimeout")
		f.refused("more than 12 h", f.visibility(m, 43201), "InvalidParameterValue", "VisibilityTimeout")
		f.refused("negative", f.visibility(m, -1), "InvalidParameterValue", "VisibilityTimeout")
		if err := f.visibility(m, 43199); err != nil {
			t.Errorf("what is left of 12 h: %v", err)
		}
		if err := f.visibility(m, 0); err != nil {
			t.Errorf("release: %v", err)
		}
		f.want("released", bodies(f.receive(0)), "m")
		f.refused("stale", f.visibility(m, 5), "InvalidParameterValue", "does not exist")
		m.ReceiptHandle = aws.String("nonsense")
		var malformed *types.ReceiptHandleIsInvalid
		if err := f.visibility(m, 5); !errors.As(err, &malformed) {
			t.Errorf("malformed handle: got %v, want ReceiptHandleIsInvalid", err)
		}
	})
}

func TestRetention(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m", "flight")
		time.Sleep(time.Minute - 1)
		m := f.receive(0)[1]
		f.want("counts", f.counts(), "0/2/0")
		time.Sleep(1)
		f.want("counts", f.counts(), "0/0/0")
		f.refused("gone", f.visibility(m, 5), "InvalidParameterValue", "does not exist")
		f.delete(m)
		f.want("messages", bodies(f.receive(0)), "")
	}, "MessageRetentionPeriod", "60")
}

func TestReceiveOrder(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		for i := range 25 {
			f.send(fmt.Sprint(i))
		}
		got := ""
		for range 3 {
			got += bodies(f.receive(0)) + " "
		}
		f.want("order", got, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 ")
	})
}

func TestReceiveRanges(t *testing.T) {
	f := open(t)
	for _, c := range []struct {
		name   string
		change func(in *sqs.ReceiveMessageInput)
		code   string
	}{
		{"11 messages", func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 11 }, "InvalidParameterValue"},
		{"-1 messages", func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = -1 }, "InvalidParameterValue"},
		{"21 seconds", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 21 }, "InvalidParameterValue"},
		{"-1 seconds", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = -1 }, "InvalidParameterValue"},
		{"visibility", func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 43201 }, "InvalidParameterValue"},
		{"attempt", func(in *sqs.ReceiveMessageInput) { in.ReceiveRequestAttemptId = aws.String("x") }, "InvalidParameterValue"},
		{"attribute", func(in *sqs.ReceiveMessageInput) {
			in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"Nonsense"}
		}, "InvalidAttributeName"},
		{"queue", func(in *sqs.ReceiveMessageInput) { in.QueueUrl = aws.String(*f.url + "x") }, "AWS.SimpleQueueService.NonExistentQueue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := f.receiving(0)
			c.change(in)
			_, err := f.ReceiveMessage(t.Context(), in)
			f.refused(c.name, err, c.code, "")
		})
	}
}

func TestSelectedAttributes(t *testing.T) {
	f := open(t)
	text := types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("v")}
	must(f.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: f.url, MessageBody: aws.String("m"),
		MessageAttributes: map[string]types.MessageAttributeValue{"a.one": text, "a.two": text, "b": text},
	}))(t)
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "map[]"}, {[]string{"b"}, "[b]"}, {[]string{"a.*"}, "[a.one a.two]"},
		{[]string{".*"}, "[a.one a.two b]"}, {[]string{"All"}, "[a.one a.two b]"}, {[]string{"none"}, "map[]"},
	} {
		in := &sqs.ReceiveMessageInput{QueueUrl: f.url, MessageAttributeNames: c.names, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"SenderId"}}
		m := must(f.ReceiveMessage(t.Context(), in))(t).Messages[0]
		got := sortedKeys(m.MessageAttributes)
		if c.want == "map[]" {
			f.want("digest of none", aws.ToString(m.MD5OfMessageAttributes), "")
			c.want = "[]"
		}
		f.want(fmt.Sprint(c.names), got, c.want)
		f.want("system attributes", sortedKeys(m.Attributes), "[SenderId]")
		if err := f.visibility(m, 0); err != nil {
			t.Fatal(err)
		}
	}
}

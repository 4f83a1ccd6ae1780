package queue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// given is how long an invocation of the fixture's function may take.
const given = 5 * time.Second

// function is the worker's, as at a cold start.
func (f *fixture) function(w *queue.Worker) queue.Function {
	f.Helper()
	function, err := w.Function(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	return function
}

// event is what Lambda makes of messages of the queue.
func event(messages []types.Message) (e events.SQSEvent) {
	for _, m := range messages {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: *m.MessageId, ReceiptHandle: *m.ReceiptHandle, Body: *m.Body, Attributes: m.Attributes,
			EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:q", EventSource: "aws:sqs", AWSRegion: "us-east-1",
		})
	}
	return e
}

// invoke invokes a function as Lambda does and returns the IDs of its answer. It must
// answer in time.
func (f *fixture) invoke(function queue.Function, e events.SQSEvent) (ids []string, err error) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), given)
	defer cancel()
	answer, err := function(ctx, e)
	if ctx.Err() != nil {
		f.Errorf("the answer came after the %v that the invocation has", given)
	}
	for _, failed := range answer.BatchItemFailures {
		ids = append(ids, failed.ItemIdentifier)
	}
	return ids, err
}

// mapping plays Lambda's part for so long: it polls the queue, invokes the function
// with each batch and deletes what the answer does not name.
func (f *fixture) mapping(function queue.Function, d time.Duration) {
	f.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		out, err := f.SQS.ReceiveMessage(f.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &f.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			f.Fatal(err)
		}
		if len(out.Messages) > 0 {
			f.deliver(function, out.Messages)
		}
	}
}

func (f *fixture) deliver(function queue.Function, messages []types.Message) {
	f.Helper()
	failed, err := f.invoke(function, event(messages))
	if err != nil {
		f.Error(err)
		return
	}
	for _, m := range messages {
		if slices.Contains(failed, *m.MessageId) {
			continue
		}
		if _, err := f.SQS.DeleteMessage(f.Context(), &sqs.DeleteMessageInput{QueueUrl: &f.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			f.Error(err)
		}
	}
}

// TestFunction: each message of an event has the outcome of its own, and the handler
// is told what SQS knows of it.
func TestFunction(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("done 1", "fail 1", "done 2", "fail 2")
		r := f.recorder(func(m queue.Message) error {
			if strings.HasPrefix(m.Body, "fail") && m.Receives == 1 {
				return errHandler
			}
			return nil
		})
		function := f.function(f.worker(r.handle))
		time.Sleep(1234 * time.Millisecond)
		f.mapping(function, time.Second)
		f.wantCounts(0, 2)
		if n := len(f.client.made(changing)); n != 1 {
			t.Errorf("%d calls to postpone two messages, want one", n)
		}
		if n := len(f.client.made(deleting)); n != 0 {
			t.Errorf("%d calls to delete what Lambda deletes", n)
		}
		f.mapping(function, time.Minute)
		f.wantCounts(0, 0)
		if got := strings.Join(r.bodies(), ", "); got != "done 1, done 2, fail 1, fail 1, fail 2, fail 2" {
			t.Errorf("worked %s", got)
		}
		for i, d := range r.got {
			want := 1234 * time.Millisecond
			if i >= 4 {
				want += 2 * time.Second
			}
			if d.at != want || d.Receives != i/4+1 || d.Last || d.ID == "" || !d.SentAt.Equal(f.start) || d.SentAt.Location() != time.UTC {
				t.Errorf("delivery %d after %v: %+v", i, d.at, d.Message)
			}
		}
	})
}

// TestFunctionAnswer: Lambda is answered with a list in any case, for it takes null
// and an empty list for success, but anything else that is no list for failure.
func TestFunctionAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		m := f.take(f.url)
		for name, want := range map[string]string{
			"succeed": `{"batchItemFailures":[]}`,
			"fail":    fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, *m[0].MessageId),
		} {
			outcome := map[string]func(queue.Message) error{"succeed": succeed, "fail": fail}[name]
			r := f.recorder(outcome)
			function := f.function(f.worker(func(ctx context.Context, messages []queue.Message) []error {
				if ctx.Err() != nil {
					t.Errorf("%s: the handler has no time, where the invocation has any", name)
				}
				return r.handle(ctx, messages)
			}))
			answer, err := function(t.Context(), event(m))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(answer); err != nil || string(got) != want {
				t.Errorf("%s: %s, %v, want %s", name, got, err, want)
			}
		}
	})
}

// TestFunctionBackoff: a message that always fails comes again as with a worker, and
// goes to the dead-letter queue after its last delivery.
func TestFunctionBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("poison")
		r := f.recorder(fail)
		f.mapping(f.function(f.worker(r.handle)), time.Hour)
		var at []string
		for i, d := range r.got {
			at = append(at, d.at.String())
			if d.Receives != i+1 || d.Last != (i+1 == maxReceives) {
				t.Errorf("delivery %d says %d, last %t", i+1, d.Receives, d.Last)
			}
		}
		const want = "0s 2s 6s 14s 30s 1m2s 2m6s 4m14s 8m30s 13m30s" // as in TestBackoff
		if got := strings.Join(at, " "); got != want {
			t.Errorf("delivered at %s, want %s", got, want)
		}
		if dead := f.take(f.dlq); len(dead) != 1 || *dead[0].Body != "poison" {
			t.Errorf("dead letters %v", bodiesOf(dead))
		}
	})
}

// TestFunctionGivesUp: on its last delivery, and only then, a message that is given up
// goes to the dead-letter queue without delay.
func TestFunctionGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("given up")
		r := f.recorder(func(m queue.Message) error { return fmt.Errorf("message %s: %w", m.ID, queue.ErrGiveUp) })
		f.mapping(f.function(f.worker(r.handle)), 13*time.Minute+31*time.Second) // the tenth delivery is after 13m30s
		if n := len(r.deliveries()); n != maxReceives {
			t.Errorf("%d deliveries, want %d", n, maxReceives)
		}
		if dead := f.take(f.dlq); len(dead) != 1 {
			t.Errorf("dead letters %v at once, want one", bodiesOf(dead))
		}
	})
}

// TestFunctionBrokenHandler: a handler that panics, or whose outcomes are not one per
// message, has done nothing of the event, and the next event finds the function well.
func TestFunctionBrokenHandler(t *testing.T) {
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
				function := f.function(f.worker(func(ctx context.Context, messages []queue.Message) []error {
					if messages[0].Receives == 1 {
						return outcomes(len(messages))
					}
					return r.handle(ctx, messages)
				}))
				f.mapping(function, time.Second)
				f.wantCounts(0, 3)
				f.mapping(function, time.Minute)
				f.wantCounts(0, 0)
				if got := strings.Join(r.bodies(), ""); got != "abc" {
					t.Errorf("worked %q in the second delivery", got)
				}
				f.wantLog("message not done", map[bool]string{true: "the handler panicked", false: "outcomes for 3 messages"}[name == "panic"])
			})
		})
	}
}

// TestFunctionDeadline: the handler's time ends while there is still enough to
// postpone what is not done and to answer, which does not wait for SQS for ever.
func TestFunctionDeadline(t *testing.T) {
	tests := []struct {
		given    time.Duration // to the invocation
		works    time.Duration // how long the handler may
		hanging  bool          // SQS does not answer
		answered time.Duration
	}{
		{5 * time.Second, 4 * time.Second, false, 4 * time.Second},
		{time.Minute, 55 * time.Second, false, 55 * time.Second},
		{15 * time.Minute, 15*time.Minute - 5*time.Second, false, 15*time.Minute - 5*time.Second},
		{time.Minute, 55 * time.Second, true, 59 * time.Second},
		{time.Second, 800 * time.Millisecond, true, 960 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.given, " ", test.hanging), func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.set("VisibilityTimeout", "5400")
				f.send("done", "late")
				worked := time.Duration(0)
				function := f.function(f.worker(func(ctx context.Context, messages []queue.Message) []error {
					<-ctx.Done()
					worked = f.elapsed()
					return []error{nil, context.Cause(ctx)}
				}))
				messages := f.take(f.url)
				if test.hanging {
					f.client.hang(changing)
				}
				ctx, cancel := context.WithTimeout(t.Context(), test.given)
				defer cancel()
				answer, err := function(ctx, event(messages))
				if at := f.elapsed(); err != nil || worked != test.works || at != test.answered {
					t.Errorf("worked until %v, answered after %v, want %v and %v: %v", worked, at, test.works, test.answered, err)
				}
				if len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != *messages[1].MessageId {
					t.Errorf("answer %+v, want the message that is late", answer)
				}
				f.wantLog("message not done", "again_in=2s", "the invocation has no more time")
				if !test.hanging {
					time.Sleep(2 * time.Second)
					f.wantCounts(1, 1) // what is done waits for Lambda to delete it
				}
			})
		})
	}
}

// TestFunctionEvents: an event that the function cannot answer for is an error, so
// that nothing of it is deleted; a record that is not as SQS makes them is not done.
func TestFunctionEvents(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b", "c", "d")
		good := f.take(f.url)
		r := f.recorder(succeed)
		function := f.function(f.worker(r.handle))
		change := func(change func(*events.SQSMessage)) events.SQSEvent {
			e := event(good)
			change(&e.Records[1])
			return e
		}
		for want, e := range map[string]events.SQSEvent{
			"without messages":       {},
			`of queue ""`:            change(func(m *events.SQSMessage) { m.EventSourceARN = "" }),
			"q-dlq":                  change(func(m *events.SQSMessage) { m.EventSourceARN += "-dlq" }),
			"message without an ID":  change(func(m *events.SQSMessage) { m.MessageId = "" }),
			"for the function of":    change(func(m *events.SQSMessage) { m.EventSourceARN = "arn:aws:kinesis:us-east-1:000000000000:stream/q" }),
			`queue "arn:aws:sqs::q,`: change(func(m *events.SQSMessage) { m.EventSourceARN = "arn:aws:sqs::q,q" }),
		} {
			if failed, err := f.invoke(function, e); err == nil || !strings.Contains(err.Error(), want) || failed != nil {
				t.Errorf("%q: answered %v, %v", want, failed, err)
			}
		}
		if len(r.got) > 0 {
			t.Errorf("worked %v of events that are refused", r.bodies())
		}
		for _, attributes := range []map[string]string{
			nil,
			{"ApproximateReceiveCount": "1"},
			{"ApproximateReceiveCount": "one", "SentTimestamp": "1"},
			{"ApproximateReceiveCount": "1", "SentTimestamp": "today"},
		} {
			r.got, r.batches = nil, nil
			failed, err := f.invoke(function, change(func(m *events.SQSMessage) { m.Attributes = attributes }))
			if err != nil || !slices.Equal(failed, []string{*good[1].MessageId}) {
				t.Errorf("%v: answered %v, %v, want the message without its attributes", attributes, failed, err)
			}
			if got := strings.Join(r.bodies(), ""); got != "acd" || !slices.Equal(r.batches, []int{3}) {
				t.Errorf("%v: worked %s of %v, want the others", attributes, got, r.batches)
			}
		}
		r.batches = nil
		e := event(good[1:2])
		e.Records[0].Attributes = nil
		if failed, err := f.invoke(function, e); err != nil || len(failed) != 1 || r.batches != nil {
			t.Errorf("a message without its attributes, alone: answered %v, %v, worked %v", failed, err, r.batches)
		}
		f.wantLog("message without its attributes", *good[1].MessageId)
	})
}

// TestFunctionLargeEvent: all of an event that is larger than a call takes is
// postponed, by eight calls at a time.
func TestFunctionLargeEvent(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send(numbers(505)...)
		var messages []types.Message
		for some := f.take(f.url); len(some) > 0; some = f.take(f.url) {
			messages = append(messages, some...)
		}
		f.server.Hook(on(changing, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(100 * time.Millisecond)
			return next(), nil
		}))
		var work context.Context
		function := f.function(f.worker(func(ctx context.Context, messages []queue.Message) []error {
			work = ctx
			return slices.Repeat([]error{errHandler}, len(messages))
		}))
		failed, err := f.invoke(function, event(messages))
		if err != nil || len(failed) != 505 {
			t.Errorf("%d messages of 505 failed: %v", len(failed), err)
		}
		if took := f.elapsed().Round(time.Millisecond); took != 700*time.Millisecond {
			t.Errorf("it took %v, want 7 times 100ms for 51 calls", took)
		}
		if work.Err() != context.Canceled {
			t.Errorf("after the answer the handler's context has %v", work.Err())
		}
		if n := len(f.client.made(changing)); n != 51 {
			t.Errorf("%d calls, want 51", n)
		}
		f.wantCounts(0, 505)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		f.wantCounts(505, 0)
	})
}

// TestFunctionWithoutQueue: a function whose queue cannot be read does not start.
func TestFunctionWithoutQueue(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		w := f.worker(idle)
		w.URL += "-none"
		if _, err := w.Function(t.Context()); err == nil || !strings.Contains(err.Error(), "q-none") {
			t.Errorf("a function of a queue that is not there: %v", err)
		}
	})
}

package audit

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
)

func messages(bodies ...string) []queue.Message {
	all := make([]queue.Message, len(bodies))
	for i, body := range bodies {
		all[i] = queue.Message{ID: fmt.Sprintf("m%d", i), Body: body, SentAt: received.Add(time.Duration(i) * time.Second)}
	}
	return all
}

// packed is a message of n requests.
func packed(n int) string {
	requests := make([]string, n)
	for i := range requests {
		requests[i] = fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"p%d","numbers":[%d]}`, i, i)
	}
	return `{"schema":"statline.requests/v1","requests":[` + strings.Join(requests, ",") + `]}`
}

// TestHandler: whatever is in the messages, they are done when the object with
// their entries is stored, and not before.
func TestHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		release := make(chan struct{})
		server.Hook(onPut(func(_ int, _ *local.Call, next func() *local.Response) (*local.Response, error) {
			<-release
			response := next()
			time.Sleep(time.Second)
			return response, nil
		}))
		var outcomes []error
		done := false
		go func() {
			outcomes = newLog(stack).Handler("statline")(t.Context(), messages(
				`{"schema":"statline.request/v1","request_id":"r0","numbers":[1,2]}`, packed(3), "", "no JSON\n\nend 1\n", "\xff\x00",
				`{"schema":"statline.request/v1","request_id":"r5","numbers":[1e1000],"deadline":"2020-01-01T00:00:00Z"}`,
			))
			done = true
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if done {
			t.Fatal("the messages are done before the object is stored")
		}
		close(release)
		time.Sleep(time.Second)
		synctest.Wait()
		if !done || len(outcomes) != 6 || slices.ContainsFunc(outcomes, func(err error) bool { return err != nil }) {
			t.Fatalf("done %t, outcomes %v", done, outcomes)
		}
		all := objects(t, stack)
		if len(all) != 1 {
			t.Fatalf("objects %v", idsOf(all))
		}
		var got []string
		for _, e := range all[0].entries {
			got = append(got, fmt.Sprintf("%.8s %s %s %s", e.RequestID, e.MessageID, e.ReceivedAt.Format("05"), e.Status))
		}
		want := []string{
			"r0 m0 02 ok", "p0 m1 03 ok", "p1 m1 03 ok", "p2 m1 03 ok", "bad-e3b0 m2 04 error", "bad-" + all[0].entries[5].Digest[:4] + " m3 05 error",
			"bad-" + all[0].entries[6].Digest[:4] + " m4 06 error", "r5 m5 07 ok",
		}
		if !slices.Equal(got, want) {
			t.Errorf("entries\n%q\nwant\n%q", got, want)
		}
	})
}

// TestHandlerFails: when the object cannot be stored, none of its messages is done.
func TestHandlerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		l := newLog(stack)
		for _, fail := range []func(c *local.Call) (*local.Response, error){
			func(*local.Call) (*local.Response, error) { return nil, errBroken },
			func(c *local.Call) (*local.Response, error) { return local.Refuse(c, 403, "AccessDenied", "no"), nil },
			func(c *local.Call) (*local.Response, error) { return local.Refuse(c, 404, "NoSuchBucket", "no"), nil },
		} {
			server.Hook(func(c *local.Call, _ func() *local.Response) (*local.Response, error) { return fail(c) })
			outcomes := l.Handler("statline")(t.Context(), messages("", packed(2), `{"schema":"statline.request/v1","request_id":"r2","numbers":[1]}`))
			if len(outcomes) != 3 || slices.Contains(outcomes, nil) {
				t.Errorf("outcomes %v", outcomes)
			}
		}
		server.Hook(nil)
		if all := objects(t, stack); len(all) != 0 {
			t.Errorf("objects %v", idsOf(all))
		}
		outcomes := l.Handler("statline")(t.Context(), messages("again"))
		if len(outcomes) != 1 || outcomes[0] != nil || len(objects(t, stack)) != 1 {
			t.Errorf("afterwards: outcomes %v", outcomes)
		}
	})
}

// TestHandlerContext: a handler that may wait no longer says so of its messages.
func TestHandlerContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		outcomes := newLog(stack).Handler("statline")(ctx, messages("a", "b"))
		if fmt.Sprint(outcomes) != "[context deadline exceeded context deadline exceeded]" {
			t.Errorf("outcomes %v", outcomes)
		}
	})
}

func TestHandlerWithoutMessages(t *testing.T) {
	stack, _ := open(t)
	if outcomes := newLog(stack).Handler("statline")(t.Context(), nil); len(outcomes) != 0 {
		t.Errorf("outcomes %v", outcomes)
	}
}

// TestMessageSharesObject: the requests of one message are never torn apart, even
// where objects are small.
func TestMessageSharesObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, _ := open(t)
		l := NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket(), MaxBytes: 2000})
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if outcomes := l.Handler("statline")(t.Context(), messages(packed(40))); outcomes[0] != nil {
					t.Error(outcomes[0])
				}
			})
		}
		wg.Wait()
		all := objects(t, stack)
		if len(all) != 5 || slices.ContainsFunc(all, func(o object) bool { return len(o.entries) != 40 }) {
			t.Errorf("objects %v", idsOf(all))
		}
	})
}

// TestWorker runs the service: requests come by the topic, a third of the writes
// fails in one way or another, and in the end every request is in the log, and was
// when its message was deleted.
func TestWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		server.Hook(onPut(func(n int, c *local.Call, next func() *local.Response) (*local.Response, error) {
			switch n % 6 {
			case 1:
				return local.Refuse(c, 403, "AccessDenied", "try again"), nil
			case 3:
				next()
				return nil, errBroken
			}
			return next(), nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		l := newLog(stack)
		w := &queue.Worker{SQS: stack.SQS, URL: stack.QueueURL(stack.AuditQueue()), Handler: recorded(t, stack, l.Handler("statline")), Batches: Batches, Log: slog.New(slog.DiscardHandler)}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := w.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		for i := range 60 {
			body := fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"r%d","numbers":[%d]}`, i, i)
			if _, err := stack.SNS.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(stack.TopicARN()), Message: &body}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		time.Sleep(10 * time.Minute)
		cancel()
		l.Hurry()
		wg.Wait()
		l.Close()
		logged := map[string]int{}
		for _, of := range idsOf(objects(t, stack)) {
			for _, id := range of {
				logged[id]++
			}
		}
		if len(logged) != 60 {
			t.Errorf("%d requests are in the log", len(logged))
		}
		if n := waiting(t, stack); n != "0 0" {
			t.Errorf("visible and hidden messages: %s", n)
		}
	})
}

// recorded checks that the requests of each message that is done are in the log.
func recorded(t *testing.T, stack *cloud.Stack, h queue.Handler) queue.Handler {
	return func(ctx context.Context, messages []queue.Message) []error {
		outcomes := h(ctx, messages)
		text := fmt.Sprint(idsOf(objects(t, stack)))
		for i, m := range messages {
			for _, in := range message.Parse("statline", []byte(m.Body)) {
				if outcomes[i] == nil && !strings.Contains(strings.NewReplacer("[", " ", "]", " ").Replace(text), " "+in.ID+" ") {
					t.Errorf("message %s is done, its request %s is not in the log", m.ID, in.ID)
				}
			}
		}
		return outcomes
	}
}

// waiting is how many messages the audit queue holds, visible and hidden.
func waiting(t *testing.T, stack *cloud.Stack) string {
	visible, hidden := types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := stack.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(stack.QueueURL(stack.AuditQueue())), AttributeNames: []types.QueueAttributeName{visible, hidden},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes[string(visible)] + " " + out.Attributes[string(hidden)]
}

// FuzzHandler: any message is done, and its requests, at least one, are in the log
// and in order, in text that is printable ASCII.
func FuzzHandler(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", "\x00\xff\u2028", packed(3), `{"schema":"statline.requests/v1","requests":[1,"x",{}]}`, `{" ":1}`, `{"  x":1,"request_id":"r1"}`,
		`{"schema":"statline.request/v1","request_id":"r1","numbers":[1,-2.50e3],"quantiles":[0.5],"quantile_method":"R8","client_id":"lab"}`,
		"{\"request_id\":\"r1\"}\n\nend 1\n", strings.Repeat("[", 10_000), `{"schema":"statline.request/v1","request_id":"r1","numbers":[1],"sent_at":"0000-01-01T00:00:00.0004Z"}`,
	} {
		f.Add(body)
	}
	stack, server := open(f)
	l := newLog(stack)
	l.Hurry()
	f.Fuzz(func(t *testing.T, body string) {
		var text []byte
		server.Hook(onPut(func(_ int, c *local.Call, _ func() *local.Response) (*local.Response, error) {
			text = slices.Clone(c.Body)
			return &local.Response{Status: http.StatusOK}, nil // nothing is kept, however long it runs
		}))
		if outcomes := l.Handler("statline")(t.Context(), messages(body)); len(outcomes) != 1 || outcomes[0] != nil {
			t.Fatalf("outcomes %v", outcomes)
		}
		if i := slices.IndexFunc(text, func(c byte) bool { return c != '\n' && (c < ' ' || c > '~') }); i >= 0 {
			t.Errorf("byte %d is %#x", i, text[i])
		}
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		want := message.Parse("statline", []byte(body))
		if len(got) != len(want) {
			t.Fatalf("%d entries of %d requests", len(got), len(want))
		}
		for i, in := range want {
			if e := got[i]; e.RequestID != in.ID || e.Digest != in.Digest || e.MessageID != "m0" || in.Fault != nil && e.Body != string(in.Raw) {
				t.Errorf("entry %d is\n%s\nof %+v", i, e, in)
			}
		}
	})
}

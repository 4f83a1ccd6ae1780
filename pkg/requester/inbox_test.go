package requester

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/local"
)

// TestInboxQueue: an inbox keeps replies for an hour and lets polls wait.
func TestInboxQueue(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.send(r, "r1")
		out, err := f.stack.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &f.inboxes()[0], AttributeNames: []types.QueueAttributeName{"MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds"},
		})
		if err != nil || out.Attributes["MessageRetentionPeriod"] != "3600" || out.Attributes["ReceiveMessageWaitTimeSeconds"] != "20" {
			t.Errorf("attributes %v, %v", out, err)
		}
	})
}

// TestPolls: the inbox is polled while a request is pending, and only then.
func TestPolls(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("ReceiveMessage", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			var in struct{ MaxNumberOfMessages, WaitTimeSeconds int }
			if err := json.Unmarshal(c.Body, &in); err != nil || in.MaxNumberOfMessages != 10 || in.WaitTimeSeconds != 20 {
				t.Errorf("polled for %+v, %v", in, err)
			}
			return next(), nil
		})
		p := f.send(r, "r1")
		q := f.send(r, "r2")
		time.Sleep(50 * time.Second)
		if got := seconds(f.made("ReceiveMessage")); !slices.Equal(got, []int{0, 20, 40}) {
			t.Errorf("polled at %v", got)
		}
		f.answer(p)
		f.await(p)
		time.Sleep(55 * time.Second)
		if got := seconds(f.made("ReceiveMessage")); !slices.Equal(got, []int{0, 20, 40, 50, 70, 90}) {
			t.Errorf("polled at %v", got)
		}
		f.answer(q)
		f.await(q)
		time.Sleep(time.Hour)
		if n := len(f.made("ReceiveMessage")); n != 6 {
			t.Errorf("polled %d times, although nothing is pending", n)
		}
		last := f.send(r, "r3")
		f.answer(last)
		f.await(last)
		f.wantCounts(r, Counts{Replies: 3})
		if n := len(f.made("DeleteMessageBatch")); n > 3 {
			t.Errorf("%d calls to delete 3 replies", n)
		}
	})
}

// TestQuiet: a client whose calls all succeed logs nothing, nor does one that is
// closed while it polls.
func TestQuiet(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		p := f.send(r, "r1")
		time.AfterFunc(time.Minute, func() { f.answer(p) })
		f.await(p)
		f.send(r, "r2")
		time.Sleep(2 * deleteLinger)
		f.close(r)
		if log := f.logged.String(); log != "" {
			t.Errorf("logged %s", log)
		}
	})
}

// TestInboxFails: an inbox that cannot be read is read again, less and less often;
// success begins anew.
func TestInboxFails(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("ReceiveMessage", refusing(403, "AccessDenied"))
		p := f.send(r, "r1")
		time.Sleep(20 * time.Second)
		var gaps []time.Duration
		calls := f.made("ReceiveMessage")
		for i := 1; i < len(calls); i++ {
			gaps = append(gaps, calls[i]-calls[i-1])
		}
		ms := time.Millisecond
		if want := []time.Duration{200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms}; !slices.Equal(gaps, want) {
			t.Errorf("read again after %v, want %v", gaps, want)
		}
		f.on("ReceiveMessage", nil)
		time.Sleep(10 * time.Second)
		calls = f.made("ReceiveMessage")
		f.on("ReceiveMessage", refusing(403, "AccessDenied"))
		time.Sleep(20 * time.Second)
		calls = f.made("ReceiveMessage")[len(calls):]
		if len(calls) < 2 || calls[1]-calls[0] != 200*ms {
			t.Errorf("after a success, failures come at %v", calls)
		}
		f.on("ReceiveMessage", nil)
		f.answer(p)
		f.await(p)
		f.wantCounts(r, Counts{Replies: 1})
	})
}

// TestInboxRemoved: an inbox that somebody removed is not polled any more, and the
// next request has another.
func TestInboxRemoved(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1")
		removed := f.inboxes()[0]
		if _, err := f.stack.SQS.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &removed}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		polls := len(f.made("ReceiveMessage"))
		time.Sleep(time.Hour)
		if n := len(f.made("ReceiveMessage")); n != polls {
			t.Errorf("polled %d times more", n-polls)
		}
		q := f.send(r, "r2")
		if urls := f.inboxes(); len(urls) != 1 || urls[0] == removed {
			t.Errorf("inboxes %v", urls)
		}
		f.answer(q)
		f.await(q)
		f.put(request("r1"))
		f.await(p)
		f.wantCounts(r, Counts{Replies: 1})
	})
}

// TestAbandon: only the inbox that is in use can be abandoned.
func TestAbandon(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		stopped := false
		r.abandon(&inbox{stop: func() { stopped = true }})
		f.send(r, "r1")
		in := r.inbox
		r.abandon(&inbox{stop: func() { stopped = true }})
		if r.inbox != in || stopped {
			t.Error("another inbox was abandoned")
		}
		stop := in.stop
		in.stop = func() { stopped = true; stop() }
		if r.abandon(in); r.inbox == in || !stopped {
			t.Error("the inbox was not abandoned")
		}
	})
}

// TestInboxOutlivesItsRequest: the inbox is polled although the context it was made
// in has ended.
func TestInboxOutlivesItsRequest(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		ctx, cancel := context.WithCancel(t.Context())
		p, err := r.Send(ctx, request("r1"))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		f.answer(p)
		f.await(p)
		f.wantCounts(r, Counts{Replies: 1})
	})
}

// TestInboxFailsToBeMade: the next request tries again; an inbox that comes in the
// end is used.
func TestInboxFailsToBeMade(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", refusing(400, "AccessDenied"))
		if _, err := r.Send(t.Context(), request("r1")); !contains(err, "create inbox ") {
			t.Errorf("without an inbox: %v", err)
		}
		if len(r.pending) != 0 || len(f.inboxes()) != 0 {
			t.Errorf("pending %v, inboxes %v", r.pending, f.inboxes())
		}
		f.on("CreateQueue", refusing(503, "ServiceUnavailable"))
		time.AfterFunc(time.Minute, func() { f.on("CreateQueue", nil) })
		p := f.send(r, "r1")
		f.answer(p)
		f.await(p)
		f.wantCounts(r, Counts{Replies: 1})
	})
}

// TestTaken: what comes to the inbox is taken out of it, whosever it is.
func TestTaken(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1")
		for range 5 {
			f.forge(r, "no reply")
		}
		time.Sleep(time.Minute)
		out, err := f.stack.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &f.inboxes()[0], AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil || out.Attributes["ApproximateNumberOfMessages"] != "0" || out.Attributes["ApproximateNumberOfMessagesNotVisible"] != "0" {
			t.Errorf("inbox %v, %v", out, err)
		}
		f.answer(p)
		f.await(p)
		f.wantCounts(r, Counts{Replies: 1, Foreign: 5})
	})
}

// TestTakenAgain: a reply that cannot be taken out of the inbox comes again and is
// counted.
func TestTakenAgain(t *testing.T) {
	tests := []struct {
		name, logged string
		hook         local.Hook
	}{
		{"refused", "api error AccessDenied", refusing(400, "AccessDenied")},
		{"broken", "reset", func(*local.Call, func() *local.Response) (*local.Response, error) { return nil, errors.New("reset") }},
		{"failed", "1 of 1: InternalError", func(*local.Call, func() *local.Response) (*local.Response, error) {
			return &local.Response{
				Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body: []byte(`{"Successful":[],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}`),
			}, nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			with(t, func(t *testing.T, f *fixture, r *Requester) {
				f.on("DeleteMessageBatch", tt.hook)
				p := f.send(r, "r1")
				f.answer(p)
				f.await(p)
				time.Sleep(time.Minute) // the reply is visible again
				if !f.logged.logs(tt.logged) {
					t.Errorf("the log does not say %q", tt.logged)
				}
				f.on("DeleteMessageBatch", nil)
				p = f.send(r, "r2")
				time.Sleep(time.Minute)
				f.answer(p)
				f.await(p)
				f.wantCounts(r, Counts{Replies: 2, Repeated: 1})
			})
		})
	}
}

// TestDeletionsFallBehind: what is not deleted yet does not pile up.
func TestDeletionsFallBehind(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1") // keeps the inbox polled
		stuck := make(chan struct{})
		f.on("DeleteMessageBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			<-stuck
			return next(), nil
		})
		const all = maxTaken + 50
		for range all {
			f.forge(r, "no reply")
			time.Sleep(time.Millisecond) // so that a receive brings one
		}
		f.wantCounts(r, Counts{Foreign: maxTaken + 1}) // and one waits
		close(stuck)
		time.Sleep(deleteLinger)
		f.wantCounts(r, Counts{Foreign: all})
		f.answer(p)
		f.await(p)
	})
}

// TestWaitForInbox: a caller waits no longer than it wants to for the inbox that
// another has made, and holds up nobody.
func TestWaitForInbox(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(10 * time.Second)
			return next(), nil
		})
		first := make(chan error, 1)
		go func() {
			_, err := r.Send(t.Context(), request("r1"))
			first <- err
		}()
		time.Sleep(time.Second)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := r.Send(ctx, request("r2"))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
			t.Errorf("the second caller: %v after %v", err, took)
		}
		if err := <-first; err != nil {
			t.Errorf("the first caller: %v", err)
		}
	})
}

// TestOpenOnce: requests of one batch open their inbox once, and those that need
// none, or another, go without it.
func TestOpenOnce(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", refusing(403, "AccessDenied"))
		f.on("PublishBatch", refusing(403, "AuthorizationError"))
		in := r.inbox
		errs := r.publisher.publish(t.Context(), []publication{{"a", r, in}, {"b", r, nil}, {"c", r, in}})
		if n := len(f.made("CreateQueue")); n != 1 {
			t.Errorf("%d calls to make the inbox", n)
		}
		for i, want := range []string{"create inbox", "AuthorizationError", "create inbox"} {
			if !contains(errs[i], want) {
				t.Errorf("request %d: %v, want %s", i, errs[i], want)
			}
		}
	})
}

// TestPublishBesides: requests whose callers have gone do not hold up others while
// an inbox is made.
func TestPublishBesides(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(time.Minute)
			return next(), nil
		})
		var sending sync.WaitGroup
		for i := range 4 {
			sending.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if i == 0 {
					ctx = t.Context()
				}
				_, err := r.Send(ctx, request(fmt.Sprint("r", i)))
				if (err == nil) != (i == 0) {
					t.Errorf("request %d: %v", i, err)
				}
			})
		}
		time.Sleep(3 * time.Second)
		began := time.Now()
		if err := r.Publish(t.Context(), request("r9")); err != nil || time.Since(began) > time.Second {
			t.Errorf("published after %v: %v", time.Since(began), err)
		}
		sending.Wait()
	})
}

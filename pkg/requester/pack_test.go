package requester

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// batches has every PublishBatch take a while, and returns the messages of each so far.
func (f *fixture) batches(takes time.Duration) func() [][]string {
	var mu sync.Mutex
	var all [][]string
	f.on("PublishBatch", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		form, err := url.ParseQuery(string(c.Body))
		if err != nil {
			return nil, err
		}
		var bodies []string
		for i := 1; form.Has(fmt.Sprintf("PublishBatchRequestEntries.member.%d.Id", i)); i++ {
			bodies = append(bodies, form.Get(fmt.Sprintf("PublishBatchRequestEntries.member.%d.Message", i)))
		}
		mu.Lock()
		all = append(all, bodies)
		mu.Unlock()
		time.Sleep(takes)
		return next(), nil
	})
	return func() [][]string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// publish publishes bodies, each a while after the one before.
func (f *fixture) publish(p *Publisher, r *Requester, apart time.Duration, bodies ...string) {
	f.Helper()
	var wg sync.WaitGroup
	for _, body := range bodies {
		wg.Go(func() {
			if err := p.group.Do(f.Context(), publication{body, r, nil}); err != nil {
				f.Error(err)
			}
		})
		time.Sleep(apart)
	}
	wg.Wait()
}

// bodiesOf are the bodies of requests r0, r1 and so on.
func bodiesOf(t *testing.T, n int) []string {
	bodies := make([]string, n)
	for i := range bodies {
		body, err := request(fmt.Sprint("r", i)).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		bodies[i] = string(body)
	}
	return bodies
}

// TestPublisherPacks: so many requests share a message, ten messages a call, and every
// request is in one of them.
func TestPublisherPacks(t *testing.T) {
	for _, tt := range []struct {
		pack     int
		messages [][]int // by call, how many requests each message has
	}{
		{-1, [][]int{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}}},
		{0, [][]int{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}}},
		{1, [][]int{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}}},
		{2, [][]int{{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, {2, 2, 1}}},
		{10, [][]int{{10, 10, 5}}},
		{message.MaxRequests + 1, [][]int{{25}}},
	} {
		t.Run(fmt.Sprint(tt.pack), func(t *testing.T) {
			with(t, func(t *testing.T, f *fixture, r *Requester) {
				batches := f.batches(time.Second)
				p := NewPublisher(f.stack.SNS, f.stack.TopicARN(), tt.pack)
				f.publish(p, r, 0, bodiesOf(t, 25)...)
				var got [][]int
				for _, messages := range batches() {
					var sizes []int
					for _, body := range messages {
						sizes = append(sizes, len(message.Parse("statline", []byte(body))))
					}
					got = append(got, sizes)
				}
				slices.SortFunc(got, func(a, b []int) int { return len(b) - len(a) })
				if fmt.Sprint(got) != fmt.Sprint(tt.messages) {
					t.Errorf("messages of %v requests, want %v", got, tt.messages)
				}
				ids := map[string]bool{}
				for _, in := range f.published() {
					ids[in.ID] = true
				}
				if len(ids) != 25 {
					t.Errorf("%d of 25 requests came", len(ids))
				}
			})
		})
	}
}

// TestPublisherBytes: what is published together has at most the bytes that SNS allows
// a call, with what packing adds.
func TestPublisherBytes(t *testing.T) {
	envelopes := 10 * len(message.Pack([]string{"", ""}))
	for _, tt := range []struct {
		pack, bytes int // of two bodies together
		calls       int
	}{
		{1, message.MaxBody, 1},
		{1, message.MaxBody + 1, 2},
		{2, message.MaxBody - envelopes - 2, 1},
		{2, message.MaxBody - envelopes - 1, 2},
	} {
		with(t, func(t *testing.T, f *fixture, r *Requester) {
			batches := f.batches(time.Second)
			p := NewPublisher(f.stack.SNS, f.stack.TopicARN(), tt.pack)
			half := strings.Repeat("x", tt.bytes/2)
			f.publish(p, r, 0, half, half+strings.Repeat("x", tt.bytes%2))
			if n := len(batches()); n != tt.calls {
				t.Errorf("%d bytes packed by %d: %d calls, want %d", tt.bytes, tt.pack, n, tt.calls)
			}
		})
	}
}

// TestPublisherLingers: one request waits for nobody. Where more are expected, they
// wait for each other, but not longer than 20 ms.
func TestPublisherLingers(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		batches := f.batches(0)
		p := NewPublisher(f.stack.SNS, f.stack.TopicARN(), 1)
		began := time.Now()
		f.publish(p, r, 0, bodiesOf(t, 1)...)
		if took := time.Since(began); took > time.Millisecond || len(batches()) != 1 {
			t.Errorf("one request alone took %v, in %d calls", took, len(batches()))
		}
		f.publish(p, r, 7*time.Millisecond, bodiesOf(t, 200)...)
		all := batches()
		for _, messages := range all[len(all)-10 : len(all)-1] {
			if len(messages) != 3 { // after 0, 7 and 14 ms
				t.Errorf("%d messages in a call, want those of 20 ms", len(messages))
			}
		}
		calls := f.made("PublishBatch")
		if gap := calls[len(calls)-2] - calls[len(calls)-3]; gap < 20*time.Millisecond || gap > 22*time.Millisecond {
			t.Errorf("calls %v apart", gap)
		}
	})
}

// TestPublisherFlights: sixteen full calls are on their way at once, two that are not
// full.
func TestPublisherFlights(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int
		apart time.Duration
		calls int // at once
	}{
		{"full", 400, 0, 16},
		{"single", 5, 2 * time.Second, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			with(t, func(t *testing.T, f *fixture, r *Requester) {
				batches := f.batches(time.Minute)
				p := NewPublisher(f.stack.SNS, f.stack.TopicARN(), 1)
				go func() {
					time.Sleep(30 * time.Second)
					if n := len(batches()); n != tt.calls {
						t.Errorf("%d calls at once, want %d", n, tt.calls)
					}
				}()
				f.publish(p, r, tt.apart, bodiesOf(t, tt.n)...)
			})
		})
	}
}

// TestNoInboxNoCall: where no request's inbox can be made, nothing is published.
func TestNoInboxNoCall(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", refusing(403, "AccessDenied"))
		batches := f.batches(0)
		errs := r.publisher.publish(t.Context(), []publication{{"a", r, r.inbox}})
		if len(errs) != 1 || !contains(errs[0], "create inbox") || len(batches()) != 0 {
			t.Errorf("%v after %d calls", errs, len(batches()))
		}
	})
}

// TestEnough: a full poll brings another, up to four; one that is less than two thirds
// full is one too many, but for the last.
func TestEnough(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		ended, end := context.WithCancel(t.Context())
		end()
		for _, tt := range []struct {
			polls, replies, then int
			enough               bool
		}{
			{1, 10, 2, false}, {3, 10, 4, false}, {4, 10, 4, false},
			{1, 9, 1, false}, {3, 9, 3, false}, {3, 6, 3, false}, {3, 5, 2, true}, {2, 0, 1, true}, {1, 5, 1, false}, {1, 0, 1, false},
		} {
			in := &inbox{polls: tt.polls, failed: 3}
			if enough := r.enough(ended, in, tt.replies); enough != tt.enough || in.polls != tt.then || in.failed != 0 {
				t.Errorf("%d replies with %d polls: enough is %v, then %d polls, %d failed", tt.replies, tt.polls, enough, in.polls, in.failed)
			}
		}
		if r.awaitPending(ended) {
			t.Error("a request is awaited although all is over")
		}
	})
}

// TestOpenGivenUp: who waits for an inbox that another makes, waits as long as it wants.
func TestOpenGivenUp(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		in := r.newInbox()
		in.opening <- struct{}{}
		ended, end := context.WithCancelCause(t.Context())
		end(context.DeadlineExceeded)
		if err := r.open(ended, in); err != context.DeadlineExceeded {
			t.Errorf("gave up with %v", err)
		}
	})
}

package requester

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
)

// TestInboxRenewed: an inbox that has had its time is replaced while the client goes on,
// is polled as long as it may hold a reply, and removed; so none grows as old as those
// that the stats service removes.
func TestInboxRenewed(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		ask := func(id string) {
			t.Helper()
			p := f.send(r, id)
			f.answer(p)
			f.await(p)
		}
		ask("r1")
		first := f.inboxes()
		time.Sleep(inboxLife - time.Minute)
		ask("r2")
		if got := f.inboxes(); len(first) != 1 || !slices.Equal(got, first) {
			t.Fatalf("inboxes %v, then %v; want the same one", first, got)
		}
		old := f.send(r, "r3")
		body := replyTo(old.id, old.nonce)
		r.mu.Lock()
		before := r.inbox
		r.mu.Unlock()
		time.Sleep(2 * time.Minute)
		ask("r4")
		if got := f.inboxes(); len(got) != 2 {
			t.Fatalf("inboxes %v after %v, want a second one", got, inboxLife)
		}
		r.mu.Lock()
		current := r.inbox
		r.inbox = before
		r.mu.Unlock()
		f.forge(r, body)
		r.mu.Lock()
		r.inbox = current
		r.mu.Unlock()
		f.await(old)
		f.wantCounts(r, Counts{Replies: 4})
		time.Sleep(inboxAfterlife)
		ask("r5")
		time.Sleep(time.Second)
		if got := f.inboxes(); len(got) != 1 || got[0] == first[0] {
			t.Errorf("inboxes %v, want the second one alone", got)
		}
	})
}

// TestCloseRemovesRetired: a client that ends leaves none of its inboxes.
func TestCloseRemovesRetired(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		f.await(answered(f, r, "r1"))
		time.Sleep(inboxLife)
		f.await(answered(f, r, "r2"))
		if got := f.inboxes(); len(got) != 2 {
			t.Fatalf("inboxes %v, want two", got)
		}
		f.close(r)
		if got := f.inboxes(); len(got) != 0 {
			t.Errorf("inboxes %v are left", got)
		}
	})
}

// TestRetiredOnce: an inbox that was replaced is removed once, and not before its
// successor has been there for as long as a reply may take.
func TestRetiredOnce(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		f.await(answered(f, r, "r1"))
		time.Sleep(inboxLife + inboxAfterlife) // nothing is asked, so the first inbox stays
		f.await(answered(f, r, "r2"))
		f.await(answered(f, r, "r3"))
		time.Sleep(time.Second)
		if got := f.inboxes(); len(got) != 2 {
			t.Errorf("inboxes %v, want the first one too", got)
		}
		time.Sleep(inboxAfterlife)
		for i := range 5 {
			f.await(answered(f, r, fmt.Sprint("s", i)))
			time.Sleep(time.Second)
		}
		f.send(r, "pending")
		time.Sleep(time.Minute)
		if got, n := f.inboxes(), len(f.made("DeleteQueue")); len(got) != 1 || n != 1 || f.logged.logs("cannot be read") {
			t.Errorf("inboxes %v after %d calls to remove one, and the log says %s", got, n, f.logged)
		}
		f.close(r)
		if n := len(f.made("DeleteQueue")); n != 2 {
			t.Errorf("%d calls to remove two inboxes", n)
		}
	})
}

// TestSharedPublisher: a client uses the publisher that it is given, with others, and
// does not close it.
func TestSharedPublisher(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		batches := f.batches(time.Second)
		shared := NewPublisher(f.stack.SNS, f.stack.TopicARN(), 2)
		config := f.config()
		config.Publisher = shared
		a, b := f.client(config), f.client(config)
		var wg sync.WaitGroup
		for i, r := range []*Requester{a, b} {
			wg.Go(func() {
				if err := r.Publish(t.Context(), request(fmt.Sprint("r", i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if all := batches(); len(all) != 1 || len(all[0]) != 1 {
			t.Errorf("published as %q, want one message", all)
		}
		f.on("PublishBatch", slow(time.Minute))
		go func() {
			if err := b.Publish(t.Context(), request("r9")); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Second)
		began := time.Now()
		f.close(a)
		if took := time.Since(began); took > time.Second {
			t.Errorf("one client's end waited %v for the other's request", took)
		}
		time.Sleep(2 * time.Minute)
		f.close(b)
	})
}

// TestCloseWaitsForDeletions: when a client has ended, no call of it is on its way.
func TestCloseWaitsForDeletions(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		ended := 0
		f.on("DeleteMessageBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(time.Second)
			ended++
			return next(), nil
		})
		f.await(answered(f, r, "r1"))
		time.Sleep(deleteLinger + time.Second/2)
		f.close(r)
		if n := len(f.made("DeleteMessageBatch")); ended != n {
			t.Errorf("%d calls of %d had ended", ended, n)
		}
	})
}

func answered(f *fixture, r *Requester, id string) *Pending {
	p := f.send(r, id)
	f.answer(p)
	return p
}

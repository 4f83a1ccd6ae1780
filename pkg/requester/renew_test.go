package requester

import (
	"slices"
	"testing"
	"time"
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

func answered(f *fixture, r *Requester, id string) *Pending {
	p := f.send(r, id)
	f.answer(p)
	return p
}

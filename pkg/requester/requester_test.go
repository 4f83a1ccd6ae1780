package requester

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/statline/statline/pkg/message"
)

// TestNew: what a client is made of, and what it is not.
func TestNew(t *testing.T) {
	for _, id := range []string{"-lab", "lab mouse", "ö", strings.Repeat("x", 25)} {
		if _, err := New(Config{ClientID: id}); !contains(err, fmt.Sprintf("%q", id)) {
			t.Errorf("client ID %q: %v", id, err)
		}
	}
	for _, id := range []string{"", "lab", strings.Repeat("x", 24)} {
		r, err := New(Config{ClientID: id})
		if err != nil {
			t.Errorf("client ID %q: %v", id, err)
			continue
		}
		if r.config.Grace != 2*time.Second || r.config.Log != slog.Default() {
			t.Errorf("defaults %+v", r.config)
		}
	}
	log := slog.New(slog.DiscardHandler)
	r, err := New(Config{Grace: time.Minute, Log: log})
	if err != nil || r.config.Grace != time.Minute || r.config.Log != log {
		t.Errorf("configuration %+v, %v", r.config, err)
	}
}

// TestSend: a request is published with what its reply needs.
func TestSend(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		time.Sleep(time.Minute)
		sent := time.Now()
		p := f.send(r, "r1")
		if p.ID() != "r1" {
			t.Errorf("ID %q", p.ID())
		}
		all := f.published()
		if len(all) != 1 {
			t.Fatalf("published %+v", all)
		}
		q := all[0]
		if q.Fault != nil || q.ID != "r1" || q.ClientID != "lab" || !message.ValidInbox("statline", "lab", q.Inbox) || q.Nonce == "" || !q.SentAt.Equal(sent) {
			t.Errorf("published %+v", q)
		}
		time.Sleep(time.Second)
		f.answer(p)
		reply := f.await(p)
		if reply.RequestID != "r1" || reply.Status != message.StatusDead || reply.Nonce != "" {
			t.Errorf("reply %+v", reply)
		}
		f.wantCounts(r, Counts{Replies: 1})
		if n := f.made("GetItem"); len(n) > 0 {
			t.Errorf("the table was read at %v, although the inbox was not silent", n)
		}
	})
}

// TestPublish: a request that nobody waits for needs no inbox.
func TestPublish(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		if err := r.Publish(t.Context(), request("r1")); err != nil {
			t.Fatal(err)
		}
		all := f.published()
		if len(all) != 1 || all[0].ClientID != "lab" || all[0].Inbox != "" || !all[0].SentAt.Equal(f.start) {
			t.Errorf("published %+v", all)
		}
		if urls := f.inboxes(); len(urls) > 0 || len(f.made("CreateQueue")) > 0 {
			t.Errorf("inboxes %v", urls)
		}
	})
}

// TestDo: the error of publishing is that of asking.
func TestDo(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		f.on("CreateQueue", refusing(403, "AccessDenied"))
		if reply, err := r.Do(t.Context(), request("r1")); !contains(err, "create inbox statline-inbox-lab-") || reply.RequestID != "" {
			t.Errorf("without an inbox: %+v, %v", reply, err)
		}
		f.on("CreateQueue", nil)
		f.on("PublishBatch", refusing(403, "AuthorizationError"))
		if reply, err := r.Do(t.Context(), request("r1")); !contains(err, "publish request r1: ") || reply.RequestID != "" {
			t.Errorf("without a topic: %+v, %v", reply, err)
		}
		f.on("PublishBatch", nil)
		go func() { f.put(request("r1")) }()
		reply, err := r.Do(t.Context(), request("r1"))
		if err != nil || reply.Result == nil || reply.Result.Mean != "39.5" {
			t.Errorf("answer %+v, %v", reply, err)
		}
	})
}

// TestUnderWay: a request ID has one caller at a time.
func TestUnderWay(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1")
		if _, err := r.Send(t.Context(), request("r1")); !contains(err, "request r1 is under way") {
			t.Errorf("second: %v", err)
		}
		if n := len(f.published()); n != 1 {
			t.Errorf("%d requests published, want 1", n)
		}
		f.answer(p)
		f.await(p)
		p = f.send(r, "r1")
		f.answer(p)
		f.await(p)
	})
}

// TestTooLarge: what SNS would not take is refused at once, to the byte.
func TestTooLarge(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		q := message.Request{ID: "r1", ClientID: "lab", SentAt: time.Now()}
		sized := func(size int) message.Request {
			text := strings.Repeat("1234567 ", 32_000)
			q.Numbers = list(text)
			body, err := q.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			for left := size - len(body); left > 0; {
				n := min(left, 100)
				if left-n == 1 {
					n-- // a number and its comma take two bytes at least
				}
				text += strings.Repeat("1", n-1) + " "
				left -= n
			}
			q.Numbers = list(text)
			return q
		}
		if err := r.Publish(t.Context(), sized(message.MaxBody)); err != nil {
			t.Errorf("the largest: %v", err)
		}
		before := len(f.made("PublishBatch"))
		err := r.Publish(t.Context(), sized(message.MaxBody+1))
		fault, ok := errors.AsType[*message.Fault](err)
		if !ok || fault.Code != message.TooLarge || fault.Message != "the message has 262145 bytes; at most 262144 are allowed" {
			t.Errorf("a byte more: %v", err)
		}
		if len(f.made("PublishBatch")) != before {
			t.Error("it was published all the same")
		}
		if _, err := r.Send(t.Context(), sized(message.MaxBody+1)); err == nil {
			t.Error("sent what is too large")
		}
		f.send(r, "r1") // its place is free
	})
}

// TestDeliver: a reply goes to the caller that asked, and what goes to nobody is
// counted.
func TestDeliver(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := &Pending{requester: r, id: "r1", nonce: "n1", reply: make(chan message.Reply, 1)}
		if err := r.register(p); err != nil {
			t.Fatal(err)
		}
		var want Counts
		deliver := func(id, nonce string, count *int) {
			*count++
			r.deliver([]byte(replyTo(id, nonce)))
			f.wantCounts(r, want)
		}
		deliver("r2", "n1", &want.Foreign)
		deliver("r1", "n2", &want.Foreign)
		deliver("r1", "", &want.Foreign)
		for _, body := range []string{"no reply", strings.Replace(replyTo("r1", "n1"), "{", `{"completed_at":"yesterday",`, 1)} {
			r.deliver([]byte(body))
			want.Foreign++
			f.wantCounts(r, want)
		}
		if len(p.reply) > 0 {
			t.Error("a stranger's reply was delivered")
		}
		deliver("r1", "n1", &want.Replies)
		if got := <-p.reply; got.RequestID != "r1" || got.Nonce != "" {
			t.Errorf("reply %+v", got)
		}
		deliver("r1", "n1", &want.Repeated)
		for _, why := range []end{fromTable, gaveUp} {
			if err := r.register(p); err != nil {
				t.Fatal(err)
			}
			if !r.forget(p, why) || r.forget(p, why) {
				t.Error("a request is forgotten once")
			}
			deliver("r1", "n1", &want.Late)
		}
	})
}

// TestForget: only the one that has the place can lose it.
func TestForget(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p, other := &Pending{id: "r1"}, &Pending{id: "r1"}
		if err := r.register(p); err != nil {
			t.Fatal(err)
		}
		if r.forget(other, gaveUp) || !r.forget(p, gaveUp) {
			t.Error("another's place was taken away")
		}
	})
}

// TestRecent: the ends of the last ten thousand requests are known.
func TestRecent(t *testing.T) {
	var r recent
	for i := range 25_000 {
		r.add(fmt.Sprint(i), fromTable)
		if len(r.ends) != min(i+1, 10_000) {
			t.Fatalf("%d ends are remembered after %d requests", len(r.ends), i+1)
		}
	}
	for i := range 25_000 {
		if got := r.ends[fmt.Sprint(i)]; (got == fromTable) != (i >= 15_000) {
			t.Fatalf("request %d of 25000 ended %v", i, got)
		}
	}
}

// TestOneInbox: requests at once share one inbox, which is there as long as the
// client.
func TestOneInbox(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { f.send(r, fmt.Sprint("r", i)) })
		}
		wg.Wait()
		if urls := f.inboxes(); len(urls) != 1 {
			t.Errorf("inboxes %v", urls)
		}
		f.close(r)
		if urls := f.inboxes(); len(urls) > 0 {
			t.Errorf("inboxes left %v", urls)
		}
		f.close(r) // there is nothing to do
		if n := f.made("DeleteQueue"); len(n) != 1 {
			t.Errorf("%d calls to remove an inbox", len(n))
		}
	})
}

// TestClose: an inbox that is gone is no error, one that cannot be removed is.
func TestClose(t *testing.T) {
	for code, want := range map[string]string{"QueueDoesNotExist": "", "AccessDenied": "remove inbox statline-inbox-lab-"} {
		bubble(t, func(t *testing.T, f *fixture) {
			r := f.client(f.config())
			f.send(r, "r1")
			f.on("DeleteQueue", refusing(400, code))
			if err := r.Close(t.Context()); (err == nil) != (want == "") || err != nil && !contains(err, want) {
				t.Errorf("%s: %v", code, err)
			}
		})
	}
}

// TestCloseEndsPolling: the inbox is removed when nothing uses it any more, without a
// word about replies that go with it.
func TestCloseEndsPolling(t *testing.T) {
	for _, test := range []struct {
		about   string
		after   time.Duration
		deletes int
	}{
		{"a reply waits to be deleted", deleteLinger / 2, 0},
		{"a reply is being deleted", deleteLinger + time.Second/2, 1},
		{"a reply is deleted", deleteLinger + 2*time.Second, 1},
	} {
		t.Run(test.about, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				r := f.client(f.config())
				p := f.send(r, "r1")
				f.send(r, "r2")
				f.on("DeleteMessageBatch", slow(time.Second))
				f.answer(p)
				f.await(p)
				time.Sleep(test.after)
				f.close(r)
				calls := len(f.made("ReceiveMessage"))
				time.Sleep(time.Minute)
				if n := len(f.made("DeleteMessageBatch")); n != test.deletes {
					t.Errorf("%d calls to delete replies, want %d", n, test.deletes)
				}
				if n := len(f.made("ReceiveMessage")); n != calls {
					t.Errorf("%d polls after the end", n-calls)
				}
			})
		})
	}
}

// TestRepliesDeletedTogether: replies are deleted in tens, and none is delivered a
// second time for it.
func TestRepliesDeletedTogether(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		const requests = 30
		for i := range requests {
			p := f.send(r, fmt.Sprint("r", i))
			f.answer(p)
			f.await(p)
			time.Sleep(300 * time.Millisecond)
		}
		p := f.send(r, "last") // keeps the inbox polled
		time.Sleep(2 * time.Minute)
		if n := len(f.made("DeleteMessageBatch")); n != requests/10 {
			t.Errorf("%d calls to delete %d replies", n, requests)
		}
		if c := r.Counts(); c.Replies != requests || c.Repeated != 0 {
			t.Errorf("counts %+v", c)
		}
		f.answer(p)
		f.await(p)
		f.close(r)
	})
}

// TestManyPolls: a full inbox is polled by several, an empty one by one.
func TestManyPolls(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		var all []*Pending
		for i := range 200 {
			all = append(all, f.send(r, fmt.Sprint("r", i)))
		}
		f.on("ReceiveMessage", slow(time.Second))
		for _, p := range all[1:] {
			f.answer(p)
		}
		start := time.Now()
		for _, p := range all[1:] {
			f.await(p)
		}
		// 20 polls one after the other would take 20 seconds.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("200 replies were fetched in %v", took)
		}
		time.Sleep(time.Minute)
		f.on("ReceiveMessage", nil)
		before := len(f.made("ReceiveMessage"))
		time.Sleep(time.Hour)
		if n := len(f.made("ReceiveMessage")) - before; n > 181 {
			t.Errorf("%d polls in a quiet hour, want one each 20 seconds", n)
		}
		f.answer(all[0])
		f.await(all[0])
		f.close(r)
	})
}

// TestCloseWaits: what is on its way to the topic is there when the client closes.
func TestCloseWaits(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.on("PublishBatch", slow(time.Minute))
		r := f.client(f.config())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var others sync.WaitGroup
		others.Go(func() {
			if err := r.Publish(t.Context(), request("r1")); err != nil {
				t.Error(err)
			}
		})
		if err := r.Publish(ctx, request("r2")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("publish: %v", err)
		}
		f.close(r)
		var ids []string
		for _, in := range f.published() {
			ids = append(ids, in.ID)
		}
		if !slices.Contains(ids, "r1") {
			t.Errorf("published %v", ids)
		}
		others.Wait()
	})
}

package requester

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// slow is a hook that has every call take time.
func slow(d time.Duration) local.Hook {
	return func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
		time.Sleep(d)
		return next(), nil
	}
}

// seconds are times in seconds from the first on, the fraction cut.
func seconds(times []time.Duration) []int {
	var all []int
	for _, t := range times {
		all = append(all, int(t/time.Second))
	}
	return all
}

// TestSilent: while the inbox is silent, the table is read ever more rarely.
func TestSilent(t *testing.T) {
	tests := []struct {
		grace time.Duration
		want  []int // seconds after the publication
	}{
		{0, []int{2, 6, 14, 24, 34, 44}},
		{time.Second, []int{1, 3, 7, 15, 25, 35, 45}},
		{20 * time.Second, []int{20, 30, 40}},
	}
	for _, tt := range tests {
		bubble(t, func(t *testing.T, f *fixture) {
			c := f.config()
			c.Grace = tt.grace
			r := f.client(c)
			p := f.send(r, "r1")
			time.Sleep(500 * time.Millisecond) // Await reckons from the publication
			ctx, cancel := context.WithTimeout(t.Context(), 49*time.Second)
			defer cancel()
			if _, err := p.Await(ctx); !errors.Is(err, ErrUnanswered) {
				t.Errorf("await: %v", err)
			}
			if got := seconds(f.made("GetItem")); !slices.Equal(got, tt.want) {
				t.Errorf("grace %v: table read at %v, want %v", tt.grace, got, tt.want)
			}
			f.close(r)
		})
	}
}

// TestFromTable: the table's answer is the answer, its reply comes late, and
// another request's row is a conflict.
func TestFromTable(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1")
		f.put(request("r1"))
		stored := time.Now()
		if reply := f.await(p); reply.Result == nil || reply.Result.Mean != "39.5" || reply.RequestID != "r1" || !reply.CompletedAt.Equal(stored.Truncate(time.Millisecond)) {
			t.Errorf("answer %+v", reply)
		}
		first := p
		q := message.Request{ID: "r1", Numbers: list("1 2")}
		p, err := r.Send(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		f.answer(first)
		time.Sleep(time.Second)
		f.wantCounts(r, Counts{Foreign: 1}) // its nonce is that of the request before
		reply := f.await(p)
		want := message.Fault{Code: message.IDConflict, Message: "request_id: the request ID was used for another list", Path: "request_id"}
		if reply.RequestID != "r1" || reply.Status != message.StatusError || reply.Fault == nil || *reply.Fault != want || !reply.CompletedAt.Equal(stored.Truncate(time.Millisecond)) || reply.Result != nil {
			t.Errorf("answer %+v %+v", reply, reply.Fault)
		}
	})
}

// TestTableFails: a table that cannot be read is read again.
func TestTableFails(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		p := f.send(r, "r1")
		f.put(request("r1"))
		f.on("GetItem", refusing(400, "AccessDeniedException"))
		time.AfterFunc(20*time.Second, func() { f.on("GetItem", nil) })
		if reply := f.await(p); reply.Result == nil || reply.Result.Mean != "39.5" {
			t.Errorf("answer %+v", reply)
		}
		if got := seconds(f.made("GetItem")); !slices.Equal(got, []int{2, 6, 14, 24}) {
			t.Errorf("table read at %v", got)
		}
	})
}

// TestGiveUp: whoever gives up learns why, under which ID, and leaves nothing.
func TestGiveUp(t *testing.T) {
	with(t, func(t *testing.T, f *fixture, r *Requester) {
		cause := errors.New("no more patience")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, cause)
		defer cancel()
		p := f.send(r, "r1")
		reply, err := p.Await(ctx)
		if !errors.Is(err, ErrUnanswered) || !errors.Is(err, cause) || !contains(err, "r1") || reply.RequestID != "" {
			t.Errorf("answer %+v, %v", reply, err)
		}
		time.Sleep(time.Minute)
		f.answer(p)
		time.Sleep(time.Minute)
		f.wantCounts(r, Counts{}) // nobody waits, so nobody looks
		again := f.send(r, "r1")
		f.answer(again)
		f.await(again)
		time.Sleep(time.Second)
		f.wantCounts(r, Counts{Replies: 1, Foreign: 1})
	})
}

// TestAtTheSameMoment: a reply that is there when the caller gives up, or when the
// table has the answer too, is not lost.
func TestAtTheSameMoment(t *testing.T) {
	for range 50 { // select picks at random
		with(t, func(t *testing.T, f *fixture, r *Requester) {
			p := f.send(r, "r1")
			r.deliver([]byte(replyTo("r1", p.nonce)))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if reply, err := p.Await(ctx); err != nil || reply.Status != message.StatusDead {
				t.Errorf("given up: %+v, %v", reply, err)
			}
			p = f.send(r, "r2")
			f.put(request("r2"))
			f.on("GetItem", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
				r.deliver([]byte(replyTo("r2", p.nonce)))
				return next(), nil
			})
			if reply := f.await(p); reply.Status != message.StatusDead {
				t.Errorf("both: %+v", reply)
			}
		})
	}
}

package responder

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
)

// TestAnswer: what is stored and what is replied is the same answer, and only the
// reply has the nonce.
func TestAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		now := time.Now()
		if err := errors.Join(f.handle(request("r1", inbox, `"sent_at":"1999-12-31T23:59:59.500Z"`), request("r2", ""))...); err != nil {
			t.Fatal(err)
		}
		row := f.row("r1")
		sent := time.Date(1999, 12, 31, 23, 59, 59, 5e8, time.UTC)
		if row.Status != message.StatusOK || row.Result.Mean != "39.5" || row.Nonce != "" || !row.CompletedAt.Equal(now) ||
			row.ClientID != "lab" || !row.SentAt.Equal(sent) || len(row.Digest) != 64 {
			t.Errorf("row %+v", row)
		}
		replies := f.replies(inbox)
		reply := replies["r1"]
		if len(replies) != 1 || reply.Nonce != "n-r1" || reply.Status != message.StatusOK || reply.Result.Mean != "39.5" || !reply.CompletedAt.Equal(now) {
			t.Errorf("replies %+v", replies)
		}
		f.row("r2")
	})
}

// TestKeep: a row says when it may be deleted.
func TestKeep(t *testing.T) {
	for keep, want := range map[time.Duration]time.Duration{0: 90 * 24 * time.Hour, -1: 90 * 24 * time.Hour, 1: 0, time.Hour: time.Hour} {
		bubble(t, func(t *testing.T, f *fixture) {
			f.Keep = keep
			if err := errors.Join(f.handle(request("r1", ""))...); err != nil {
				t.Fatal(err)
			}
			if got := f.row("r1").ExpiresAt; !got.Equal(time.Now().Add(want).Truncate(time.Second)) {
				t.Errorf("keep %v: the row expires after %v, want %v", keep, time.Until(got), want)
			}
		})
	}
}

// TestDeadline: a request is expired once its deadline has passed, not when it
// comes, and a refused one is refused whatever its deadline.
func TestDeadline(t *testing.T) {
	for offset, want := range map[time.Duration]message.Status{
		-time.Millisecond: message.StatusExpired, 0: message.StatusOK, time.Millisecond: message.StatusOK,
	} {
		bubble(t, func(t *testing.T, f *fixture) {
			deadline := fmt.Sprintf(`"deadline":%q`, message.FormatTime(time.Now().Add(offset)))
			if err := errors.Join(f.handle(request("r1", "", deadline), request("r2", "", deadline, `"op":"mean"`))...); err != nil {
				t.Fatal(err)
			}
			if row := f.row("r1"); row.Status != want || (row.Result != nil) != (want == message.StatusOK) || row.CompletedAt.IsZero() {
				t.Errorf("deadline in %v: %+v, want %s", offset, row, want)
			}
			if row := f.row("r2"); row.Status != message.StatusError {
				t.Errorf("refused request with a deadline in %v: %+v", offset, row)
			}
		})
	}
}

// TestConflict: the reply to a request whose ID is taken says so, and its message
// is done with.
func TestConflict(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		if err := errors.Join(f.handle(request("r1", ""))...); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		other := strings.Replace(request("r1", inbox), "[7,8,54,89]", "[1]", 1)
		if err := errors.Join(f.handle(other)...); err != nil {
			t.Fatal(err)
		}
		reply := f.replies(inbox)["r1"]
		want := message.Fault{Code: message.IDConflict, Message: "request_id: the request ID was used for another list", Path: "request_id"}
		if reply.RequestID != "r1" || reply.Nonce != "n-r1" || reply.Status != message.StatusError || reply.Fault == nil || *reply.Fault != want || !reply.CompletedAt.Equal(time.Now().Truncate(time.Millisecond)) {
			t.Errorf("reply %+v, fault %+v", reply, reply.Fault)
		}
		if row := f.row("r1"); row.Result == nil || row.Result.Mean != "39.5" {
			t.Errorf("row %+v", row)
		}
	})
}

// TestLastDelivery: what is delivered for the last time is not computed but given
// up, unless it was answered before.
func TestLastDelivery(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		if err := errors.Join(f.handle(request("r1", inbox))...); err != nil {
			t.Fatal(err)
		}
		f.replies(inbox)
		outcomes := f.deliver(true, request("r1", inbox), request("r2", inbox))
		if outcomes[0] != nil {
			t.Errorf("a request that was answered before: %v", outcomes[0])
		}
		if !errors.Is(outcomes[1], queue.ErrGiveUp) || !strings.Contains(outcomes[1].Error(), "r2") {
			t.Errorf("a request that is given up: %v", outcomes[1])
		}
		replies := f.replies(inbox)
		if replies["r1"].Status != message.StatusOK || replies["r2"].Status != message.StatusDead || replies["r2"].Nonce != "n-r2" {
			t.Errorf("replies %+v", replies)
		}
		if row := f.row("r2"); row.Status != message.StatusDead {
			t.Errorf("row %+v", row)
		}
		if f.logged.logs("reply given up") {
			t.Error("it says that replies were given up, but they were sent")
		}
		// A redrive answers it after all.
		if err := errors.Join(f.handle(request("r2", inbox))...); err != nil {
			t.Error(err)
		}
		if row := f.row("r2"); row.Status != message.StatusOK {
			t.Errorf("row after a redrive %+v", row)
		}
	})
}

// TestStoreFails: without a row there is no reply, and the message comes again;
// the others in the batch and in the message are answered.
func TestStoreFails(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		f.onAny(writing, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if bytes.Contains(c.Body, []byte(`"r2"`)) {
				return local.Refuse(c, 500, "InternalServerError", "no"), nil
			}
			return next(), nil
		})
		outcomes := f.handle(request("r1", inbox), packed(request("r2", inbox), request("r3", inbox)), request("r4", inbox))
		if outcomes[0] != nil || outcomes[2] != nil {
			t.Errorf("outcomes of what was stored: %v, %v", outcomes[0], outcomes[2])
		}
		if outcomes[1] == nil || errors.Is(outcomes[1], queue.ErrGiveUp) || !strings.Contains(outcomes[1].Error(), "r2") {
			t.Errorf("outcome of what was not: %v", outcomes[1])
		}
		var replied []string
		for id := range f.replies(inbox) {
			replied = append(replied, id)
		}
		slices.Sort(replied)
		if got := strings.Join(replied, " "); got != "r1 r3 r4" {
			t.Errorf("replied to %s", got)
		}
		f.noRow("r2")
		f.row("r3")
	})
}

// TestFirstOfMessage: of several requests in one message with the same ID the first is
// answered, and the others are in conflict with it.
func TestFirstOfMessage(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		var requests []string
		for i := range 20 {
			id := fmt.Sprint("r", i)
			first := request(id, "")
			requests = append(requests, first, strings.Replace(first, "[7,8,54,89]", fmt.Sprintf("[%d]", i), 1))
		}
		if err := errors.Join(f.handle(packed(requests...))...); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if row := f.row(fmt.Sprint("r", i)); row.Result == nil || row.Result.Count != 4 {
				t.Errorf("request %d has the answer of the second list: %+v", i, row.Result)
			}
		}
	})
}

// TestPanic: what panics is not done, and the others are.
func TestPanic(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.onAny(writing, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if bytes.Contains(c.Body, []byte(`"r2"`)) {
				panic("broken")
			}
			return next(), nil
		})
		outcomes := f.handle(request("r1", ""), packed(request("r2", ""), request("r3", "")))
		if outcomes[0] != nil {
			t.Errorf("outcome of a request that is answered: %v", outcomes[0])
		}
		if err := outcomes[1]; err == nil || !strings.HasPrefix(err.Error(), "panic: broken\n") || !strings.Contains(err.Error(), "many.go") {
			t.Errorf("outcome of a panic: %v", err)
		}
		f.row("r1")
		f.row("r3")
		f.noRow("r2")
	})
}

// TestDefaultLog: a responder without a log has the process's own.
func TestDefaultLog(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	var l logged
	slog.SetDefault(slog.New(slog.NewTextHandler(&l, nil)))
	for _, own := range []bool{true, false} {
		bubble(t, func(t *testing.T, f *fixture) {
			if !own {
				f.Log = nil
			}
			if err := errors.Join(f.handle(request("r1", message.NewInbox("statline", "lab")))...); err != nil {
				t.Error(err)
			}
		})
		if l.logs("inbox cannot be replied to") == own {
			t.Errorf("with a log of its own %t, it logged to the process's %q", own, l.String())
		}
	}
}

package responder

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// TestOutbox: a call holds at most ten replies to an inbox, of 256 KiB together.
func TestOutbox(t *testing.T) {
	for _, test := range []struct {
		name      string
		kilobytes []int
		want      string // kilobytes of each call
	}{
		{"one", []int{1}, "[1]"},
		{"ten", slices.Repeat([]int{1}, 10), "[1 1 1 1 1 1 1 1 1 1]"},
		{"eleven", slices.Repeat([]int{1}, 11), "[1 1 1 1 1 1 1 1 1 1][1]"},
		{"full", []int{128, 127, 1}, "[128 127 1]"},
		{"too large together", []int{128, 127, 2}, "[128 127][2]"},
		{"bytes begin again", []int{200, 100, 100, 56}, "[200][100 100 56]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				inbox := f.inbox()
				var mu sync.Mutex
				var calls []string
				f.on("SendMessageBatch", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
					var in struct {
						Entries []struct{ MessageBody string }
					}
					if err := json.Unmarshal(c.Body, &in); err != nil {
						t.Error(err)
					}
					var sizes []int
					for _, e := range in.Entries {
						sizes = append(sizes, len(e.MessageBody)>>10)
					}
					mu.Lock()
					defer mu.Unlock()
					calls = append(calls, fmt.Sprint(sizes))
					return next(), nil
				})
				var replies []reply
				for i, n := range test.kilobytes {
					replies = append(replies, reply{body: strings.Repeat(string(rune('a'+i)), n<<10)})
				}
				if err := errors.Join(f.outbox(inbox).DoAll(t.Context(), replies)...); err != nil {
					t.Fatal(err)
				}
				slices.SortFunc(calls, func(a, b string) int { return strings.Index(test.want, a) - strings.Index(test.want, b) })
				if got := strings.Join(calls, ""); got != test.want {
					t.Errorf("calls %s, want %s", got, test.want)
				}
			})
		})
	}
}

// TestOutboxesForgotten: what is kept of inboxes does not grow with all that ever
// were replied to, and none is forgotten early, or while a reply is on its way.
func TestOutboxesForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		busy := f.inbox()
		f.on("SendMessageBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			time.Sleep(time.Hour)
			return next(), nil
		})
		first := f.outbox(busy)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := first.Do(t.Context(), reply{body: "x"}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		second := f.outbox("inbox 0")
		for i := range minOutboxes / 2 {
			f.outbox(fmt.Sprint("inbox ", i))
		}
		if f.outbox(busy) != first || f.outbox("inbox 0") != second {
			t.Error("an inbox has two outboxes")
		}
		for i := range 10 * minOutboxes {
			f.outbox(fmt.Sprint("inbox ", i))
			if n := len(f.outboxes.to); n > minOutboxes {
				t.Fatalf("%d outboxes are kept, want at most %d", n, minOutboxes)
			}
		}
		if f.outbox(busy) != first {
			t.Error("an outbox with a reply on its way was forgotten")
		}
		wg.Wait()
	})
}

// TestRepliesTogether: replies that follow on each other closely share calls, also
// from different batches of messages; one that comes alone goes at once.
func TestRepliesTogether(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		calls := f.on("SendMessageBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) { return next(), nil })
		start := time.Now()
		if err := errors.Join(f.handle(request("alone", inbox))...); err != nil || time.Since(start).Round(time.Microsecond) != 0 {
			t.Errorf("one reply: %v, after %v", err, time.Since(start))
		}
		var wg sync.WaitGroup
		for i := range 200 {
			time.Sleep(2 * time.Millisecond)
			wg.Go(func() {
				if err := errors.Join(f.handle(request(fmt.Sprint("r", i), inbox))...); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(f.replies(inbox)); n != 201 {
			t.Errorf("%d replies, want 201", n)
		}
		if n := calls(); n > 50 {
			t.Errorf("%d calls for 201 replies", n)
		}
	})
}

// TestHurry: a responder that was hurried sends replies at once, even where others to
// the same inbox are to be expected, whether it has replied to the inbox before or not.
func TestHurry(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inboxes := []string{f.inbox(), f.inbox()}
		reply := func(name, inbox string) (took time.Duration) {
			for i := range 40 { // enough for a rhythm
				began := time.Now()
				if err := errors.Join(f.handle(request(fmt.Sprint(name, i), inbox))...); err != nil {
					t.Error(err)
				}
				took = max(took, time.Since(began).Round(time.Millisecond))
				time.Sleep(time.Millisecond)
			}
			return took
		}
		if took := reply("a", inboxes[0]); took == 0 {
			t.Error("no reply waited for company before")
		}
		f.Hurry()
		for _, inbox := range inboxes {
			if took := reply("b"+inbox[len(inbox)-1:], inbox); took != 0 {
				t.Errorf("a reply took %v", took)
			}
		}
	})
}

// TestManyReplies: whatever the number of replies to an inbox, all arrive.
func TestManyReplies(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inboxes := []string{f.inbox(), f.inbox()}
		calls := f.on("SendMessageBatch", func(_ *local.Call, next func() *local.Response) (*local.Response, error) { return next(), nil })
		var bodies []string
		for i := range 24 {
			bodies = append(bodies, request(fmt.Sprintf("r%d", i), inboxes[i%2]))
		}
		if err := errors.Join(f.handle(bodies...)...); err != nil {
			t.Fatal(err)
		}
		for i, inbox := range inboxes {
			if n := len(f.replies(inbox)); n != 12 {
				t.Errorf("inbox %d has %d replies, want 12", i, n)
			}
		}
		if n := calls(); n != 4 {
			t.Errorf("%d calls, want 4", n)
		}
	})
}

// TestRefusedSend: what cannot be delivered for good holds up nothing; what may
// pass is tried again with its message.
func TestRefusedSend(t *testing.T) {
	tests := []struct {
		status int
		code   string
		gone   bool
	}{
		{400, "AWS.SimpleQueueService.NonExistentQueue", true},
		{400, "QueueDoesNotExist", true},
		{400, "QueueDeletedRecently", true},
		{403, "AccessDenied", true},
		{403, "AccessDeniedException", true},
		{400, "KMS.DisabledException", true},
		{400, "KmsAccessDenied", true},
		{400, "KmsDisabled", true},
		{400, "KmsNotFound", true},
		{400, "ThrottlingException", false},
		{400, "RequestThrottled", false},
		{400, "KmsThrottled", false},
		{500, "InternalFailure", false},
		{503, "ServiceUnavailable", false},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				inbox := f.inbox()
				f.on("SendMessageBatch", refusing(tt.status, tt.code))
				outcomes := f.handle(request("r1", inbox), request("r2", inbox), request("r3", ""))
				for i, err := range outcomes[:2] {
					if (err == nil) != tt.gone || err != nil && !strings.Contains(err.Error(), inbox) {
						t.Errorf("message %d: %v", i, err)
					}
				}
				if outcomes[2] != nil {
					t.Errorf("message without an inbox: %v", outcomes[2])
				}
				f.row("r1")
				f.row("r2")
			})
		})
	}
}

// TestBrokenSend: a failure that no service made may pass.
func TestBrokenSend(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.on("SendMessageBatch", func(*local.Call, func() *local.Response) (*local.Response, error) {
			return nil, errors.New("connection reset by peer")
		})
		if outcomes := f.handle(request("r1", f.inbox())); outcomes[0] == nil || errors.Is(outcomes[0], queue.ErrGiveUp) {
			t.Errorf("outcome %v", outcomes[0])
		}
		f.row("r1")
	})
	if undeliverable(errors.New("connection reset by peer")) {
		t.Error("a broken connection is taken for a refusal")
	}
	if !undeliverable(&smithy.GenericAPIError{Code: "AccessDenied"}) {
		t.Error("a refusal is not seen as one")
	}
}

// TestFailedEntries: of a call that fails for some replies, those messages are
// tried again, unless it is of no use.
func TestFailedEntries(t *testing.T) {
	type entry struct {
		Id, Code, Message string
		SenderFault       bool
	}
	tests := []struct {
		name   string
		failed []entry
		want   string // the messages whose outcome is an error
	}{
		{"none", nil, ""},
		{"first", []entry{{Id: "0", Code: "InternalError", Message: "Not now."}}, "0"},
		{"two", []entry{{Id: "1", Code: "InternalError", Message: "Not now."}, {Id: "2", Code: "InternalError", Message: "Not now."}}, "12"},
		{"ours", []entry{{Id: "1", Code: "InvalidMessageContents", Message: "No.", SenderFault: true}}, ""},
		{"ours and then not", []entry{{Id: "1", Code: "Invalid", SenderFault: true}, {Id: "2", Code: "InternalError", Message: "Not now."}}, "2"},
		{"unknown", []entry{{Id: "3"}, {Id: "-1"}, {Id: "x"}, {Id: ""}, {Id: "1", Code: "InternalError", Message: "Not now."}}, "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				inbox := f.inbox()
				body, err := json.Marshal(map[string]any{"Successful": []entry{}, "Failed": tt.failed})
				if err != nil {
					t.Fatal(err)
				}
				f.on("SendMessageBatch", func(*local.Call, func() *local.Response) (*local.Response, error) {
					return &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: body}, nil
				})
				got := ""
				for i, err := range f.handle(request("r0", inbox), request("r1", inbox), request("r2", inbox)) {
					if err == nil {
						continue
					}
					got += fmt.Sprint(i)
					if want := "reply to inbox " + inbox + ": InternalError: Not now."; err.Error() != want {
						t.Errorf("message %d: %v, want %s", i, err, want)
					}
				}
				if got != tt.want {
					t.Errorf("messages %q are to come again, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestRepliesOfOneMessage: a message whose replies fail in different inboxes comes
// again with both reasons.
func TestRepliesOfOneMessage(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		a, b := f.inbox(), f.inbox()
		f.on("SendMessageBatch", refusing(500, "InternalFailure"))
		outcomes := f.handle(packed(request("r1", a), request("r2", b)), request("r3", ""))
		if err := outcomes[0]; err == nil || !strings.Contains(err.Error(), a) || !strings.Contains(err.Error(), b) {
			t.Errorf("outcome %v", err)
		}
		if outcomes[1] != nil {
			t.Errorf("outcome of another message: %v", outcomes[1])
		}
	})
}

// TestLastReplyFails: a reply that fails on the last delivery does not make a dead
// letter of a request that has its answer.
func TestLastReplyFails(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		inbox := f.inbox()
		if err := errors.Join(f.handle(request("r1", ""))...); err != nil {
			t.Fatal(err)
		}
		f.on("SendMessageBatch", refusing(500, "InternalFailure"))
		outcomes := f.deliver(true, request("r1", inbox), request("r2", inbox))
		if outcomes[0] != nil {
			t.Errorf("a request that has its answer: %v", outcomes[0])
		}
		if !errors.Is(outcomes[1], queue.ErrGiveUp) || strings.Contains(outcomes[1].Error(), inbox) {
			t.Errorf("a request that is given up: %v", outcomes[1])
		}
	})
}

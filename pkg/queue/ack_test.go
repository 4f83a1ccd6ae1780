package queue_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// asked notes which entries each call of an operation asked for, as the sorted
// names of their receipt handles.
func (f *fixture) asked(c *local.Call, names map[string]string) string {
	var all []string
	for _, e := range parse[batchRequest](f.T, c.Body).Entries {
		all = append(all, names[e.ReceiptHandle])
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// TestPartialFailures: whichever entries of a batch call fail, those and no others
// are tried again.
func TestPartialFailures(t *testing.T) {
	const n = 4
	for _, operation := range []string{deleting, changing} {
		for mask := range 1 << n {
			t.Run(fmt.Sprintf("%s/%04b", operation, mask), func(t *testing.T) {
				bubble(t, func(t *testing.T, f *fixture) {
					want := []string{"abcd"}
					failed := ""
					for i := range n {
						if mask&(1<<i) != 0 {
							failed += string(rune('a' + i))
						}
					}
					if failed != "" {
						want = append(want, failed)
					}
					testPartialFailures(f, operation, failed, want)
				})
			})
		}
	}
}

func testPartialFailures(f *fixture, operation, failed string, want []string) {
	f.send("a", "b", "c", "d")
	names := map[string]string{} // of receipt handles
	var asked []string
	failing := f.failing(operation, func(e batchEntry) (failedEntry, bool) {
		return failedEntry{Code: "InternalError", Message: "Not now."}, len(asked) == 1 && strings.Contains(failed, names[e.ReceiptHandle])
	})
	f.server.Hook(on(operation, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if len(names) == 0 { // the first call is for all, in the order of sending
			for i, e := range parse[batchRequest](f.T, c.Body).Entries {
				names[e.ReceiptHandle] = string(rune('a' + i))
			}
		}
		asked = append(asked, f.asked(c, names))
		return failing(c, next)
	}))
	r := f.recorder(func(m queue.Message) error {
		if operation == changing && m.Receives == 1 {
			return errHandler
		}
		return nil
	})
	w := f.run(f.worker(r.handle))
	time.Sleep(5 * time.Minute)
	w.stop()
	if !slices.Equal(asked, want) {
		f.Errorf("asked for %v, want %v", asked, want)
	}
	deliveries := 4
	if operation == changing {
		deliveries = 8
	}
	for _, d := range r.got[4:] {
		if d.at > 3*time.Second {
			f.Errorf("%s came again after %v, not after its back-off", d.Body, d.at)
		}
	}
	if len(r.got) != deliveries {
		f.Errorf("%d deliveries, want %d", len(r.got), deliveries)
	}
	f.wantCounts(0, 0)
}

// TestFailures: an entry that fails for good is tried a few times where it may help
// and once where it cannot, and its message comes again.
func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		entry failedEntry
		calls int // in each delivery
	}{
		"of SQS": {failedEntry{Code: "InternalError", Message: "Not now."}, 3},
		"ours":   {failedEntry{Code: "ReceiptHandleIsInvalid", Message: "Not now.", SenderFault: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b")
				var b string // the receipt handle of one of them
				f.server.Hook(f.failing(deleting, func(e batchEntry) (failedEntry, bool) {
					if b == "" && e.Id == "1" {
						b = e.ReceiptHandle
					}
					return test.entry, e.ReceiptHandle == b
				}))
				r := f.recorder(succeed)
				w := f.run(f.worker(r.handle))
				time.Sleep(visibility - time.Second)
				f.wantCounts(0, 1)
				calls := f.client.made(deleting)
				if len(calls) != test.calls {
					t.Errorf("%d calls, want %d", len(calls), test.calls)
				}
				for i := 1; i < len(calls); i++ {
					if d := calls[i].at.Sub(calls[i-1].at); d != time.Duration(i)*100*time.Millisecond {
						t.Errorf("call %d comes %v after the one before", i, d)
					}
				}
				time.Sleep(2 * time.Second)
				if got := strings.Join(r.bodies(), ""); got != "aab" && got != "abb" {
					t.Errorf("worked %q, want one of them again", got)
				}
				w.stop()
				f.wantLog("delete failed", test.entry.Code) // and not AWS's message where it quotes what was sent
			})
		})
	}
}

// TestUnknownEntry: an answer that does not say what failed is an error, not a
// reason to delete anything else.
func TestUnknownEntry(t *testing.T) {
	for _, id := range []string{"4", "-1", "x", ""} {
		t.Run(id, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				f.send("a", "b", "c", "d")
				f.server.Hook(on(deleting, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
					resp := next()
					resp.Body = marshal(t, batchAnswer{Failed: []failedEntry{{Id: id, Code: "InternalError"}}})
					return resp, nil
				}))
				w := f.run(f.worker(f.recorder(succeed).handle))
				time.Sleep(time.Minute)
				w.stop()
				if n := len(f.client.made(deleting)); n != 1 {
					t.Errorf("%d calls, want one", n)
				}
			})
		})
	}
}

// TestDeleteBreaks: a delete that does not get through, for all the SDK's attempts,
// leaves the messages to come again.
func TestDeleteBreaks(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		f.server.Hook(on(deleting, breaking))
		r := f.recorder(succeed)
		w := f.run(f.worker(r.handle))
		time.Sleep(visibility - time.Second)
		f.wantCounts(0, 2)
		f.server.Hook(nil)
		time.Sleep(visibility)
		w.stop()
		if got := strings.Join(r.bodies(), ""); got != "aabb" {
			t.Errorf("worked %q, want all twice", got)
		}
		f.wantLog("delete failed", "SQS: DeleteMessageBatch")
		f.wantCounts(0, 0)
	})
}

// TestHandlesAreOfTheLastDelivery: what is acknowledged in its second delivery is
// so by that delivery's handle; an older one "might not delete" ("DeleteMessage").
func TestHandlesAreOfTheLastDelivery(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		handles := map[string]bool{}
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == deleting || c.Operation == changing {
				handles[parse[batchRequest](t, c.Body).Entries[0].ReceiptHandle] = true
			}
			return next(), nil
		})
		w := f.run(f.worker(f.recorder(func(m queue.Message) error {
			if m.Receives < 3 {
				return errHandler
			}
			return nil
		}).handle))
		time.Sleep(time.Minute)
		w.stop()
		if n := len(slices.Collect(maps.Keys(handles))); n != 3 {
			t.Errorf("%d receipt handles used in three deliveries", n)
		}
		f.wantCounts(0, 0)
	})
}

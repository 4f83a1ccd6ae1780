package queue_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

// TestAcksAtOnce: eight calls that acknowledge are on their way at once, of ten messages
// each, and the worker ends when all are through.
func TestAcksAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		const n = 200
		for i := range n {
			f.send(fmt.Sprint(i))
		}
		var now, most, calls, messages atomic.Int32
		f.server.Hook(on(deleting, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			calls.Add(1)
			messages.Add(int32(len(parse[batchRequest](t, c.Body).Entries)))
			return next(), nil
		}))
		w := f.run(f.worker(f.recorder(succeed).handle))
		time.Sleep(5 * time.Second)
		w.stop()
		if most.Load() != 8 || messages.Load() != n || calls.Load() != n/10 {
			t.Errorf("%d calls at once, %d in all, for %d messages", most.Load(), calls.Load(), messages.Load())
		}
		f.wantCounts(0, 0)
	})
}

// TestAttributesUnreadable: a worker does not work a queue whose attributes it does not
// understand.
func TestAttributesUnreadable(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.server.Hook(on("GetQueueAttributes", func(*local.Call, func() *local.Response) (*local.Response, error) {
			return &local.Response{
				Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
				Body: []byte(`{"Attributes":{"VisibilityTimeout":"long"}}`),
			}, nil
		}))
		w := f.worker(func(context.Context, []queue.Message) []error { t.Error("worked"); return nil })
		if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "visibility timeout") {
			t.Errorf("run: %v", err)
		}
	})
}

// TestWorkerHurries: a worker that was hurried, before it runs or while it does,
// acknowledges at once, and does not wait for fuller polls.
func TestWorkerHurries(t *testing.T) {
	for name, before := range map[string]bool{"before": true, "meanwhile": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, f *fixture) {
				var acked atomic.Int64
				at := func() time.Duration { return time.Duration(acked.Load()) }
				f.server.Hook(on(deleting, func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
					acked.Store(int64(f.elapsed()))
					return next(), nil
				}))
				w := f.worker(f.recorder(succeed).handle)
				if before {
					w.Hurry()
				}
				running := f.run(w)
				time.Sleep(5 * time.Second)
				sent := f.elapsed()
				f.send("a")
				if !before {
					time.Sleep(time.Second / 10)
					if at() != 0 {
						t.Errorf("acknowledged after %v, without company", at()-sent)
					}
					sent = f.elapsed()
					w.Hurry()
				}
				time.Sleep(time.Second / 2)
				if at() == 0 || at()-sent > 10*time.Millisecond {
					t.Errorf("acknowledged %v after the hurry", at()-sent)
				}
				running.stop()
			})
		})
	}
}

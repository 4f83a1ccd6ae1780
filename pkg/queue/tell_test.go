package queue_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/telemetry"
)

// wantCounted fails the test where metrics are not exactly these.
func (f *fixture) wantCounted(m *telemetry.Metrics, want map[telemetry.Metric]int) {
	f.Helper()
	for i := range telemetry.Names() {
		if metric := telemetry.Metric(i); m.Counted(metric) != want[metric] {
			f.Errorf("%s: %d, want %d", metric, m.Counted(metric), want[metric])
		}
	}
}

// TestMetrics: each outcome of a message counts once, whatever it is.
func TestMetrics(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("good", "good", "bad", "bad at last")
		r := f.recorder(func(m queue.Message) error {
			if m.Body == "good" || m.Body == "bad" && m.Receives == 3 {
				return nil
			}
			return errHandler
		})
		w := f.worker(r.handle)
		w.Metrics = &telemetry.Metrics{}
		running := f.run(w)
		time.Sleep(30 * time.Minute)
		running.stop()
		f.wantCounts(0, 0)
		f.wantCounted(w.Metrics, map[telemetry.Metric]int{
			telemetry.Messages: 3, telemetry.Seconds: 3, telemetry.MessagesFailed: 2 + 9, telemetry.MessagesGivenUp: 1,
		})
	})
}

// TestMetricsOfFailures: what SQS does not do for a worker is counted.
func TestMetricsOfFailures(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a", "b")
		f.server.Hook(f.failing(deleting, func(batchEntry) (failedEntry, bool) {
			return failedEntry{Code: "ReceiptHandleIsInvalid", Message: "no", SenderFault: true}, true
		}))
		w := f.worker(f.recorder(succeed).handle)
		w.Metrics = &telemetry.Metrics{}
		running := f.run(w)
		time.Sleep(5 * time.Second)
		f.wantCounted(w.Metrics, map[telemetry.Metric]int{telemetry.Messages: 2, telemetry.Seconds: 2, telemetry.DeleteFailures: 2})
		f.server.Hook(on(receiving, breaking))
		time.Sleep(poll + time.Minute)
		if n := w.Metrics.Counted(telemetry.ReceiveFailures); n < 3 || n > 10 {
			t.Errorf("%d receive failures in a minute", n)
		}
		f.server.Hook(nil)
		running.stop()
	})
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("a")
		f.server.Hook(on(changing, breaking))
		s := &slow{f: f, takes: visibility + 5*time.Second}
		w := f.worker(s.handle)
		w.Metrics, w.Batches = &telemetry.Metrics{}, 1
		running := f.run(w)
		time.Sleep(visibility + time.Second)
		if lost, failed := w.Metrics.Counted(telemetry.MessagesLost), w.Metrics.Counted(telemetry.VisibilityFailures); lost != 1 || failed < 1 {
			t.Errorf("%d messages lost, %d renewals failed", lost, failed)
		}
		f.server.Hook(nil)
		running.stop()
	})
}

// TestMetricsOfAFunction: a function counts as a worker does.
func TestMetricsOfAFunction(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("good", "bad")
		w := f.worker(f.recorder(func(m queue.Message) error {
			if m.Body == "bad" {
				return errHandler
			}
			return nil
		}).handle)
		w.Metrics = &telemetry.Metrics{}
		f.mapping(f.function(w), 30*time.Minute)
		f.wantCounted(w.Metrics, map[telemetry.Metric]int{telemetry.Messages: 1, telemetry.Seconds: 1, telemetry.MessagesFailed: 9, telemetry.MessagesGivenUp: 1})
	})
}

// TestDescribe: a line about a message says what Describe does, even of one that it
// cannot read, and neither its body nor its receipt handle.
func TestDescribe(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.send("body-of-one", "body-of-two")
		var handles []string
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			out := next()
			if c.Operation == receiving {
				handles = append(handles, strings.Split(string(out.Body), `"ReceiptHandle":"`)[1:]...)
			}
			return out, nil
		})
		w := f.worker(f.recorder(fail).handle)
		w.Describe = func(body string) []slog.Attr {
			if body == "body-of-two" {
				panic("unheard of: " + body)
			}
			return []slog.Attr{slog.String("request_id", "one")}
		}
		running := f.run(w)
		time.Sleep(time.Second)
		running.stop()
		f.wantLog("message not done", "request_id=one", "receives=1", "again_in=2s", "the handler failed")
		f.wantLog("message not done", "unreadable=true")
		if len(handles) < 2 {
			t.Fatalf("%d receipt handles", len(handles))
		}
		for _, secret := range append(handles, "body-of") {
			secret, _, _ = strings.Cut(secret, `"`)
			if strings.Contains(f.logged.String(), secret) {
				t.Errorf("the log says %s:\n%s", secret, f.logged)
			}
		}
	})
}

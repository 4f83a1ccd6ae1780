package responder

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/telemetry"
)

func (f *fixture) wantCounted(want map[telemetry.Metric]int) {
	f.Helper()
	for i := range telemetry.Names() {
		if metric := telemetry.Metric(i); f.Metrics.Counted(metric) != want[metric] {
			f.Errorf("%s: %d, want %d", metric, f.Metrics.Counted(metric), want[metric])
		}
	}
}

// TestMetrics: every answer counts under its status or the code of its error, and again
// each time that it is given.
func TestMetrics(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.Metrics = &telemetry.Metrics{}
		inbox, gone := f.inbox(), message.NewInbox("statline", "lab")
		f.handle(
			request("r1", inbox), request("r2", gone), packed(request("r3", inbox), request("r4", "", `"quantiles":[2]`)),
			`{`, `{"schema":"x"}`, request("r5", "", `"deadline":"2000-01-01T00:00:00Z"`),
			strings.Replace(request("r6", ""), "54", `"54"`, 1), strings.Replace(request("r7", ""), "7,8,54,89", "", 1),
			strings.Repeat(" ", message.MaxBody+1),
		)
		want := map[telemetry.Metric]int{
			telemetry.AnsweredOK: 3, telemetry.AnsweredExpired: 0, telemetry.RefusedField: 1, telemetry.RefusedJSON: 1, telemetry.RefusedSchema: 1,
			telemetry.RefusedNumber: 1, telemetry.RefusedEmpty: 1, telemetry.RefusedSize: 1, telemetry.RepliesUndeliverable: 1,
		}
		want[telemetry.AnsweredOK]++ // the bubble's clock begins at that deadline
		f.wantCounted(want)
		time.Sleep(time.Second)
		f.handle(request("r1", inbox), strings.Replace(request("r1", inbox), "54", "55", 1))
		want[telemetry.AnsweredOK]++
		want[telemetry.Repeats]++
		want[telemetry.Conflicts]++
		f.wantCounted(want)
		f.deliver(true, request("r8", inbox))
		want[telemetry.AnsweredDead]++
		f.wantCounted(want)
	})
}

// TestMetricsOfFailures: an answer that cannot be stored counts as no answer, and one
// whose reply cannot be sent does.
func TestMetricsOfFailures(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.Metrics = &telemetry.Metrics{}
		broken := ""
		f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == broken {
				return local.Refuse(c, 400, "ValidationException", "no"), nil
			}
			return next(), nil
		})
		broken = "PutItem"
		f.handle(request("r1", f.inbox()))
		f.wantCounted(map[telemetry.Metric]int{telemetry.StoreFailures: 1})
		broken = "SendMessageBatch"
		f.handle(request("r1", f.inbox()))
		f.wantCounted(map[telemetry.Metric]int{telemetry.StoreFailures: 1, telemetry.AnsweredOK: 1, telemetry.ReplyFailures: 1})
	})
}

// TestOtherCode: a row of a later version can have a code that is not known here.
func TestOtherCode(t *testing.T) {
	if got := metricOf(message.Reply{Status: message.StatusError, Fault: &message.Fault{Code: "brand_new"}}); got != telemetry.RefusedOther {
		t.Errorf("counts as %s", got)
	}
	for code, metric := range refused {
		if metric.String() != "Refused."+string(code) {
			t.Errorf("%s counts as %s", code, metric)
		}
	}
	for status, metric := range answered {
		if metric.String() != "Answered."+string(status) {
			t.Errorf("%s counts as %s", status, metric)
		}
	}
}

// TestTell: for debugging, each answer is a line with the IDs of its request and trace.
func TestTell(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.Log = slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), f.logged), &slog.HandlerOptions{Level: slog.LevelDebug}))
		trace := `"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"`
		f.handle(packed(request("r1", "", trace), request("r2", "")), strings.Replace(request("r3", "", trace), "54", "x54", 1))
		for _, want := range []string{
			"request answered\" request_id=r1 trace_id=0af7651916cd43dd8448eb211c80319c message=", "receives=1 status=ok repeat=false\n",
			"request answered\" request_id=r2 message=", "request answered\" request_id=r3 trace_id=0af7651916cd43dd8448eb211c80319c message=", "status=error repeat=false code=invalid_number\n",
		} {
			if !f.logged.logs(want) {
				t.Errorf("no line says %q:\n%s", want, f.logged)
			}
		}
		if f.logged.logs("89") || f.logged.logs("n-r1") {
			t.Errorf("numbers or nonces in the log:\n%s", f.logged)
		}
	})
}

package audit

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/telemetry"
)

// TestTell: what was written counts, and is in the log for whoever debugs, by the IDs of
// its requests and no more; what could not be written counts as that.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stack, server := open(t)
		var said strings.Builder
		m := &telemetry.Metrics{}
		log := NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket(), Metrics: m, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		work := log.Handler("statline")
		work(t.Context(), messages(`{"schema":"statline.request/v1","request_id":"r0","numbers":[98765],"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`, packed(2)))
		bytes := 0
		for _, o := range objects(t, stack) {
			bytes += len(o.text)
		}
		counted := func(entries, objects, bytes, failures int) {
			t.Helper()
			for metric, want := range map[telemetry.Metric]int{telemetry.Entries: entries, telemetry.Objects: objects, telemetry.Bytes: bytes, telemetry.ObjectFailures: failures} {
				if n := m.Counted(metric); n != want {
					t.Errorf("%s: %d, want %d", metric, n, want)
				}
			}
		}
		counted(3, 1, bytes, 0)
		for _, want := range []string{"request logged\" request_id=r0 trace_id=0af7651916cd43dd8448eb211c80319c message=m0\n", "request_id=\"[p0 p1]\" message=m1\n"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("no line says %q:\n%s", want, &said)
			}
		}
		server.Hook(onPut(func(_ int, c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, 403, "AccessDenied", "no"), nil
		}))
		if errs := work(t.Context(), messages(packed(1))); errs[0] == nil {
			t.Error("nothing was written, without an error")
		}
		counted(3, 1, bytes, 1)
		if strings.Count(said.String(), "request logged") != 2 || strings.Contains(said.String(), "98765") {
			t.Errorf("%s", &said)
		}
		log.Close()
	})
}

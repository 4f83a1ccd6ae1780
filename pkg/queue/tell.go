package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/statline/statline/pkg/telemetry"
)

// count counts the outcomes of messages, of which some may be lost.
func (w *Worker) count(messages []Message, outcomes []error, held func(Message) bool) {
	if w.Metrics == nil {
		return
	}
	done := 0
	for i, m := range messages {
		switch {
		case !held(m):
			w.Metrics.Add(telemetry.MessagesLost, 1)
		case outcomes[i] == nil:
			done++
			w.Metrics.Took(time.Since(m.SentAt))
		case m.Last:
			w.Metrics.Add(telemetry.MessagesGivenUp, 1)
		default:
			w.Metrics.Add(telemetry.MessagesFailed, 1)
		}
	}
	w.Metrics.Add(telemetry.Messages, done)
}

func failuresOf(verb string) telemetry.Metric {
	if verb == "delete" {
		return telemetry.DeleteFailures
	}
	return telemetry.VisibilityFailures
}

// notDone logs that a message failed, whose hide says when it comes again.
func (w *Worker) notDone(m Message, err error) {
	w.about(m, slog.LevelError, "message not done", slog.Int("receives", m.Receives), slog.String("again_in", m.hide.String()), telemetry.Err(err))
}

// described is what Describe says of a message, which has no body any more once it is
// done. The message may be one that does not let itself be read.
func (w *Worker) described(m Message) (attrs []slog.Attr) {
	if w.Describe == nil || m.Body == "" {
		return nil
	}
	defer func() {
		if recover() != nil {
			attrs = []slog.Attr{slog.Bool("unreadable", true)}
		}
	}()
	return w.Describe(m.Body)
}

// about logs a line about a message, but never its body or its receipt handle.
func (w *Worker) about(m Message, level slog.Level, text string, more ...slog.Attr) {
	if !w.Log.Enabled(context.Background(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("queue", w.URL), slog.String("message", m.ID)}
	attrs = append(attrs, w.described(m)...)
	w.Log.LogAttrs(context.Background(), level, text, append(attrs, more...)...)
}

package responder

import (
	"context"
	"log/slog"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/telemetry"
)

// answered are the metrics of the statuses, and refused those of the codes of errors.
var (
	answered = map[message.Status]telemetry.Metric{
		message.StatusOK: telemetry.AnsweredOK, message.StatusExpired: telemetry.AnsweredExpired, message.StatusDead: telemetry.AnsweredDead,
	}
	refused = map[message.Code]telemetry.Metric{
		message.InvalidJSON: telemetry.RefusedJSON, message.InvalidSchema: telemetry.RefusedSchema, message.InvalidField: telemetry.RefusedField,
		message.InvalidNumber: telemetry.RefusedNumber, message.EmptyList: telemetry.RefusedEmpty, message.TooLarge: telemetry.RefusedSize,
		message.Internal: telemetry.RefusedInternal, message.IDConflict: telemetry.Conflicts,
	}
)

// metricOf is the metric that an answer counts for.
func metricOf(r message.Reply) telemetry.Metric {
	if r.Fault == nil {
		return answered[r.Status]
	}
	if metric, ok := refused[r.Fault.Code]; ok {
		return metric
	}
	return telemetry.RefusedOther // a row of a later version
}

// count counts what became of requests in the table, and of how many messages a reply
// could not be sent.
func (r *Responder) count(answers []*answer, unsent int) {
	if r.Metrics == nil {
		return
	}
	r.Metrics.Add(telemetry.ReplyFailures, unsent)
	for _, a := range answers {
		if a.row.RequestID == "" {
			r.Metrics.Add(telemetry.StoreFailures, 1)
			continue
		}
		r.Metrics.Add(metricOf(a.row.Reply), 1)
		if a.repeat {
			r.Metrics.Add(telemetry.Repeats, 1)
		}
	}
}

// tell logs each answer, for debugging: which request ended how, and nothing of what
// it asked.
func (r *Responder) tell(ctx context.Context, messages []queue.Message, answers []*answer) {
	if !r.log().Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, a := range answers {
		if a.row.RequestID == "" {
			continue // its failure is the message's, which is logged
		}
		m := messages[a.message]
		attrs := message.Describe(message.Request{ID: a.row.RequestID, TraceParent: a.trace})
		attrs = append(attrs, slog.String("message", m.ID), slog.Int("receives", m.Receives), slog.String("status", string(a.row.Status)), slog.Bool("repeat", a.repeat))
		if a.row.Fault != nil {
			attrs = append(attrs, slog.String("code", string(a.row.Fault.Code)))
		}
		r.log().LogAttrs(ctx, slog.LevelDebug, "request answered", attrs...)
	}
}

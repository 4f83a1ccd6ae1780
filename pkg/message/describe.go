package message

import "log/slog"

// TraceID is the trace ID of a traceparent, in 32 hex digits, and empty where it is not
// valid (W3C Trace Context, section 3.2.2).
func TraceID(traceParent string) string {
	if !validTraceParent(traceParent) {
		return ""
	}
	return traceParent[3:35]
}

// maxDescribed is the most requests that a line of a log names.
const maxDescribed = 10

// Describe is what a line of a log says of the requests that it is about: their IDs as
// request_id and the IDs of their traces, where they have any, as trace_id. Each is a
// string where there is one, and else a list of the first ten. Nothing else of a
// request belongs into a log.
func Describe(requests ...Request) []slog.Attr {
	var ids, traces []string
	for _, r := range requests[:min(len(requests), maxDescribed)] {
		ids = append(ids, r.ID)
		if trace := TraceID(r.TraceParent); trace != "" {
			traces = append(traces, trace)
		}
	}
	attrs := oneOrAll(oneOrAll(nil, "request_id", ids), "trace_id", traces)
	if n := len(requests); n > maxDescribed {
		attrs = append(attrs, slog.Int("requests", n))
	}
	return attrs
}

func oneOrAll(attrs []slog.Attr, key string, values []string) []slog.Attr {
	switch len(values) {
	case 0:
		return attrs
	case 1:
		return append(attrs, slog.String(key, values[0]))
	default:
		return append(attrs, slog.Any(key, values))
	}
}

// Describer is [Describe] for the bodies of messages to a stack, whatever they hold.
func Describer(stack string) func(body string) []slog.Attr {
	return func(body string) []slog.Attr {
		var requests []Request
		for _, in := range Parse(stack, []byte(body)) {
			requests = append(requests, in.Request)
		}
		return Describe(requests...)
	}
}

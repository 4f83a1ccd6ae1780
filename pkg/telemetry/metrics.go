// Package telemetry is what the services say of themselves: [Metrics], which
// CloudWatch reads out of the log, and the attributes of log lines, which hold
// nothing that was sent.
package telemetry

import (
	"io"
	"math/bits"
	"sync/atomic"
	"time"
)

// Metric is a figure that a service keeps of itself. All but Seconds are counts.
type Metric int

// The metrics of both services, whose messages are those of their queue.
const (
	Messages           Metric = iota // done, and deleted
	MessagesFailed                   // deliveries that came to nothing; the message comes again
	MessagesGivenUp                  // not done on the last delivery that their queue allows: dead letters
	MessagesLost                     // that became visible to others while they were worked
	ReceiveFailures                  // polls that failed
	DeleteFailures                   // messages that are done and could not be deleted: they come again
	VisibilityFailures               // messages that could not be renewed, postponed or given back
	Throttles                        // API calls that AWS refused because there were too many
	Seconds                          // from when the queue took a message until it was done

	// Of the stats service: requests that have their answer in the table, each time that
	// they are worked.
	AnsweredOK
	AnsweredExpired
	AnsweredDead
	RefusedJSON
	RefusedSchema
	RefusedField
	RefusedNumber
	RefusedEmpty
	RefusedSize
	RefusedInternal
	RefusedOther
	Conflicts            // requests whose ID another list has
	Repeats              // of all these, those that had their answer already
	StoreFailures        // answers that could not be stored
	ReplyFailures        // messages of which a reply could not be sent: they come again, or the table has them
	RepliesUndeliverable // replies to inboxes that are gone, or closed to the service

	// Of the audit service.
	Entries        // written to the log
	Objects        // that hold them
	Bytes          // of the objects
	ObjectFailures // objects that could not be stored

	metrics // how many there are
)

// names are those that CloudWatch knows the metrics by. They are in dashboards and
// alarms, so they never change.
var names = [metrics]string{
	"Messages", "MessagesFailed", "MessagesGivenUp", "MessagesLost", "ReceiveFailures", "DeleteFailures", "VisibilityFailures", "Throttles", "Seconds",
	"Answered.ok", "Answered.expired", "Answered.dead",
	"Refused.invalid_json", "Refused.invalid_schema", "Refused.invalid_field", "Refused.invalid_number", "Refused.empty_list", "Refused.too_large",
	"Refused.internal", "Refused.other", "Refused.id_conflict", "Repeats", "StoreFailures", "ReplyFailures", "RepliesUndeliverable",
	"Entries", "Objects", "Bytes", "ObjectFailures",
}

// String is the name of a metric in CloudWatch.
func (m Metric) String() string { return names[m] }

// Names are the names of all metrics.
func Names() []string { return names[:] }

// unit is the unit of a metric ("MetricDatum", Amazon CloudWatch API Reference).
func (m Metric) unit() string {
	switch m {
	case Seconds:
		return "Seconds"
	case Bytes:
		return "Bytes"
	default:
		return "Count"
	}
}

// Metrics keeps the metrics of one service until they are written. A nil *Metrics
// keeps none. It is safe for concurrent use, and costs its users an atomic addition.
type Metrics struct {
	Stack, Service string
	// Out gets the lines, each in one Write. Defaults to the standard error, where the
	// log is.
	Out io.Writer

	counts  [metrics]atomic.Int64
	seconds [buckets]bucket
}

// Add counts n more.
func (m *Metrics) Add(metric Metric, n int) {
	if m != nil && n != 0 {
		m.counts[metric].Add(int64(n))
	}
}

// Counted is what was counted since the last Write; of Seconds, how many times.
func (m *Metrics) Counted(metric Metric) (n int) {
	if m == nil {
		return 0
	}
	if metric != Seconds {
		return int(m.counts[metric].Load())
	}
	for i := range m.seconds {
		n += int(m.seconds[i].n.Load())
	}
	return n
}

// Took notes that a message was done so long after its queue took it. By two clocks
// that can be less than nothing, which counts as nothing.
func (m *Metrics) Took(d time.Duration) {
	if m == nil {
		return
	}
	ms := uint64(min(max(d.Milliseconds(), 0), maxMillis))
	b := &m.seconds[bucketOf(ms)]
	b.millis.Add(int64(ms))
	b.n.Add(1)
}

// bucket is how many times of about the same length there were, and their sum.
type bucket struct{ n, millis atomic.Int64 }

// Times are counted in buckets, of a millisecond each below 16 and then eight for each
// doubling, so that a time is known to a sixteenth at worst. The longest is longer
// than SQS keeps a message.
const (
	maxMillis = 1<<32 - 1
	buckets   = 8*28 + 16
)

func bucketOf(ms uint64) int {
	if ms < 16 {
		return int(ms)
	}
	e := bits.Len64(ms) - 4
	return 8*e + int(ms>>e)
}

// span is the shortest and the longest time of a bucket, in milliseconds.
func span(i int) (shortest, longest int64) {
	if i < 16 {
		return int64(i), int64(i)
	}
	e := i/8 - 1
	shortest = int64(i-8*e) << e
	return shortest, shortest + 1<<e - 1
}

package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// Namespace is that of the metrics in CloudWatch. Their dimensions are Stack and
// Service.
const Namespace = "statline"

// maxValues is the most values that a metric may have in a line ("Specification:
// Embedded metric format", Amazon CloudWatch User Guide). The same page lets a line
// have 100 metrics and 1 MB; with all that there are, it has a few kilobytes.
const maxValues = 100

// Write writes what was counted since the last Write as one line of CloudWatch's
// embedded metric format, and nothing where nothing was. CloudWatch Logs makes metrics
// of such lines wherever they come from: Lambda, the awslogs driver or an agent
// ("Using the PutLogEvents API to send manually-created embedded metric format logs",
// same guide, has no need of a header). A metric without a count is left out, as it
// would cost as much as any other. RequestID is that of the Lambda invocation, empty
// elsewhere.
func (m *Metrics) Write(requestID string) error {
	if m == nil {
		return nil
	}
	line := map[string]any{}
	var defined []definition
	for i := range m.counts {
		if n := m.counts[i].Swap(0); n != 0 {
			line[names[i]], defined = n, append(defined, definition{names[i], Metric(i).unit()})
		}
	}
	if times := m.times(); times != nil {
		line[names[Seconds]], defined = times, append(defined, definition{names[Seconds], Seconds.unit()})
	}
	if defined == nil {
		return nil
	}
	line["Stack"], line["Service"] = m.Stack, m.Service
	if requestID != "" {
		line[RequestIDKey] = requestID
	}
	line["_aws"] = metadata{time.Now().UnixMilli(), []directive{{Namespace, [][]string{{"Stack", "Service"}}, defined}}}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	var out io.Writer = os.Stderr
	if m.Out != nil {
		out = m.Out
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// metadata, directive and definition are as that specification has them.
type metadata struct {
	Timestamp         int64 // in milliseconds
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct{ Name, Unit string }

// times takes the times out of their buckets: all of them in seconds where there are no
// more than a line may have, and else so many that stand for all, each for the same
// number, the longest among them. A format of values with their counts, which others
// write, is none that the specification knows.
func (m *Metrics) times() (values []float64) {
	var ns [buckets]int64
	var means [buckets]float64
	var all int64
	for i := range m.seconds {
		b := &m.seconds[i]
		ns[i] = b.n.Swap(0)
		if ns[i] == 0 {
			continue
		}
		// Where a time came in between, it is in one of the sums and not in the other.
		shortest, longest := span(i)
		means[i] = float64(min(max(b.millis.Swap(0)/ns[i], shortest), longest)) / 1000
		all += ns[i]
	}
	if all == 0 {
		return nil
	}
	some := min(all, maxValues)
	var passed int64 // times of the buckets before, and of this one
	for i := range ns {
		passed += ns[i]
		for k := int64(len(values)); k < some && rank(k, some, all) < passed; k++ {
			values = append(values, means[i])
		}
	}
	return values
}

// rank is the place among all times, in order, of the k-th of some: in the middle of
// those that it stands for; the last is the longest.
func rank(k, some, all int64) int64 {
	if k == some-1 {
		return all - 1
	}
	return (2*k + 1) * all / (2 * some)
}

// Every writes at every interval until it is told to stop, and then what is left.
// What cannot be written, fail gets.
func (m *Metrics) Every(interval time.Duration, fail func(error)) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	write := func() {
		if err := m.Write(""); err != nil {
			fail(err)
		}
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				write()
			case <-end:
				write()
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

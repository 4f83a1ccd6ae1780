package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// document is a line as CloudWatch reads it.
type document struct {
	Metadata struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
	root map[string]any
}

// units are those of the schema in "Specification: Embedded metric format" (Amazon
// CloudWatch User Guide).
var units = regexp.MustCompile(`^(Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent|Count|(Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Count)/Second|None)$`)

// read reads a line and holds it to that page: its schema and its limits.
func read(t *testing.T, line []byte) document {
	t.Helper()
	var d document
	var metadata struct {
		AWS json.RawMessage `json:"_aws"`
	}
	if err := errors.Join(json.Unmarshal(line, &d.root), json.Unmarshal(line, &metadata), json.Unmarshal(line, &d)); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	strict := json.NewDecoder(bytes.NewReader(metadata.AWS))
	strict.DisallowUnknownFields() // "objects defined by this specification MUST NOT contain any additional members"
	if err := strict.Decode(&d.Metadata); err != nil {
		t.Errorf("_aws: %v", err)
	}
	if len(line) > 1<<20 || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
		t.Errorf("a line of %d bytes: %.200q", len(line), line)
	}
	if d.Metadata.Timestamp == nil || len(d.Metadata.CloudWatchMetrics) == 0 {
		t.Fatalf("without a timestamp or a directive: %s", line)
	}
	for _, directive := range d.Metadata.CloudWatchMetrics {
		if n := len(directive.Namespace); n < 1 || n > 255 {
			t.Errorf("namespace %q", directive.Namespace)
		}
		if n := len(directive.Metrics); n < 1 || n > 100 {
			t.Errorf("%d metrics in a directive", n)
		}
		for _, set := range directive.Dimensions {
			if len(set) > 30 {
				t.Errorf("%d dimensions", len(set))
			}
			for _, name := range set {
				if value, ok := d.root[name].(string); !ok || value == "" {
					t.Errorf("dimension %s is %v", name, d.root[name])
				}
			}
		}
		for _, m := range directive.Metrics {
			if !units.MatchString(m.Unit) {
				t.Errorf("unit %q of %s", m.Unit, m.Name)
			}
			d.checkTarget(t, m.Name)
		}
	}
	return d
}

// checkTarget holds a metric to be a number, or at most 100 of them.
func (d document) checkTarget(t *testing.T, name string) {
	t.Helper()
	switch v := d.root[name].(type) {
	case float64:
	case []any:
		if len(v) == 0 || len(v) > 100 || slices.ContainsFunc(v, func(x any) bool { _, number := x.(float64); return !number }) {
			t.Errorf("%s is %v", name, v)
		}
	default:
		t.Errorf("%s is %v", name, v)
	}
}

// values are the numbers of a metric.
func (d document) values(name string) (values []float64) {
	if many, ok := d.root[name].([]any); ok {
		for _, v := range many {
			values = append(values, v.(float64))
		}
	}
	return values
}

func TestWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := &Metrics{Stack: "lab", Service: "stats", Out: &out}
		m.Add(AnsweredOK, 3)
		m.Add(AnsweredOK, 4)
		m.Add(RefusedNumber, 0)
		m.Took(40 * time.Millisecond)
		m.Took(-time.Second)
		if err := m.Write(""); err != nil {
			t.Fatal(err)
		}
		d := read(t, out.Bytes())
		want := map[string]any{"Stack": "lab", "Service": "stats", "Answered.ok": 7.0, "Seconds": []any{0.0, 0.04}, "_aws": d.root["_aws"]}
		if fmt.Sprint(d.root) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", d.root, want)
		}
		directive := d.Metadata.CloudWatchMetrics[0]
		if directive.Namespace != "statline" || fmt.Sprint(directive.Dimensions) != "[[Stack Service]]" || fmt.Sprint(directive.Metrics) != "[{Answered.ok Count} {Seconds Seconds}]" {
			t.Errorf("%+v", directive)
		}
		if got := time.UnixMilli(*d.Metadata.Timestamp); !got.Equal(time.Now()) {
			t.Errorf("at %v, not %v", got, time.Now())
		}
		out.Reset()
		if err := m.Write(""); err != nil || out.Len() > 0 {
			t.Errorf("what was written was written again: %s, %v", &out, err)
		}
		m.Add(Entries, 1)
		if err := m.Write("8476a536-e9f4-11e8-9739-2dfe598c3fcd"); err != nil || read(t, out.Bytes()).root[RequestIDKey] != "8476a536-e9f4-11e8-9739-2dfe598c3fcd" {
			t.Errorf("in an invocation: %s, %v", &out, err)
		}
	})
}

// TestEverything: with all metrics and all kinds of times, a line is far from any limit.
func TestEverything(t *testing.T) {
	var out bytes.Buffer
	m := &Metrics{Stack: strings.Repeat("s", 24), Service: "stats", Out: &out}
	for metric := range metrics {
		if metric != Seconds {
			m.Add(metric, 1<<40)
		}
	}
	for d := time.Millisecond; d < 15*24*time.Hour; d += d/50 + time.Millisecond {
		m.Took(d)
	}
	if err := m.Write(strings.Repeat("i", 36)); err != nil {
		t.Fatal(err)
	}
	d := read(t, out.Bytes())
	if n := len(d.Metadata.CloudWatchMetrics[0].Metrics); n != int(metrics) || out.Len() > 8<<10 {
		t.Errorf("%d metrics of %d in %d bytes", n, metrics, out.Len())
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for m := range metrics {
		if m.String() == "" || seen[m.String()] {
			t.Errorf("metric %d has the name %q", m, m)
		}
		seen[m.String()] = true
	}
	if len(Names()) != int(metrics) {
		t.Errorf("%d names", len(Names()))
	}
}

// TestTimes: the times that are written are those that there were, each within a
// sixteenth, as long as a line has room for them; beyond that they stand for all.
func TestTimes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 17, 99, 100, 101, 250, 10_000} {
		var out bytes.Buffer
		m := &Metrics{Stack: "lab", Service: "stats", Out: &out}
		var all []float64
		for range n {
			ms := int64(1) << random.IntN(25)
			ms += random.Int64N(ms)
			all = append(all, float64(ms)/1000)
			m.Took(time.Duration(ms) * time.Millisecond)
		}
		slices.Sort(all)
		if err := m.Write(""); err != nil {
			t.Fatal(err)
		}
		got := read(t, out.Bytes()).values("Seconds")
		if len(got) != min(n, 100) {
			t.Fatalf("%d values of %d", len(got), n)
		}
		for k, v := range got {
			want := all[rank(int64(k), int64(len(got)), int64(n))]
			if v < want*15/16-0.001 || v > want*17/16+0.001 {
				t.Errorf("value %d of %d is %v, want about %v", k, n, v, want)
			}
		}
	}
}

// TestBuckets: every time has a bucket, in order, and each bucket its span.
func TestBuckets(t *testing.T) {
	next := int64(0)
	for i := range buckets {
		shortest, longest := span(i)
		if shortest != next || longest < shortest || bucketOf(uint64(shortest)) != i || bucketOf(uint64(longest)) != i {
			t.Fatalf("bucket %d is from %d to %d, after %d", i, shortest, longest, next-1)
		}
		if longest > 16 && longest-shortest > shortest/8 {
			t.Errorf("bucket %d is from %d to %d", i, shortest, longest)
		}
		next = longest + 1
	}
	if next-1 != maxMillis {
		t.Errorf("the last bucket ends at %d", next-1)
	}
}

// TestConcurrent: nothing is counted twice or lost, whoever counts and writes.
func TestConcurrent(t *testing.T) {
	const workers, each = 8, 5000
	var out safe
	m := &Metrics{Stack: "lab", Service: "stats", Out: &out}
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for range each {
				m.Add(Messages, 2)
				m.Took(5 * time.Second)
			}
		})
	}
	stop := make(chan struct{})
	written := make(chan struct{})
	go func() {
		defer close(written)
		for {
			if err := m.Write(""); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	done.Wait()
	close(stop)
	<-written
	if err := m.Write(""); err != nil {
		t.Fatal(err)
	}
	messages := 0.0
	for line := range bytes.Lines(out.text.Bytes()) {
		d := read(t, line)
		n, _ := d.root["Messages"].(float64)
		messages += n
		for _, v := range d.values("Seconds") {
			if v < 4.6 || v > 5.2 {
				t.Errorf("a time of %v", v)
			}
		}
	}
	if messages != 2*workers*each {
		t.Errorf("%v messages, want %d", messages, 2*workers*each)
	}
}

type safe struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// TestEvery: a line a minute while there is something to say, none while there is not,
// and what is left at the end.
func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safe
		m := &Metrics{Stack: "lab", Service: "audit", Out: &out}
		stop := m.Every(time.Minute, func(err error) { t.Error(err) })
		lines := func() int { synctest.Wait(); return bytes.Count(out.text.Bytes(), []byte("\n")) }
		time.Sleep(24 * time.Hour)
		if n := lines(); n != 0 {
			t.Errorf("%d lines of an idle day", n)
		}
		for range 90 {
			m.Add(Entries, 10)
			time.Sleep(2 * time.Second)
		}
		if n := lines(); n != 3 {
			t.Errorf("%d lines of three minutes", n)
		}
		m.Add(Entries, 1)
		stop()
		if n := lines(); n != 4 {
			t.Errorf("%d lines with the last", n)
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("a full disk") }

func TestUnwritten(t *testing.T) {
	m := &Metrics{Stack: "lab", Service: "audit", Out: broken{}}
	m.Add(Entries, 1)
	var got error
	m.Every(time.Hour, func(err error) { got = err })()
	if got == nil || !strings.Contains(got.Error(), "write metrics: a full disk") {
		t.Errorf("%v", got)
	}
}

// TestNobody: who keeps no metrics pays nothing and writes nothing.
func TestNobody(t *testing.T) {
	var m *Metrics
	m.Add(Messages, 1)
	m.Took(time.Second)
	if err := m.Write(""); err != nil {
		t.Error(err)
	}
}

func BenchmarkAdd(b *testing.B) {
	m := &Metrics{}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Add(AnsweredOK, 1)
			m.Took(40 * time.Millisecond)
		}
	})
}

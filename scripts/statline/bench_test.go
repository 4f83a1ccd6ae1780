package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// benchmark runs a load in virtual time, on a stack in memory whose calls pass
// through hook.
func benchmark(t *testing.T, l load, hook local.Hook) (r *report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(l)
		s, err := b.openEmbedded(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		server.Hook(hook)
		if r, err = b.measure(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

func newBench(l load) *bench {
	a := &app{stack: "statline", quiet: true, timeout: 30 * time.Second, services: &cloud.Meter{}, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	return &bench{app: a, load: l}
}

// TestBench is a run as a user sees it.
func TestBench(t *testing.T) {
	c := newCLI(t)
	args := []string{"bench", "--local", "--requests", "200", "--clients", "3", "--size", "10"}
	out, errs, code := c.run("", append(args, "-o", "json")...)
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	var r struct {
		Requests      int             `json:"requests"`
		Failed        *int            `json:"failed"`
		PerSecond     float64         `json:"requests_per_second"`
		Latency       latency         `json:"latency_ms"`
		Histogram     []bin           `json:"histogram_ms"`
		Calls         map[string]any  `json:"calls"`
		Unpriced      json.RawMessage `json:"unpriced"`
		CallsEach     float64         `json:"calls_per_request"`
		USDPerMillion float64         `json:"usd_per_million"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	binned := 0
	for _, b := range r.Histogram {
		binned += b.Count
	}
	if r.Requests != 200 || r.Failed == nil || *r.Failed != 0 || binned != 200 || len(r.Calls) != 2 || r.Unpriced != nil {
		t.Errorf("report: %s", out)
	}
	if l := r.Latency; r.PerSecond <= 0 || r.CallsEach <= 1 || r.USDPerMillion <= 0 || l.P50 <= 0 || l.P90 < l.P50 || l.P99 < l.P90 || l.Max < l.P99 {
		t.Errorf("figures: %s", out)
	}
	if err := os.WriteFile("earlier.json", []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code = c.run("", append(args, "--compare", "earlier.json")...)
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	for _, line := range []string{
		`3 clients, 200 lists of 10 integers, saturating \(32 under way each\)`, ` +THIS RUN +EARLIER +RATIO`, `requests +200 +200`, `failed +0 +0`,
		`latency p99, ms +[\d.]+ +[\d.]+ +[\d.]+`, `API CALLS PER REQUEST +CLIENTS +SERVICES`, `DynamoDB BatchExecuteStatement +[\d.]+`, `SNS PublishBatch +[\d.]+`,
		`DynamoDB write units of 1 KB +2\.000 +1\.250`, `  [\d.]+ to [\d.]+ +\d+ +█+`,
	} {
		if !regexp.MustCompile("(?m)^" + line + "$").MatchString(out) {
			t.Errorf("no line is as %s in\n%s", line, out)
		}
	}
	if out := c.ok(append(args, "-o", "csv")...); strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, "started_at,requests,failed,requests_per_second,latency_ms_p50,") {
		t.Errorf("as CSV: %s", out)
	}
	// All lists of all three runs are there, in this client's name.
	if rows := c.ok("results", "--local", "--client", "bench", "--limit", "0", "-o", "jsonl"); strings.Count(rows, "\n") != 600 {
		t.Errorf("%d results", strings.Count(rows, "\n"))
	}
}

// TestBenchElsewhere: of services in another process it says that their calls are
// not counted.
func TestBenchElsewhere(t *testing.T) {
	c := newCLI(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	said := &signalling{written: make(chan struct{})}
	go func() { ended <- run(ctx, []string{"local", "up", "--addr", "127.0.0.1:0"}, nil, said, said) }()
	<-said.written
	out := c.ok("bench", "--local", "--requests", "20", "--clients", "1")
	if strings.Contains(out, "SERVICES") || strings.Contains(out, "PutItem") || !strings.Contains(out, "The services run elsewhere") {
		t.Errorf("the report:\n%s", out)
	}
	stop()
	<-ended
}

// TestBenchCalls: what five requests take that have nothing to share, with an
// inbox that is made and removed.
func TestBenchCalls(t *testing.T) {
	l := load{Rate: 0.01, Clients: 1, Requests: 5, Size: 3, Kind: "money"}
	r := benchmark(t, l, nil)
	want := map[string]int{"SQS CreateQueue": 1, "SNS PublishBatch": 5, "SQS ReceiveMessage": 5, "SQS DeleteMessageBatch": 4, "SQS DeleteQueue": 1}
	if got := r.Calls["clients"]; !maps.Equal(got, want) {
		t.Errorf("clients: %v, want %v", got, want)
	}
	services := r.Calls["services"]
	for operation, n := range map[string]int{"DynamoDB PutItem": 5, "S3 PutObject": 5, "SQS SendMessageBatch": 5, "SQS DeleteMessageBatch": 10} {
		if services[operation] != n {
			t.Errorf("services: %d %s, want %d", services[operation], operation, n)
		}
	}
	dollars := r.usage.Billed[cloud.SNSRequest]*0.50 + r.usage.Billed[cloud.SQSRequest]*0.40 + 10*0.625 + 5*5.00
	if got := r.USD * 5; got < dollars-1e-6 || got > dollars+1e-6 || r.Bill[2].UnitsPerRequest != 2 {
		t.Errorf("five million requests cost $%v, want $%v: %+v", got, dollars, r.Bill)
	}
	if again := benchmark(t, l, nil); !maps.Equal(r.usage.Calls, again.usage.Calls) {
		t.Errorf("the same load took other calls: %v and %v", r.usage.Calls, again.usage.Calls)
	}
}

// slow makes every call take ten milliseconds, so that requests meet.
func slow(_ *local.Call, next func() *local.Response) (*local.Response, error) {
	time.Sleep(10 * time.Millisecond)
	return next(), nil
}

// TestBenchFailures: every request that fails is counted, by what became of it,
// and no other.
func TestBenchFailures(t *testing.T) {
	entry := regexp.MustCompile(`PublishBatchRequestEntries\.member\.\d+\.Id=`)
	var mu sync.Mutex
	published, refused, changed := 0, 0, 0
	r := benchmark(t, load{Clients: 2, Requests: 300, Size: 3, Kind: "integers"}, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != "PublishBatch" {
			return slow(c, next)
		}
		mu.Lock()
		published++
		n := len(entry.FindAll(c.Body, -1))
		third := published % 3
		switch third {
		case 0:
			refused += n
		case 1: // every list becomes another
			changed += n
			c.Body = bytes.ReplaceAll(c.Body, []byte("numbers%22%3A%5B"), []byte("numbers%22%3A%5B7%2C"))
		}
		mu.Unlock()
		if third == 0 {
			return local.Refuse(c, 403, "AuthorizationError", "not you"), nil
		}
		return slow(c, next)
	})
	if refused == 0 || changed == 0 || refused+changed == 300 {
		t.Fatalf("%d refused and %d changed of 300", refused, changed)
	}
	want := map[string]int{"not sent": refused, "wrong": changed}
	if r.Requests != 300 || r.Failed != refused+changed || !maps.Equal(r.Failures, want) || r.first == nil {
		t.Errorf("%d requests, %d failed, %v; want %v", r.Requests, r.Failed, r.Failures, want)
	}
	if code := partly(t.Context(), r.Requests, r.Failed).(*exitError).code; code != exitPartly {
		t.Errorf("exit code %d", code)
	}
	if text := r.failedText(); text != fmt.Sprintf("%d (%d not sent, %d wrong)", r.Failed, refused, changed) {
		t.Errorf("failed: %s", text)
	}
}

// TestBenchUnanswered: without services all requests fail, each after its time.
func TestBenchUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(load{Clients: 2, Requests: 70, Size: 1, Kind: "decimals"})
		s, err := b.openAt(t.Context(), cloud.Config(local.URL, "us-east-1", server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.close = server.Close
		r, err := b.measure(t.Context(), s)
		if err != nil || r.Requests != 70 || r.Failures["not answered"] != 70 || r.Seconds < 60 || len(r.Histogram) != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		if err := b.write(r, nil); err != nil || !strings.Contains(b.out.(*bytes.Buffer).String(), "70 (70 not answered)") {
			t.Errorf("%v, %s", err, b.out)
		}
	})
}

// TestBenchDue: with a rate, latency counts from when a request fell due, whatever
// falls due meanwhile.
func TestBenchDue(t *testing.T) {
	r := benchmark(t, load{Rate: 50, Clients: 2, Requests: 100, Size: 1, Kind: "integers"}, func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation == "PutItem" || c.Operation == "BatchExecuteStatement" {
			time.Sleep(1100 * time.Millisecond)
		}
		return next(), nil
	})
	if r.Failed > 0 || len(r.Histogram) == 0 || r.Histogram[0].From < 1000 {
		t.Errorf("latencies with a service that takes 1.1 s: %+v", r.Histogram)
	}
}

// TestBenchInterrupted: what was measured until then is printed, and what was under
// way has not failed.
func TestBenchInterrupted(t *testing.T) {
	for _, l := range []load{{Clients: 2, Requests: 100_000, Size: 1, Kind: "integers"}, {Rate: 1000, Clients: 2, Requests: 100_000, Size: 1, Kind: "integers"}} {
		synctest.Test(t, func(t *testing.T) {
			server, err := local.Open(local.Config{})
			if err != nil {
				t.Fatal(err)
			}
			b := newBench(l)
			b.format = "json"
			s, err := b.openEmbedded(t.Context(), server)
			if err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancelCause(t.Context())
			interrupted := errors.New("interrupted")
			time.AfterFunc(300*time.Millisecond, func() { interrupt(interrupted) })
			server.Hook(slow)
			if err := b.runOn(ctx, s, nil); !errors.Is(err, interrupted) {
				t.Errorf("%v: %v", l, err)
			}
			var r report
			if err := json.Unmarshal(b.out.(*bytes.Buffer).Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if !r.Interrupted || r.Failed > 0 || r.Requests < 50 || r.Requests >= 100_000 || r.CallsPerRequest <= 0 {
				t.Errorf("%s", b.out)
			}
		})
	}
}

func TestBenchCompare(t *testing.T) {
	c := newCLI(t)
	for name, text := range map[string]string{"broken.json": "{", "other.json": `{"requests":3}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"broken.json", "other.json", "none.json"} {
		if _, errs, code := c.run("", "bench", "--local", "--requests", "1", "--compare", file); code != exitUsage || !strings.Contains(errs, file) {
			t.Errorf("--compare %s: exit code %d, %s", file, code, errs)
		}
	}
	b := newBench(load{Clients: 1})
	b.quiet = false
	earlier := &report{Load: load{Clients: 2}, PerSecond: 200, Latency: latency{P50: 10}, CallsPerRequest: 4, Calls: map[string]map[string]int{"clients": nil}}
	now := &report{Load: b.load, PerSecond: 300, Latency: latency{P50: 5}, CallsPerRequest: 1, USD: 3, Calls: map[string]map[string]int{"clients": nil, "services": nil}}
	b.compareWith(now, earlier)
	if want := map[string]float64{"requests_per_second": 1.5, "latency_ms.p50": 0.5, "calls_per_request": 0.25}; !maps.Equal(now.Ratios, want) {
		t.Errorf("ratios: %v", now.Ratios)
	}
	said := b.err.(*bytes.Buffer).String()
	if !strings.Contains(said, "another load: 2 clients") || !strings.Contains(said, "calls of clients, this one those of clients and services") {
		t.Errorf("said: %s", said)
	}
}

// TestLists: the lists of a load are all different, sound, and fit into a message.
func TestLists(t *testing.T) {
	for _, kind := range kinds {
		seen := map[string]bool{}
		for i := range 2000 {
			list, err := stats.ParseText(load{Size: 1, Kind: kind}.list(i))
			if err != nil || list.Len() != 1 {
				t.Fatalf("list %d of %s: %v", i, kind, err)
			}
			seen[string(list.Text())] = true
		}
		if len(seen) != 2000 {
			t.Errorf("%d different lists of %s among 2000", len(seen), kind)
		}
		list, err := stats.ParseText(load{Size: maxSize, Kind: kind}.list(1e9))
		if err != nil || list.Len() != maxSize {
			t.Fatalf("the longest list of %s: %v", kind, err)
		}
		if err := checkRequest(message.Request{ID: message.NewID(), Numbers: list}); err != nil {
			t.Errorf("the longest list of %s: %v", kind, err)
		}
	}
}

func TestMeasure(t *testing.T) {
	m := newMeasure()
	if got := m.bins(); len(got) != 0 {
		t.Errorf("bins of nothing: %v", got)
	}
	for _, took := range []time.Duration{-time.Second, 4 * time.Millisecond, 4900 * time.Microsecond, 60 * time.Millisecond, 40 * time.Hour} {
		m.note(took, nil)
	}
	m.note(time.Second, &failure{"wrong", os.ErrInvalid})
	m.note(time.Second, &failure{"not sent", os.ErrInvalid})
	bins := m.bins()
	counts := map[string]int{}
	for i, b := range bins {
		if b.Count > 0 {
			counts[fmt.Sprint(b.From, "-", b.To)] = b.Count
		}
		if i > 0 && b.From != bins[i-1].To {
			t.Errorf("bin %v follows %v", b, bins[i-1])
		}
	}
	want := map[string]int{"0.001-0.0015": 1, "3-5": 2, "50-70": 1, "3e+06-5e+06": 1}
	if !maps.Equal(counts, want) {
		t.Errorf("bins %v, want %v", counts, want)
	}
	if line := m.progress(10); !strings.Contains(line, "70 %  7 of 10") || !strings.Contains(line, "2 failed") || !strings.HasPrefix(line, "████████████████░") {
		t.Errorf("progress: %s", line)
	}
}

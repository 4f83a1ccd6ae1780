package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDocument: terraform/scale.md is what this command prints.
func TestDocument(t *testing.T) {
	m := read(t)
	got, err := os.ReadFile("../../terraform/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(document(m).String(), "\n")
	for i, line := range strings.Split(string(got), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("line %d of terraform/scale.md is other than it must be: go run ./scripts/scale >terraform/scale.md\n%s", i+1, line)
		}
	}
	if n := strings.Count(string(got), "\n") + 1; n != len(want) {
		t.Errorf("terraform/scale.md has %d lines of %d", n, len(want))
	}
}

// TestAssumptions: what the model says of the configuration stands there.
func TestAssumptions(t *testing.T) {
	for _, test := range []struct {
		file, pattern string
		want          float64
	}{
		{"lambda.tf", `memory_size\s*= (\d+)`, functionGB * 1024},
		{"lambda.tf", `audit = \{ timeout = \d+, batch = (\d+)`, logBatch},
		{"lambda.tf", `audit = \{.*window = (\d+)`, window},
		{"lambda.tf", `stats = \{ timeout = \d+, batch = (\d+)`, scenarios[1].fill},
		{"fargate.tf", `cpu\s*= (\d+)`, taskCPU * 1024},
		{"fargate.tf", `memory\s*= (\d+)`, taskGB * 1024},
		{"variables.tf", `stats = optional\(number, (\d+)\)`, limit(t, "`lambda_concurrency` of stats")},
		{"variables.tf", `stats = optional\(number, 50\), audit = optional\(number, (\d+)\)`, limit(t, "`lambda_concurrency` of audit")},
		{"variables.tf", `stats = optional\(object.*max = optional\(number, (\d+)\)`, limit(t, "`fargate_tasks` of stats")},
		{"variables.tf", `audit = optional\(object.*max = optional\(number, (\d+)\)`, limit(t, "`fargate_tasks` of audit")},
		{"../pkg/results/item.go", `const shards = (\d+)`, limit(t, "the same of the index: 64 parts of a day, 1,000 each") / 1000},
		{"../pkg/audit/log.go", `c.MaxBytes = (1) << 20`, objectBytes >> 20},
	} {
		text, err := os.ReadFile("../../terraform/" + test.file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(test.pattern).FindStringSubmatch(string(text))
		if found == nil {
			t.Errorf("%s has no %s", test.file, test.pattern)
			continue
		}
		if got, err := strconv.ParseFloat(found[1], 64); err != nil || got != test.want {
			t.Errorf("%s says %s, the model %v", test.file, found[0], test.want)
		}
	}
}

// limit is that of a quota.
func limit(t *testing.T, about string) float64 {
	t.Helper()
	for _, q := range quotas {
		if q.about == about {
			return q.limit
		}
	}
	t.Fatalf("no quota %s", about)
	return 0
}

// TestModel: the figures by another way, with round numbers.
func TestModel(t *testing.T) {
	m := read(t)
	for i, s := range scenarios {
		of, ok := m.Loads[s.load]
		if !ok {
			t.Fatalf("nothing was measured of %s", s.load)
		}
		rows := s.rate * 2_628_000
		for name, want := range map[string]float64{
			"SNS, publishes":                rows * of.SNS * 0.5e-6,
			"DynamoDB, writes to the table": rows * 0.625e-6,
			"DynamoDB, 90 days of rows":     s.rate * 7_776_000 * m.Bytes.Row / 1_073_741_824 / 4,
		} {
			if got := dollars(t, bill(m, false), name)[i]; math.Abs(got-want) > want/1000 {
				t.Errorf("%s at %v a second: $%v, want $%v", name, s.rate, got, want)
			}
		}
	}
	// 100 requests a second that come alone, to functions that each work 10.
	m.Bytes.Request = 100
	s := scenario{rate: 100, load: "1 a second", lists: 1, fill: 10}
	stats, log, statsTime, logTime := s.functions(m)
	if near := func(a, b float64) bool { return math.Abs(a-b) < b/1000 }; !near(stats, 10) || !near(log, 1/6.) || !near(statsTime, 0.01295) || !near(logTime, 0.03+600*0.0000565*1769/512) {
		t.Errorf("functions %v %v of %v s and %v s", stats, log, statsTime, logTime)
	}
	// 4 calls of ten messages on both queues, and replies to some six inboxes.
	if got := s.functionSQS(m); got < 90 || got > 100 {
		t.Errorf("%v requests to SQS a second", got)
	}
	for _, test := range []struct {
		rate, limit float64
		want        string
	}{{300, 300, "as they come"}, {301, 300, "2 in a message"}, {300 * 2621, 300, "2621 in a message"}, {300 * 2622, 300, "too many: have it raised"}} {
		if got := packing(test.rate, test.limit, m); got != test.want {
			t.Errorf("%v of %v: %s, want %s", test.rate, test.limit, got, test.want)
		}
	}
}

// dollars are those of a line of a bill.
func dollars(t *testing.T, lines []line, about string) []float64 {
	t.Helper()
	for _, l := range lines {
		if l.about == about {
			return l.dollars
		}
	}
	t.Fatalf("no line %s", about)
	return nil
}

// TestNumbers: how numbers are written.
func TestNumbers(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{whole(0), "0"}, {whole(0.52), "0.52"}, {whole(999.6), "1,000"}, {whole(1234567), "1,234,567"}, {whole(-1234), "−1,234"},
		{money(0.005), "0.01"}, {money(-2.5), "−2.50"}, {money(99.99), "99.99"}, {money(100), "100"},
		{number(0.0000002), "0.0000002"}, {number(5), "5"}, {number(0.00065), "0.00065"},
	} {
		if test.got != test.want {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
}

// TestUnknownUnit: a unit without a price is a mistake that shows.
func TestUnknownUnit(t *testing.T) {
	defer func() {
		if p := recover(); !strings.Contains(fmt.Sprint(p), "gold") {
			t.Errorf("panic %v", p)
		}
	}()
	million("gold")
}

func read(t *testing.T) measured {
	t.Helper()
	m, err := readMeasured()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

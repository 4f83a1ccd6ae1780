package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
)

// report is what a run of the bench command has to say, as its JSON.
type report struct {
	StartedAt   string `json:"started_at"`
	Version     string `json:"version"`
	Where       string `json:"where"`
	Load        load   `json:"load"`
	Interrupted bool   `json:"interrupted,omitempty"`

	Requests  int            `json:"requests"` // that were answered or have failed
	Failed    int            `json:"failed"`
	Failures  map[string]int `json:"failures,omitempty"`
	first     error
	Seconds   float64 `json:"seconds"` // from the first request's start to the last one's end
	PerSecond float64 `json:"requests_per_second"`
	Latency   latency `json:"latency_ms"`
	Histogram []bin   `json:"histogram_ms"`

	Calls           map[string]map[string]int `json:"calls"` // by whom and of what operation
	CallsPerRequest float64                   `json:"calls_per_request"`
	USD             float64                   `json:"usd_per_million"`
	Bill            []item                    `json:"bill"`
	Unpriced        []string                  `json:"unpriced,omitempty"` // operations that are not in the bill
	PricesOf        string                    `json:"prices_of"`
	usage           cloud.Usage

	Ratios map[string]float64 `json:"ratios,omitempty"` // to the earlier run's
}

// latency is the time that answers took, in milliseconds.
type latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// item is a line of the bill.
type item struct {
	Unit            cloud.Unit `json:"unit"`
	UnitsPerRequest float64    `json:"units_per_request"`
	USDPerMillion   float64    `json:"usd_per_million"` // requests
}

// newReport is the report of a run that has ended, without its calls.
func newReport(l load, m *measure) *report {
	at := func(quantile float64) float64 { return float64(m.latencies.ValueAtQuantile(quantile)) / 1000 }
	answered := float64(m.latencies.TotalCount())
	seconds := m.ended.Sub(m.began).Seconds()
	return &report{
		StartedAt: message.FormatTime(m.began), Version: version(), Load: l,
		Requests: int(answered) + m.failed(), Failed: m.failed(), Failures: m.failures, first: m.first,
		Seconds: math.Round(seconds*1000) / 1000, PerSecond: per(answered, seconds),
		Latency:   latency{at(50), at(90), at(99), float64(m.latencies.Max()) / 1000},
		Histogram: m.bins(), Calls: map[string]map[string]int{},
		PricesOf: cloud.PricesRegion + " " + cloud.PricesDate,
	}
}

// per is a/b, and 0 where there is no b.
func per(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// count adds the calls of some of the system.
func (r *report) count(who string, u cloud.Usage) {
	r.Calls[who] = u.Calls
	r.usage = r.usage.Plus(u)
	requests := float64(r.Requests)
	r.CallsPerRequest = per(float64(r.usage.Total()), requests)
	r.USD = per(r.usage.Dollars()*1e6, requests)
	r.Unpriced, r.Bill = r.usage.Unpriced(), nil
	for _, p := range cloud.Prices {
		if units := r.usage.Billed[p.Unit]; units > 0 {
			r.Bill = append(r.Bill, item{p.Unit, per(units, requests), per(p.Dollars(units)*1e6, requests)})
		}
	}
}

// figure is one of the figures that two runs are compared by.
type figure struct {
	name  string // in JSON
	label string
	value float64
}

func (r *report) figures() []figure {
	return []figure{
		{"requests_per_second", "requests per second", r.PerSecond},
		{"latency_ms.p50", "latency p50, ms", r.Latency.P50}, {"latency_ms.p90", "latency p90, ms", r.Latency.P90},
		{"latency_ms.p99", "latency p99, ms", r.Latency.P99}, {"latency_ms.max", "latency max, ms", r.Latency.Max},
		{"calls_per_request", "API calls per request", r.CallsPerRequest}, {"usd_per_million", "dollars per million", r.USD},
	}
}

// readReport reads the report of an earlier run; there is none where file is empty.
func readReport(file string) (*report, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("--compare: %w", err)}
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, usageError("--compare %s: it is not the output of bench -o json: %v", file, err)
	}
	if r.Requests == 0 || r.Load.Clients == 0 {
		return nil, usageError("--compare %s: it is not the output of bench -o json", file)
	}
	return &r, nil
}

// compareWith adds the ratios of the figures to those of an earlier run.
func (b *bench) compareWith(r, earlier *report) {
	r.Ratios = map[string]float64{}
	for i, f := range r.figures() {
		if was := earlier.figures()[i].value; was != 0 {
			r.Ratios[f.name] = f.value / was
		}
	}
	if r.Load != earlier.Load {
		b.say("the earlier run had another load: %v", earlier.Load)
	}
	if now, then := whose(r.Calls), whose(earlier.Calls); now != then {
		b.say("the earlier run counted the calls of %s, this one those of %s", then, now)
	}
}

// whose names those whose calls were counted.
func whose(calls map[string]map[string]int) string {
	return strings.Join(slices.Sorted(maps.Keys(calls)), " and ")
}

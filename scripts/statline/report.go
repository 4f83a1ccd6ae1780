package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

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

func (b *bench) write(r, earlier *report) error {
	switch b.format {
	case "json", "jsonl":
		return writeJSON(b.out, r)
	case "csv":
		return r.writeCSV(b.out)
	}
	if r.first != nil {
		b.say("the first failure: %v", r.first)
	}
	return errors.Join(
		r.writeFigures(b.out, earlier), r.writeLatencies(b.out), r.writeCalls(b.out), r.writeBill(b.out))
}

func (r *report) writeCSV(w io.Writer) error {
	header := []string{"started_at", "requests", "failed"}
	record := []string{r.StartedAt, strconv.Itoa(r.Requests), strconv.Itoa(r.Failed)}
	for _, f := range r.figures() {
		header = append(header, strings.ReplaceAll(f.name, ".", "_"))
		record = append(record, strconv.FormatFloat(f.value, 'g', 6, 64))
	}
	c := csv.NewWriter(w)
	return errors.Join(c.WriteAll([][]string{header, record}), c.Error())
}

// writeFigures writes the figures and, where there is an earlier run, what they
// were then and the ratio beside them.
func (r *report) writeFigures(w io.Writer, earlier *report) error {
	fmt.Fprintf(w, "%v\n%s, for %.1f s\n", r.Load, r.Where, r.Seconds)
	if r.Interrupted {
		fmt.Fprintln(w, "interrupted: these are the figures until then")
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if earlier == nil {
		for _, row := range r.rows() {
			fmt.Fprintf(t, "%s\t%s\n", row.label, row.text)
		}
		return t.Flush()
	}
	fmt.Fprintf(t, "\tTHIS RUN\tEARLIER\tRATIO\n")
	then := earlier.rows()
	for i, row := range r.rows() {
		ratio := ""
		if x, ok := r.Ratios[row.figure]; ok {
			ratio = strconv.FormatFloat(x, 'f', 2, 64)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join([]string{row.label, row.text, then[i].text, ratio}, "\t"), "\t"))
	}
	return t.Flush()
}

// row is a line of the text output; figure is the name of its figure, if it has one.
type row struct{ figure, label, text string }

func (r *report) rows() []row {
	rows := []row{{"", "requests", strconv.Itoa(r.Requests)}, {"", "failed", r.failedText()}}
	for _, f := range r.figures() {
		rows = append(rows, row{f.name, f.label, short(f.value)})
	}
	return rows
}

// failedText is the number of failures and, in brackets, of what kinds they were.
func (r *report) failedText() string {
	if r.Failed == 0 {
		return "0"
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(r.Failures)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", r.Failures[kind], kind))
	}
	return fmt.Sprintf("%d (%s)", r.Failed, strings.Join(kinds, ", "))
}

// short is a figure with as many decimals as four digits need, and at most four.
func short(f float64) string {
	decimals := 4
	for x := math.Abs(f); x >= 1 && decimals > 0; x /= 10 {
		decimals--
	}
	return strconv.FormatFloat(f, 'f', decimals, 64)
}

func (r *report) writeLatencies(w io.Writer) error {
	if len(r.Histogram) == 0 {
		return nil
	}
	var spans []string
	var counts []int
	for _, b := range r.Histogram {
		spans = append(spans, fmt.Sprintf("%s to %s", edge(b.From), edge(b.To)))
		counts = append(counts, b.Count)
	}
	fmt.Fprintln(w)
	return writeBars(w, "latencies, ms", spans, counts)
}

func edge(ms float64) string { return strconv.FormatFloat(ms, 'f', -1, 64) }

// writeCalls writes how many calls a request takes, by operation and caller.
func (r *report) writeCalls(w io.Writer) error {
	who := slices.Sorted(maps.Keys(r.Calls))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nAPI CALLS PER REQUEST\t%s\n", strings.ToUpper(strings.Join(who, "\t")))
	write := func(label string, calls func(who string) int) {
		cells := []string{label}
		for _, one := range who {
			cells = append(cells, r.share(calls(one)))
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	for _, operation := range slices.Sorted(maps.Keys(r.usage.Calls)) {
		write(operation, func(who string) int { return r.Calls[who][operation] })
	}
	write("all", func(who string) int { return cloud.Usage{Calls: r.Calls[who]}.Total() })
	if err := t.Flush(); err != nil || len(who) > 1 {
		return err
	}
	_, err := fmt.Fprintln(w, "The services run elsewhere: their calls are not counted, nor what they cost.")
	return err
}

// share is n calls as calls per request, and nothing where there are none.
func (r *report) share(n int) string {
	if n == 0 {
		return ""
	}
	return short(per(float64(n), float64(r.Requests)))
}

// writeBill writes what a million requests cost.
func (r *report) writeBill(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nDOLLARS PER MILLION REQUESTS\tUNITS PER REQUEST\tDOLLARS")
	for _, i := range r.Bill {
		fmt.Fprintf(t, "%s\t%s\t%s\n", i.Unit, short(i.UnitsPerRequest), short(i.USDPerMillion))
	}
	fmt.Fprintf(t, "all\t\t%s\n", short(r.USD))
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Unpriced) > 0 {
		fmt.Fprintf(w, "No price is known of %s.\n", strings.Join(r.Unpriced, ", "))
	}
	_, err := fmt.Fprintf(w, "List prices in %s on %s, without compute, storage and transfer.\n", cloud.PricesRegion, cloud.PricesDate)
	return err
}

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/statline/statline/pkg/cloud"
)

// write writes the report in the output format.
func (b *bench) write(r, earlier *report) error {
	if r.first != nil {
		b.say("the first failure: %v", r.first)
	}
	switch b.format {
	case "json", "jsonl":
		return writeJSON(b.out, r)
	case "csv":
		return r.writeCSV(b.out)
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
		fmt.Fprintln(w, "interrupted: the figures are those until then, the calls also those of requests that were under way")
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
	_, err := fmt.Fprintf(w, "List prices (%s, %s), without compute, storage and transfer.\n", cloud.PricesRegion, cloud.PricesDate)
	return err
}

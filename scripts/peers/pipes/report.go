package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// describe writes what the figures depend on.
func describe(w io.Writer, b *bench) error {
	versions := []string{runtime.Version()}
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == "github.com/aws/aws-sdk-go-v2" {
			versions = append(versions, "AWS SDK "+m.Version)
		}
	}
	_, err := fmt.Fprintf(w, "%s, %s/%s, %d cores, load %s\n%d rounds; the peers' services work on %d messages at once\n",
		strings.Join(versions, ", "), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), loadAverage(), b.rounds, b.goroutines)
	return err
}

// loadAverage is the load averages of 1, 5 and 15 minutes.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown: " + err.Error()
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// median is that of a figure of all rounds.
func median(rounds []map[string]result, figure func(map[string]result) float64) float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, figure(r))
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

// columns are the figures of a design.
var columns = []struct {
	head, form string
	figure     func(result) float64
}{
	{"REQ/S", "%.0f", result.rate},
	{"P50 MS", "%.1f", func(r result) float64 { return r.load.P50 }},
	{"P99 MS", "%.1f", func(r result) float64 { return r.load.P99 }},
	{"STATS µS", "%.0f", func(r result) float64 { return r.micros(tally.Stats) }},
	{"AUDIT µS", "%.0f", func(r result) float64 { return r.micros(tally.Audit) }},
	{"CLIENT µS", "%.0f", func(r result) float64 { return r.micros(tally.Client) }},
	{"ENDPOINT µS", "%.0f", func(r result) float64 { return r.micros(endpoint) }},
	{"STATS MIB", "%.0f", func(r result) float64 { return r.rss[tally.Stats] }},
	{"AUDIT MIB", "%.0f", func(r result) float64 { return r.rss[tally.Audit] }},
	{"CALLS SERVICES", "%.2f", func(r result) float64 { return r.calls(services...) }},
	{"CALLS CLIENT", "%.2f", func(r result) float64 { return r.calls(tally.Client) }},
	{"AUDITED", "%.0f%%", func(r result) float64 { return 100 * float64(r.audited()) / float64(r.load.Answered) }},
	{"OTHERS", "%.0f%%", func(r result) float64 { return 100 * r.others }},
}

// report writes what a scenario has shown.
func (b *bench) report(w io.Writer, s scenario, rounds []map[string]result) error {
	fmt.Fprintf(w, "\n%s: %s (load %s)\n", s.name, s.about, loadAverage())
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range columns {
		fmt.Fprintf(tw, "\t%s", c.head)
	}
	fmt.Fprintln(tw, "\t")
	for _, design := range s.contestants(b.python) {
		fmt.Fprint(tw, design)
		for _, c := range columns {
			fmt.Fprintf(tw, "\t"+c.form, median(rounds, func(r map[string]result) float64 { return c.figure(r[design]) }))
		}
		fmt.Fprintln(tw, "\t")
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if err := s.operations(w, rounds); err != nil {
		return err
	}
	return b.goals(w, s, rounds)
}

// operations writes which calls there were for a request to statline, how full
// they were and, where it was measured, what they take alone.
func (s scenario) operations(w io.Writer, rounds []map[string]result) error {
	seen := map[tally.Operation]bool{}
	var all []tally.Operation
	for _, r := range rounds {
		for op, c := range r[ours].counts {
			if c.Calls > 0 && !seen[op] {
				seen[op] = true
				all = append(all, op)
			}
		}
	}
	slices.SortFunc(all, func(a, b tally.Operation) int {
		return strings.Compare(a.Who+" "+a.String(), b.Who+" "+b.String())
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nSTATLINE'S CALLS\t\tFOR A REQUEST\tENTRIES EACH\tALONE µS\t")
	for _, op := range all {
		each := median(rounds, func(r map[string]result) float64 {
			c := r[ours].counts[op]
			return float64(c.Entries) / float64(max(c.Calls, 1))
		})
		number := median(rounds, func(r map[string]result) float64 {
			return float64(r[ours].counts[op].Calls) / r[ours].requests(op.Who)
		})
		alone := "-"
		if micros := median(rounds, func(r map[string]result) float64 { return r[ours].floors[op] }); micros > 0 {
			alone = fmt.Sprintf("%.0f", micros)
		} else if s.floor && slices.Contains(services, op.Who) {
			alone = "not measured, so counted as nothing"
		}
		fmt.Fprintf(tw, "%s\t%s\t%.4f\t%.1f\t%s\t\n", op.Who, op, number, each, alone)
	}
	return tw.Flush()
}

// goals writes the targets of a scenario, and what was reached.
func (b *bench) goals(w io.Writer, s scenario, rounds []map[string]result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nFIGURE\tSTATLINE\tTARGET\t\t")
	for _, g := range s.goals {
		v := median(rounds, func(r map[string]result) float64 { return g.value(r[ours], r[idiom]) })
		sign, met := "<=", v <= g.limit
		if g.least {
			sign, met = ">=", v >= g.limit
		}
		verdict := "MISSED"
		if met {
			verdict = "met"
			b.met++
		} else {
			b.missed++
		}
		fmt.Fprintf(tw, "%s\t%.3g\t%s %.3g\t%s\t\n", g.figure, v, sign, g.limit, verdict)
	}
	return tw.Flush()
}

package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
)

// statuses are those that a result may have.
var statuses = []message.Status{message.StatusOK, message.StatusError, message.StatusExpired, message.StatusDead}

func (a *app) resultsCommand() *cobra.Command {
	var q results.Query
	var since, status string
	cmd := &cobra.Command{
		Use:   "results",
		Short: "List past results, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if q.Since, err = sinceTime(since); err != nil {
				return err
			}
			if q.Limit < 0 {
				return usageError("--limit %d: write how many results to show, or 0 for all", q.Limit)
			}
			q.Status = message.Status(status)
			if status != "" && !slices.Contains(statuses, q.Status) {
				return usageError("--status %s: write ok, error, expired or dead", status)
			}
			return a.results(cmd.Context(), q)
		},
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "7d", "how far back: a duration (90m, 24h, 7d) or a time (2026-01-31, 2026-01-31T08:30:00Z)")
	f.StringVar(&q.ClientID, "client", "", "of this client only")
	f.StringVar(&status, "status", "", "with this status only: ok, error, expired, dead")
	f.IntVar(&q.Limit, "limit", 20, "the newest so many; 0 for all")
	return cmd
}

// sinceTime reads --since.
func sinceTime(s string) (time.Time, error) {
	if days, ok := cutDays(s); ok {
		return time.Now().AddDate(0, 0, -days), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return time.Now().Add(-d), nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError("--since %s: write a duration (90m, 24h, 7d) or a time (2026-01-31, 2026-01-31T08:30:00Z)", s)
}

func cutDays(s string) (int, bool) {
	if s == "" || s[len(s)-1] != 'd' {
		return 0, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	return n, err == nil && n >= 0 && n < 10_000
}

func (a *app) results(ctx context.Context, q results.Query) (err error) {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	rows, err := s.results().List(ctx, q)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		a.say("no results since %s", message.FormatTime(q.Since))
	}
	return a.listResults(rows)
}

// listed is a row of a listing in JSON: what the index of the table keeps.
type listed struct {
	RequestID   string         `json:"request_id"`
	Status      message.Status `json:"status"`
	CompletedAt string         `json:"completed_at"`
	ClientID    string         `json:"client_id,omitempty"`
	Count       int            `json:"count,omitempty"`
	Min         jsonFigure     `json:"min,omitempty"`
	Max         jsonFigure     `json:"max,omitempty"`
	Mean        jsonFigure     `json:"mean,omitempty"`
	Median      jsonFigure     `json:"median,omitempty"`
	ErrorCode   message.Code   `json:"error_code,omitempty"`
}

// jsonFigure is a figure as a JSON number.
type jsonFigure stats.Figure

func (f jsonFigure) MarshalJSON() ([]byte, error) { return []byte(f), nil }

func newListed(r results.Result) listed {
	l := listed{RequestID: r.RequestID, Status: r.Status, CompletedAt: message.FormatTime(r.CompletedAt), ClientID: r.ClientID}
	if r.Fault != nil {
		l.ErrorCode = r.Fault.Code
	}
	if s := r.Result; s != nil {
		l.Count, l.Min, l.Max, l.Mean, l.Median = s.Count, jsonFigure(s.Min), jsonFigure(s.Max), jsonFigure(s.Mean), jsonFigure(s.Median)
	}
	return l
}

func (l listed) columns() []string {
	count := ""
	if l.Count > 0 {
		count = strconv.Itoa(l.Count)
	}
	return []string{
		l.CompletedAt, l.RequestID, string(l.Status), l.ClientID, count, string(l.Min), string(l.Max), string(l.Mean), string(l.Median), string(l.ErrorCode),
	}
}

func (a *app) listResults(rows []results.Result) error {
	all := make([]listed, len(rows))
	for i, r := range rows {
		all[i] = newListed(r)
	}
	switch a.format {
	case "json":
		return writeJSON(a.out, all)
	case "jsonl":
		for _, l := range all {
			if err := writeJSON(a.out, l); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write([]string{"completed_at", "request_id", "status", "client_id", "count", "min", "max", "mean", "median", "error_code"})
		for _, l := range all {
			w.Write(l.columns())
		}
		w.Flush()
		return w.Error()
	}
	return a.resultsTable(all)
}

func (a *app) resultsTable(all []listed) error {
	if len(all) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "COMPLETED\tREQUEST\tSTATUS\tCOUNT\tMINIMUM\tMAXIMUM\tMEAN\tMEDIAN\tCLIENT")
	for _, l := range all {
		status := string(l.Status)
		if l.ErrorCode != "" {
			status = string(l.ErrorCode)
		}
		c := l.columns()
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c[0], c[1], status, c[4], c[5], c[6], c[7], c[8], l.ClientID)
	}
	return t.Flush()
}

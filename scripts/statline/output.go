package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// line is one named value of the text output.
type line struct{ name, value string }

// summaryLines are the statistics in the order in which people read them.
func summaryLines(s *stats.Summary) []line {
	lines := []line{
		{"count", strconv.Itoa(s.Count)}, {"sum", string(s.Sum)}, {"minimum", string(s.Min)}, {"maximum", string(s.Max)},
		{"mean", string(s.Mean)}, {"median", string(s.Median)}, {"variance", string(s.Variance)}, {"stddev", string(s.StdDev)},
		{"q1", string(s.Q1)}, {"q3", string(s.Q3)},
	}
	for _, q := range s.Quantiles {
		lines = append(lines, line{"quantile " + string(q.P), string(q.Value)})
	}
	if s.Method != stats.R7 {
		lines = append(lines, line{"method", string(s.Method)})
	}
	return lines
}

// replyLines are what the text output shows of an answer.
func replyLines(r message.Reply) []line {
	lines := []line{{"request", r.RequestID}}
	if r.Status != message.StatusOK {
		lines = append(lines, line{"status", string(r.Status)})
	}
	if r.Fault != nil {
		lines = append(lines, line{"error", string(r.Fault.Code)}, line{"message", r.Fault.Message})
	}
	if r.Result != nil {
		lines = append(lines, summaryLines(r.Result)...)
	}
	return lines
}

func writeLines(w io.Writer, lines []line) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		if l.value != "" {
			fmt.Fprintf(t, "%s\t%s\n", l.name, l.value)
		}
	}
	return t.Flush()
}

// replyWriter writes answers in the output format. In text, a lone answer has a
// line for each figure, and each of many has one line. Where answers are numbered,
// text and CSV show which line of the input each is of.
type replyWriter struct {
	app      *app
	many     bool
	numbered bool
	line     int // of the next answer
	csv      *csv.Writer
	began    bool
}

func (a *app) replies(many bool) *replyWriter { return &replyWriter{app: a, many: many} }

var csvHeader = []string{
	"request_id", "status", "completed_at", "count", "sum", "min", "max", "mean", "median", "variance", "stddev", "q1", "q3",
	"error_code", "error_message",
}

func (w *replyWriter) write(r message.Reply) error {
	switch w.app.format {
	case "json", "jsonl":
		return writeJSON(w.app.out, r)
	case "csv":
		return w.writeCSV(r)
	}
	if !w.many {
		return writeLines(w.app.out, replyLines(r))
	}
	return w.writeRow(r)
}

func writeJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

func (w *replyWriter) writeCSV(r message.Reply) error { return w.writeRecord(csvHeader, csvRecord(r)) }

// writeID writes the ID of a request that nobody waits for.
func (w *replyWriter) writeID(line int, id string) error {
	if w.app.format == "csv" {
		w.line = line
		return w.writeRecord([]string{"request_id"}, []string{id})
	}
	_, err := fmt.Fprintln(w.app.out, id)
	return err
}

func (w *replyWriter) writeRecord(header, record []string) error {
	if w.numbered {
		header, record = append([]string{"line"}, header...), append([]string{strconv.Itoa(w.line)}, record...)
	}
	if w.csv == nil {
		w.csv = csv.NewWriter(w.app.out)
		if err := w.csv.Write(header); err != nil {
			return err
		}
	}
	if err := w.csv.Write(record); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// csvRecord is an answer as a row. Text is what the system wrote, never a client,
// but for the ID, whose characters no spreadsheet takes for a formula: a leading
// "-" is not among them.
func csvRecord(r message.Reply) []string {
	s, f := r.Result, r.Fault
	if s == nil {
		s = &stats.Summary{}
	}
	if f == nil {
		f = &message.Fault{}
	}
	count := ""
	if s.Count > 0 {
		count = strconv.Itoa(s.Count)
	}
	completed := ""
	if !r.CompletedAt.IsZero() {
		completed = message.FormatTime(r.CompletedAt)
	}
	return []string{
		r.RequestID, string(r.Status), completed, count, string(s.Sum), string(s.Min), string(s.Max),
		string(s.Mean), string(s.Median), string(s.Variance), string(s.StdDev), string(s.Q1), string(s.Q3),
		string(f.Code), f.Message,
	}
}

// rowForm is a row of the text output of many answers. The first columns are as
// wide as they ever get; figures can have any length.
const rowForm = "%-36s  %-14s  %7s  %s\n"

func (w *replyWriter) writeRow(r message.Reply) error {
	if !w.began {
		w.began = true
		if err := w.row("LINE", "REQUEST", "STATUS", "COUNT", "MINIMUM  MAXIMUM  MEAN  MEDIAN"); err != nil {
			return err
		}
	}
	status, count, figures := string(r.Status), "", ""
	if r.Fault != nil {
		status, figures = string(r.Fault.Code), r.Fault.Message
	}
	if s := r.Result; s != nil {
		count, figures = strconv.Itoa(s.Count), fmt.Sprintf("%s  %s  %s  %s", s.Min, s.Max, s.Mean, s.Median)
	}
	return w.row(strconv.Itoa(w.line), r.RequestID, status, count, figures)
}

func (w *replyWriter) row(line string, columns ...any) error {
	text := fmt.Sprintf(rowForm, columns...)
	if w.numbered {
		text = fmt.Sprintf("%7s  %s", line, text)
	}
	_, err := io.WriteString(w.app.out, text)
	return err
}

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// calculator is the calc command.
type calculator struct {
	*app
	input
	column string
	lines  bool

	csv     *csv.Writer
	written int // results
}

func (a *app) calcCommand() *cobra.Command {
	c := &calculator{app: a}
	cmd := &cobra.Command{
		Use:   "calc [NUMBER...]",
		Short: "Compute the same statistics and more here, without the pipeline",
		Long: `Compute the statistics of a list here, without the pipeline, by the code that the
service computes them with, and besides:

` + statisticsHelp() + `
A figure that a list does not have, such as the skewness of two numbers, is left out.

` + listHelp + `
With --lines, every line is a list of its own; with --column, one column of CSV is the list.`,
		Example: `  statline calc 0.1 0.2 0.3
  statline calc -f prices.csv --column price
  curl -s example.com/list.json | statline calc -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.lines {
				return c.calcLines(cmd, args)
			}
			return c.calc(args)
		},
	}
	c.input.flags(cmd)
	cmd.Flags().StringVar(&c.column, "column", "", "read this column of CSV, by its name in the header or its number from 1")
	cmd.Flags().BoolVar(&c.lines, "lines", false, "every line of the input is a list")
	return cmd
}

// statisticsHelp lists what calc computes beside a reply's figures.
func statisticsHelp() string {
	var b strings.Builder
	for _, s := range stats.Statistics() {
		fmt.Fprintf(&b, "  %-10s  %s\n", s.Name, s.Doc)
	}
	fmt.Fprintf(&b, "  %-10s  %s\n", "histogram", "how many numbers are in each of some bins of equal width, whose edges are exact")
	return b.String()
}

func (c *calculator) calc(args []string) error {
	var q message.Request
	var err error
	if c.column != "" {
		q, err = c.readColumn(args)
	} else {
		q, err = c.request(c.app, args)
	}
	if err != nil {
		return c.hint(err, args)
	}
	return c.write(q)
}

// hint adds to the error of a text that begins with no number what would read it
// if it is CSV.
func (c *calculator) hint(err error, args []string) error {
	fault, ok := errors.AsType[*message.Fault](err)
	if !ok || fault.Code != message.InvalidNumber || c.column != "" || c.file == "" && (len(args) != 1 || args[0] != "-") {
		return err
	}
	return &exitError{exitUsage, fmt.Errorf("%w\nif this is CSV, --column NAME or --column NUMBER reads one column", err)}
}

// calcLines computes every line of the input as a list of its own.
func (c *calculator) calcLines(cmd *cobra.Command, args []string) error {
	if c.column != "" {
		return usageError("both --lines and --column are given")
	}
	in, err := c.reader(c.app, args)
	if err != nil {
		return err
	}
	if in == nil {
		return usageError("--lines reads a file (-f FILE) or standard input (-)")
	}
	defer in.Close()
	total, bad := 0, 0
	err = eachLine(in, func(line int, text []byte) error {
		total++
		q, err := c.parse(text)
		if err == nil {
			err = c.write(q)
		}
		if _, refused := errors.AsType[*exitError](err); refused {
			bad++
			fmt.Fprintf(c.err, "line %d: %v\n", line, err)
			return nil
		}
		return err
	})
	return errors.Join(err, partly(cmd.Context(), total, bad))
}

// write computes and prints one list.
func (c *calculator) write(q message.Request) error {
	summary, err := message.Compute(q)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	d := stats.Describe(q.Numbers, q.Method)
	c.written++
	switch c.format {
	case "json", "jsonl":
		return writeDescribed(c.out, summary, d)
	case "csv":
		return c.writeCSV(summary, d)
	}
	if c.written > 1 {
		fmt.Fprintln(c.out)
	}
	lines := summaryLines(summary)
	for _, f := range d.Figures {
		lines = append(lines, line{f.Name, string(f.Figure)})
	}
	if err := writeLines(c.out, lines); err != nil {
		return err
	}
	return writeChart(c.out, d.Histogram)
}

// writeDescribed writes the members of the summary, and then those of the
// description, as one object.
func writeDescribed(w io.Writer, s *stats.Summary, d stats.Description) error {
	text := s.AppendJSON(nil)
	text[len(text)-1] = ',' // for }
	more := d.AppendJSON(nil)
	_, err := fmt.Fprintf(w, "%s%s\n", text, more[1:])
	return err
}

// writeCSV writes the columns of an answer, and then the further statistics. A
// histogram does not fit a row.
func (c *calculator) writeCSV(s *stats.Summary, d stats.Description) error {
	record := csvRecord(message.Reply{Status: message.StatusOK, Result: s})
	header := csvHeader[:len(csvHeader):len(csvHeader)]
	for _, one := range stats.Statistics() {
		header = append(header, one.Name)
		record = append(record, string(d.Figure(one.Name)))
	}
	if c.csv == nil {
		c.csv = csv.NewWriter(c.out)
		if err := c.csv.Write(header); err != nil {
			return err
		}
	}
	if err := c.csv.Write(record); err != nil {
		return err
	}
	c.csv.Flush()
	return c.csv.Error()
}

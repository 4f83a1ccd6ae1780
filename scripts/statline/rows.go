package main

import (
	"encoding/csv"
	"strings"
	"text/tabwriter"
)

// writeRows writes a listing in the output format: JSON as a document of all rows or
// one of each, CSV and text as columns under a header. What the columns say must be
// fit for a terminal.
func writeRows[T any](a *app, rows []T, header []string, columns func(T) []string) error {
	switch a.format {
	case "json":
		if rows == nil {
			rows = []T{}
		}
		return writeJSON(a.out, rows)
	case "jsonl":
		for _, r := range rows {
			if err := writeJSON(a.out, r); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write(header)
		for _, r := range rows {
			w.Write(columns(r))
		}
		w.Flush()
		return w.Error()
	}
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	writeCells := func(cells []string) {
		t.Write([]byte(strings.Join(cells, "\t") + "\n")) // the error comes with the flush
	}
	head := make([]string, len(header))
	for i, h := range header {
		head[i] = strings.ToUpper(strings.ReplaceAll(h, "_", " "))
	}
	writeCells(head)
	for _, r := range rows {
		writeCells(columns(r))
	}
	return t.Flush()
}

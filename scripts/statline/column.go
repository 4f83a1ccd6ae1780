package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// readColumn reads the list from one column of CSV.
func (c *calculator) readColumn(args []string) (message.Request, error) {
	in, err := c.reader(c.app, args)
	if err != nil {
		return message.Request{}, err
	}
	if in == nil {
		return message.Request{}, usageError("--column reads a file (-f FILE) or standard input (-)")
	}
	defer in.Close()
	cells, err := columnOf(in, unmark(c.column))
	if err != nil {
		return message.Request{}, err
	}
	return c.parse(bytes.Join(cells, []byte(",")))
}

// columnOf returns the numbers in one column of CSV (RFC 4180), as they are
// written. A column that is named by its number may have a header, which is a
// first cell that is no number. Every further cell must be a number.
func columnOf(in io.Reader, column string) ([][]byte, error) {
	r := csv.NewReader(withoutMark(in))
	r.ReuseRecord = true
	first, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, usageError("the input is empty")
	}
	if err != nil {
		return nil, columnError(err)
	}
	at, header, err := findColumn(first, column)
	if err != nil {
		return nil, err
	}
	var cells [][]byte
	for record := first; err == nil; record, err = r.Read() {
		if header {
			header = false
			continue
		}
		cell := strings.TrimSpace(record[at])
		if _, err := stats.ParseNumber(cell); err != nil {
			line, _ := r.FieldPos(at)
			return nil, usageError("line %d, column %s: %w", line, column, err)
		}
		cells = append(cells, []byte(cell))
	}
	if !errors.Is(err, io.EOF) {
		return nil, columnError(err)
	}
	return cells, nil
}

// columnError is the error of reading CSV: a fault of the text, with its line, or
// of the source.
func columnError(err error) error {
	if _, ok := errors.AsType[*csv.ParseError](err); ok {
		return usageError("read CSV: %w", err)
	}
	return fmt.Errorf("read CSV: %w", err)
}

// findColumn returns the index of the column, and whether the first record is a
// header.
func findColumn(first []string, column string) (at int, header bool, err error) {
	if n, err := strconv.Atoi(column); err == nil {
		if n < 1 || n > len(first) {
			return 0, false, usageError("--column %s: the input has %d columns", column, len(first))
		}
		_, err := stats.ParseNumber(strings.TrimSpace(first[n-1]))
		return n - 1, err != nil, nil
	}
	names := make([]string, len(first))
	for i, name := range first {
		names[i] = strings.TrimSpace(name)
	}
	at = slices.Index(names, column)
	switch {
	case at < 0:
		return 0, false, usageError("--column %s: the header has %s", column, quoted(names))
	case slices.Contains(names[at+1:], column):
		return 0, false, usageError("--column %s: the header has it twice; give its number", column)
	}
	return at, true, nil
}

// quoted lists names, which are of unknown origin, for a message.
func quoted(names []string) string {
	const most = 20
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, strconv.QuoteToASCII(name))
	}
	if len(names) > most {
		shown = append(shown, "...")
	}
	return strings.Join(shown, ", ")
}

// withoutMark skips a byte order mark.
func withoutMark(in io.Reader) io.Reader {
	const mark = "\uFEFF"
	b := bufio.NewReader(in)
	if start, err := b.Peek(len(mark)); err == nil && string(start) == mark {
		b.Discard(len(mark))
	}
	return b
}

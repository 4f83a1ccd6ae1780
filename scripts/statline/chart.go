package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/stats"
)

// longestBar is the length of the bar of the fullest bin.
const longestBar = 40

// writeChart writes a histogram as bars, a line for each bin. The shortest bar of
// a bin that is not empty has length 1.
func writeChart(w io.Writer, h stats.Histogram) error {
	spans := make([]string, len(h.Counts))
	for i := range spans {
		spans[i] = fmt.Sprintf("[%s, %s)", h.Edges[i], h.Edges[i+1])
	}
	last := &spans[len(spans)-1]
	*last = strings.TrimSuffix(*last, ")") + "]"
	return writeBars(w, "histogram", spans, h.Counts)
}

// writeBars writes a heading and, for each span, its count and a bar.
func writeBars(w io.Writer, heading string, spans []string, counts []int) error {
	most := slices.Max(counts)
	widest, digits := 0, len(strconv.Itoa(most))
	for _, span := range spans {
		widest = max(widest, utf8.RuneCountInString(span))
	}
	var b strings.Builder
	b.WriteString(heading + "\n")
	for i, n := range counts {
		bar := strings.Repeat("█", barLength(n, most))
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %*d  %s", widest, spans[i], digits, n, bar), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// barLength is n/most of the longest bar, rounded up.
func barLength(n, most int) int {
	if most <= longestBar {
		return n
	}
	return int((int64(n)*longestBar + int64(most) - 1) / int64(most))
}

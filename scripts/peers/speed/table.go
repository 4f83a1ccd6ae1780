package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// worst is how many times the time of a random list a list may take, in
// whatever order it is.
const worst = 1.5

// A table holds what was measured, line by line.
type table struct {
	rows      [][6]string // work, ours, peer, ratio, target, met
	met, aims int
}

// ratio adds the row of a peer.
func (t *table) ratio(work string, ours time.Duration, p peer, theirs time.Duration) {
	x := float64(theirs) / float64(ours)
	target := "-"
	if p.target > 0 {
		target = fmt.Sprintf(">= %.4gx", p.target)
	}
	t.add([6]string{work, show(ours), p.name + ": " + show(theirs), fmt.Sprintf("%.2fx", x), target}, p.target > 0, x >= p.target)
}

// limit adds the row of a time that ours may take.
func (t *table) limit(work string, ours, limit time.Duration) {
	t.add([6]string{work, show(ours), "-", "-", "<= " + show(limit)}, true, ours <= limit)
}

// allocations adds the row of what ours allocates for a list, which may be garbage.
func (t *table) allocations(work string, bytes, count uint64, garbage bool) {
	ours := fmt.Sprintf("%d B in %d allocations", bytes, count)
	target := "no allocations"
	if garbage {
		target = "-"
	}
	t.add([6]string{work, ours, "-", "-", target}, !garbage, count == 0)
}

// order adds the row of an order, against the random one.
func (t *table) order(work string, ours, random time.Duration) {
	x := float64(ours) / float64(random)
	t.add([6]string{work, show(ours), "a random list: " + show(random), fmt.Sprintf("%.2fx", x), fmt.Sprintf("<= %.4gx", worst)}, true, x <= worst)
}

// add adds a row, which has a target or has none.
func (t *table) add(row [6]string, aim, met bool) {
	row[5] = "-"
	if aim {
		t.aims++
		row[5] = "MISSED"
	}
	if aim && met {
		t.met++
		row[5] = "met"
	}
	t.rows = append(t.rows, row)
}

// print writes the rows and how many targets were met.
func (t *table) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "WORK\tOURS\tPEER\tRATIO\tTARGET\t")
	for _, r := range t.rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", r[0], r[1], r[2], r[3], r[4], r[5])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d of %d targets met\n", t.met, t.aims)
	return err
}

// show writes a time with four digits.
func show(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.4g µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%.4g ms", float64(d)/1e6)
}

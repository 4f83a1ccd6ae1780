// Speed measures pkg/stats against its peers: the same work on lists of the same
// kind, in one run, in turn. Its arguments are a Python that has numpy and one that has
// numpy 1.
//
// Every round makes new lists, since a list that is repeated teaches the branch
// predictor its order. What counts is CPU time, garbage collection included, and
// of the rounds the least, so that a busy machine slows all or none. A ratio is
// how many times less this module takes.
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: speed PYTHON PYTHON, which scripts/peers/run does")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

// run prints what the figures depend on and the table.
func run(newer, older string) error {
	// On one processor, no collector of garbage works beside the work timed,
	// where the clock may see its time late.
	runtime.GOMAXPROCS(1)
	py, err := startPython(newer)
	if err != nil {
		return err
	}
	defer py.stop()
	old, err := startPython(older)
	if err != nil {
		return err
	}
	defer old.stop()
	if err := describe(os.Stdout, py, old); err != nil {
		return err
	}
	t := new(table)
	for _, w := range works(py, old) {
		if err := w.compete(t); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	for _, r := range []race{{"1e6", 1e6, 8}, {"1e7", 1e7, 4}} {
		if err := r.run(t); err != nil {
			return err
		}
	}
	if err := t.print(os.Stdout); err != nil {
		return err
	}
	return printLoad(os.Stdout, "after")
}

// Command mutate measures the tests: it makes small faults in the production code,
// one at a time, and sees whether a test notices. Such a fault is a mutant; one that
// a test notices is killed, one that no test notices survives. From the root of the
// module:
//
//	go run ./scripts/mutate
//
// It prints a line for each survivor and, last, the counts. It fails where a test
// fails without a mutant, where fewer than nine of ten mutants are killed, where a
// survivor is not excused in survivors.txt, and where an excuse there has become
// stale. An excused survivor counts as not killed. A whole run takes two idle cores
// some twenty minutes. While working on the tests of a package,
//
//	go run ./scripts/mutate -packages pkg/queue
//	go run ./scripts/mutate -packages pkg/queue -list
//	go run ./scripts/mutate -run 17,18
//	go run ./scripts/mutate -run 17
//
// run a slice: the mutants of some packages, or those of some numbers; of one alone,
// what its tests print is shown. Those few need not reach nine of ten.
//
// # Mutants
//
// A mutant is one of these faults, wherever it compiles:
//
//   - a condition, or one side of && and ||, is forced true, forced false, negated
//   - < and <=, > and >=, == and !=, && and || and min and max are exchanged
//   - true and false are exchanged
//   - + and -, * and /, << and >>, ++ and -- are exchanged, and * stands for %
//   - an integer is off by one, in a function or in a constant of the package
//   - a call, an assignment, a defer, a send, a break or a continue is left out
//   - what a case or an else does is left out
//   - a field is left out of a composite literal
//   - an error that is returned is nil
//
// What is logged is for people, so calls of a [log/slog.Logger] are not mutated, nor
// are conditions that decide on nothing else. The values that package variables
// begin with, such as tables and patterns, are not mutated either.
//
// # How it works
//
// Compiling the AWS SDK into a test binary for each mutant would take hours.
// Instead, every function is compiled with all its mutants inside it, each a copy of
// its body, and the environment of the test binary says which one it runs. The
// instrumented files are an overlay of the go command; the tree is left alone.
//
// A mutant is run against the tests of its own package and then against those of
// the whole system, in package pkg. It is killed when a test fails, when the process
// dies, and when it takes much longer than without a mutant.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

// options are what the command line says.
type options struct {
	packages []string
	only     []int // the numbers of the mutants to run, or none for all
	list     bool
}

// all are the packages whose production code is mutated.
var all = []string{"pkg/queue", "pkg/results", "pkg/responder", "pkg/requester", "pkg/audit"}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2) // package flag has said why
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := mutate(ctx, o); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	o := options{packages: all}
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.Func("packages", "mutate these `PACKAGES` alone, such as pkg/queue,pkg/audit", func(s string) error {
		o.packages = strings.Split(s, ",")
		return nil
	})
	flags.Func("run", "run the mutants of these `NUMBERS` alone; of one, show what its tests print", func(s string) error {
		for text := range strings.SplitSeq(s, ",") {
			n, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			o.only = append(o.only, n)
		}
		return nil
	})
	flags.BoolVar(&o.list, "list", false, "list the mutants and run none")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "mutate takes no arguments, but has %q\n", flags.Arg(0))
		return o, errors.New("arguments")
	}
	return o, nil
}

// mutate does what o says. Mutants are numbered the same whatever slice is run.
func mutate(ctx context.Context, o options) error {
	mutants, files, err := find(ctx, all)
	if err != nil {
		return err
	}
	slice := o.slice(mutants)
	if o.list {
		for _, m := range slice {
			fmt.Println(m)
		}
		return nil
	}
	excuses, err := readExcuses("scripts/mutate/survivors.txt")
	if err != nil {
		return err
	}
	lab, err := build(ctx, mutants, files)
	if err != nil {
		return err
	}
	defer lab.remove()
	if len(o.only) == 1 {
		return lab.show(ctx, slice)
	}
	survivors, err := lab.run(ctx, slice)
	if err != nil {
		return err
	}
	err = report(os.Stdout, slice, survivors, excuses)
	if o.only == nil {
		err = errors.Join(err, judge(slice, survivors, excuses))
	}
	return err
}

// slice is the part of mutants that o asks for.
func (o options) slice(mutants []mutant) []mutant {
	var slice []mutant
	for _, m := range mutants {
		if slices.Contains(o.packages, m.dir) && (o.only == nil || slices.Contains(o.only, m.number)) {
			slice = append(slice, m)
		}
	}
	return slice
}

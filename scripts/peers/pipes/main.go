// Pipes compares statline's pipeline with other designs of the same pipeline, on
// one endpoint, with one load, in one run: round by round, so that a busy machine
// slows all of them. What it prints are the medians, what they are against the
// peers, and the targets beside. A target that is missed is not a failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// main keeps the thread that starts the processes: they end with it.
func main() {
	runtime.LockOSThread()
	b := &bench{}
	flag.StringVar(&b.bin, "bin", "", "the `directory` of the programs")
	flag.StringVar(&b.python, "python", "", "a `Python` with boto3: the seed takes part")
	flag.IntVar(&b.rounds, "rounds", 3, "`number` of rounds")
	flag.IntVar(&b.goroutines, "goroutines", 16, "messages that a peer's service works on at once")
	flag.IntVar(&b.gc, "floor-gc", 400, "GOGC of the bare SDK calls, in `percent`")
	flag.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of the endpoint, under statline's first run, to this `file`")
	only := flag.String("only", "", "run these `scenarios` alone, separated by commas: "+strings.Join(names(), ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen, err := choose(*only)
	if err == nil {
		err = b.run(ctx, chosen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pipes:", err)
		os.Exit(1)
	}
}

// choose is the scenarios of these names, all where there are none.
func choose(only string) (chosen []scenario, err error) {
	if flag.NArg() > 0 {
		return nil, fmt.Errorf("unexpected arguments: %s", strings.Join(flag.Args(), " "))
	}
	if only == "" {
		return slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool { return s.long }), nil
	}
	for _, name := range strings.Split(only, ",") {
		i := slices.Index(names(), name)
		if i < 0 {
			return nil, fmt.Errorf("no scenario is named %q; there are %s", name, strings.Join(names(), ", "))
		}
		chosen = append(chosen, scenarios[i])
	}
	return chosen, nil
}

// bench is one comparison.
type bench struct {
	bin, python, profile   string
	rounds, goroutines, gc int
	met, missed            int
}

func (b *bench) run(ctx context.Context, chosen []scenario) error {
	if b.rounds < 1 || b.goroutines < 1 {
		return errors.New("-rounds and -goroutines are at least 1")
	}
	if err := describe(os.Stdout, b); err != nil {
		return err
	}
	for _, s := range chosen {
		rounds, err := b.compete(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := b.report(os.Stdout, s, rounds); err != nil {
			return err
		}
	}
	fmt.Printf("\n%d of %d targets met\n", b.met, b.met+b.missed)
	return nil
}

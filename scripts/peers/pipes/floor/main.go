// Floor measures what bare SDK calls take: it makes calls of a run again, from the
// samples of them in the file that it is given, against a server that knows only
// the answers. It prints the CPU time of one call of each operation, and none for
// what it cannot make again.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

func main() {
	serving := flag.Bool("serve", false, "be the server")
	calls := flag.Int("calls", 160, "`calls` of each sample")
	gc := flag.Int("gc", 400, "GOGC: how far the heap grows between two collections, in `percent`")
	flag.Parse()
	debug.SetGCPercent(*gc)
	var err error
	switch {
	case *serving:
		err = serve()
	case flag.NArg() != 1:
		err = fmt.Errorf("usage: floor [-calls N] [-gc PERCENT] SAMPLES")
	default:
		err = run(flag.Arg(0), *calls)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(path string, calls int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var samples []tally.Sample
	if err := json.Unmarshal(text, &samples); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	b, err := startBench()
	if err != nil {
		return err
	}
	defer b.stop()
	byOperation := map[tally.Operation][]tally.Sample{}
	for _, s := range samples {
		byOperation[s.Operation] = append(byOperation[s.Operation], s)
	}
	floors := []tally.Floor{}
	for op, samples := range byOperation {
		micros, err := b.measure(samples, calls)
		if errors.Is(err, errNotAgain) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		floors = append(floors, tally.Floor{Operation: op, Micros: micros})
	}
	return json.NewEncoder(os.Stdout).Encode(floors)
}

package sim

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// The flags of scripts/simulate.
var (
	schedules = flag.Int("schedules", 0, "run so many `schedules`, one seed after another")
	firstSeed = flag.Uint64("seed", 1, "the first `seed`")
	requests  = flag.Int("requests", standard, "`requests` of a schedule")
	replay    = flag.Uint64("replay", 0, "run the schedule of one `seed` and print all that happens in it")
	faults    = flag.String("faults", "", "with --replay: leave only the faults with these `IDs`, joined by commas, and take out all others")
	force     = multi("force", "with --replay: have a fault at a point, as `POINT=KIND`, and no others; may be given several times")
	mask      = multi("mask", "with --force of a partial fault: which entries fail, as `POINT=BITS`")
	shrink    = flag.Bool("shrink", false, "with --replay: look for the fewest requests and faults with which the schedule still fails")
	points    = flag.Bool("points", false, "have every fault at every call of a single request, once each")
	pairs     = flag.Bool("pairs", false, "have every ordered pair of faults at the calls of a single request")
	masks     = flag.Bool("masks", false, "have every subset of a batch of ten fail, for every batch call")
	same      = flag.Int("same", 0, "run so many `seeds` twice, on one and on several processors, and compare all that happens")
	runZoo    = flag.Bool("zoo", false, "run every seeded bug until it is caught")
	rate      = flag.Int("rate", 0, "with --zoo: run so many `schedules` for every bug, and say how many catch it")
	bugName   = flag.String("bug", "", "with --replay or --schedules: switch a seeded `bug` on")
	shards    = flag.Int("shards", 0, "`processes` that share the work; defaults to one for each processor")

	// Between the processes that share the work.
	shard  = flag.String("shard", "", "which part of what, as N/M")
	untilX = flag.Bool("until-broken", false, "stop at the first schedule that breaks a promise")
)

// texts is a flag that may be given several times.
type texts []string

func (t *texts) String() string     { return strings.Join(*t, " ") }
func (t *texts) Set(s string) error { *t = append(*t, s); return nil }

func multi(name, usage string) *texts {
	t := new(texts)
	flag.Var(t, name, usage)
	return t
}

func TestMain(m *testing.M) {
	flag.Usage = usage
	flag.Parse()
	debug.SetGCPercent(400) // many small worlds, one after another
	if *shard != "" || !driven() {
		os.Exit(m.Run())
	}
	ok, err := drive()
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// usage lists the flags of scripts/simulate, and none of those that every test
// program has.
func usage() {
	fmt.Println("usage: ./scripts/simulate [--race] [flags]")
	flag.VisitAll(func(f *flag.Flag) {
		if f.Name == "shard" || f.Name == "until-broken" || strings.HasPrefix(f.Name, "test.") {
			return
		}
		name, text := flag.UnquoteUsage(f)
		fmt.Printf("  --%s %s\n        %s\n", f.Name, name, text)
	})
}

// driven says whether the flags ask for more than the tests.
func driven() bool {
	return *schedules > 0 || *replay > 0 || *points || *pairs || *masks || *same > 0 || *runZoo
}

// drive does what the flags ask for, and says whether all was well.
func drive() (bool, error) {
	switch {
	case *runZoo:
		return driveZoo()
	case *bugName != "" && os.Getenv(bugVariable) == "":
		return driveBug()
	}
	s, err := share(os.Args[0], os.Args[1:])
	if err != nil {
		return false, err
	}
	for i, f := range s.Failures {
		if i == mostFailures {
			fmt.Printf("... and %d more schedules\n", len(s.Failures)-i)
			break
		}
		fmt.Printf("%s\n  replay: %s\n", strings.Join(f.Wrong[:min(len(f.Wrong), mostWrong)], "\n"), f.Replay)
	}
	if len(s.Kinds) > 0 {
		fmt.Println(s.kindsText())
	}
	fmt.Printf("%d calls in %.0f hours of virtual time\n", s.Calls, s.Virtual.Hours())
	fmt.Println(&s)
	return len(s.Failures) == 0, nil
}

const mostFailures, mostWrong = 10, 5

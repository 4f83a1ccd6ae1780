package sim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// mark begins the lines on which a process reports to the one that started it.
const mark = "sim: "

// report is such a line.
type report struct {
	Begin string `json:",omitempty"` // what is run next
	Sum   *sum   `json:",omitempty"` // what came of it
	Text  string `json:",omitempty"` // for people
}

func tell(r report) { fmt.Printf("%s%s\n", mark, marshal(r)) }

// TestShard is one process's part of the work.
func TestShard(t *testing.T) {
	if *shard == "" {
		return
	}
	var n, of int
	if _, err := fmt.Sscanf(*shard, "%d/%d", &n, &of); err != nil {
		t.Fatal(err)
	}
	for i, u := range work() {
		if i%of != n {
			continue
		}
		var s sum
		u(t, &s)
		tell(report{Sum: &s})
		if *untilX && len(s.Failures) > 0 {
			return
		}
	}
}

// share has several processes share the work that the flags in args ask for, and
// adds up what came of it. A schedule counts as stuck whose process ends in the
// middle of it.
func share(program string, args []string) (sum, error) {
	n := processors()
	if *replay > 0 {
		n = 1
	}
	var mu sync.Mutex
	var all sum
	var failure error
	began := time.Now()
	var processes sync.WaitGroup
	for i := range n {
		processes.Go(func() {
			err := oneShard(program, append(args, fmt.Sprintf("-shard=%d/%d", i, n)), nil, func(r report) {
				mu.Lock()
				defer mu.Unlock()
				if r.Text != "" {
					fmt.Println(r.Text)
				}
				if r.Sum != nil {
					all.merge(*r.Sum)
					progress(&all, began)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			if failure == nil {
				failure = err
			}
		})
	}
	processes.Wait()
	return all, failure
}

// processors is how many processes share the work.
func processors() int {
	if *shards > 0 {
		return *shards
	}
	return runtime.NumCPU()
}

// oneShard runs a process with a part of the work.
func oneShard(program string, args, environment []string, heard func(report)) error {
	cmd := exec.Command(program, append([]string{"-test.run=^TestShard$", "-test.timeout=0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	cmd.Env = append(os.Environ(), environment...)
	if err := cmd.Start(); err != nil {
		return err
	}
	running, rest, err := listen(out, heard)
	if err := cmd.Wait(); err != nil && running != "" {
		s := sum{Schedules: 1}
		s.merge(sum{Broken: map[string]int{stuck: 1}, Failures: []failure{{Replay: running, Wrong: []string{"stuck: the process ended: " + rest}}}})
		heard(report{Sum: &s})
		return nil
	} else if err != nil {
		return fmt.Errorf("%w: %s", err, rest)
	}
	return err
}

// listen hears what a process reports. It returns what it was running when it
// ended, and the end of what else it said.
func listen(out io.Reader, heard func(report)) (running, rest string, err error) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	var others []string
	for lines.Scan() {
		text, ours := strings.CutPrefix(lines.Text(), mark)
		if !ours {
			others = append(others, lines.Text())
			continue
		}
		var r report
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return running, "", fmt.Errorf("read report: %w", err)
		}
		if running = r.Begin; r.Begin == "" {
			heard(r)
		}
	}
	if len(others) > 60 {
		others = others[:60]
	}
	return running, strings.Join(others, "\n"), lines.Err()
}

// progress says on a terminal how far the work is.
func progress(s *sum, began time.Time) {
	if i, err := os.Stderr.Stat(); err != nil || i.Mode()&os.ModeCharDevice == 0 || s.Schedules%20 != 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "\r%d schedules in %v, %d failed ", s.Schedules, time.Since(began).Round(time.Second), len(s.Failures))
}

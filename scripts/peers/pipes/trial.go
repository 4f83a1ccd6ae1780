package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// stack is the name of the stack that the endpoint makes.
const stack = "statline"

// trial is one design under one load: an endpoint of its own, two services and
// the load, each a process.
type trial struct {
	*bench
	scenario
	design    string
	profile   string // of the endpoint; empty for none
	url       string
	processes map[string]*process
}

// compete has the designs of a scenario run in turn, and returns the results by
// round and design.
func (b *bench) compete(ctx context.Context, s scenario) (rounds []map[string]result, err error) {
	for i := range b.rounds {
		round := map[string]result{}
		for _, design := range s.contestants(b.python) {
			t := &trial{bench: b, scenario: s, design: design, processes: map[string]*process{}}
			if design == ours {
				t.profile, b.profile = b.profile, ""
			}
			r, err := t.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("round %d: %s: %w", i+1, design, err)
			}
			round[design] = r
			fmt.Fprintf(os.Stderr, "%s, round %d, %s: %.4g a second\n", s.name, i+1, design, r.rate())
		}
		rounds = append(rounds, round)
	}
	return rounds, nil
}

func (t *trial) run(ctx context.Context) (r result, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { err = errors.Join(err, t.stop()) }()
	if err := t.startAll(ctx); err != nil {
		return r, err
	}
	// Whoever waits for a line waits no longer when the run is broken off.
	defer context.AfterFunc(ctx, func() { t.processes[tally.Client].cmd.Process.Kill() })()
	if r, err = t.measure(); err != nil {
		return r, err
	}
	if t.floor && t.design == ours {
		r.floors, err = t.floors(ctx)
	}
	return r, err
}

// startAll starts the endpoint, the services and, once those receive, the load.
func (t *trial) startAll(ctx context.Context) (err error) {
	args := []string{"-stack", stack, "-aws=" + strconv.FormatBool(t.aws), "-forget=" + strconv.FormatBool(t.long), "-cpuprofile", t.profile}
	if err := t.start(endpoint, nil, t.program("endpoint"), args...); err != nil {
		return err
	}
	if t.url, err = t.processes[endpoint].line(); err != nil {
		return err
	}
	for _, name := range services {
		program, args := t.service(name)
		if err := t.start(name, t.environment(name), program, args...); err != nil {
			return err
		}
	}
	if err := t.ready(ctx); err != nil {
		return err
	}
	client := "plain"
	if t.design == ours {
		client = "statline"
	}
	return t.start(tally.Client, nil, t.program("load"), "-url", t.url, "-stack", stack, "-client", client,
		"-clients", strconv.Itoa(t.clients), "-rate", strconv.FormatFloat(t.rate, 'f', -1, 64), "-time", strconv.Itoa(t.seconds)+"s",
		"-size", strconv.Itoa(cmp.Or(t.size, 25)), "-under-way", strconv.Itoa(cmp.Or(t.underWay, 32)), "-warm", strconv.Itoa(cmp.Or(t.warm, 2))+"s")
}

func (t *trial) start(name string, env []string, program string, args ...string) error {
	p, err := start(name, t.bin, env, program, args...)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	t.processes[name] = p
	return nil
}

func (t *trial) program(name string) string { return filepath.Join(t.bin, name) }

// service is the program of a service, and its arguments.
func (t *trial) service(name string) (program string, args []string) {
	switch t.design {
	case ours:
		return t.program("statline-" + name), nil
	case seed:
		return t.python, []string{"pipes/seed.py", name}
	default:
		return t.program(t.design), []string{name}
	}
}

// environment is what a service is told: its own access key says who calls.
func (t *trial) environment(name string) []string {
	return []string{
		"STATLINE_STACK=" + stack, "PEERS_GOROUTINES=" + strconv.Itoa(t.goroutines),
		"AWS_ENDPOINT_URL=" + t.url, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + name, "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// ready waits until both services receive.
func (t *trial) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		counts, err := t.counts()
		if err != nil {
			return err
		}
		polling := 0
		for _, name := range services {
			polling += min(1, counts[tally.Operation{Who: name, Service: "sqs", Name: "ReceiveMessage"}].Calls)
		}
		if polling == len(services) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("the services do not receive"), ctx.Err(), t.processes[tally.Stats].complaint())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// measure reads what was used when the time that counts begins and when it ends.
func (t *trial) measure() (r result, err error) {
	load := t.processes[tally.Client]
	var marks [2]reading
	for i := range marks {
		line, err := load.line()
		if err == nil && line != tally.Mark {
			err = fmt.Errorf("the load prints %q", line)
		}
		if err != nil {
			return r, err
		}
		if marks[i], err = t.read(); err != nil {
			return r, err
		}
	}
	if _, err := load.lifeline.Write([]byte("\n")); err != nil {
		return r, err
	}
	line, err := load.line()
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(line), &r.load); err != nil {
		return r, fmt.Errorf("the load prints %q: %w", line, err)
	}
	if r.load.Answered == 0 {
		return r, errors.New("nothing was answered")
	}
	marks[1].since(marks[0], &r)
	return r, nil
}

// stop ends the processes. The services need no more than to be killed; the
// endpoint may have a profile to write.
func (t *trial) stop() (err error) {
	for name, p := range maps.All(t.processes) {
		switch name {
		case endpoint:
			err = errors.Join(err, p.stop(syscall.SIGTERM))
		case tally.Client:
			p.cmd.Process.Kill() // where it has not ended by itself
			p.cmd.Wait()
			p.log.Close()
		default:
			err = errors.Join(err, p.stop(syscall.SIGKILL))
		}
	}
	return err
}

// reading is what was used so far.
type reading struct {
	rss    map[string]float64
	at     time.Time
	cpu    map[string]time.Duration
	counts map[tally.Operation]tally.Count
	busy   time.Duration
}

func (t *trial) read() (r reading, err error) {
	r.at, r.cpu, r.rss = time.Now(), map[string]time.Duration{}, map[string]float64{}
	for _, name := range services {
		if r.rss[name], err = t.processes[name].rss(); err != nil {
			return r, err
		}
	}
	for name, p := range t.processes {
		if r.cpu[name], err = p.cpu(); err != nil {
			return r, err
		}
	}
	if r.busy, err = busy(); err != nil {
		return r, err
	}
	r.counts, err = t.counts()
	return r, err
}

// since puts into the result what was used since an earlier reading.
func (r reading) since(before reading, of *result) {
	of.rss, of.early = r.rss, before.rss
	of.cpu, of.counts = map[string]time.Duration{}, map[tally.Operation]tally.Count{}
	all := time.Duration(0)
	for name := range r.cpu {
		of.cpu[name] = r.cpu[name] - before.cpu[name]
		all += of.cpu[name]
	}
	for op, c := range r.counts {
		c.Calls -= before.counts[op].Calls
		c.Entries -= before.counts[op].Entries
		of.counts[op] = c
	}
	of.others = float64(r.busy-before.busy-all) / float64(r.at.Sub(before.at)) / float64(runtime.NumCPU())
}

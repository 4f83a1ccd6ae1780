package main

import (
	"slices"
	"time"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// The processes of a trial, by name; the first three call the endpoint.
const endpoint = "endpoint"

var (
	services = []string{tally.Stats, tally.Audit}
	everyone = []string{tally.Stats, tally.Audit, tally.Client}
)

// result is what was measured of one design, in one round.
type result struct {
	load   tally.Load
	cpu    map[string]time.Duration // by process, while it counted
	rss    map[string]float64       // the most of each service, in MiB
	early  map[string]float64       // the same when it began to count
	counts map[tally.Operation]tally.Count
	floors map[tally.Operation]float64 // microseconds a call; nil where not measured
	others float64                     // what share of the machine other processes took
}

// rate is the requests a second.
func (r result) rate() float64 { return float64(r.load.Answered) / r.load.Seconds }

// audited is how many requests the audit service received. Nobody waits for it: a
// design may let it fall behind, or catch up.
func (r result) audited() int {
	return r.counts[tally.Operation{Who: tally.Audit, Service: "sqs", Name: "ReceiveMessage"}].Entries
}

// requests is how many requests a process has worked on.
func (r result) requests(process string) float64 {
	if process == tally.Audit {
		return float64(max(r.audited(), 1))
	}
	return float64(r.load.Answered)
}

// micros is the CPU time of processes for a request, in microseconds.
func (r result) micros(processes ...string) (sum float64) {
	for _, p := range processes {
		sum += float64(r.cpu[p].Microseconds()) / r.requests(p)
	}
	return sum
}

func (r result) serviceCPU() float64 { return r.micros(services...) }

// floorCPU is the CPU time of the services' SDK calls alone, for a request, in
// microseconds.
func (r result) floorCPU() (sum float64) {
	for op, c := range r.counts {
		sum += r.floors[op] * float64(c.Calls) / r.requests(op.Who)
	}
	return sum
}

// calls is the API calls of processes for a request.
func (r result) calls(processes ...string) (sum float64) {
	for op, c := range r.counts {
		if slices.Contains(processes, op.Who) {
			sum += float64(c.Calls) / r.requests(op.Who)
		}
	}
	return sum
}

package main

import "slices"

// Designs are what takes part, by name.
const (
	ours    = "statline"
	idiom   = "idiom"
	gocloud = "gocloud"
	seed    = "seed"
)

// scenario is a load, and what it is put on.
type scenario struct {
	name, about string
	aws         bool    // calls take about as long as on AWS
	clients     int     // each with an inbox
	rate        float64 // requests a second of all clients; 0 saturates
	seconds     int     // that count
	size        int     // integers in a list; 0 for 25
	underWay    int     // requests of each client where it saturates; 0 for 32
	warm        int     // seconds before those that count; 0 for 2
	long        bool    // runs only where it is asked for
	designs     []string
	floor       bool // measure the SDK calls of statline's services, too
	goals       []goal
}

// goal is a target of statline's.
type goal struct {
	figure string
	value  func(ours, idiom result) float64
	least  bool // the limit is the least, not the most
	limit  float64
}

var scenarios = []scenario{
	{
		name: "saturated", about: "8 clients with 32 requests under way each", clients: 8, seconds: 5,
		designs: []string{ours, idiom, gocloud, seed}, floor: true,
		goals: []goal{
			{"requests a second, times idiom's", timesIdiom, true, 3.5},
			{"CPU of the services for a request, of idiom's", cpuOfIdiom, false, 0.2},
			{"CPU of the services, times its SDK calls' alone", overFloor, false, 1.8},
			{"API calls for a request", calls, false, 1.1},
		},
	},
	{
		name: "saturated-aws", about: "the same, calls take as long as on AWS", aws: true, clients: 8, seconds: 5,
		designs: []string{ours, idiom, gocloud, seed},
		goals:   []goal{{"requests a second, times idiom's", timesIdiom, true, 5}},
	},
	{
		name: "one-500", about: "500 requests a second from one process, calls take as long as on AWS", aws: true, clients: 1, rate: 500, seconds: 6,
		designs: []string{ours},
		goals:   []goal{{"API calls for a request", calls, false, 1.5}},
	},
	{
		name: "inboxes-500", about: "500 requests a second from 100 inboxes, calls take as long as on AWS", aws: true, clients: 100, rate: 500, seconds: 6,
		designs: []string{ours},
		goals:   []goal{{"API calls for a request", calls, false, 3.3}},
	},
	{
		name: "low", about: "20 requests a second from 8 clients, calls take as long as on AWS", aws: true, clients: 8, rate: 20, seconds: 12,
		designs: []string{ours, idiom, seed},
		goals: []goal{
			{"API calls of the services for a request", serviceCalls, false, 3.6},
			{"p50, of idiom's", func(o, i result) float64 { return o.load.P50 / i.load.P50 }, false, 1.05},
			{"p99, times p50", func(o, _ result) float64 { return o.load.P99 / o.load.P50 }, false, 2},
		},
	},
	{
		name: "memory", about: "8 clients with 4 requests under way each, of 256 KiB, for ten minutes", clients: 8, seconds: 600,
		size: 37_000, underWay: 4, warm: 60, long: true,
		designs: []string{ours},
		goals: []goal{
			{"peak memory of a service, MiB", func(o, _ result) float64 { return largest(o.rss) }, false, 256},
			{"the same, times that after the first minute", func(o, _ result) float64 { return largest(o.rss) / largest(o.early) }, false, 1.25},
		},
	},
}

func names() (all []string) {
	for _, s := range scenarios {
		all = append(all, s.name)
	}
	return all
}

// contestants are the designs that take part in s: the seed only where there is a
// Python to run it.
func (s scenario) contestants(python string) []string {
	return slices.DeleteFunc(slices.Clone(s.designs), func(d string) bool { return d == seed && python == "" })
}

func largest(of map[string]float64) (most float64) {
	for _, mib := range of {
		most = max(most, mib)
	}
	return most
}

func timesIdiom(o, i result) float64   { return o.rate() / i.rate() }
func cpuOfIdiom(o, i result) float64   { return o.serviceCPU() / i.serviceCPU() }
func overFloor(o, _ result) float64    { return o.serviceCPU() / o.floorCPU() }
func calls(o, _ result) float64        { return o.calls(everyone...) }
func serviceCalls(o, _ result) float64 { return o.calls(services...) }

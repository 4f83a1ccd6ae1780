package main

import (
	"encoding/json"
	"slices"

	"github.com/bytedance/sonic"

	"github.com/statline/statline/pkg/stats"
)

// works are the contests and their targets. Old has the numpy 1 that chooses the
// middle by its own introselect; py has the numpy 2 that does so by x86-simd-sort.
func works(py, old *python) []work {
	return []work{
		{name: "256 KiB of integers to a reply", kind: integers, lists: 8, rounds: 12, ours: reply, allocations: true, peers: []peer{
			{name: "encoding/json, slices.Sort", target: 20, run: sorting(json.Unmarshal)},
			{name: "sonic, slices.Sort", run: sorting(sonic.Unmarshal)},
			{name: "Python json, numpy", target: 8, python: py, asked: "numpy_reply"},
			{name: "Python json, statistics", target: 25, python: py, asked: "statistics_reply"},
		}},
		{name: "256 KiB of 17 digits to a reply", kind: digits17, lists: 8, rounds: 12, ours: reply, allocations: true, garbage: true, peers: []peer{
			{name: "encoding/json, slices.Sort", target: 6, run: sorting(json.Unmarshal)},
			{name: "sonic, slices.Sort", run: sorting(sonic.Unmarshal)},
		}},
		{name: "parse 1e5 integers", kind: integers, size: 1e5, lists: 4, rounds: 16, ours: parse, peers: []peer{
			{name: "encoding/json", target: 15, run: parsing(json.Unmarshal)},
			{name: "sonic", target: 1.7, run: parsing(sonic.Unmarshal)},
			{name: "sonic, the slice used again", run: reparsing(sonic.Unmarshal)},
		}},
		{name: "parse 1e5 amounts of money", kind: money, size: 1e5, lists: 4, rounds: 16, ours: parse, peers: []peer{
			{name: "encoding/json", target: 8, run: parsing(json.Unmarshal)},
			{name: "sonic", target: 1.2, run: parsing(sonic.Unmarshal)},
			{name: "sonic, the slice used again", run: reparsing(sonic.Unmarshal)},
		}},
		{name: "min, max, sum, mean, median of 1e7 int64", kind: int64s, size: 1e7, lists: 1, rounds: 5, ours: center, peers: []peer{
			{name: "numpy 1", target: 4.5, python: old, asked: "numpy_figures"},
			{name: "numpy 2", python: py, asked: "numpy_figures"},
			{name: "numpy 2 partition alone", python: py, asked: "numpy_partition"},
			{name: "slices.Sort of a copy", target: 20, run: sortCopy},
		}},
		{name: "the same, to 1e12", kind: trillions, size: 1e7, lists: 1, rounds: 5, ours: center, peers: []peer{
			{name: "numpy 1", target: 4.5, python: old, asked: "numpy_figures"},
			{name: "numpy 2", python: py, asked: "numpy_figures"},
		}},
		{name: "all figures of 1e7 int64", kind: int64s, size: 1e7, lists: 1, rounds: 5, ours: summarize, peers: []peer{
			{name: "numpy 1, the five", python: old, asked: "numpy_figures"},
			{name: "slices.Sort of a copy", target: 20, run: sortCopy},
		}},
		{name: "10 integers to a reply", kind: integers, size: 10, lists: 4096, rounds: 16, ours: reply, allocations: true, limit: 500, peers: []peer{
			{name: "encoding/json, slices.Sort", run: sorting(json.Unmarshal)},
			{name: "Python json, statistics", target: 15, python: py, asked: "statistics_reply"},
		}},
	}
}

// list and out are what numbers are read into and replies are written to, each
// over the last.
var (
	list stats.List
	out  = make([]byte, 0, 1024)
)

func reply(in input) error {
	if _, err := list.ParseJSON(in.text); err != nil {
		return err
	}
	out = stats.AppendSummary(out[:0], &list, stats.Options{})
	return nil
}

func parse(in input) error {
	_, err := list.ParseJSON(in.text)
	return err
}

func center(in input) error {
	stats.Center(in.ints)
	return nil
}

func summarize(in input) error {
	out = stats.AppendSummary(out[:0], in.list, stats.Options{})
	return nil
}

// An unmarshal reads JSON, as json.Unmarshal does.
type unmarshal func([]byte, any) error

func parsing(read unmarshal) func(input) error {
	return func(in input) error {
		var xs []float64
		return read(in.text, &xs)
	}
}

// reparsing is parsing into memory that the peer has written to before.
func reparsing(read unmarshal) func(input) error {
	var xs []float64
	return func(in input) error {
		xs = xs[:0]
		return read(in.text, &xs)
	}
}

// sorting computes the figures of a list as most programs in Go do.
func sorting(read unmarshal) func(input) error {
	return func(in input) error {
		var xs []float64
		if err := read(in.text, &xs); err != nil {
			return err
		}
		slices.Sort(xs)
		sum, n := 0.0, len(xs)
		for _, x := range xs {
			sum += x
		}
		text, err := json.Marshal(map[string]float64{
			"count": float64(n), "sum": sum, "mean": sum / float64(n),
			"min": xs[0], "max": xs[n-1], "median": (xs[(n-1)/2] + xs[n/2]) / 2,
		})
		out = append(out[:0], text...)
		return err
	}
}

func sortCopy(in input) error {
	sorted := slices.Clone(in.ints)
	slices.Sort(sorted)
	return nil
}

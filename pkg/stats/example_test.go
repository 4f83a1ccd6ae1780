package stats_test

import (
	"fmt"

	"github.com/statline/statline/pkg/stats"
)

func Example() {
	l, err := stats.ParseText([]byte("7 8 54 89"))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := stats.ParseNumber("0.9")
	if err != nil {
		fmt.Println(err)
		return
	}
	s := stats.Summarize(l, stats.Options{Quantiles: []stats.Number{p}})
	fmt.Println(s.Count, s.Mean, s.Median, s.StdDev)
	fmt.Printf("%s\n", s.AppendJSON(nil))
	// Output:
	// 4 39.5 31 39.619019001821165
	// {"count":4,"sum":158,"min":7,"max":89,"mean":39.5,"median":31,"variance":1569.6666666666667,"stddev":39.619019001821165,"q1":7.75,"q3":62.75,"quantiles":{"0.9":78.5},"quantile_method":"R7"}
}

func ExampleDescribe() {
	l, err := stats.ParseText([]byte("7 8 54 89 7"))
	if err != nil {
		fmt.Println(err)
		return
	}
	d := stats.Describe(l, stats.R7)
	fmt.Println(d.Figure("mode"), d.Figure("iqr"), d.Figure("skewness"))
	fmt.Println(d.Histogram.Edges, d.Histogram.Counts)
	// Output:
	// 7 47 1.0799377189080892
	// [0 20 40 60 80 100] [3 0 1 0 1]
}

func ExampleParseJSON() {
	_, _, err := stats.ParseJSON([]byte(`[7, 8, null]`))
	if e, ok := err.(*stats.NumberError); ok {
		fmt.Printf("numbers[%d]: %v\n", e.Index, e)
	}
	// Output: numbers[2]: null is not a number
}

// Two parts of a list are summed up apart, and their states meet.
func ExamplePartial() {
	var total stats.Partial
	for _, text := range []string{"7 8", "54 89"} {
		l, err := stats.ParseText([]byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		var part, read stats.Partial
		if err := part.Add(l); err != nil {
			fmt.Println(err)
			return
		}
		state, err := part.MarshalBinary()
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := read.UnmarshalBinary(state); err != nil {
			fmt.Println(err)
			return
		}
		if err := total.Merge(read); err != nil {
			fmt.Println(err)
			return
		}
	}
	s, err := total.Summary()
	fmt.Println(s.Count, s.Sum, s.Min, s.Max, s.Mean, s.StdDev, err)
	// Output: 4 158 7 89 39.5 39.619019001821165 <nil>
}

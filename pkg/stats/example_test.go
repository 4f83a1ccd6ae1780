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

package stats

import (
	"fmt"
	"strings"
	"testing"
)

// gotSummary brings a summary into the form of [statstest.Figures].
func gotSummary(s Summary) map[string]string {
	got := map[string]string{
		"count": fmt.Sprint(s.Count), "sum": string(s.Sum), "min": string(s.Min), "max": string(s.Max),
		"mean": string(s.Mean), "median": string(s.Median), "method": string(s.Method),
		"q1": string(s.Q1), "q3": string(s.Q3), "variance": string(s.Variance), "stddev": string(s.StdDev),
	}
	for _, q := range s.Quantiles {
		got["p"+string(q.P)] = string(q.Value)
	}
	return got
}

// list parses tokens, which are within the limits.
func list(t testing.TB, tokens ...string) *List {
	t.Helper()
	text := "[" + strings.Join(tokens, ",") + "]"
	l, n, err := ParseJSON([]byte(text))
	if err != nil || n != len(text) {
		t.Fatalf("ParseJSON(%.200q) = %d bytes, %v", text, n, err)
	}
	return l
}

// probabilities parses tokens, which are from 0 to 1.
func probabilities(t testing.TB, tokens ...string) []Number {
	t.Helper()
	ps := make([]Number, len(tokens))
	for i, token := range tokens {
		var err error
		if ps[i], err = ParseNumber(token); err != nil {
			t.Fatal(err)
		}
	}
	return ps
}

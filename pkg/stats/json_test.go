package stats

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestAppendJSON(t *testing.T) {
	tests := []struct {
		numbers, quantiles []string
		method             Method
		want               string
	}{
		{[]string{"7", "8", "54", "89"}, []string{"0.9"}, "", `{"count":4,"sum":158,"min":7,"max":89,"mean":39.5,"median":31,` +
			`"variance":1569.6666666666667,"stddev":39.619019001821165,"q1":7.75,"q3":62.75,"quantiles":{"0.9":78.5},"quantile_method":"R7"}`},
		{[]string{"1e400"}, []string{"0.99", "0.10"}, R1, `{"count":1,"sum":1e+400,"min":1e+400,"max":1e+400,"mean":1e+400,"median":1e+400,` +
			`"q1":1e+400,"q3":1e+400,"quantiles":{"0.99":1e+400,"0.1":1e+400},"quantile_method":"R1"}`},
		{[]string{"1", "1"}, nil, R9, `{"count":2,"sum":2,"min":1,"max":1,"mean":1,"median":1,"variance":0,"stddev":0,"q1":1,"q3":1,"quantile_method":"R9"}`},
	}
	for _, test := range tests {
		s := Summarize(list(t, test.numbers...), Options{Quantiles: probabilities(t, test.quantiles...), Method: test.method})
		if got := string(s.AppendJSON([]byte("x"))); got != "x"+test.want {
			t.Errorf("AppendJSON of %s:\n got %s\nwant x%s", test.numbers, got, test.want)
		}
		if got, err := json.Marshal(s); err != nil || string(got) != test.want {
			t.Errorf("Marshal of %s: %s, %v", test.numbers, got, err)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	for i := range 600 {
		o := Options{Method: methods[i%9]}
		if r.IntN(2) == 0 {
			o.Quantiles = probabilities(t, "0.9", "1e-9", "0.25")
		}
		s := Summarize(list(t, randomTokens(r, i%len(kinds))...), o)
		text := s.AppendJSON(nil)
		var back Summary
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("%s reads back as %+v, %v", text, back, err)
		}
	}
}

func TestUnmarshalCanonicalises(t *testing.T) {
	const text = ` { "quantile_method":"R7", "future":[{}], "count":2, "sum":3.0,"min":1.00,"max":20e-1,"mean":1.50,
		"median":15E-1,"variance":0.50,"stddev":0.7071067811865476,"q1":1.250,"q3":1.75,"quantiles":{"1":2.0,"5e-1":1.5} } `
	want := Summarize(list(t, "1", "2"), Options{Quantiles: probabilities(t, "1", "0.5")})
	var got Summary
	if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	const good = `{"count":2,"sum":3,"min":1,"max":2,"mean":1.5,"median":1.5,"variance":0.5,"stddev":0.7,"q1":1.25,"q3":1.75,"quantiles":{"1":2},"quantile_method":"R7"}`
	tests := []struct{ old, new, want string }{
		{`"count":2`, `"count":0`, "read summary: count: 0 is not positive"},
		{`"count":2`, `"count":1`, "read summary: variance: present is true for a count of 1"},
		{`"variance":0.5,`, ``, "read summary: variance: present is false for a count of 2"},
		{`"stddev":0.7,`, ``, "read summary: stddev: present is false for a count of 2"},
		{`"sum":3,`, ``, "read summary: sum is missing"},
		{`"sum":3`, `"sum":null`, "read summary: sum: null is not a number"},
		{`"sum":3`, `"sum":"3"`, `read summary: sum: "3" is a string, not a number`},
		{`"sum":3`, `"Sum":3`, "read summary: sum is missing"},
		{`"sum":3`, `"sum":3,"sum":4`, `read summary: key "sum" occurs twice`},
		{`"R7"`, `"R0"`, `read summary: quantile_method: "R0" is not one of R1 to R9`},
		{`{"1":2}`, `null`, "read summary: quantiles: not an object"},
		{`{"1":2}`, `{"1":2,"1":3}`, `read summary: quantiles: key "1" occurs twice`},
		{`{"1":2}`, `{"x":2}`, "read summary: quantiles: probability: x is not a number"},
		{`{"1":2}`, `{"1":true}`, "read summary: quantiles: quantile 1: true is not a number"},
		{good, `null`, "read summary: not an object"},
		{good, `[]`, "read summary: not an object"},
	}
	for _, test := range tests {
		before := Summary{Count: 7}
		s := before
		err := s.UnmarshalJSON([]byte(strings.Replace(good, test.old, test.new, 1)))
		if err == nil || err.Error() != test.want || !reflect.DeepEqual(s, before) {
			t.Errorf("%s for %s: %v, want %s", test.new, test.old, err, test.want)
		}
	}
	for _, text := range []string{"", "{", `{"count"`, `{"count":`, `{"count":"2"}`, `{"quantile_method":7}`, good[:len(good)-1]} {
		var s Summary
		if err := s.UnmarshalJSON([]byte(text)); err == nil || !reflect.DeepEqual(s, Summary{}) {
			t.Errorf("%q: %+v, %v, want an error", text, s, err)
		}
	}
}

func TestMarshalRefusesTheIncomplete(t *testing.T) {
	for _, s := range []Summary{{}, {Count: 1}, {Count: 1, Sum: "1", Min: "1", Max: "1", Mean: "1", Median: "1", Q1: "1", Q3: "1"}} {
		if text, err := json.Marshal(s); err == nil {
			t.Errorf("%+v is written as %s", s, text)
		}
	}
}

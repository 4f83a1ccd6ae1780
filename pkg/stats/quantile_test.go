package stats

import "testing"

// The values that R's quantile(c(1, 2, 3, 4, 10), probs, type = 1:9) gives.
func TestQuantilesOfR(t *testing.T) {
	ps := []string{"0", "0.25", "0.5", "0.9", "1"}
	want := map[Method][]Figure{
		R1: {"1", "2", "3", "10", "10"},
		R2: {"1", "2", "3", "10", "10"},
		R3: {"1", "1", "2", "4", "10"},
		R4: {"1", "1.25", "2.5", "7", "10"},
		R5: {"1", "1.75", "3", "10", "10"},
		R6: {"1", "1.5", "3", "10", "10"},
		R7: {"1", "2", "3", "7.6", "10"},
		R8: {"1", "1.6666666666666667", "3", "10", "10"},
		R9: {"1", "1.6875", "3", "10", "10"},
	}
	l := list(t, "10", "3", "1", "4", "2")
	for method, values := range want {
		s := Summarize(l, Options{Quantiles: probabilities(t, ps...), Method: method})
		for i, q := range s.Quantiles {
			if q.P != Figure(ps[i]) || q.Value != values[i] {
				t.Errorf("%s: quantile %s = %s, want %s", method, q.P, q.Value, values[i])
			}
		}
		if len(s.Quantiles) != len(ps) || s.Q1 != values[1] || s.Median != "3" || s.Method != method {
			t.Errorf("%s: %+v", method, s)
		}
	}
}

// The first quartile of 10, 20, 30, 40, where other programs differ among
// themselves: 15 by R2, 17.5 by R7.
func TestFirstQuartile(t *testing.T) {
	want := map[Method]Figure{
		R1: "10", R2: "15", R3: "10", R4: "10", R5: "15", R6: "12.5", R7: "17.5", R8: "14.166666666666666", R9: "14.375",
	}
	for method, q1 := range want {
		if s := Summarize(list(t, "10", "20", "30", "40"), Options{Method: method}); s.Q1 != q1 || s.Median != "25" {
			t.Errorf("%s: q1 = %s, median = %s, want %s, 25", method, s.Q1, s.Median, q1)
		}
	}
}

func TestQuantilesKeepTheirOrderOnce(t *testing.T) {
	s := Summarize(list(t, "1", "2"), Options{Quantiles: probabilities(t, "0.9", "0", "90e-2", "0.5", "-0")})
	want := []Quantile{{"0.9", "1.9"}, {"0", "1"}, {"0.5", "1.5"}}
	if len(s.Quantiles) != len(want) {
		t.Fatalf("quantiles %v, want %v", s.Quantiles, want)
	}
	for i := range want {
		if s.Quantiles[i] != want[i] {
			t.Errorf("quantile %d is %v, want %v", i, s.Quantiles[i], want[i])
		}
	}
	if s.Method != R7 {
		t.Errorf("method %s, want R7", s.Method)
	}
}

// Under R8 a quantile follows the rule for the mean even where it falls on a
// number; under the other methods it keeps every digit.
func TestLongQuantiles(t *testing.T) {
	const x = "1234567890123456789012345678901234567"
	for _, method := range methods {
		want := Figure("1.234567890123456789012345678901234567e+36")
		if method == R8 {
			want = "1.2345678901234568e+36"
		}
		if s := Summarize(list(t, x), Options{Method: method}); s.Q1 != want {
			t.Errorf("%s: q1 = %s, want %s", method, s.Q1, want)
		}
	}
}

func TestMethodValid(t *testing.T) {
	for _, m := range methods {
		if !m.Valid() {
			t.Errorf("%s is not valid", m)
		}
	}
	for _, m := range []Method{"", "R0", "R10", "r7", "R", "7", " R7"} {
		if m.Valid() {
			t.Errorf("%q is valid", m)
		}
	}
}

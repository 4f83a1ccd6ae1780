package stats

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/stats/statstest"
)

func TestFigure(t *testing.T) {
	tests := []struct{ token, want string }{
		{"0", "0"}, {"-0", "0"}, {"0e9999", "0"}, {"-0.000e-9999", "0"}, {"0E+0000", "0"},
		{"1", "1"}, {"-1", "-1"}, {"1.0", "1"}, {"100", "100"}, {"1e2", "100"}, {"1E+0002", "100"},
		{"1.50", "1.5"}, {"-12.340e1", "-123.4"}, {"0.10", "0.1"}, {"10e-1", "1"}, {"1200e-4", "0.12"},
		{"0.000001", "0.000001"}, {"1e-6", "0.000001"}, {"1.5e-6", "0.0000015"}, {"1e-7", "1e-7"},
		{"0.00000015", "1.5e-7"}, {"-123e-9", "-1.23e-7"},
		{"999999999999999999999", "999999999999999999999"}, {"1000000000000000000000", "1e+21"},
		{"123456789012345678901234", "1.23456789012345678901234e+23"}, {"1e20", "100000000000000000000"},
		{"1e21", "1e+21"}, {"-1.5e300", "-1.5e+300"}, {"100000000000000000000.5", "100000000000000000000.5"},
		{"1e1000", "1e+1000"}, {"1e-1000", "1e-1000"}, {"9.99e1000", "9.99e+1000"},
		{"0." + strings.Repeat("0", 2000) + "1e1001", "1e-1000"},
		{"1" + strings.Repeat("0", 2000) + "e-1000", "1e+1000"},
	}
	for _, test := range tests {
		n, err := ParseNumber(test.token)
		if err != nil || string(n.Figure()) != test.want || n.String() != test.want {
			t.Errorf("ParseNumber(%.40q) = %s, %v, want %s", test.token, n, err, test.want)
		}
		if f, err := Canonical(test.token); err != nil || string(f) != test.want {
			t.Errorf("Canonical(%.40q) = %s, %v, want %s", test.token, f, err, test.want)
		}
		if l := list(t, test.token, "1e-999"); l.At(0) != n {
			t.Errorf("list of %.40q holds %s, want %s", test.token, l.At(0), n)
		}
	}
}

const notNumber = "is not a number"

// badTokens are elements that are not numbers, or none within the limits. None
// holds a white space or a comma outside of strings and brackets.
var badTokens = []struct{ token, reason string }{
	{"null", notNumber}, {"true", notNumber}, {"false", notNumber}, {"NaN", notNumber},
	{"Infinity", notNumber}, {"-Infinity", notNumber}, {"inf", notNumber}, {"abc", notNumber},
	{"0x1", notNumber}, {"0b1", notNumber}, {"1_000", notNumber}, {"--1", notNumber}, {"-", notNumber},
	{"1x", notNumber}, {"1-2", notNumber}, {"1.2.3", notNumber}, {"e5", notNumber}, {"1;2", notNumber},
	{"++1", notNumber}, {"-+1", notNumber}, {"1e5.5", notNumber}, {".", notNumber}, {"１", notNumber},
	{"\x00", notNumber}, {"\xff", notNumber}, {"1\x00", notNumber}, {"01x", notNumber}, {"−1", notNumber},
	{"+1", "has a leading plus sign"}, {"+1.5e3", "has a leading plus sign"},
	{".5", "has no digit before the decimal point"}, {"-.5", "has no digit before the decimal point"},
	{"1.", "has no digit after the decimal point"}, {"-0.", "has no digit after the decimal point"},
	{"1.e5", "has no digit after the decimal point"}, {"-2.E-5", "has no digit after the decimal point"}, {"1.x", notNumber},
	{"1e", "has no digit in the exponent"}, {"1.5E+", "has no digit in the exponent"}, {"1e-", "has no digit in the exponent"},
	{"007", "has a leading zero"}, {"-01", "has a leading zero"}, {"00", "has a leading zero"}, {"01.5e3", "has a leading zero"},
	{`"5"`, "is a string, not a number"}, {`""`, "is a string, not a number"}, {`"a\"]b"`, "is a string, not a number"},
	{`"a, b"`, "is a string, not a number"},
	{"[1]", "is an array, not a number"}, {"[]", "is an array, not a number"}, {`[[1,"]"],2]`, "is an array, not a number"},
	{`{"a":[1,2]}`, "is an object, not a number"}, {"{}", "is an object, not a number"},
	{"1e1001", "is out of range: written with one digit before the point, its exponent must be from -1000 to 1000"},
	{"-1e-1001", "is out of range: written with one digit before the point, its exponent must be from -1000 to 1000"},
	{"10e1000", "is out of range: written with one digit before the point, its exponent must be from -1000 to 1000"},
	{"0.1e-1000", "is out of range: written with one digit before the point, its exponent must be from -1000 to 1000"},
	{"1e9999", "is out of range: written with one digit before the point, its exponent must be from -1000 to 1000"},
	{"0e99999", "is out of range: an exponent has at most 4 digits"},
	{"1e00001", "is out of range: an exponent has at most 4 digits"},
	{"1e999999999", "is out of range: an exponent has at most 4 digits"},
	{"1e-99999999999999999999999999", "is out of range: an exponent has at most 4 digits"},
	{strings.Repeat("1", 1001), "has 1001 significant digits: at most 1000 are allowed"},
	{"0." + strings.Repeat("0", 500) + strings.Repeat("1", 1001), "has 1001 significant digits: at most 1000 are allowed"},
	{strings.Repeat("7", 5000) + "e-999", "has 5000 significant digits: at most 1000 are allowed"},
}

func TestParseNumberRefuses(t *testing.T) {
	bad := badTokens
	for _, token := range []string{"", " 1", "1 ", "1,2", "\n1"} {
		bad = append(bad, struct{ token, reason string }{token, notNumber})
	}
	for _, test := range bad {
		_, err := ParseNumber(test.token)
		var e *NumberError
		if !errors.As(err, &e) {
			t.Errorf("ParseNumber(%.40q): %v, want a NumberError", test.token, err)
			continue
		}
		if want := (NumberError{-1, test.token, test.reason}); *e != want {
			t.Errorf("ParseNumber(%.40q) refuses %.80q with %q, want %q", test.token, e.Token, e.Reason, want.Reason)
		}
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	for _, token := range []string{
		strings.Repeat("9", 1000), "-" + strings.Repeat("9", 1000) + "e1", "9." + strings.Repeat("9", 999) + "e-1000",
		"1e1000", "1E-1000", "0.1e1001", "10e-1001", "0e-9999", "1e0999",
	} {
		n, err := ParseNumber(token)
		if err != nil || n.Digits() > MaxDigits {
			t.Errorf("ParseNumber(%.40q): %d digits, %v", token, n.Digits(), err)
		}
	}
}

func TestDigits(t *testing.T) {
	for token, want := range map[string]int{"0": 0, "-0.0": 0, "100": 1, "0.050": 1, "1.05": 3, "12345678901234567890": 19} {
		if n := probabilities(t, token)[0]; n.Digits() != want {
			t.Errorf("%s has %d digits, want %d", token, n.Digits(), want)
		}
	}
}

func TestCmp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for range 5000 {
		a, b := kinds[r.IntN(len(kinds))].number(r), kinds[r.IntN(len(kinds))].number(r)
		n := probabilities(t, a, b)
		want := statstest.Rat(a).Cmp(statstest.Rat(b))
		if got := n[0].Cmp(n[1]); got != want || n[1].Cmp(n[0]) != -want || (n[0] == n[1]) != (want == 0) {
			t.Fatalf("%s Cmp %s = %d, want %d", a, b, got, want)
		}
		if want := cmp.Compare(statstest.Rat(a).Sign(), 0); n[0].Cmp(Number{}) != want {
			t.Fatalf("%s Cmp 0 is not %d", a, want)
		}
	}
}

func TestCanonicalLimits(t *testing.T) {
	tests := []struct {
		text, want string // want is a figure, or the reason why there is none
		ok         bool
	}{
		{"1e20000", "1e+20000", true},
		{"-1E-20000", "-1e-20000", true},
		{"1e000000021", "1e+21", true},
		{"0e999999999", "0", true},
		{strings.Repeat("1", 20000), "1." + strings.Repeat("1", 19999) + "e+19999", true},
		{"1e20001", "is out of range: written with one digit before the point, its exponent must be from -20000 to 20000", false},
		{"10e20000", "is out of range: written with one digit before the point, its exponent must be from -20000 to 20000", false},
		{"1e-99999999999999999999999", "is out of range: written with one digit before the point, its exponent must be from -20000 to 20000", false},
		{strings.Repeat("1", 20001), "has 20001 significant digits: at most 20000 are allowed", false},
		{"", notNumber, false},
		{"1 ", notNumber, false},
		{"null", notNumber, false},
		{"01", "has a leading zero", false},
	}
	for _, test := range tests {
		f, err := Canonical(test.text)
		got := string(f)
		var e *NumberError
		if errors.As(err, &e) {
			got = e.Reason
		}
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("Canonical(%.40q) = %.40q, %v, want %.40q", test.text, f, err, test.want)
		}
	}
}

func TestNumberErrorIsFitForATerminal(t *testing.T) {
	tests := []struct{ token, want string }{
		{"null", "null is not a number"},
		{"007", "007 has a leading zero"},
		{"", "an empty text is not a number"},
		{"\x1b[31mé\xff\n", `\x1b[31m\u00e9\xff\n is not a number`},
		{"\u202e１", `\u202e\uff11 is not a number`},
		{"'\u007f", `'\x7f is not a number`},
		{strings.Repeat("x", 40), strings.Repeat("x", 40) + " is not a number"},
		{strings.Repeat("x", 41), strings.Repeat("x", 40) + "... is not a number"},
		{`"` + strings.Repeat("é", 40) + `"`, `"` + strings.Repeat(`\u00e9`, 19) + `\xc3... is a string, not a number`},
	}
	for _, test := range tests {
		if _, err := ParseNumber(test.token); err == nil || err.Error() != test.want {
			t.Errorf("ParseNumber(%q): %v, want %s", test.token, err, test.want)
		}
	}
}

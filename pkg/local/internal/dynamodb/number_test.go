package dynamodb_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
	"pgregory.net/rapid"
)

func TestNumberText(t *testing.T) {
	nines := strings.Repeat("9", 38)
	tests := []struct{ in, want string }{
		{"0", "0"}, {"-0", "0"}, {"0.000", "0"}, {"0e1000", "0"}, {"1.50", "1.5"}, {"1E2", "100"}, {"+3", "3"}, {".123", "0.123"}, {"5.", "5"},
		{"0001.23", "1.23"}, {"1e+5", "100000"}, {"-17.4E3", "-17400"}, {"-0015.789e6", "-15789000"}, {"100", "100"}, {"0.00120", "0.0012"},
		{"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
		{"-00001.23456789012345678901234567890123456780000", "-1.2345678901234567890123456789012345678"},
		{"0009.99999999999999999999999999999999999990000e125", nines + strings.Repeat("0", 88)},
		{"-9.9999999999999999999999999999999999999e125", "-" + nines + strings.Repeat("0", 88)},
		{"0001.000e-130", "0." + strings.Repeat("0", 129) + "1"},
		{"1" + strings.Repeat("0", 125), "1" + strings.Repeat("0", 125)},
	}
	for _, test := range tests {
		n, err := dynamodb.ParseNumber(test.in)
		if err != nil || n.String() != test.want {
			t.Errorf("%s is %s, %v, want %s", test.in, n, err, test.want)
		}
	}
}

func TestNumberRefused(t *testing.T) {
	const syntax = "ValidationException: The parameter cannot be converted to a numeric value"
	const over = "ValidationException: Number overflow. Attempting to store a number with magnitude larger than supported range"
	const under = "ValidationException: Number underflow. Attempting to store a number with magnitude smaller than supported range"
	const long = "ValidationException: Attempting to store more than 38 significant digits in a Number"
	tests := []struct{ in, want string }{
		{"", syntax}, {"1e126", over}, {"-1e126", over}, {"11e125", over}, {"1e100000000", over}, {"1e99999999999999999999", over},
		{"1e-131", under}, {"0.9e-130", under}, {"1e-100000000", under},
		{"123456789012345678901234567890123456789", long}, {"-1.23456789012345678901234567890123456789", long},
	}
	for _, in := range []string{"NaN", "Infinity", "-Infinity", "dog", " 1", "1 ", "1e", "e5", "1e+", "1e++5", "1e-+5", "--1", "+-1", ".", "-", "-.", "1.2.3", "1_0", "0x10", "1e1.5", "١"} {
		tests = append(tests, struct{ in, want string }{in, syntax + ": " + in})
	}
	for _, test := range tests {
		if n, err := dynamodb.ParseNumber(test.in); err == nil || err.Error() != test.want {
			t.Errorf("%q is %s, %v, want %s", test.in, n, err, test.want)
		}
	}
}

// numberText draws the text of a number in range, in any notation.
var numberText = rapid.Custom(func(t *rapid.T) string {
	digits := rapid.StringMatching(`[0-9]{1,38}`).Draw(t, "digits")
	point := rapid.IntRange(0, len(digits)).Draw(t, "point")
	text := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign") + digits[:point] + "." + digits[point:]
	exponents := rapid.SampledFrom([]string{"", "e0", "E5", "e-7", "e+80", "e-90"})
	return text + exponents.Draw(t, "exponent")
})

func parse(t *rapid.T, text string) (dynamodb.Number, *big.Rat) {
	n, err := dynamodb.ParseNumber(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%s became %s", text, n)
	}
	return n, r
}

func TestNumbersAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := numberText.Draw(t, "text")
		n, got := parse(t, text)
		want, _ := new(big.Rat).SetString(strings.Replace(strings.Replace(text, ".e", ".0e", 1), ".E", ".0E", 1))
		if want == nil || got.Cmp(want) != 0 {
			t.Fatalf("%s became %s", text, n)
		}
		if again, _ := dynamodb.ParseNumber(n.String()); again != n {
			t.Fatalf("%s is not in its only form", n)
		}
	})
}

func TestNumbersCompareAndSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, x := parse(t, numberText.Draw(t, "a"))
		b, y := parse(t, numberText.Draw(t, "b"))
		want := x.Cmp(y)
		if got := dynamodb.Compare(a, b); got != want {
			t.Fatalf("%s to %s: %d, want %d", a, b, got, want)
		}
		if got := strings.Compare(dynamodb.SortKey(a), dynamodb.SortKey(b)); got != want {
			t.Fatalf("the keys of %s and %s: %d, want %d", a, b, got, want)
		}
	})
}

func TestNumbersAdd(t *testing.T) {
	limit, _ := new(big.Int).SetString("1"+strings.Repeat("0", 38), 10)
	rapid.Check(t, func(t *rapid.T) {
		a, x := parse(t, numberText.Draw(t, "a"))
		b, y := parse(t, numberText.Draw(t, "b"))
		want := new(big.Rat).Add(x, y)
		got, err := dynamodb.Add(a, b)
		if err != nil {
			if !needsMoreThan(limit, want) {
				t.Fatalf("%s + %s: %v", a, b, err)
			}
			return
		}
		if r, _ := new(big.Rat).SetString(got.String()); r.Cmp(want) != 0 {
			t.Fatalf("%s + %s is %s, want %s", a, b, got, want.FloatString(140))
		}
	})
}

// needsMoreThan says whether the decimal r, as an integer without trailing
// zeros, is at least limit.
func needsMoreThan(limit *big.Int, r *big.Rat) bool {
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(200), nil)))
	i := new(big.Int).Abs(scaled.Num())
	ten, rest := big.NewInt(10), new(big.Int)
	for i.Sign() != 0 {
		quotient, _ := new(big.Int).QuoRem(i, ten, rest)
		if rest.Sign() != 0 {
			break
		}
		i = quotient
	}
	return i.Cmp(limit) >= 0
}

func TestNumberSize(t *testing.T) {
	for text, want := range map[string]int{"0": 1, "1": 2, "10": 2, "12": 2, "123": 3, "1234": 3, "0.1": 2, "0.12": 2, "1.2": 3, "-1": 3, "100": 2, "12345678901234567890123456789012345678": 20} {
		n, err := dynamodb.ParseNumber(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := dynamodb.NumberSize(n); got != want {
			t.Errorf("%s counts %d, want %d", text, got, want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-1.5e3", "1e126", "1E-130", "+.5", "5.", "1e", "--", "99999999999999999999999999999999999999", "1e99999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := dynamodb.ParseNumber(text)
		if err != nil {
			return
		}
		again, err := dynamodb.ParseNumber(n.String())
		if err != nil || again != n || dynamodb.Compare(n, again) != 0 {
			t.Errorf("%q became %s, which became %s, %v", text, n, again, err)
		}
		if dynamodb.NumberSize(n) < 1 || dynamodb.NumberSize(n) > 23 {
			t.Errorf("%s counts %d", n, dynamodb.NumberSize(n))
		}
	})
}

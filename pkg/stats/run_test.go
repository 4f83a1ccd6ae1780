package stats

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestReadPlain compares what is read several digits at once with what is read
// byte by byte.
func TestReadPlain(t *testing.T) {
	tokens := []string{
		"0", "-0", "00", "01", "-01", "0.0", "1.", "1.x", ".5", "-", "", "x", "/", ":", "1/", "1:2",
		"9223372036854775807", "9223372036854775808", "9999999999999999999", "10000000000000000000",
		"123456789012345678901234567890", "0.1234567890123456789", "1.23456789012345678901234567", "1e5", "1.5e-3", "1\xff",
	}
	r := rand.New(rand.NewPCG(7, 0))
	for range 20000 {
		tokens = append(tokens, fmt.Sprintf("%.*f", r.IntN(20), (r.Float64()-.5)*float64(r.Uint64()>>r.IntN(64))))
	}
	for _, token := range tokens {
		for _, tail := range []string{",", "]", " ", ",7", "e1"} {
			text := []byte(token + tail + strings.Repeat("8", plainWindow))
			if tail != ",7" {
				text = append([]byte(token+tail+","), bytes.Repeat([]byte("x"), plainWindow)...)
			}
			lit, want := scan([]byte(token))
			got, n := readPlain(text)
			if n == 0 {
				if want > 0 && want == len(token) && len(lit.power) == 0 && len(lit.whole)+len(lit.frac) <= maxRun {
					t.Fatalf("%q is not read", text)
				}
				continue
			}
			if n != len(lit.whole)+len(lit.frac)+count(lit.neg)+count(len(lit.frac) > 0) || got != (plainNumber{lit.coef, len(lit.frac), lit.neg}) {
				t.Fatalf("%q: %+v of %d bytes, want %+v", text, got, n, lit)
			}
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestSeparators reads one list with every separator, at both ends of a text
// that is long enough to be read in words.
func TestSeparators(t *testing.T) {
	numbers := make([]string, 30)
	for i := range numbers {
		numbers[i] = fmt.Sprint(i*i*i - 1000)
	}
	want := strings.Join(numbers, ",")
	for _, gap := range []string{",", ", ", " ,", " , ", ",\n", "\r\n,\t"} {
		array := "[" + strings.Join(numbers, gap) + "]"
		for _, text := range []string{array, " " + array + " ", "[ " + array[1:len(array)-1] + "\n]"} {
			if l, n, err := ParseJSON([]byte(text)); err != nil || n != len(strings.TrimRight(text, " ")) || string(l.Text()) != want {
				t.Errorf("ParseJSON(%q) = %v, %d, %v", text, l, n, err)
			}
		}
	}
	for _, gap := range []string{",", ", ", " ,", " , ", ",\n", "\r\n,\t", " ", "\n", "\r\n", "\t", "  "} {
		text := strings.Join(numbers, gap)
		for _, text := range []string{text, " " + text + "\n", "\uFEFF" + text} {
			if l, err := ParseText([]byte(text)); err != nil || string(l.Text()) != want || l.Len() != len(numbers) {
				t.Errorf("ParseText(%q) = %v, %v", text, l, err)
			}
		}
	}
}

// TestBrokenInTheMiddle puts a fault where more than a window of text follows.
func TestBrokenInTheMiddle(t *testing.T) {
	head, tail := strings.Repeat("12,", 30), strings.Repeat(",34", 30)
	for fault, want := range map[string]string{
		"1 2": "a comma or ] is missing", "1,,2": "a number is missing", "1, ,2": "a number is missing",
		"01": "has a leading zero", "1.": "has no digit after the decimal point", "-": "is not a number", "1-2": "is not a number",
		"1e": "has no digit in the exponent", "1}": "a comma or ] is missing", "1.2.3": "is not a number", "1\x00": "is not a number",
	} {
		_, _, err := ParseJSON([]byte("[" + head + fault + tail + "]"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", fault, err, want)
		}
		if e, ok := err.(*NumberError); ok && (e.Index != 30 || e.Token != fault) {
			t.Errorf("%q: element %d, %q", fault, e.Index, e.Token)
		}
	}
}

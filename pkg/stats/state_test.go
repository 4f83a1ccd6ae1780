package stats

import (
	"bytes"
	"encoding"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	_ encoding.BinaryAppender    = Partial{}
	_ encoding.BinaryMarshaler   = Partial{}
	_ encoding.BinaryUnmarshaler = (*Partial)(nil)
)

// TestStateBytes pins the format.
func TestStateBytes(t *testing.T) {
	tests := []struct {
		tokens []string
		want   []byte
	}{
		{nil, []byte{1, 0}},
		{[]string{"0"}, []byte{1, 1, 0, 0, 0, 0, 0}},
		{[]string{"0e-5", "0.00"}, []byte{1, 2, 0, 0, 0, 0, 0}},
		{[]string{"7"}, []byte{1, 1, 0, 2, 7, 2, 7, 2, 7, 2, 49}},
		{[]string{"7", "8", "54", "89"}, []byte{1, 4, 0, 2, 7, 2, 89, 2, 158, 4, 0x2a, 0xc6}},
		{[]string{"-0.5", "0.25"}, []byte{1, 2, 3, 3, 50, 2, 25, 3, 25, 4, 0x0c, 0x35}},
		{[]string{"-3e5"}, []byte{1, 1, 10, 3, 3, 3, 3, 3, 3, 2, 9}},
		{[]string{"1e1000"}, []byte{1, 1, 0xd0, 0x0f, 2, 1, 2, 1, 2, 1, 2, 1}},
	}
	for _, test := range tests {
		p := partialOf(t, test.tokens...)
		if got := state(t, p); !bytes.Equal(got, test.want) {
			t.Errorf("state of %s is %x, want %x", test.tokens, got, test.want)
		}
		reread(t, p)
	}
	dst, err := partialOf(t, "7").AppendBinary([]byte("state:"))
	if want := "state:\x01\x01\x00\x02\x07\x02\x07\x02\x07\x02\x31"; err != nil || string(dst) != want {
		t.Errorf("AppendBinary = %q, %v, want %q", dst, err, want)
	}
}

// badStates are states that are none, with what is wrong with them.
var badStates = []struct {
	name  string
	data  []byte
	fault string
}{
	{"empty", nil, "version: byte 0: is cut off"},
	{"another version", []byte{2, 0}, "version: byte 0: is 2, not 1"},
	{"no count", []byte{1}, "count: byte 1: is cut off"},
	{"half a count", []byte{1, 0x80}, "count: byte 1: is cut off"},
	{"a count of two bytes for one", []byte{1, 0x80, 0}, "count: byte 1: has a needless byte"},
	{"too great a count", []byte{1, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 0}, "count: byte 1: is more than 9007199254740992"},
	{"a count of 65 bits", []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}, "count: byte 1: has more than 64 bits"},
	{"more than nothing", []byte{1, 0, 0}, "end: byte 2: has bytes behind it"},
	{"no unit", []byte{1, 1}, "unit: byte 2: is cut off"},
	{"a long unit", []byte{1, 1, 0x82, 0, 2, 1, 2, 1, 2, 1, 2, 1}, "unit: byte 2: has a needless byte"},
	{"too great a unit", []byte{1, 1, 0xd2, 0x0f, 2, 1, 2, 1, 2, 1, 2, 1}, "unit: byte 2: is not from -1999 to 1000"},
	{"too small a unit", []byte{1, 1, 0x9f, 0x1f, 2, 1, 2, 1, 2, 1, 2, 1}, "unit: byte 2: is not from -1999 to 1000"},
	{"the greatest unit there is", []byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 1, 2, 1, 2, 1, 2, 1}, "unit: byte 2: is not from -1999 to 1000"},
	{"a unit of zeros", []byte{1, 1, 2, 0, 0, 0, 0}, "unit: byte 2: is not the greatest"},
	{"a unit too small", []byte{1, 1, 1, 2, 10, 2, 10, 2, 10, 2, 100}, "unit: byte 2: is not the greatest"},
	{"no min", []byte{1, 1, 0}, "min: byte 3: is cut off"},
	{"half a min", []byte{1, 1, 0, 4, 1}, "min: byte 3: is cut off"},
	{"an endless min", []byte{1, 1, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 7}, "min: byte 3: is cut off"},
	{"a min with a zero byte", []byte{1, 1, 0, 4, 0, 7, 2, 7, 2, 7, 2, 49}, "min: byte 3: has a needless byte"},
	{"a min of minus zero", []byte{1, 1, 0, 1, 0, 0, 0}, "min: byte 3: is a negative zero"},
	{"a min beyond the exponents", []byte{1, 1, 0xd0, 0x0f, 2, 11, 2, 11, 2, 11, 2, 121}, "min: byte 4: is beyond the limits of a number"},
	{"a min below the exponents", []byte{1, 1, 0xd1, 0x0f, 2, 1, 2, 1, 2, 1, 2, 1}, "min: byte 4: is beyond the limits of a number"},
	{"a max beyond the exponents", []byte{1, 2, 0xd0, 0x0f, 0, 2, 11, 2, 11, 2, 121}, "max: byte 5: is beyond the limits of a number"},
	{"no max", []byte{1, 1, 0, 2, 7}, "max: byte 5: is cut off"},
	{"a max below min", []byte{1, 2, 0, 2, 7, 2, 6, 2, 13, 2, 85}, "max: byte 5: is less than min"},
	{"two ends of one number", []byte{1, 1, 0, 2, 7, 2, 8, 2, 8, 2, 64}, "max: byte 5: is not the only number"},
	{"the sum of another number", []byte{1, 1, 0, 2, 7, 2, 7, 2, 8, 2, 49}, "sum: byte 7: is not one of so many numbers from min to max"},
	{"the sum of other two numbers", []byte{1, 2, 0, 2, 7, 2, 8, 2, 14, 2, 113}, "sum: byte 7: is not one of so many numbers from min to max"},
	{"a sum too small", []byte{1, 3, 0, 2, 7, 2, 9, 2, 22, 2, 179}, "sum: byte 7: is not one of so many numbers from min to max"},
	{"a sum too great", []byte{1, 3, 0, 2, 7, 2, 9, 2, 26, 2, 211}, "sum: byte 7: is not one of so many numbers from min to max"},
	{"another square", []byte{1, 1, 0, 2, 7, 2, 7, 2, 7, 2, 48}, "squares: byte 9: is not one of so many numbers of that sum from min to max"},
	{"negative squares", []byte{1, 1, 0, 2, 7, 2, 7, 2, 7, 3, 49}, "squares: byte 9: is not one of so many numbers of that sum from min to max"},
	{"squares of no zero", []byte{1, 1, 0, 0, 0, 0, 2, 1}, "squares: byte 6: is not one of so many numbers of that sum from min to max"},
	{"other squares of two numbers", []byte{1, 2, 0, 2, 7, 2, 8, 2, 15, 2, 114}, "squares: byte 9: is not one of so many numbers of that sum from min to max"},
	{"squares too small", []byte{1, 4, 0, 0, 2, 4, 2, 8, 2, 23}, "squares: byte 8: is not one of so many numbers of that sum from min to max"},
	{"squares too great", []byte{1, 4, 0, 0, 2, 4, 2, 8, 2, 33}, "squares: byte 8: is not one of so many numbers of that sum from min to max"},
	{"squares too great for a rest", []byte{1, 4, 0, 0, 2, 4, 2, 9, 2, 34}, "squares: byte 8: is not one of so many numbers of that sum from min to max"},
	{"something behind it", []byte{1, 1, 0, 2, 7, 2, 7, 2, 7, 2, 49, 0}, "end: byte 11: has bytes behind it"},
	{"too long", make([]byte, MaxStateSize+1), "end: byte 6263: comes too late"},
}

func TestBadStates(t *testing.T) {
	for _, bad := range badStates {
		t.Run(bad.name, func(t *testing.T) {
			p := partialOf(t, "1", "2")
			err := p.UnmarshalBinary(bad.data)
			var e *StateError
			if !errors.As(err, &e) || e.Error() != bad.fault {
				t.Fatalf("error %v, want %s", err, bad.fault)
			}
			checkWhole(t, p, []string{"1", "2"})
		})
	}
}

// Next to those that are refused are these, which lists have.
func TestStatesAtTheLimits(t *testing.T) {
	for _, tokens := range [][]string{
		{"0", "4", "0", "4"}, {"0", "4", "2", "2"}, {"0", "4", "1", "4"}, {"7", "9", "7"}, {"7", "9", "9"},
		{"1e1000"}, {"9.9e1000"}, {"1e-1000"}, {"0", "1.5e-1000"}, {"1." + strings.Repeat("9", MaxDigits-1) + "e-1000"},
		{strings.Repeat("9", MaxDigits) + "e1", "-1"},
	} {
		reread(t, partialOf(t, tokens...))
	}
	limit := partialOf(t, strings.Repeat("9", MaxDigits)+"e1").finer(1)
	limit.min.Add(limit.min, one.decimal().coef) // a digit too many
	if limit.isNumber(limit.min) || !limit.isNumber(limit.max) {
		t.Error("the limit of digits is not where it should be")
	}
}

// Every beginning of a state is refused, and every state with another byte is
// refused or is that of another Partial.
func TestDamagedStates(t *testing.T) {
	for _, tokens := range [][]string{{}, {"0"}, {"7", "8", "54", "89"}, {"-0.5", "1e30"}, {"1e40", "-2e-7", "0.5"}} {
		data := state(t, partialOf(t, tokens...))
		for n := range data {
			var p Partial
			if err := p.UnmarshalBinary(data[:n]); err == nil {
				t.Errorf("%x accepted", data[:n])
			}
		}
		for i := range data {
			for flip := 1; flip < 256; flip++ {
				damaged := bytes.Clone(data)
				damaged[i] ^= byte(flip)
				checkState(t, damaged)
			}
		}
	}
}

// checkState checks that a state is refused with a place, or is what it says.
func checkState(t *testing.T, data []byte) {
	t.Helper()
	var p Partial
	if err := p.UnmarshalBinary(data); err != nil {
		var e *StateError
		if !errors.As(err, &e) || e.Field == "" || e.Reason == "" || e.Offset < 0 || e.Offset > len(data) {
			t.Fatalf("%x: error %v", data, err)
		}
		return
	}
	if again := state(t, p); !bytes.Equal(again, data) {
		t.Fatalf("state %x becomes %x", data, again)
	}
	s, err := p.Summary()
	if p.Count() == 0 && err == ErrEmpty {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Figure{"sum": s.Sum, "min": s.Min, "max": s.Max, "mean": s.Mean, "variance": s.Variance, "stddev": s.StdDev} {
		if p.Count() == 1 && f == "" {
			continue
		}
		if again, err := Canonical(string(f)); err != nil || again != f {
			t.Fatalf("%x: %s %s becomes %s, %v", data, name, f, again, err)
		}
	}
	if err := p.Merge(p); err == nil {
		reread(t, p)
	} else if err != ErrTooMany {
		t.Fatal(err)
	}
}

// sixth is the unit of the numbers in TestStatesOfRealNumbers.
const sixth = 6

// squaresOf returns, by the sum of count sixths from least to greatest, among
// them these, the least and the greatest sum of squares.
func squaresOf(count, least, greatest int) map[int][2]int {
	squares := make(map[int][2]int)
	var add func(n, sum, square int)
	add = func(n, sum, square int) {
		if n > 0 {
			for x := least; x <= greatest; x++ {
				add(n-1, sum+x, square+x*x)
			}
			return
		}
		found, ok := squares[sum]
		if !ok {
			found = [2]int{square, square}
		}
		squares[sum] = [2]int{min(found[0], square), max(found[1], square)}
	}
	switch {
	case count > 1:
		add(count-2, least+greatest, least*least+greatest*greatest)
	case least == greatest:
		add(0, least, least*least)
	}
	return squares
}

// TestStatesOfRealNumbers compares which sums and squares are taken with those
// of all lists of a few sixths, some of which have the least and the greatest
// squares there are for a sum.
func TestStatesOfRealNumbers(t *testing.T) {
	const least = -1
	for greatest := least; greatest < 3; greatest++ {
		for count := 1; count <= 5; count++ {
			squares := squaresOf(count, least*sixth, greatest*sixth)
			for sum := -6; sum <= 12; sum++ {
				for square := -2; square <= 25; square++ {
					found, ok := squares[sum*sixth]
					want := ok && found[0] <= square*sixth*sixth && square*sixth*sixth <= found[1]
					p := Partial{count, 0, big.NewInt(least), big.NewInt(int64(greatest)), big.NewInt(int64(sum)), big.NewInt(int64(square))}
					field, reason := p.fault()
					if taken := reason == ""; taken != want {
						t.Errorf("%d numbers from %d to %d of sum %d and squares %d: taken is %t (%s %s)", count, least, greatest, sum, square, taken, field, reason)
					}
				}
			}
		}
	}
}

// longestState is of the greatest and the least number of most digits, and of
// one that makes the unit the smallest.
func longestState(t testing.TB) Partial {
	long := "9." + strings.Repeat("9", MaxDigits-1)
	return merged(t,
		repeated(t, partialOf(t, long+"e1000"), MaxCount-2),
		partialOf(t, "-"+long+"e1000", long+"e-1000"))
}

func TestMaxStateSize(t *testing.T) {
	p := longestState(t)
	if size := len(state(t, reread(t, p))); size != MaxStateSize {
		t.Errorf("%d bytes, not %d", size, MaxStateSize)
	}
}

// TestStateSizes bounds the state of lists as they are.
func TestStateSizes(t *testing.T) {
	tests := []struct {
		name   string
		number func(*rand.Rand) string
		most   int
	}{
		{"integers", integer, 30}, {"money", money, 30}, {"17 digits", digits17, 60},
		{"int64", kinds[2].number, 60}, {"exponents to 30", kinds[8].number, 120}, {"exponents to 995", kinds[11].number, 5100},
	}
	for _, test := range tests {
		text := randomList(rand.New(rand.NewPCG(22, 0)), 10000, 0, test.number)
		l, _, err := ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		var p Partial
		if err := p.Add(l); err != nil {
			t.Fatal(err)
		}
		size := len(state(t, p))
		t.Logf("10,000 %s: %d bytes", test.name, size)
		if size > test.most {
			t.Errorf("%s: a state of %d bytes", test.name, size)
		}
	}
}

func FuzzPartialState(f *testing.F) {
	for _, bad := range badStates {
		f.Add(bad.data)
	}
	for _, tokens := range [][]string{
		{}, {"0"}, {"7", "8", "54", "89"}, {"-0.5", "0.25", "1"}, {"9223372036854775807", "-9223372036854775808"},
		{"1e1000", "-1e-1000"}, {"1e400", "1e400"}, {"0.1", "12345678901234567890123456789012345678"},
	} {
		f.Add(state(f, partialOf(f, tokens...)))
	}
	f.Fuzz(checkState)
}

// BenchmarkLongestState reads the longest state and computes its figures.
func BenchmarkLongestState(b *testing.B) {
	data := state(b, longestState(b))
	b.ReportAllocs()
	for b.Loop() {
		var p Partial
		if err := p.UnmarshalBinary(data); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Summary(); err != nil {
			b.Fatal(err)
		}
	}
}

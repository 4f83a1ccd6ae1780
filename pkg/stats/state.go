package stats

import (
	"encoding/binary"
	"fmt"
	"math/big"
)

// MaxStateSize is how many bytes the state of a [Partial] has at most.
const MaxStateSize = 6263

// stateVersion is the first byte of a state.
const stateVersion = 1

// The limits of a unit: the last digit of the longest number of the least
// exponent, and the only digit of a number of the greatest.
const (
	minUnit = -MaxExponent - MaxDigits + 1
	maxUnit = MaxExponent
)

// A StateError says that bytes are not the state of a [Partial].
type StateError struct {
	Field  string // that is wrong: one of those [Partial.AppendBinary] names, or "end"
	Offset int    // in bytes, of the field
	Reason string // what is wrong with it: "is cut off"
}

// Error returns the place and the reason: "sum: byte 9: is cut off".
func (e *StateError) Error() string {
	return fmt.Sprintf("%s: byte %d: %s", e.Field, e.Offset, e.Reason)
}

// AppendBinary appends the state of p, from which [Partial.UnmarshalBinary]
// makes the same Partial elsewhere. Partials of the same count, extremes, sum
// and sum of squares have the same state, whatever they were merged from. The
// state of a list of ordinary integers has a few dozen bytes, and any state at
// most [MaxStateSize]. The error is always nil.
//
// A state is a version, a count and, unless the count is 0, a unit, min, max,
// sum and squares. Nothing follows.
//
//   - The version is one byte, 1.
//   - The count is an unsigned varint, as encoding/binary writes it.
//   - The unit u is a signed varint. Min, max and sum are written in units of
//     10^u, squares in units of 10^2u, and u is the greatest that makes all
//     four integers, or 0 where all are zero.
//   - Each of these four is an unsigned varint, which is twice the number of
//     bytes that follow it, plus one for an integer below zero; and the bytes
//     of the magnitude, the highest first and not 0. Zero has none.
func (p Partial) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, stateVersion)
	dst = binary.AppendUvarint(dst, uint64(p.count))
	if p.count == 0 {
		return dst, nil
	}
	dst = binary.AppendVarint(dst, int64(p.unit))
	for _, x := range []*big.Int{p.min, p.max, p.sum, p.squares} {
		dst = appendInteger(dst, x)
	}
	return dst, nil
}

func appendInteger(dst []byte, x *big.Int) []byte {
	size := x.Bytes()
	head := uint64(2 * len(size))
	if x.Sign() < 0 {
		head++
	}
	return append(binary.AppendUvarint(dst, head), size...)
}

// MarshalBinary returns what AppendBinary appends.
func (p Partial) MarshalBinary() ([]byte, error) { return p.AppendBinary(nil) }

// UnmarshalBinary sets p to the Partial of a state. It takes only what
// AppendBinary writes: a state has one form, its least and greatest number are
// within the limits of a list, its count is at most [MaxCount], and its sum and
// squares are those of some real numbers, as many as the count says, of which
// these are the least and the greatest. Whether such decimals exist it does
// not find out. Any error wraps a [*StateError] and leaves p as it was. It
// looks at no more than [MaxStateSize] bytes, and so its work and memory are
// bounded, whatever a state claims.
func (p *Partial) UnmarshalBinary(data []byte) error {
	read, err := readState(data)
	if err != nil {
		return fmt.Errorf("read partial: %w", err)
	}
	*p = read
	return nil
}

func readState(data []byte) (Partial, error) {
	if len(data) > MaxStateSize {
		return Partial{}, &StateError{"end", MaxStateSize, "comes too late"}
	}
	r := stateReader{data: data, starts: make(map[string]int)}
	p := r.partial()
	if r.err != nil {
		return Partial{}, r.err
	}
	if field, reason := p.fault(); reason != "" {
		return Partial{}, &StateError{field, r.starts[field], reason}
	}
	return p, nil
}

// A stateReader reads a state field by field, up to the first that is wrong.
// What it returns after that means nothing.
type stateReader struct {
	data   []byte
	pos    int
	field  string         // being read
	starts map[string]int // of the fields read
	err    error          // a *StateError
}

func (r *stateReader) partial() (p Partial) {
	if version := r.begin("version").bytes(1); r.err == nil && version[0] != stateVersion {
		r.fail(fmt.Sprintf("is %d, not %d", version[0], stateVersion))
	}
	count := r.begin("count").uvarint()
	if count > MaxCount {
		r.fail(fmt.Sprintf("is more than %d", MaxCount))
	}
	if p.count = int(count); count > 0 {
		zigzag := r.begin("unit").uvarint()
		p.unit = int(zigzag>>1) ^ -int(zigzag&1)
		p.min = r.begin("min").integer()
		p.max = r.begin("max").integer()
		p.sum = r.begin("sum").integer()
		p.squares = r.begin("squares").integer()
	}
	if r.begin("end"); r.pos < len(r.data) {
		r.fail("has bytes behind it")
	}
	return p
}

// begin says which field is read next.
func (r *stateReader) begin(field string) *stateReader {
	if r.err == nil {
		r.field, r.starts[field] = field, r.pos
	}
	return r
}

// fail says what is wrong with the field.
func (r *stateReader) fail(reason string) {
	if r.err == nil {
		r.err = &StateError{r.field, r.starts[r.field], reason}
	}
}

// bytes reads n bytes.
func (r *stateReader) bytes(n uint64) []byte {
	if n > uint64(len(r.data)-r.pos) {
		r.fail("is cut off")
	}
	if r.err != nil {
		return nil
	}
	start := r.pos
	r.pos += int(n)
	return r.data[start:r.pos]
}

// uvarint reads an unsigned varint of no more bytes than it needs.
func (r *stateReader) uvarint() uint64 {
	u, n := binary.Uvarint(r.data[r.pos:])
	switch {
	case n == 0:
		r.fail("is cut off")
		return 0
	case n < 0:
		r.fail("has more than 64 bits")
		return 0
	}
	if size := r.bytes(uint64(n)); len(size) > 1 && size[n-1] == 0 {
		r.fail("has a needless byte")
	}
	return u
}

// integer reads a number of bytes, with a sign, and the bytes.
func (r *stateReader) integer() *big.Int {
	head := r.uvarint()
	size, neg := r.bytes(head>>1), head&1 == 1
	switch {
	case len(size) > 0 && size[0] == 0:
		r.fail("has a needless byte")
	case len(size) == 0 && neg:
		r.fail("is a negative zero")
	}
	x := new(big.Int).SetBytes(size)
	if neg {
		x.Neg(x)
	}
	return x
}

// fault names the first field by which p, as it was read, cannot be the Partial
// of any list, and says why.
func (p Partial) fault() (field, reason string) {
	switch {
	case p.count == 0:
		return "", ""
	case p.unit < minUnit || p.unit > maxUnit:
		return "unit", fmt.Sprintf("is not from %d to %d", minUnit, maxUnit)
	case !p.isNumber(p.min):
		return "min", "is beyond the limits of a number"
	case !p.isNumber(p.max):
		return "max", "is beyond the limits of a number"
	case p.max.Cmp(p.min) < 0:
		return "max", "is less than min"
	case p.count == 1 && p.max.Cmp(p.min) > 0:
		return "max", "is not the only number"
	case !p.inner().sumFits():
		return "sum", "is not one of so many numbers from min to max"
	case !p.inner().squaresFit():
		return "squares", "is not one of so many numbers of that sum from min to max"
	case p.normal().unit != p.unit:
		return "unit", "is not the greatest"
	}
	return "", ""
}

// isNumber reports whether x units are within the limits of a list.
func (p Partial) isNumber(x *big.Int) bool {
	digits, exp := decimal{x, p.unit}.digits()
	return digits == "" || len(digits) <= MaxDigits && -MaxExponent <= exp && exp <= MaxExponent
}

// inner numbers are those of a Partial save one of the least and one of the
// greatest. Their distances from the least are from 0 to width.
type inner struct {
	count, width *big.Int
	sum, squares *big.Int // of the distances
}

func (p Partial) inner() inner {
	base := new(big.Int).Mul(big.NewInt(int64(p.count)), p.min)
	in := inner{
		count: big.NewInt(int64(max(p.count-2, 0))),
		width: new(big.Int).Sub(p.max, p.min),
		sum:   new(big.Int).Sub(p.sum, base),
	}
	// Σ(x−min)² is Σx² − min×(Σx + Σ(x−min)).
	in.squares = new(big.Int).Add(p.sum, in.sum)
	in.squares.Sub(p.squares, in.squares.Mul(in.squares, p.min))
	in.sum.Sub(in.sum, in.width)
	in.squares.Sub(in.squares, base.Mul(in.width, in.width))
	return in
}

// sumFits reports whether some distances have this sum.
func (in inner) sumFits() bool {
	return in.sum.Sign() >= 0 && in.sum.Cmp(new(big.Int).Mul(in.count, in.width)) <= 0
}

// squaresFit reports whether some distances of this sum, which fits, have
// these squares. Those of equal distances are the least, and the greatest are
// those where all but one are 0 or width; all between exist too.
func (in inner) squaresFit() bool {
	least, most := new(big.Int).Mul(in.sum, in.sum), new(big.Int)
	if in.width.Sign() > 0 {
		full, rest := new(big.Int).QuoRem(in.sum, in.width, new(big.Int))
		most.Mul(in.width, in.width).Mul(most, full)
		most.Add(most, rest.Mul(rest, rest))
	}
	return in.squares.Sign() >= 0 && in.squares.Cmp(most) <= 0 &&
		least.Cmp(new(big.Int).Mul(in.count, in.squares)) <= 0
}

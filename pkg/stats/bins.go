package stats

import "math/bits"

// A scope is a range of integers.
type scope struct {
	low, high int64
	whole     bool // whether there are no integers beyond it
}

// Bins divide a scope, from its least integer in steps of 2^shift. Unless it is
// whole they may go on behind it.
type bins struct {
	scope
	shift  uint
	used   int
	crowds *crowds        // nil for none
	next   [allBins]int32 // the count of a bin, and later where its next integer goes
	kept   [allBins]uint8 // 1 for a bin whose integers are kept
}

// Behind the bins stand some for what is beyond them: one alone would be counted in
// again and again, each time waiting for the last.
const (
	maxBins = 1 << maxBinBits
	aside   = 64
	allBins = 2 * maxBins // of which maxBins+aside are used
)

// divide makes the bins for n integers in a scope. They are empty.
func (b *bins) divide(in scope, n int) {
	size := maxBinBits
	if in.whole {
		size = min(max(bits.Len(uint(n)), minBinBits), maxBinBits)
	}
	span := uint64(in.high) - uint64(in.low)
	b.scope, b.shift = in, uint(max(bits.Len64(span)-size, 0))
	b.used = maxBins
	if in.whole {
		b.used = int(span>>b.shift) + 1
	}
}

// binWithin returns the bin of v, which is in one, where the first begins at low.
func binWithin(v, low uint64, shift uint) uint64 {
	return (v - low) >> (shift % 64) % maxBins
}

// sign turns the order of signed integers into that of unsigned ones. Loops hold it in
// a variable of their own and thereby in a register: the instruction that turns the bit
// by a constant takes longer (BTC).
var sign uint64 = 1 << 63

// binOf returns the bin of v, and 1 where v is below them all, which is less than
// low. Both have their sign turned. No branch could be foretold wrongly.
func binOf(v, low uint64, shift uint) (bin, below uint64) {
	v, below = bits.Sub64(v, low, 0)
	v >>= shift % 64
	_, within := bits.Sub64(v, maxBins, 0)
	mask := -within // all bits, or none
	return (v&(mask|(aside-1)) | maxBins&^mask) % allBins, below
}

// count counts the integers in each bin, and returns how many are below them all.
func (b *bins) count(ints []int64) (below int) {
	if b.whole {
		for _, v := range ints {
			b.next[binWithin(uint64(v), uint64(b.low), b.shift)]++
		}
		return 0
	}
	sign := sign
	less, low, shift := uint64(0), uint64(b.low)^sign, b.shift
	for _, v := range ints {
		bin, below := binOf(uint64(v)^sign, low, shift)
		less, _ = bits.Add64(less, 0, below)
		b.next[bin]++
	}
	return int(less)
}

// assign splits s by the bins that its ranks fall in, and gives each of these
// its room in a slice of length kept. Base is the rank of the first integer in the
// bins. Where the integers of a bin are all equal it fills s instead.
func (b *bins) assign(s selection, base int, parts []selection) (_ []selection, kept int) {
	b.kept = [allBins]uint8{}
	for i := range b.used {
		size := int(b.next[i])
		n := 0
		for n < len(s.ranks) && s.ranks[n] < base+size {
			n++
		}
		if n > 0 {
			part := selection{s.ranks[:n], s.found[:n], s.ties[:n], base, size, s.passes + 1}
			s.ranks, s.found, s.ties = s.ranks[n:], s.found[n:], s.ties[n:]
			if b.shift == 0 {
				part.all(b.low + int64(i))
			} else if b.crowds != nil && b.crowds.other[i] != 0 {
				part.all(b.crowds.value[i])
			} else {
				parts = append(parts, part)
				b.next[i], b.kept[i] = int32(kept), 1
				kept += size
			}
		}
		base += size
	}
	return parts, kept
}

// gather copies the integers of the bins that are kept to dst, for as long as there
// is room, without a branch that could be foretold wrongly. It may be the beginning
// of ints.
func (b *bins) gather(dst, ints []int64) {
	if len(dst) == 0 {
		return
	}
	n := 0
	if b.whole {
		low, shift := uint64(b.low), b.shift
		for _, v := range ints {
			dst[n] = v
			n += int(b.kept[binWithin(uint64(v), low, shift)])
			if n == len(dst) {
				return
			}
		}
		return
	}
	sign := sign
	low, shift := uint64(b.low)^sign, b.shift
	for _, v := range ints {
		dst[n] = v
		bin, _ := binOf(uint64(v)^sign, low, shift)
		n += int(b.kept[bin])
		if n == len(dst) {
			return
		}
	}
}

// deal copies the integers that were gathered to their bins' places in dst.
func (b *bins) deal(dst, ints []int64) {
	for _, v := range ints {
		k := binWithin(uint64(v), uint64(b.low), b.shift)
		dst[b.next[k]] = v
		b.next[k]++
	}
}

package stats

import (
	"math/bits"
	"slices"
)

// Selection finds the integers at given ranks without sorting the others. A
// pass deals them into equal bins over their range, and those in the bins that
// hold a rank go through the next pass. No order and no distribution makes
// that slow: a pass narrows the range by at least minBinBits, so that there
// are no more than maxPasses, and hardly anything is left for the second
// unless the integers crowd together.
const (
	minBinBits = 8
	maxBinBits = 11
	maxPasses  = 64 / minBinBits
	maxSorted  = 128 // so few integers are faster to sort
)

// selectRanks returns the integers that sorting ints, which it does not do,
// would put at the given indexes, and how many equal ones stand before each. The
// integers are from low to high. Ranks ascend. The results hold until the next
// call.
func (w *work) selectRanks(ints []int64, ranks []int, low, high int64) (found []int64, ties []int) {
	w.found = slices.Grow(w.found[:0], len(ranks))[:len(ranks)]
	w.ties = slices.Grow(w.ties[:0], len(ranks))[:len(ranks)]
	s := selection{ranks: ranks, found: w.found, ties: w.ties}
	if len(ints) <= maxSorted {
		s.sort(append(w.room(len(ints))[:0], ints...))
	} else {
		s.narrow(ints, nil, low, high, w)
	}
	return w.found, w.ties
}

// A selection asks for the integers of some ranks in one bin.
type selection struct {
	ranks  []int   // ascending
	found  []int64 // to fill, parallel to ranks
	ties   []int   // to fill, parallel to ranks
	base   int     // rank of the bin's least integer
	size   int     // of the bin
	passes int     // that it took
}

// sort fills found and ties from ints, which it sorts.
func (s selection) sort(ints []int64) {
	slices.Sort(ints)
	for i, rank := range s.ranks {
		v := ints[rank-s.base]
		first := rank - s.base
		for first > 0 && ints[first-1] == v {
			first--
		}
		s.found[i], s.ties[i] = v, rank-s.base-first
	}
}

// all fills found and ties where all integers are v.
func (s selection) all(v int64) {
	for i, rank := range s.ranks {
		s.found[i], s.ties[i] = v, rank-s.base
	}
}

// narrow fills found and ties from ints, which are from low to high, by one more
// pass, and returns how many passes it took in all. Where spare is not nil it is as
// long as ints, and both may be overwritten; otherwise w has the room.
func (s selection) narrow(ints, spare []int64, low, high int64, w *work) int {
	if low == high {
		s.all(low)
		return s.passes
	}
	b := newBins(len(ints), low, high)
	b.count(ints)
	var buf [8]selection
	parts, kept := b.assign(s, buf[:0])
	passes := s.passes + 1
	if b.shift == 0 { // the integers of a bin are equal
		return passes
	}
	other := ints
	if spare == nil {
		spare = w.room(2 * kept)
		spare, other = spare[:kept], spare[kept:]
	}
	b.gather(spare, ints)
	for _, part := range parts {
		bin := spare[:part.size]
		if part.size <= maxSorted {
			part.sort(bin)
		} else {
			low, high := bounds(bin)
			passes = max(passes, part.narrow(bin, other[:part.size], low, high, nil))
		}
		spare, other = spare[part.size:], other[part.size:]
	}
	return passes
}

// bounds returns the least and the greatest of ints.
func bounds(ints []int64) (low, high int64) {
	low, high = ints[0], ints[0]
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// Bins divide a range of integers, from low in steps of 2^shift.
type bins struct {
	low   int64
	shift uint
	used  int
	next  [1 << maxBinBits]int // the count of a bin, and later where its next integer goes
}

// newBins returns empty bins for n integers from low to high.
func newBins(n int, low, high int64) bins {
	size := min(max(bits.Len(uint(n)), minBinBits), maxBinBits)
	span := uint64(high) - uint64(low)
	shift := uint(max(bits.Len64(span)-size, 0))
	return bins{low: low, shift: shift, used: int(span>>shift) + 1}
}

// binOf returns the bin of v.
func binOf(v, low int64, shift uint) uint64 {
	return (uint64(v) - uint64(low)) >> (shift % 64) % (1 << maxBinBits)
}

func (b *bins) count(ints []int64) {
	low, shift := b.low, b.shift
	for _, v := range ints {
		b.next[binOf(v, low, shift)]++
	}
}

// assign splits s by the bins that its ranks fall in, and gives each of these
// its room in a slice of length kept. Where the integers of a bin are all equal it
// fills s instead.
func (b *bins) assign(s selection, parts []selection) (_ []selection, kept int) {
	base := s.base
	for i := range b.used {
		size := b.next[i]
		b.next[i] = -1
		n := 0
		for n < len(s.ranks) && s.ranks[n] < base+size {
			n++
		}
		if n > 0 {
			part := selection{s.ranks[:n], s.found[:n], s.ties[:n], base, size, s.passes + 1}
			s.ranks, s.found, s.ties = s.ranks[n:], s.found[n:], s.ties[n:]
			if b.shift == 0 {
				part.all(b.low + int64(i))
			} else {
				parts = append(parts, part)
				b.next[i] = kept
				kept += size
			}
		}
		base += size
	}
	return parts, kept
}

// gather copies the integers of the assigned bins to dst.
func (b *bins) gather(dst, ints []int64) {
	low, shift := b.low, b.shift
	for _, v := range ints {
		k := binOf(v, low, shift)
		if i := b.next[k]; i >= 0 {
			dst[i] = v
			b.next[k] = i + 1
		}
	}
}

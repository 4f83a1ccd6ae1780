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
// would put at the given indexes, and how many equal ones stand before each.
// Ranks ascend.
func selectRanks(ints []int64, ranks []int) (found []int64, ties []int) {
	found, ties = make([]int64, len(ranks)), make([]int, len(ranks))
	s := selection{ranks: ranks, found: found, ties: ties}
	if len(ints) <= maxSorted {
		var buf [maxSorted]int64
		s.sort(append(buf[:0], ints...))
	} else {
		s.narrow(ints, nil)
	}
	return found, ties
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
		first, _ := slices.BinarySearch(ints, v)
		s.found[i], s.ties[i] = v, rank-s.base-first
	}
}

// narrow fills found and ties from ints by one more pass. Where spare is not nil, it is
// as long as ints, and both may be overwritten. It returns how many passes it
// took in all.
func (s selection) narrow(ints, spare []int64) int {
	low, high := bounds(ints)
	if low == high {
		for i, rank := range s.ranks {
			s.found[i], s.ties[i] = low, rank-s.base
		}
		return s.passes
	}
	b := newBins(len(ints), low, high)
	b.count(ints)
	parts, kept := b.assign(s)
	own := spare != nil
	if !own {
		spare = make([]int64, kept)
	}
	b.gather(spare, ints)
	passes := s.passes + 1
	for _, part := range parts {
		bin := spare[:part.size]
		spare = spare[part.size:]
		switch {
		case part.size <= maxSorted:
			part.sort(bin)
		case own:
			passes = max(passes, part.narrow(bin, ints[:part.size]))
			ints = ints[part.size:]
		default:
			passes = max(passes, part.narrow(bin, make([]int64, part.size)))
		}
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
// its room in a slice of length kept.
func (b *bins) assign(s selection) (parts []selection, kept int) {
	base := s.base
	for i := range b.used {
		size := b.next[i]
		b.next[i] = -1
		n := 0
		for n < len(s.ranks) && s.ranks[n] < base+size {
			n++
		}
		if n > 0 {
			parts = append(parts, selection{s.ranks[:n], s.found[:n], s.ties[:n], base, size, s.passes + 1})
			s.ranks, s.found, s.ties = s.ranks[n:], s.found[n:], s.ties[n:]
			b.next[i] = kept
			kept += size
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

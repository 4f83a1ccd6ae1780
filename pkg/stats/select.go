package stats

import (
	"math"
	"math/bits"
	"slices"
)

// Selection finds the integers at given ranks without sorting the others. A
// pass deals them into equal bins over a range, and those in the bins that hold a
// rank go through the next pass. The first pass over many integers takes for its
// range that in which a few of them say the ranks are, so that outliers and
// crowds elsewhere do not matter; every further one takes the range that there
// is. No order and no distribution makes that slow: but for the first, a pass
// narrows the range by at least minBinBits, so that there are no more than
// maxPasses, and hardly anything is left for the second unless the integers
// crowd together.
const (
	minBinBits = 8
	maxBinBits = 11
	maxPasses  = 1 + 64/minBinBits
	maxSorted  = 128  // so few integers are faster to sort
	minSampled = 4096 // of so many integers a sample is taken
)

// selectRanks returns the integers that sorting ints, which it does not do,
// would put at the given indexes, and how many equal ones stand before each. The
// integers are from low to high. Ranks ascend. The results hold until the next
// call.
func (w *work) selectRanks(ints []int64, ranks []int, low, high int64) (found []int64, ties []int) {
	w.found = slices.Grow(w.found[:0], len(ranks))[:len(ranks)]
	w.ties = slices.Grow(w.ties[:0], len(ranks))[:len(ranks)]
	s := selection{ranks: ranks, found: w.found, ties: w.ties}
	switch {
	case len(ranks) == 0:
	case len(ints) <= maxSorted:
		s.sort(append(w.room(len(ints))[:0], ints...))
	default:
		s.narrow(ints, nil, s.likely(ints, low, high), w)
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

// likely returns the range that the ranks are in, very probably, where the
// integers are from low to high. It is wider by one at an end that leaves integers
// out, so that these can go with that end.
func (s selection) likely(ints []int64, low, high int64) scope {
	n := len(ints)
	if n < minSampled {
		return scope{low, high, true, true}
	}
	var buf [2048]int64
	sample := buf[:1<<min(bits.Len(uint(n))/2, 11)]
	step, random := n/len(sample), uint64(1)
	for i := range sample {
		random = random*6364136223846793005 + 1442695040888963407 // D. Knuth, MMIX
		sample[i] = ints[i*step+int(random>>33)%step]
	}
	slices.Sort(sample)
	// Three standard deviations of the place that a rank has in a sample.
	margin := 2 + 3*int(math.Sqrt(float64(len(sample))))/2
	share := float64(len(sample)) / float64(n)
	in := scope{low, high, true, true}
	if i := int(float64(s.ranks[0])*share) - margin; i >= 0 && sample[i] > low+1 {
		in.low, in.lowest = sample[i]-1, false
	}
	if i := int(float64(s.ranks[len(s.ranks)-1])*share) + margin; i < len(sample) && sample[i] < high-1 {
		in.high, in.highest = sample[i]+1, false
	}
	return in
}

// A scope is a range of integers.
type scope struct {
	low, high       int64
	lowest, highest bool // whether there are none below, and none above
}

// narrow fills found and ties from ints by one more pass, and returns how many
// passes it took in all. Where spare is not nil it is as long as ints, and both
// may be overwritten; otherwise w has the room.
func (s selection) narrow(ints, spare []int64, in scope, w *work) int {
	if in.lowest && in.highest && in.low == in.high {
		s.all(in.low)
		return s.passes
	}
	b := newBins(len(ints), in)
	b.count(ints)
	var buf [8]selection
	parts, kept := b.assign(s, buf[:0])
	passes := s.passes + 1
	if len(parts) == 0 {
		return passes
	}
	dealt := ints
	if spare == nil {
		room := w.room(2*kept + 1)
		spare, dealt = room[:kept+1], room[kept+1:]
	}
	b.gather(spare, ints)
	b.deal(dealt, spare[:kept])
	for _, part := range parts {
		bin := dealt[:part.size]
		if part.size <= maxSorted {
			part.sort(bin)
		} else {
			low, high := bounds(bin)
			passes = max(passes, part.narrow(bin, spare[:part.size], scope{low, high, true, true}, nil))
		}
		dealt, spare = dealt[part.size:], spare[part.size:]
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

// Bins divide a range of integers, from low in steps of 2^shift. The first and
// the last bin take what is beyond the range.
type bins struct {
	scope
	shift uint
	used  int
	next  [1 << maxBinBits]int   // the count of a bin, and later where its next integer goes
	kept  [1 << maxBinBits]uint8 // 1 for a bin whose integers are kept
}

// newBins returns empty bins for n integers.
func newBins(n int, in scope) bins {
	size := min(max(bits.Len(uint(n)), minBinBits), maxBinBits)
	span := uint64(in.high) - uint64(in.low)
	shift := uint(max(bits.Len64(span)-size, 0))
	return bins{scope: in, shift: shift, used: int(span>>shift) + 1}
}

// binOf returns the bin of v.
func binOf(v, low, high int64, shift uint) uint64 {
	v = min(max(v, low), high)
	return (uint64(v) - uint64(low)) >> (shift % 64) % (1 << maxBinBits)
}

// count counts in turn in two tables: where one bin takes most integers, its count
// is not waited for each time.
func (b *bins) count(ints []int64) {
	low, high, shift := b.low, b.high, b.shift
	if len(ints) < minSampled {
		for _, v := range ints {
			b.next[binOf(v, low, high, shift)]++
		}
		return
	}
	var other [1 << maxBinBits]int
	for ; len(ints) >= 2; ints = ints[2:] {
		b.next[binOf(ints[0], low, high, shift)]++
		other[binOf(ints[1], low, high, shift)]++
	}
	for _, v := range ints {
		b.next[binOf(v, low, high, shift)]++
	}
	for i, n := range other[:b.used] {
		b.next[i] += n
	}
}

// assign splits s by the bins that its ranks fall in, and gives each of these
// its room in a slice of length kept. Where the integers of a bin are all equal it
// fills s instead.
func (b *bins) assign(s selection, parts []selection) (_ []selection, kept int) {
	base := s.base
	for i := range b.used {
		size := b.next[i]
		n := 0
		for n < len(s.ranks) && s.ranks[n] < base+size {
			n++
		}
		if n > 0 {
			part := selection{s.ranks[:n], s.found[:n], s.ties[:n], base, size, s.passes + 1}
			s.ranks, s.found, s.ties = s.ranks[n:], s.found[n:], s.ties[n:]
			if b.shift == 0 && (b.lowest || i > 0) && (b.highest || i < b.used-1) {
				part.all(b.low + int64(i))
			} else {
				parts = append(parts, part)
				b.next[i], b.kept[i] = kept, 1
				kept += size
			}
		}
		base += size
	}
	return parts, kept
}

// gather copies the integers of the bins that are kept to dst, without a branch
// that could be foretold wrongly.
func (b *bins) gather(dst, ints []int64) {
	low, high, shift := b.low, b.high, b.shift
	n := 0
	for _, v := range ints {
		dst[n] = v
		n += int(b.kept[binOf(v, low, high, shift)])
		if n == len(dst) {
			return
		}
	}
}

// deal copies the integers that were gathered to their bins' places in dst.
func (b *bins) deal(dst, ints []int64) {
	for _, v := range ints {
		k := binOf(v, b.low, b.high, b.shift)
		dst[b.next[k]] = v
		b.next[k]++
	}
}

package stats

import (
	"math"
	"math/bits"
	"slices"
)

// Selection finds the integers at given ranks without sorting the others. A
// pass deals them into equal bins over a range, and those in the bins that hold a
// rank go through the next pass. The first pass over many integers takes for its
// range that in which a sample says the ranks are, so that outliers and crowds
// elsewhere do not matter; every further one takes the range that there is. No
// order and no distribution makes that slow: where a sample is wrong the first pass
// is made again, and every other narrows the range by about minBinBits, so that
// there are no more than maxPasses, and hardly anything is left for the second
// unless the integers crowd together.
const (
	minBinBits = 8
	maxBinBits = 11
	maxPasses  = 2 + 64/minBinBits
	maxSorted  = 128           // so few integers are faster to sort
	minSampled = 1 << 16       // of so many integers a sample is taken
	maxDealt   = math.MaxInt32 // so many fit the counts of the bins
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
	case len(ints) <= maxSorted || len(ints) > maxDealt:
		s.sort(append(w.room(len(ints))[:0], ints...))
	default:
		s.narrow(ints, nil, s.likely(ints, low, high), w)
	}
	return w.found, w.ties
}

// maxNetwork is how few integers a network sorts.
const maxNetwork = 16

// An exchange brings the lesser of the integers at two places to the first.
type exchange struct{ first, second uint8 }

// networks[n] sorts n integers. They are K. E. Batcher's merge exchange (D. E. Knuth, "The Art of
// Computer Programming", volume 3, section 5.2.2, algorithm M).
var networks = func() (networks [maxNetwork + 1][]exchange) {
	for n := range networks {
		networks[n] = mergeExchange(n)
	}
	return networks
}()

func mergeExchange(n int) (pairs []exchange) {
	const top = maxNetwork / 2
	for p := top; p > 0; p /= 2 {
		q, r, d := top, 0, p
		for {
			for i := range max(n-d, 0) {
				if i&p == r {
					pairs = append(pairs, exchange{uint8(i), uint8(i + d)})
				}
			}
			if q == p {
				break
			}
			q, r, d = q/2, p, q-p
		}
	}
	return pairs
}

// sort sorts ints, and few of them without a branch that could be foretold wrongly.
func sort(ints []int64) {
	if len(ints) > maxNetwork {
		slices.Sort(ints)
		return
	}
	var sorted [maxNetwork]int64
	copy(sorted[:], ints)
	for _, pair := range networks[len(ints)] {
		a, b := &sorted[pair.first%maxNetwork], &sorted[pair.second%maxNetwork]
		*a, *b = min(*a, *b), max(*a, *b)
	}
	copy(ints, sorted[:])
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

// likely returns the scope that the ranks are in, very probably, where the
// integers are from low to high.
func (s selection) likely(ints []int64, low, high int64) scope {
	n := len(ints)
	if n < minSampled {
		return scope{low, high, true, false}
	}
	var buf [2048]int64
	sample := buf[:1<<min(bits.Len(uint(n))/2, 11)]
	step, random := n/len(sample), uint64(1)
	for i := range sample {
		random = random*6364136223846793005 + 1442695040888963407 // D. Knuth, MMIX
		sample[i] = ints[i*step+int(random>>33)%step]
	}
	slices.Sort(sample)
	in := scope{low, high, false, false}
	// Three standard deviations of the place that a rank has in a sample.
	margin := 2 + 3*int(math.Sqrt(float64(len(sample))))/2
	share := float64(len(sample)) / float64(n)
	if i := int(float64(s.ranks[0])*share) - margin; i >= 0 {
		in.low = sample[i]
	}
	if i := int(float64(s.ranks[len(s.ranks)-1])*share) + margin; i < len(sample) {
		in.high = sample[i]
	}
	in.crowded = len(slices.Compact(sample)) <= len(sample)/2
	return in
}

// A scope is a range of integers.
type scope struct {
	low, high int64
	whole     bool // whether there are no integers beyond it
	crowded   bool // whether many integers are equal
}

// narrow fills found and ties from ints by one more pass, and returns how many
// passes it took in all. Where spare is not nil it is as long as ints, and both
// may be overwritten; otherwise w has the room. If the ranks are not in the scope,
// it is widened to all there is.
func (s selection) narrow(ints, spare []int64, in scope, w *work) int {
	var b bins
	b.divide(in, len(ints))
	below, within := b.count(ints)
	if s.ranks[0] < s.base+below || s.ranks[len(s.ranks)-1] >= s.base+below+within {
		low, high := bounds(ints)
		s.passes++
		return s.narrow(ints, spare, scope{low, high, true, in.crowded}, w)
	}
	var buf [8]selection
	parts, kept := b.assign(s, s.base+below, buf[:0])
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
		} else if low, high := bounds(bin); low == high {
			part.all(low)
		} else {
			passes = max(passes, part.narrow(bin, spare[:part.size], scope{low, high, true, false}, nil))
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

// Bins divide a scope, from its least integer in steps of 2^shift.
type bins struct {
	scope
	shift uint
	used  int
	next  [allBins]int32 // the count of a bin, and later where its next integer goes
	kept  [allBins]uint8 // 1 for a bin whose integers are kept
}

// Behind the bins stand some for what is beyond the scope: one alone would be
// counted in again and again, each time waiting for the last.
const (
	maxBins = 1 << maxBinBits
	aside   = 64
	allBins = 2 * maxBins // of which maxBins+aside are used
)

// divide makes the bins for n integers in a scope. They are empty.
func (b *bins) divide(in scope, n int) {
	size := min(max(bits.Len(uint(n)), minBinBits), maxBinBits)
	span := uint64(in.high) - uint64(in.low)
	b.scope, b.shift = in, uint(max(bits.Len64(span)-size, 0))
	b.used = int(span>>b.shift) + 1
}

// binWithin returns the bin of v, which is within the scope that begins at low.
func binWithin(v, low uint64, shift uint) uint64 {
	return (v - low) >> (shift % 64) % maxBins
}

// binOf returns the bin of v, without a branch that could be foretold wrongly.
func binOf(v, low, span uint64, shift uint) uint64 {
	v -= low
	_, beyond := bits.Sub64(span, v, 0)
	within := beyond - 1 // all bits, or none
	return (v>>(shift%64)&(within|(aside-1)) | maxBins&^within) % allBins
}

// count counts the integers below the scope, within it, and in each bin.
func (b *bins) count(ints []int64) (below, within int) {
	if b.whole {
		for _, v := range ints {
			b.next[binWithin(uint64(v), uint64(b.low), b.shift)]++
		}
		return 0, len(ints)
	}
	below = b.countOf(ints)
	for _, n := range b.next[:b.used] {
		within += int(n)
	}
	return below, within
}

// countOf counts the integers below the scope and those in each bin. Where many
// are equal it counts in two tables by turns: in one, a count would wait each time
// for the one before.
func (b *bins) countOf(ints []int64) int {
	low, span, shift := uint64(b.low), uint64(b.high)-uint64(b.low), b.shift
	const sign = 1 << 63 // with it turned, signed integers compare as unsigned ones do
	var other [allBins]int32
	odd := &other
	if !b.crowded {
		odd = &b.next
	}
	var below uint64
	for ; len(ints) >= 2; ints = ints[2:] {
		v, w := uint64(ints[0]), uint64(ints[1])
		_, first := bits.Sub64(v^sign, low^sign, 0)
		_, second := bits.Sub64(w^sign, low^sign, 0)
		below += first + second
		b.next[binOf(v, low, span, shift)]++
		odd[binOf(w, low, span, shift)]++
	}
	for _, v := range ints {
		if v < b.low {
			below++
		}
		b.next[binOf(uint64(v), low, span, shift)]++
	}
	for i, n := range other[:b.used] {
		b.next[i] += n
	}
	return int(below)
}

// assign splits s by the bins that its ranks fall in, and gives each of these
// its room in a slice of length kept. Base is the rank of the first integer in the
// bins. Where the integers of a bin are all equal it fills s instead.
func (b *bins) assign(s selection, base int, parts []selection) (_ []selection, kept int) {
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

// gather copies the integers of the bins that are kept to dst, without a branch
// that could be foretold wrongly.
func (b *bins) gather(dst, ints []int64) {
	low, span, shift := uint64(b.low), uint64(b.high)-uint64(b.low), b.shift
	n := 0
	if b.whole {
		for _, v := range ints {
			dst[n] = v
			n += int(b.kept[binWithin(uint64(v), low, shift)])
			if n == len(dst) {
				return
			}
		}
		return
	}
	for _, v := range ints {
		dst[n] = v
		n += int(b.kept[binOf(uint64(v), low, span, shift)])
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

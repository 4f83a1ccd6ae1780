package stats

import (
	"math"
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
	s := w.selection(ranks)
	switch {
	case len(ranks) == 0:
	case len(ints) <= maxSorted || len(ints) > maxDealt:
		s.sort(append(w.room(len(ints))[:0], ints...))
	case len(ints) < minSampled:
		s.narrow(ints, nil, scope{low, high, true}, w)
	default:
		s.narrow(ints, nil, s.likely(w.draw(ints), len(ints), low, high), w)
	}
	return s.found, s.ties
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

// sorted returns few integers in order, in memory of the work. It sorts the fewest
// without a branch that could be foretold wrongly.
func (w *work) sorted(ints []int64) []int64 {
	few := w.few[:copy(w.few[:], ints)]
	if len(few) > maxNetwork {
		slices.Sort(few)
		return few
	}
	for _, pair := range networks[len(few)] {
		a, b := &w.few[pair.first], &w.few[pair.second]
		*a, *b = min(*a, *b), max(*a, *b)
	}
	return few
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

// selection returns that of all integers, which fills memory of the work.
func (w *work) selection(ranks []int) selection {
	w.found = slices.Grow(w.found[:0], len(ranks))[:len(ranks)]
	w.ties = slices.Grow(w.ties[:0], len(ranks))[:len(ranks)]
	return selection{ranks: ranks, found: w.found, ties: w.ties}
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

// narrow fills found and ties from ints by one more pass, and returns how many
// passes it took in all. Where spare is not nil it is as long as ints, and both
// may be overwritten; otherwise w has the room. If the ranks are not in the scope,
// it is widened to all there is.
func (s selection) narrow(ints, spare []int64, in scope, w *work) int {
	var b bins
	b.divide(in, len(ints))
	below := b.count(ints)
	if !s.isIn(&b, below) {
		low, high := bounds(ints)
		s.passes++
		return s.narrow(ints, spare, scope{low, high, true}, w)
	}
	var buf [8]selection
	parts, kept := b.assign(s, s.base+below, buf[:0])
	dealt := ints
	if spare == nil && len(parts) > 0 {
		room := w.room(2*kept + 1)
		spare, dealt = room[:kept+1], room[kept+1:]
	}
	b.gather(spare, ints)
	return s.split(parts, &b, spare, dealt, kept)
}

// isIn reports whether the ranks are those of integers in the bins, where so many
// are below them.
func (s selection) isIn(b *bins, below int) bool {
	within := 0
	for _, n := range b.next[:b.used] {
		within += int(n)
	}
	return s.ranks[0] >= s.base+below && s.ranks[len(s.ranks)-1] < s.base+below+within
}

// split fills found and ties from the parts, whose integers are gathered in spare.
func (s selection) split(parts []selection, b *bins, spare, dealt []int64, kept int) int {
	passes := s.passes + 1
	if len(parts) == 0 {
		return passes
	}
	b.deal(dealt, spare[:kept])
	for _, part := range parts {
		bin := dealt[:part.size]
		if part.size <= maxSorted {
			part.sort(bin)
		} else if low, high := bounds(bin); low == high {
			part.all(low)
		} else {
			passes = max(passes, part.narrow(bin, spare[:part.size], scope{low, high, true}, nil))
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

package stats

import (
	"math"
	"math/bits"
	"slices"
)

// maxSample is the size of a sample of very many integers.
const maxSample = 1 << 13

// draw returns a sample of many integers, sorted, which holds until the next call.
func (w *work) draw(ints []int64) []int64 {
	size := min(2<<(bits.Len(uint(len(ints)))/2), maxSample)
	w.drawn = slices.Grow(w.drawn[:0], size)[:size]
	step, random := len(ints)/size, uint64(1)
	for i := range w.drawn {
		random = random*6364136223846793005 + 1442695040888963407 // D. Knuth, MMIX
		w.drawn[i] = ints[i*step+int(random>>33)%step]
	}
	slices.Sort(w.drawn)
	return w.drawn
}

// near returns the places in a sample of n integers between which that of a rank
// lies, very probably: three standard deviations apart from where it should be.
// They may be beyond the sample.
func near(sample []int64, rank, n int) (from, to int) {
	margin := 2 + 3*int(math.Sqrt(float64(len(sample))))/2
	at := int(float64(rank) * float64(len(sample)) / float64(n))
	return at - margin, at + margin
}

// likely returns the scope that the ranks of n integers are in, very probably,
// where all are from low to high.
func (s selection) likely(sample []int64, n int, low, high int64) scope {
	in := scope{low, high, false}
	if from, _ := near(sample, s.ranks[0], n); from >= 0 {
		in.low = sample[from]
	}
	if _, to := near(sample, s.ranks[len(s.ranks)-1], n); to < len(sample) {
		in.high = sample[to]
	}
	return in
}

// sweepBlock is how many integers a sweep looks at twice, while they are near.
const sweepBlock = 2048

// sweep is totals and selectRanks in one pass over the many ints of a list: a sample
// says which bins are likely to hold the ranks, so that their integers are gathered
// while all are counted, or, where all in a bin seem to be equal, are compared. It
// reports false, and what it has done is of no use, where a rank is near an end, too
// many integers are likely, or those are not equal.
func (w *work) sweep(l *List, ranks []int) (found []int64, ok bool) {
	ints, s := l.ints, w.selection(ranks)
	var b bins
	share, ok := b.expect(w.draw(ints), ranks, len(ints))
	if !ok {
		return nil, false
	}
	half := int(share*float64(len(ints))) + 2*sweepBlock
	room := w.room(2 * half)
	w.totals = totals{low: ints[0], high: ints[0]}
	below, n, all := 0, 0, true
	for block := range slices.Chunk(ints, sweepBlock) {
		w.totals.add(block, l.short())
		if n+len(block) > half { // the sample was wrong
			n, all = 0, false
		}
		less, more := b.countAndGather(room[n:half], block)
		below, n = below+less, n+more
		if b.crowds != nil && !b.crowds.have(block, uint64(b.low)^sign, b.shift) {
			return nil, false
		}
	}
	if !s.isIn(&b, below) {
		s.narrow(ints, nil, scope{w.totals.low, w.totals.high, true}, w)
		return s.found, true
	}
	likely := b.kept
	var parts [8]selection
	split, kept := b.assign(s, below, parts[:0])
	source := room[:n]
	for i, yes := range b.kept[:b.used] {
		all = all && yes <= likely[i]
	}
	if !all {
		room, half, source = w.room(2*kept+1), kept+1, ints
	}
	b.gather(room[:kept+1], source)
	s.split(split, &b, room[:kept+1], room[half:], kept)
	return s.found, true
}

const (
	mostLikely = 0.4 // how much of a list a sweep gathers at most
	leastCrowd = 16  // so many equal integers of a sample, alone in a bin, are a crowd
)

// expect makes the bins for n integers, of which there is a sample, and keeps those
// that are likely to hold the ranks, or has them as crowds. It returns which share of
// the integers are kept at most, very probably, or false where a sweep does not pay.
func (b *bins) expect(sample []int64, ranks []int, n int) (share float64, ok bool) {
	first, _ := near(sample, ranks[0], n)
	_, last := near(sample, ranks[len(ranks)-1], n)
	if first < 0 || last >= len(sample) {
		return 0, false
	}
	b.divide(scope{sample[first], sample[last], false}, n)
	if b.shift == 0 { // a bin is of equal integers, and none is gathered
		return 0, true
	}
	bin := func(v int64) uint64 { return binWithin(uint64(v), uint64(b.low), b.shift) }
	for _, rank := range ranks {
		from, to := near(sample, rank, n)
		for i := bin(sample[from]); i <= bin(sample[to]); i++ {
			b.kept[i] = 1
		}
	}
	likely := 0
	for rest := sample[first : last+1]; len(rest) > 0; {
		v, size := rest[0], 1
		for size < len(rest) && bin(rest[size]) == bin(v) {
			size++
		}
		if b.kept[bin(v)] == 1 && size >= leastCrowd && v == rest[size-1] {
			b.crowd(bin(v), v)
		} else if b.kept[bin(v)] == 1 {
			likely += size
		}
		rest = rest[size:]
	}
	most := float64(likely) + 4*math.Sqrt(float64(likely)) // by four standard deviations
	share = most / float64(len(sample))
	return share, share <= mostLikely
}

// Crowds are bins of integers that seem to be equal.
type crowds struct {
	value [allBins]int64
	other [allBins]int64 // all bits for such a bin, otherwise none
}

// crowd makes a bin a crowd of v.
func (b *bins) crowd(bin uint64, v int64) {
	if b.crowds == nil {
		b.crowds = new(crowds)
	}
	b.kept[bin], b.crowds.value[bin], b.crowds.other[bin] = 0, v, -1
}

// have reports whether those of the integers that are in crowds are equal there. The
// bins begin at low, which has its sign turned.
func (c *crowds) have(ints []int64, low uint64, shift uint) bool {
	var others int64
	sign := sign
	for _, v := range ints {
		bin, _ := binOf(uint64(v)^sign, low, shift)
		others |= (v ^ c.value[bin]) & c.other[bin]
	}
	return others == 0
}

// countAndGather is count, and gathers the integers of the bins that are kept. Dst
// has room for all. It returns how many there are.
func (b *bins) countAndGather(dst, ints []int64) (below, n int) {
	sign := sign
	less, low, shift := uint64(0), uint64(b.low)^sign, b.shift
	for _, v := range ints {
		bin, below := binOf(uint64(v)^sign, low, shift)
		less, _ = bits.Add64(less, 0, below)
		b.next[bin]++
		dst[n] = v
		n += int(b.kept[bin])
	}
	return int(less), n
}

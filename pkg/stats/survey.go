package stats

import (
	"math"
	"math/bits"
)

// A survey is what one pass over integers finds.
type survey struct {
	count     int
	low, high int64
	sum       sum128
	squares   sum192
}

// survey looks at the numbers of a list of ints.
func (l *List) survey() survey {
	if l.max <= math.MaxUint32 && len(l.ints) <= math.MaxInt32 {
		return surveyShort(l.ints)
	}
	s := survey{count: len(l.ints), low: l.ints[0], high: l.ints[0]}
	for _, v := range l.ints {
		s.low, s.high = min(s.low, v), max(s.high, v)
		s.sum.add(v)
		s.squares.addSquare(magnitude(v))
	}
	return s
}

// surveyShort is survey for fewer than 2^31 integers whose squares fit 64 bits.
func surveyShort(ints []int64) survey {
	low, high := ints[0], ints[0]
	var sum int64
	var mid, lo uint64
	for _, v := range ints {
		low, high = min(low, v), max(high, v)
		sum += v
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(v)*uint64(v), 0)
		mid += carry
	}
	return survey{len(ints), low, high, sum128{uint64(sum >> 63), uint64(sum)}, sum192{0, mid, lo}}
}

// moments returns the sums, of numbers in units of 10^scale.
func (s survey) moments(scale int) moments {
	return moments{s.count, decimal{s.sum.big(), scale}, s.squares.big()}
}

// small returns the sums in words, or none where they take more room.
func (s survey) small(scale int) smallMoments {
	if int64(s.sum.hi) != int64(s.sum.lo)>>63 || s.squares.hi > 0 || s.squares.mid >= 1<<(maxLongBits-64) || s.count > math.MaxInt32 {
		return smallMoments{}
	}
	return smallMoments{uint64(s.count), int64(s.sum.lo), ulong{s.squares.mid, s.squares.lo}, scale}
}

package stats

import "slices"

// A longKey divides longs below 2^bits in magnitude into a key, their highest
// bits, and a rest, their last shift bits. Both compare as int64s do.
type longKey struct{ shift uint }

func longKeyOf(bits int) longKey { return longKey{uint(max(bits-63, 0))} }

func (k longKey) key(v long) int64 {
	return int64(uint64(v.hi)<<(64-k.shift) | v.lo>>k.shift)
}

func (k longKey) rest(v long) int64 {
	return int64(v.lo&(1<<k.shift-1) ^ 1<<63)
}

// join returns the long of a key and a rest.
func (k longKey) join(key, rest int64) long {
	return long{key >> (64 - k.shift), uint64(key)<<k.shift | (uint64(rest) ^ 1<<63)}
}

// selectLongs is selectRanks for longs below 2^bits in magnitude. It selects
// by their keys, and among those of one key by their rests.
func selectLongs(longs []long, bits int, ranks []int) []long {
	k := longKeyOf(bits)
	w, inner := borrow(), borrow()
	defer w.giveBack()
	defer inner.giveBack()
	w.keys = slices.Grow(w.keys[:0], len(longs))[:len(longs)]
	keys := w.keys
	for i, v := range longs {
		keys[i] = k.key(v)
	}
	low, high := bounds(keys)
	found, ties := w.selectRanks(keys, ranks, low, high)
	rests := k.rests(longs, keys, slices.Compact(slices.Clone(found)))
	selected := make([]long, 0, len(ranks))
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n] == found[0] {
			n++
		}
		low, high := bounds(rests[0])
		last, _ := inner.selectRanks(rests[0], ties[:n], low, high)
		for _, rest := range last {
			selected = append(selected, k.join(found[0], rest))
		}
		found, ties, rests = found[n:], ties[n:], rests[1:]
	}
	return selected
}

// rests returns, for each of the wanted keys, which ascend, the rests of the
// longs that have it.
func (k longKey) rests(longs []long, keys, wanted []int64) [][]int64 {
	const slots = 1 << 11
	var marked [slots]bool // by the last bits, which few keys share with those wanted
	for _, key := range wanted {
		marked[uint64(key)%slots] = true
	}
	each := func(found func(i, j int)) {
		for i, key := range keys {
			if !marked[uint64(key)%slots] {
				continue
			}
			if j, ok := slices.BinarySearch(wanted, key); ok {
				found(i, j)
			}
		}
	}
	sizes := make([]int, len(wanted))
	each(func(_, j int) { sizes[j]++ })
	rests := make([][]int64, len(wanted))
	for j, size := range sizes {
		rests[j] = make([]int64, 0, size)
	}
	each(func(i, j int) { rests[j] = append(rests[j], k.rest(longs[i])) })
	return rests
}

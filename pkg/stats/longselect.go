package stats

import "slices"

// keyBits is how many bits of a long take part in the first selection. A key
// is not negative, so that its order as an int64 is that of its bits.
const keyBits = 63

// selectLongs is selectRanks for longs. It selects by the highest bits of
// each distance from the least long, and among those that agree in them by
// the others.
func selectLongs(longs []long, ranks []int) []long {
	found := make([]long, len(ranks))
	if len(longs) <= maxSorted {
		sorted := slices.Clone(longs)
		slices.SortFunc(sorted, long.cmp)
		for i, rank := range ranks {
			found[i] = sorted[rank]
		}
		return found
	}
	k := keysOf(longs)
	keys, ties := selectRanks(k.keys, ranks)
	rests := k.rests(longs, keys)
	for i := 0; i < len(keys); {
		end := i + 1
		for end < len(keys) && keys[end] == keys[i] {
			end++
		}
		low, _ := selectRanks(rests[0], ties[i:end])
		for j, rest := range low {
			found[i+j] = k.join(keys[i], rest)
		}
		i, rests = end, rests[1:]
	}
	return found
}

// Keys are the distances of longs from low without their last shift bits.
type keys struct {
	keys  []int64
	low   long
	shift uint
}

func keysOf(longs []long) keys {
	low, high := slices.MinFunc(longs, long.cmp), slices.MaxFunc(longs, long.cmp)
	k := keys{make([]int64, len(longs)), low, uint(max(high.sub(low).size().bitLen()-keyBits, 0))}
	for i, v := range longs {
		d := v.sub(low)
		k.keys[i] = int64(uint64(d.hi)<<(64-k.shift) | d.lo>>k.shift)
	}
	return k
}

// rests returns, for each distinct of the wanted keys, which ascend, the last
// bits of the longs that have it.
func (k keys) rests(longs []long, wanted []int64) [][]int64 {
	wanted = slices.Compact(slices.Clone(wanted))
	const shift = keyBits - maxBinBits
	var marked [1 << maxBinBits]bool // by the first bits, which few keys share with those wanted
	for _, key := range wanted {
		marked[key>>shift] = true
	}
	rests := make([][]int64, len(wanted))
	for i, key := range k.keys {
		if !marked[uint64(key)>>shift%(1<<maxBinBits)] {
			continue
		}
		if j, ok := slices.BinarySearch(wanted, key); ok {
			rests[j] = append(rests[j], k.rest(longs[i]))
		}
	}
	return rests
}

// rest returns the last bits of a long, turned so that their order is that of
// an int64.
func (k keys) rest(v long) int64 {
	return int64(v.sub(k.low).lo&(1<<k.shift-1) ^ 1<<63)
}

// join returns the long of a key and a rest.
func (k keys) join(key, rest int64) long {
	d := long{int64(uint64(key) >> (64 - k.shift)), uint64(key)<<k.shift | (uint64(rest) ^ 1<<63)}
	return k.low.add(d)
}

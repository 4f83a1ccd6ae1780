package stats

import "sync"

// A work is the memory that one summary is computed in. It is used again for the
// next one.
type work struct {
	written   draft
	memory    []byte // for what is written
	small     smallMoments
	x         sample
	totals    totals // of a list of ints
	places    []place
	quartiles placement  // of the first two places
	few       [256]int64 // of a short list, sorted; no uint8 is beyond its end
	ints      []int64    // of the sample of a longer one, or near its middle
	found     []int64
	ties      []int
	spare     []int64
	drawn     []int64
	keys      []int64 // of longs
}

var works = sync.Pool{New: func() any { return new(work) }}

func borrow() *work { return works.Get().(*work) }

// maxKept bounds the memory, in bytes, that is kept for the next summary.
const maxKept = 4 << 20

func (w *work) giveBack() {
	w.x.numbers = nil
	w.written.text = nil
	quartiles := w.places[:min(2, len(w.places))]
	clear(w.places[len(quartiles):])
	w.places = quartiles
	if 8*(cap(w.ints)+cap(w.spare)+cap(w.keys))+cap(w.memory) <= maxKept {
		works.Put(w)
	}
}

// room returns space for n integers, which holds until the next call.
func (w *work) room(n int) []int64 {
	if cap(w.spare) < n {
		w.spare = make([]int64, n)
	}
	return w.spare[:n]
}

package stats

import "sync"

// A work is the memory that one summary is computed in. It is used again for the
// next one.
type work struct {
	written draft
	memory  []byte // for what is written
	small   smallMoments
	x       sample
	totals  totals // of a list of ints
	places  []place
	ints    []int64 // of the sample
	found   []int64
	ties    []int
	spare   []int64
	drawn   []int64
	keys    []int64 // of longs
}

var works = sync.Pool{New: func() any { return new(work) }}

func borrow() *work { return works.Get().(*work) }

// maxKept bounds the memory, in bytes, that is kept for the next summary.
const maxKept = 4 << 20

func (w *work) giveBack() {
	w.x = sample{ranks: w.x.ranks}
	w.written.text = nil
	clear(w.places)
	if 8*(cap(w.spare)+cap(w.keys))+cap(w.memory) <= maxKept {
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

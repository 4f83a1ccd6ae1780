package dynamodb

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// row is an item in its place. A row without an item is one that is not there.
type row struct {
	key  string
	item item
	size int
}

// rows keeps rows in the order of their keys, in blocks of at most maxBlock:
// finding one takes two binary searches, and putting one in moves no more than
// a block.
type rows struct {
	blocks [][]row
	count  int
	bytes  int
}

const maxBlock = 256

// find is where key is, or where it belongs.
func (r *rows) find(key string) (block, index int, found bool) {
	block = sort.Search(len(r.blocks), func(i int) bool { return r.blocks[i][len(r.blocks[i])-1].key >= key })
	if block == len(r.blocks) {
		return block, 0, false
	}
	index, found = slices.BinarySearchFunc(r.blocks[block], key, func(r row, key string) int { return strings.Compare(r.key, key) })
	return block, index, found
}

func (r *rows) get(key string) row {
	block, index, found := r.find(key)
	if !found {
		return row{key: key}
	}
	return r.blocks[block][index]
}

// put stores a row, in the place of the one with its key if there is one.
func (r *rows) put(new row) {
	block, index, found := r.find(new.key)
	r.bytes += new.size
	if found {
		old := &r.blocks[block][index]
		r.bytes -= old.size
		*old = new
		return
	}
	r.count++
	if block == len(r.blocks) {
		if block == 0 {
			r.blocks = [][]row{{new}}
			return
		}
		block--
		index = len(r.blocks[block])
	}
	r.blocks[block] = slices.Insert(r.blocks[block], index, new)
	if len(r.blocks[block]) > maxBlock {
		r.split(block, index)
	}
}

// split halves a block that has grown too large by the row at index; one that
// grows at its end gives up that row alone, so that rows that come in order fill
// their blocks.
func (r *rows) split(block, index int) {
	whole := r.blocks[block]
	at := len(whole) / 2
	if index == len(whole)-1 {
		at = index
	}
	rest := append(make([]row, 0, maxBlock+1), whole[at:]...)
	clear(whole[at:])
	r.blocks[block] = whole[:at]
	r.blocks = slices.Insert(r.blocks, block+1, rest)
}

// remove takes the row with the key away, if there is one.
func (r *rows) remove(key string) {
	block, index, found := r.find(key)
	if !found {
		return
	}
	r.count--
	r.bytes -= r.blocks[block][index].size
	r.blocks[block] = slices.Delete(r.blocks[block], index, index+1)
	if len(r.blocks[block]) == 0 {
		r.blocks = slices.Delete(r.blocks, block, block+1)
	}
}

// in are the rows of a span, in order or in reverse order.
func (r *rows) in(s span, forward bool) iter.Seq[row] {
	all := r.up(s.from)
	if !forward {
		all = r.down(s.to)
	}
	return func(yield func(row) bool) {
		for row := range all {
			if !s.holds(row.key) || !yield(row) {
				return
			}
		}
	}
}

// up are the rows from the key on, in order.
func (r *rows) up(from string) iter.Seq[row] {
	return func(yield func(row) bool) {
		block, index, _ := r.find(from)
		for ; block < len(r.blocks); block++ {
			for _, row := range r.blocks[block][index:] {
				if !yield(row) {
					return
				}
			}
			index = 0
		}
	}
}

// down are the rows before the key in reverse order; before the empty key means
// all of them.
func (r *rows) down(before string) iter.Seq[row] {
	return func(yield func(row) bool) {
		block, index := len(r.blocks), 0
		if before != "" {
			block, index, _ = r.find(before)
		}
		if block < len(r.blocks) && !yieldDown(r.blocks[block][:index], yield) {
			return
		}
		for block--; block >= 0; block-- {
			if !yieldDown(r.blocks[block], yield) {
				return
			}
		}
	}
}

func yieldDown(block []row, yield func(row) bool) bool {
	for _, row := range slices.Backward(block) {
		if !yield(row) {
			return false
		}
	}
	return true
}

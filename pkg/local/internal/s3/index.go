package s3

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// index holds the objects of a bucket in the order of their keys, byte by byte
// as S3 lists them: chunks of bounded length, each sorted, none empty. Finding
// takes the time of a binary search, adding that of copying one chunk.
type index struct{ chunks [][]*object }

const maxChunk = 512

// locate finds where key is or belongs: chunk i, position j.
func (x *index) locate(key string) (i, j int, found bool) {
	i = sort.Search(len(x.chunks), func(i int) bool {
		chunk := x.chunks[i]
		return chunk[len(chunk)-1].key >= key
	})
	if i == len(x.chunks) {
		return i, 0, false
	}
	j, found = slices.BinarySearchFunc(x.chunks[i], key, func(o *object, key string) int { return strings.Compare(o.key, key) })
	return i, j, found
}

// get is the object with the key, or nil.
func (x *index) get(key string) *object {
	if i, j, found := x.locate(key); found {
		return x.chunks[i][j]
	}
	return nil
}

// ceil is the first object whose key is not below key, or nil.
func (x *index) ceil(key string) *object {
	i, j, _ := x.locate(key)
	if i == len(x.chunks) {
		return nil
	}
	return x.chunks[i][j]
}

// add adds an object whose key is not there yet.
func (x *index) add(o *object) {
	i, j, _ := x.locate(o.key)
	if len(x.chunks) == 0 {
		x.chunks = [][]*object{{o}}
		return
	}
	if i == len(x.chunks) {
		i--
		j = len(x.chunks[i])
	}
	chunk := slices.Insert(x.chunks[i], j, o)
	x.chunks[i] = chunk
	if len(chunk) <= maxChunk {
		return
	}
	half := slices.Clone(chunk[len(chunk)/2:])
	x.chunks[i] = slices.Delete(chunk, len(chunk)/2, len(chunk))
	x.chunks = slices.Insert(x.chunks, i+1, half)
}

// remove takes the object with the key away, if it is there.
func (x *index) remove(key string) {
	i, j, found := x.locate(key)
	if !found {
		return
	}
	x.chunks[i] = slices.Delete(x.chunks[i], j, j+1)
	if len(x.chunks[i]) == 0 {
		x.chunks = slices.Delete(x.chunks, i, i+1)
	}
}

// empty says whether there is no object.
func (x *index) empty() bool { return len(x.chunks) == 0 }

// all are the objects in order. The index must not be changed meanwhile.
func (x *index) all() iter.Seq[*object] {
	return func(yield func(*object) bool) {
		for _, chunk := range x.chunks {
			for _, o := range chunk {
				if !yield(o) {
					return
				}
			}
		}
	}
}

package s3

import (
	"strings"
)

// tree is which paths below a bucket's directory the server's files hold, so
// that a key whose path is taken can be told before anything is written.
type tree struct {
	caseless bool // the file system does not tell "a" from "A"
	files    map[string]*holder
	below    map[string]int // by directory: the files below it
}

// holder is the key that holds a path.
type holder struct {
	key string
	// etags are what the file may have as its content after a crash: that of the
	// latest version, and those before whose renaming was not known to be done.
	etags []string
	step  uint64 // the number of the step that puts the latest there
}

func newTree(caseless bool) *tree {
	return &tree{caseless: caseless, files: map[string]*holder{}, below: map[string]int{}}
}

// fold is the path of a key as far as the file system tells paths apart.
func (t *tree) fold(key string) string {
	if t.caseless {
		return strings.ToLower(key)
	}
	return key
}

// allowed says whether the current version of a key may be a file at all. Where
// the file system does not tell cases apart it may also normalise Unicode, so
// that only ASCII paths are sure to be distinct.
func (t *tree) allowed(key string) bool {
	return plain(key) && !(t.caseless && strings.ContainsFunc(key, func(r rune) bool { return r >= 0x80 }))
}

// free says whether the key may have the file of its path.
func (t *tree) free(key string) bool {
	path := t.fold(key)
	if h := t.files[path]; h != nil && h.key != key || t.below[path] > 0 {
		return false
	}
	for dir := range parents(path) {
		if t.files[dir] != nil {
			return false
		}
	}
	return t.allowed(key)
}

// hold gives the key the file of its path, which must be free.
func (t *tree) hold(key string) *holder {
	path := t.fold(key)
	h := t.files[path]
	if h != nil {
		return h
	}
	h = &holder{key: key}
	t.files[path] = h
	for dir := range parents(path) {
		t.below[dir]++
	}
	return h
}

// release takes the key's file away and returns what held it, nil where nothing
// did.
func (t *tree) release(key string) *holder {
	path := t.fold(key)
	h := t.files[path]
	if h == nil || h.key != key {
		return nil
	}
	delete(t.files, path)
	for dir := range parents(path) {
		if t.below[dir]--; t.below[dir] == 0 {
			delete(t.below, dir)
		}
	}
	return h
}

// parents are the directories above a path, the innermost first.
func parents(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
			if !yield(path[:i]) {
				return
			}
		}
	}
}

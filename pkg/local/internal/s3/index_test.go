package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The index behaves like a sorted list of keys.
func TestIndexIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index
		var keys []string
		for range rapid.IntRange(0, 3*maxChunk).Draw(t, "keys") {
			key := fmt.Sprint(rapid.IntRange(0, 9999).Draw(t, "key"))
			i, found := slices.BinarySearch(keys, key)
			switch {
			case !found:
				x.add(&object{key: key})
				keys = slices.Insert(keys, i, key)
			case rapid.Bool().Draw(t, "remove"):
				x.remove(key)
				keys = slices.Delete(keys, i, i+1)
			}
		}
		var got []string
		for o := range x.all() {
			got = append(got, o.key)
		}
		if !slices.Equal(got, keys) || x.empty() != (len(keys) == 0) {
			t.Fatalf("the index holds %q, want %q", got, keys)
		}
		for range 20 {
			key := fmt.Sprint(rapid.IntRange(0, 9999).Draw(t, "look"))
			i, found := slices.BinarySearch(keys, key)
			if (x.get(key) != nil) != found {
				t.Fatalf("get %q: %v, want %v", key, x.get(key), found)
			}
			if o := x.ceil(key); (o == nil) != (i == len(keys)) || o != nil && o.key != keys[i] {
				t.Fatalf("ceil %q: %v", key, o)
			}
		}
		for _, chunk := range x.chunks {
			if len(chunk) == 0 || len(chunk) > maxChunk {
				t.Fatalf("a chunk of %d", len(chunk))
			}
		}
	})
}

// The tree gives a key its path exactly where no other key's file is there,
// above it or below it.
func TestTreeTellsTakenPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		caseless := rapid.Bool().Draw(t, "caseless")
		fold := func(s string) string {
			if caseless {
				return strings.ToLower(s)
			}
			return s
		}
		tree, held := newTree(caseless), map[string]bool{}
		key := rapid.StringMatching(`[abA](/[abA]){0,3}`)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			k := key.Draw(t, "key")
			free := true
			for other := range held {
				a, b := fold(k), fold(other)
				free = free && (k == other || a != b && !strings.HasPrefix(a, b+"/") && !strings.HasPrefix(b, a+"/"))
			}
			if got := tree.free(k); got != free {
				t.Fatalf("with %v held, %q is free: %v, want %v", held, k, got, free)
			}
			switch {
			case held[k]:
				if tree.release(k) == nil {
					t.Fatalf("%q was not held", k)
				}
				delete(held, k)
			case free:
				tree.hold(k)
				held[k] = true
			case tree.release(k) != nil:
				t.Fatalf("%q was held", k)
			}
		}
	})
}

func TestCaselessTreeTakesASCIIAlone(t *testing.T) {
	for key, want := range map[string]bool{"a/B": true, "ä": false, "a/..": false} {
		if got := newTree(true).allowed(key); got != want {
			t.Errorf("%q is allowed: %v, want %v", key, got, want)
		}
	}
}

package dynamodb_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
	"pgregory.net/rapid"
)

func TestRowsAgainstASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows dynamodb.Rows
		var model []string
		for range rapid.IntRange(0, 40).Draw(t, "rounds") {
			start, step := rapid.IntRange(0, 2000).Draw(t, "start"), rapid.IntRange(1, 7).Draw(t, "step")
			remove := rapid.Bool().Draw(t, "remove")
			for i := range rapid.IntRange(1, 300).Draw(t, "n") {
				key := fmt.Sprintf("%05d", start+i*step)
				at, found := slices.BinarySearch(model, key)
				switch {
				case remove:
					rows.Remove(key)
					if found {
						model = slices.Delete(model, at, at+1)
					}
				default:
					rows.Put(key)
					if !found {
						model = slices.Insert(model, at, key)
					}
				}
			}
			checkRows(t, &rows, model)
		}
	})
}

func checkRows(t *rapid.T, rows *dynamodb.Rows, model []string) {
	if count, bytes := rows.Count(); count != len(model) || bytes != len(model) {
		t.Fatalf("%d rows of %d bytes, want %d", count, bytes, len(model))
	}
	from := fmt.Sprintf("%05d", rapid.IntRange(0, 4000).Draw(t, "from"))
	to := fmt.Sprintf("%05d", rapid.IntRange(0, 4000).Draw(t, "to"))
	if rapid.Bool().Draw(t, "to the end") {
		to = ""
	}
	want := slices.DeleteFunc(slices.Clone(model), func(key string) bool { return key < from || to != "" && key >= to })
	if got := rows.Keys(from, to, true); !slices.Equal(got, want) {
		t.Fatalf("up from %s to %s: %v, want %v", from, to, got, want)
	}
	slices.Reverse(want)
	if got := rows.Keys(from, to, false); !slices.Equal(got, want) {
		t.Fatalf("down from %s to %s: %v, want %v", from, to, got, want)
	}
}

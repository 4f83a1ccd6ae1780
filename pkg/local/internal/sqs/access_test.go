package sqs

import (
	"testing"

	"github.com/statline/statline/pkg/local/internal/store"
)

// TestActions: every operation needs leave for something.
func TestActions(t *testing.T) {
	db, err := store.Open("")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(db, nil, Chance{})
	if err != nil {
		t.Fatal(err)
	}
	for operation := range s.operations {
		if len(actions[operation]) == 0 {
			t.Errorf("%s needs leave for nothing", operation)
		}
	}
}

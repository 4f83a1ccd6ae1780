package queue

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnswered: the second full answer in a row opens another poll, up to eight, and one
// of fewer than six messages ends a poll, but for the last.
func TestAnswered(t *testing.T) {
	for _, test := range []struct {
		answers string // how many messages each brings
		want    string // + for another poll, - for one less, = for neither
		open    int
	}{
		{"0 1 6 7 9", "=====", 1},
		{"10", "=", 1},
		{"10 10", "=+", 2},
		{"10 9 10 9 10", "=====", 1},
		{"10 10 10", "=++", 3},
		{"10 10 7", "=+=", 2},
		{"10 10 6", "=+=", 2},
		{"10 10 5", "=+-", 1},
		{"10 10 5 5", "=+-=", 1},
		{"10 10 10 0 0 0", "=++--=", 1},
		{"10 10 5 10 10", "=+-=+", 2},
		{"10 10 10 10 10 10 10 10 10 10", "=+++++++==", 8},
		{"10 10 10 10 10 10 10 10 10 10 3", "=+++++++==-", 7},
	} {
		p := polls{open: 1}
		got := ""
		for _, text := range strings.Fields(test.answers) {
			var n int
			fmt.Sscan(text, &n)
			switch next := p.answered(n, 0); {
			case next.more && next.fewer || next.wait != 0:
				t.Fatalf("%s: %+v", test.answers, next)
			case next.more:
				got += "+"
			case next.fewer:
				got += "-"
			default:
				got += "="
			}
		}
		if got != test.want || p.open != test.open {
			t.Errorf("%s: %s and %d polls, want %s and %d", test.answers, got, p.open, test.want, test.open)
		}
	}
}

// TestFails: failures count in a row.
func TestFails(t *testing.T) {
	p := polls{open: 1}
	if p.fails() != 1 || p.fails() != 2 {
		t.Error("two failures do not count two")
	}
	p.answered(0, 0)
	if n := p.fails(); n != 1 {
		t.Errorf("after an answer a failure counts %d", n)
	}
}

// TestAnsweredWait: a paced poll waits about as long as the messages that it has room
// for take to come, several polls each for theirs.
func TestAnsweredWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for open, want := range map[int]time.Duration{1: 40 * time.Millisecond, 2: 80 * time.Millisecond} {
			p := polls{open: open}
			var n next
			for range 200 {
				time.Sleep(60 * time.Millisecond)
				n = p.answered(6, time.Second) // one in 10 ms
				p.open = open
			}
			if d := n.wait - want; d < -time.Millisecond || d > time.Millisecond {
				t.Errorf("%d polls: waits %v, want %v", open, n.wait, want)
			}
		}
	})
}

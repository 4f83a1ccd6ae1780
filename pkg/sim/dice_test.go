package sim

import (
	"fmt"
	"hash/fnv"
	"sync"
	"time"
)

// dice decide what a schedule leaves to chance. What they say depends on the
// seed, on what they are asked for and on how often they were asked for just that
// before, and on nothing else: a fault that is taken out of a schedule does not
// change the others.
type dice struct {
	seed uint64

	mu     sync.Mutex
	thrown map[string]int
}

func newDice(seed uint64) *dice { return &dice{seed: seed, thrown: map[string]int{}} }

// roll is a number from 0 up to 1.
func (d *dice) roll(what string) float64 {
	d.mu.Lock()
	n := d.thrown[what]
	d.thrown[what]++
	d.mu.Unlock()
	return float64(hash(fmt.Sprintf("%d %s %d", d.seed, what, n))>>11) / (1 << 53)
}

// below is a number from 0 to n-1.
func (d *dice) below(what string, n int) int { return int(d.roll(what) * float64(n)) }

// between is a time from least up to most.
func (d *dice) between(what string, least, most time.Duration) time.Duration {
	return least + time.Duration(d.roll(what)*float64(most-least))
}

// hash is FNV-1a, its bits mixed once more so that all of them depend on the end
// of the text.
func hash(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

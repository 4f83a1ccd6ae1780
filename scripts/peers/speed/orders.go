package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// orders are lists that are bad for one way of selecting or another. Each takes
// ascending values, of which there is an even number, and returns them, or some
// of them, in its order.
var orders = []struct {
	name string
	list func(r *rand.Rand, values []int64) []int64
}{
	{"random", shuffled},
	{"sorted", func(_ *rand.Rand, values []int64) []int64 { return values }},
	{"all equal", func(r *rand.Rand, values []int64) []int64 { return drawn(r, values, 1) }},
	{"16 distinct", func(r *rand.Rand, values []int64) []int64 { return drawn(r, values, 16) }},
	{"organ pipe", organPipe},
	{"median-of-3 killer", killer},
	{"cluster, outliers", cluster},
}

func shuffled(r *rand.Rand, values []int64) []int64 {
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values
}

// drawn draws from so many of the values.
func drawn(r *rand.Rand, values []int64, distinct int) []int64 {
	chosen := make([]int64, distinct)
	for i := range chosen {
		chosen[i] = values[r.IntN(len(values))]
	}
	for i := range values {
		values[i] = chosen[r.IntN(distinct)]
	}
	return values
}

// organPipe goes up and down again.
func organPipe(_ *rand.Rand, values []int64) []int64 {
	n := len(values)
	list := make([]int64, n)
	for i := range n / 2 {
		list[i], list[n-1-i] = values[2*i], values[2*i+1]
	}
	return list
}

// killer is the order of D. R. Musser, "Introspective Sorting and Selection
// Algorithms" (1997), that makes a quickselect by the median of three quadratic.
func killer(_ *rand.Rand, values []int64) []int64 {
	half := len(values) / 2
	list := make([]int64, len(values))
	for i := range half {
		list[i] = values[i]
		if i%2 == 1 {
			list[i] = values[half+i-1]
		}
		list[half+i] = values[2*i+1]
	}
	return list
}

// cluster has 99 numbers of 100 within a thousand of each other.
func cluster(r *rand.Rand, values []int64) []int64 {
	shuffled(r, values)
	for i := range values {
		if i%100 > 0 {
			values[i] = values[0] + r.Int64N(1000)
		}
	}
	return values
}

// A race is between lists of the same length in different orders, each against
// the random one.
type race struct {
	size      string // n, as the table has it
	n, rounds int
}

func (c race) run(t *table) error {
	least := make([]time.Duration, len(orders))
	for round := range c.rounds {
		for i, order := range orders {
			r := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			l, _, err := stats.ParseJSON(array(order.list(r, ascending(r, c.n))))
			if err != nil {
				return fmt.Errorf("%s: %w", order.name, err)
			}
			took, err := timed([]input{{list: l}}, summarize)
			if err != nil {
				return err
			}
			if round == 0 || took < least[i] {
				least[i] = took
			}
		}
	}
	for i, order := range orders[1:] {
		t.order(fmt.Sprintf("figures of %s int64, %s", c.size, order.name), least[1+i], least[0])
	}
	return nil
}

// ascending returns n values with random gaps, from far below 0 to far above.
func ascending(r *rand.Rand, n int) []int64 {
	values := make([]int64, n)
	v, gap := int64(math.MinInt64/2), int64(math.MaxInt64/n)
	for i := range values {
		v += r.Int64N(gap) + 1
		values[i] = v
	}
	return values
}

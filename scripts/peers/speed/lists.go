package main

import (
	"math/rand/v2"
	"strconv"
)

// A kind is how the numbers of a list are made.
type kind struct {
	name   string // what speed.py calls it
	number func(r *rand.Rand, text []byte) []byte
	exact  func(r *rand.Rand) int64 // instead of number, for lists of int64
	parsed bool                     // whether the work begins with a parsed list
}

var (
	integers = kind{name: "integers", number: func(r *rand.Rand, text []byte) []byte {
		return strconv.AppendInt(text, r.Int64N(1_000_000), 10)
	}}
	money = kind{name: "money", number: func(r *rand.Rand, text []byte) []byte {
		text = append(strconv.AppendInt(text, r.Int64N(10_000), 10), '.')
		cents := r.IntN(100)
		return append(text, byte('0'+cents/10), byte('0'+cents%10))
	}}
	digits17 = kind{name: "digits17", number: func(r *rand.Rand, text []byte) []byte {
		return strconv.AppendFloat(text, r.Float64(), 'g', -1, 64)
	}}
	trillions = kind{name: "trillions", parsed: true, exact: func(r *rand.Rand) int64 {
		return r.Int64N(2e12+1) - 1e12
	}}
	int64s = kind{name: "int64s", parsed: true, exact: func(r *rand.Rand) int64 {
		return int64(r.Uint64())
	}}
)

const requestSize = 256 << 10

// list returns a JSON array of n numbers, or where n is 0 one of 256 KiB.
func (k kind) list(r *rand.Rand, n int) input {
	if k.exact != nil {
		ints := make([]int64, n)
		for i := range ints {
			ints[i] = k.exact(r)
		}
		return input{text: array(ints), ints: ints}
	}
	longest := 24
	text := make([]byte, 0, max(n*longest, requestSize))
	text = k.number(r, append(text, '['))
	for count := 1; count < n || n == 0 && len(text) < requestSize-longest; count++ {
		text = k.number(r, append(text, ','))
	}
	return input{text: append(text, ']')}
}

// array returns ints, of which there is one at least, as JSON.
func array(ints []int64) []byte {
	text := make([]byte, 0, 21*len(ints)+1)
	separator := byte('[')
	for _, v := range ints {
		text = strconv.AppendInt(append(text, separator), v, 10)
		separator = ','
	}
	return append(text, ']')
}

package sqs

import (
	"cmp"
	"container/heap"
)

// order is a heap of messages. A message stands in two at once: by visibility in
// the queue's ready or waiting messages, and by age; slot says which of its two
// places this order keeps.
type order struct {
	items  []*message
	slot   int
	before func(a, b *message) bool
}

const (
	slotVisibility = iota
	slotAge
	slots
)

func compareVisibility(a, b *message) int {
	return cmp.Or(a.Visible.Compare(b.Visible), cmp.Compare(a.Seq, b.Seq))
}

func byVisibility(a, b *message) bool { return compareVisibility(a, b) < 0 }

func byAge(a, b *message) bool { return a.Sent.Before(b.Sent) }

// Len, Less, Swap, Push and Pop make an order a heap.Interface.
func (o *order) Len() int           { return len(o.items) }
func (o *order) Less(i, j int) bool { return o.before(o.items[i], o.items[j]) }
func (o *order) Swap(i, j int) {
	o.items[i], o.items[j] = o.items[j], o.items[i]
	o.items[i].at[o.slot], o.items[j].at[o.slot] = i, j
}
func (o *order) Push(x any) {
	m := x.(*message)
	m.at[o.slot] = len(o.items)
	o.items = append(o.items, m)
}
func (o *order) Pop() any {
	n := len(o.items) - 1
	m := o.items[n]
	o.items[n] = nil
	o.items = o.items[:n]
	return m
}

// first is the message that comes first, nil where there is none.
func (o *order) first() *message {
	if len(o.items) == 0 {
		return nil
	}
	return o.items[0]
}

func (o *order) add(m *message)    { heap.Push(o, m) }
func (o *order) remove(m *message) { heap.Remove(o, m.at[o.slot]) }

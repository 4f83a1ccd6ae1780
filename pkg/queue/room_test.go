package queue

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestRoom: messages weigh their bytes, a batch at least a share of what all may weigh,
// and at most what a poll has made room for.
func TestRoom(t *testing.T) {
	of := func(bytes ...int) []Message {
		messages := make([]Message, len(bytes))
		for i, n := range bytes {
			messages[i].Body = strings.Repeat("x", n)
		}
		return messages
	}
	const kib, mib = 1 << 10, 1 << 20
	for _, tt := range []struct {
		batches  int
		messages []Message
		weight   int
	}{
		{64, nil, 0},
		{64, of(0), 768 * kib},
		{64, of(768*kib, 1), 768*kib + 1},
		{64, of(mib, mib, 1), 2*mib + 1},
		{64, of(mib, mib, mib), 2560 * kib}, // ten messages of 256 KiB
		{1, of(1), 48 * mib},
		{48, of(1), mib},
	} {
		w := Worker{Batches: tt.batches}
		if got := w.weight(tt.messages); got != int64(tt.weight) {
			t.Errorf("%d messages, one of %d batches: %d bytes, want %d", len(tt.messages), tt.batches, got, tt.weight)
		}
	}
}

// TestTakeEnded: a worker that has been stopped takes no room, even where there is some.
func TestTakeEnded(t *testing.T) {
	w := Worker{Batches: 64, room: newRoom()}
	ctx, stop := context.WithCancel(t.Context())
	if !w.take(ctx) {
		t.Error("there was no room")
	}
	stop()
	if w.take(ctx) {
		t.Error("room was taken after the end")
	}
}

// TestComplete: what is not set has its default, and what is out of range is refused.
func TestComplete(t *testing.T) {
	var w Worker
	if err := w.complete(); err != nil || w.Batches != 64 || w.Wait != 10*time.Second || w.Grace != 15*time.Second || w.Pace != 0 || w.Log == nil {
		t.Errorf("defaults: %d batches, wait %v, grace %v, pace %v: %v", w.Batches, w.Wait, w.Grace, w.Pace, err)
	}
	for want, w := range map[string]*Worker{
		"batches must be positive, not -1":             {Batches: -1},
		"wait must be 1 to 20 whole seconds, not 21s":  {Wait: 21 * time.Second},
		"wait must be 1 to 20 whole seconds, not 1.5s": {Wait: 1500 * time.Millisecond},
		"pace must not be negative, as -1ns is":        {Pace: -1},
		"grace must be positive, not -1ns":             {Grace: -1},
	} {
		if err := w.complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

package queue

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// maxBytes is the most that the bodies of the messages in hand may have together,
// and mostBytes is what one poll can bring: ten of the largest messages that the
// topic takes. A poll has room for that before it is made, so that no load makes a
// worker larger.
const (
	maxBytes  = 48 << 20
	mostBytes = batchLimit * (256 << 10)
)

// take makes room for a batch, whatever it will weigh. It returns false when ctx
// has ended.
func (w *Worker) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	return w.room.Acquire(ctx, w.most()) == nil
}

func newRoom() *semaphore.Weighted { return semaphore.NewWeighted(maxBytes) }

// most is what a batch can weigh, and weight is what messages do: their bytes, or
// the share of one of so many batches where that is more.
func (w *Worker) most() int64 { return max(mostBytes, w.share()) }

func (w *Worker) share() int64 { return maxBytes / int64(w.Batches) }

func (w *Worker) weight(messages []Message) int64 {
	if len(messages) == 0 {
		return 0
	}
	bytes := 0
	for _, m := range messages {
		bytes += len(m.Body)
	}
	return min(max(int64(bytes), w.share()), w.most())
}

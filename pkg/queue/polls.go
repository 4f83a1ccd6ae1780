package queue

import (
	"sync"
	"time"

	"github.com/statline/statline/pkg/batch"
)

// polls are the polls of a worker. What they have learned they have in common, so
// that it makes no difference which of them an answer comes to.
type polls struct {
	mu     sync.Mutex
	open   int
	full   int          // the last answers that were full
	failed int          // the last polls that failed
	rhythm batch.Rhythm // of the messages
}

// maxPolls is the most polls that are open at once. Four to eight keep two
// processors busy at the times that AWS takes to answer.
const maxPolls = 8

// next is what follows on a poll that brought so many messages.
type next struct {
	more  bool          // another poll is opened besides
	fewer bool          // this one is not made again
	wait  time.Duration // before it is made again
}

// answered notes that a poll brought so many messages. One that was full has
// another opened where the one before was full too: a single one may be what
// gathered while the worker waited, at most pace. One poll is always left.
func (p *polls) answered(messages int, pace time.Duration) (n next) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = 0
	if messages > 0 {
		p.rhythm.Note(messages)
		n.wait = p.rhythm.Wait((batchLimit-messages)*p.open, pace)
	}
	if messages == batchLimit {
		p.full++
	} else {
		p.full = 0
	}
	switch {
	case p.full > 1 && p.open < maxPolls:
		p.open++
		n.more = true
	case messages < batchLimit*2/3 && p.open > 1:
		p.open--
		n.fewer = true
	}
	return n
}

// fails notes that a poll failed, and says how many have in a row.
func (p *polls) fails() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed++
	return p.failed
}

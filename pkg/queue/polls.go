package queue

import (
	"sync"
	"time"

	"github.com/statline/statline/pkg/batch"
)

// polls are the polls of a worker.
type polls struct {
	mu     sync.Mutex
	open   int
	rhythm batch.Rhythm // of the messages
}

// maxPolls is the most polls that are open at once. Four to eight keep two
// processors busy at the times that AWS takes to answer.
const maxPolls = 8

// more says whether there may be one more, which it counts.
func (p *polls) more() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == maxPolls {
		return false
	}
	p.open++
	return true
}

// fewer says whether there may be one less, which it counts. One is left always.
func (p *polls) fewer() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == 1 {
		return false
	}
	p.open--
	return true
}

// wait notes that a poll brought so many messages, and is how long to let others
// gather before the next, at most pace.
func (p *polls) wait(messages int, pace time.Duration) time.Duration {
	if messages == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rhythm.Note(messages)
	return p.rhythm.Wait((batchLimit-messages)*p.open, pace)
}

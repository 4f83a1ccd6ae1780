package sqs

import (
	"context"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
)

// poll is one ReceiveMessage call. While it waits it stands in its queue's polls.
type poll struct {
	queue      *queue
	most       int // messages
	visibility time.Duration
	end        time.Time // when it is answered at the latest
	long       bool      // it may wait
	selection  selection

	wake  chan struct{} // holds a token when there is something to look for
	until time.Time     // it looks again at this time in any case

	done    bool
	over    bool // too many messages are in flight
	answers []receivedMessage
	taken   []taken
}

// taken is a message that a poll took and how it was before.
type taken struct {
	message *message
	before  state
}

func (p *poll) rouse() {
	select {
	case p.wake <- struct{}{}:
	default: // it is roused already
	}
}

func (p *poll) sleep(ctx context.Context, pollsEnded <-chan struct{}) {
	t := time.NewTimer(time.Until(p.until))
	defer t.Stop()
	select {
	case <-p.wake:
	case <-t.C:
	case <-pollsEnded:
	case <-ctx.Done():
	}
}

// attempt takes what there is. Where there is nothing yet, the poll joins the
// queue's polls, so that whatever comes after this Update wakes it; a poll that
// is done leaves them, and alerts the queue, so that a message that it was woken
// for and did not take wakes another.
func (s *Service) attempt(ctx context.Context, tx *store.Tx, p *poll) error {
	q := p.queue
	if q.deleted {
		return noQueue()
	}
	select {
	case <-p.wake: // it looks now, for whatever the token was
	default:
	}
	q.settle(tx)
	if ctx.Err() == nil {
		s.take(tx, p)
		if len(p.taken) == 0 && !s.over(tx, p) {
			q.join(p)
			return nil
		}
		p.over = len(p.taken) == 0 && !p.long && q.inFlight >= q.chance.inFlight()
	}
	p.done = true
	q.leave(p)
	q.alert()
	return nil
}

// over says whether a poll waits no longer.
func (s *Service) over(tx *store.Tx, p *poll) bool {
	select {
	case <-s.pollsEnded:
		return true
	default:
		return !tx.Now().Before(p.end)
	}
}

func (q *queue) join(p *poll) {
	if !slices.Contains(q.polls, p) {
		q.polls = append(q.polls, p)
	}
	p.until = p.end
	if next := q.waiting.first(); next != nil && next.Visible.Before(p.end) {
		p.until = next.Visible
	}
}

func (q *queue) leave(p *poll) {
	if i := slices.Index(q.polls, p); i >= 0 {
		q.polls = slices.Delete(q.polls, i, i+1)
	}
}

// take receives up to the poll's number of ready messages, the one first that
// has been visible longest. Messages that were received too often already go to
// the dead-letter queue instead. At the limit of messages in flight there are
// none to take: a short poll is refused with OverLimit, a long one just finds
// nothing ("Amazon SQS message quotas").
func (s *Service) take(tx *store.Tx, p *poll) {
	q := p.queue
	var batch []*message
	for len(batch) < p.most && q.inFlight+len(batch) < q.chance.inFlight() {
		m := q.chance.next(q)
		if m == nil {
			break
		}
		if target := s.dead(q, m); target != nil {
			s.bury(tx, q, m, target)
			continue
		}
		q.displace(m) // a timeout of zero would have it ready again in this loop
		batch = append(batch, m)
	}
	for _, m := range batch {
		before := m.state
		next := state{Receives: before.Receives + 1, First: before.First, Last: tx.Now(), Visible: tx.Now().Add(q.chance.hidden(q, p.visibility)), InFlight: true}
		if before.First.IsZero() {
			next.First = tx.Now()
		}
		q.change(tx, m, next)
		p.taken = append(p.taken, taken{m, before})
		p.answers = append(p.answers, p.selection.show(m, q.handle(m.ID, m.Receives)))
	}
}

// bury moves a message to a dead-letter queue, where it keeps its ID, its
// receives and the time when it was first sent.
func (s *Service) bury(tx *store.Tx, q *queue, m *message, target *queue) {
	q.remove(tx, m)
	s.seq++
	l := m.letter
	l.Seq, l.Due, l.Source, l.Carried = s.seq, tx.Now(), q.ARN, m.Receives
	st := m.state
	st.Visible, st.InFlight = tx.Now(), false
	target.add(tx, &message{letter: l, state: st})
}

// giveBack undoes what a poll took whose client has gone away before the answer:
// nobody would ever see those receipt handles.
func (s *Service) giveBack(p *poll) error {
	if len(p.taken) == 0 {
		return nil
	}
	return s.db.Update(func(tx *store.Tx) error {
		for _, t := range p.taken {
			q, m := p.queue, t.message
			if q.messages[m.ID] == m && m.Receives == t.before.Receives+1 {
				q.change(tx, m, t.before)
			}
		}
		p.queue.alert()
		return nil
	})
}

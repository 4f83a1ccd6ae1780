package sim

import (
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// expect notes a request that the laboratory publishes itself.
func (m *model) expect(body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, in := range message.Parse(stack, body) {
		m.published[in.ID] = append(m.published[in.ID], in)
	}
}

// judgeRows looks at what is stored: one answer for each request that SNS took,
// whether its client learnt of that or not.
func (w *world) judgeRows() {
	store := &results.Store{DynamoDB: w.lab.DynamoDB, Table: w.lab.Table()}
	for _, id := range w.model.ids() {
		row, err := store.Get(background, id)
		switch {
		case errors.Is(err, results.ErrNotFound):
			w.breaks(lost, "%s has no answer", id)
		case err != nil:
			w.breaks(changed, "%s: %v", id, err)
		default:
			w.judgeRow(id, row)
		}
	}
	for _, id := range sorted(w.model.rows) {
		if len(w.model.published[id]) == 0 {
			w.breaks(changed, "the row %s answers nothing that was asked", id)
		}
	}
}

func (w *world) judgeRow(id string, row results.Result) {
	asked := w.model.published[id]
	i := slices.IndexFunc(asked, func(in message.Incoming) bool { return in.Digest == row.Digest })
	if i < 0 {
		w.breaks(changed, "the row %s has a digest that nobody asked for", id)
		return
	}
	if a := w.model.asks[id]; a != nil && a.trouble == doomed && row.Status == message.StatusDead {
		w.breaks(lost, "%s is dead after the redrive", id)
		return
	}
	if err := w.model.holds(id, asked[i], row.Reply); err != nil {
		w.breaks(changed, "the row %s: %v", id, err)
	}
	// A request that was made again has another deadline each time.
	over := func(in message.Incoming) bool { return in.Digest == row.Digest && row.CompletedAt.After(in.Deadline) }
	if row.Status == message.StatusExpired && !slices.ContainsFunc(asked, over) {
		w.breaks(changed, "%s expired at %v, before its deadline, %v", id, row.CompletedAt, asked[i].Deadline)
	}
}

// holds says what is wrong with the answer to a request.
func (m *model) holds(id string, in message.Incoming, reply message.Reply) error {
	if a := m.asks[id]; a != nil {
		for of, l := range a.lists {
			if strings.Join(l.numbers, ",") == string(in.Numbers.Text()) {
				return a.check(of, reply)
			}
		}
		return errors.New("it is for a list that nobody asked for")
	}
	for _, l := range m.letters {
		if e, ok := l.expect[id]; ok {
			return e.check(reply)
		}
	}
	return errors.New("nobody asked")
}

// judgeLog looks at the log: every request in it, as it was asked and as it is
// answered, under the hour in which the queue took it, and nothing else.
func (w *world) judgeLog() {
	reader := audit.Reader{S3: w.lab.S3, Bucket: w.lab.AuditBucket()}
	logged := map[string]bool{}
	for object, err := range reader.List(background, time.Time{}) {
		if err != nil {
			w.breaks(unaudited, "the log: %v", err)
			continue
		}
		text, err := reader.Read(background, object.Name)
		if err != nil {
			w.breaks(unaudited, "the log: %v", err)
			continue
		}
		entries, err := audit.Parse(text)
		if err != nil {
			w.breaks(unaudited, "%s: %v", object.Name, err)
		}
		for _, e := range entries {
			logged[e.RequestID+" "+e.Digest] = true
			w.judgeEntry(object, e)
		}
	}
	for _, id := range w.model.ids() {
		for _, in := range w.model.published[id] {
			if !logged[id+" "+in.Digest] {
				w.breaks(unaudited, "%s is not in the log", id)
			}
		}
	}
}

func (w *world) judgeEntry(object audit.Object, e audit.Entry) {
	name := path.Base(object.Name)
	asked := w.model.published[e.RequestID]
	i := slices.IndexFunc(asked, func(in message.Incoming) bool { return in.Digest == e.Digest })
	switch {
	case i < 0:
		w.breaks(unaudited, "%s: an entry for %s, which nobody asked", name, e.RequestID)
		return
	case e.ReceivedAt.UnixMilli() != w.model.taken[e.MessageID]:
		w.breaks(unaudited, "%s: %s came at %d, not %d", name, e.RequestID, w.model.taken[e.MessageID], e.ReceivedAt.UnixMilli())
	case e.ReceivedAt.Before(object.First) || e.ReceivedAt.After(object.Last):
		w.breaks(unaudited, "%s: %s came at %d", name, e.RequestID, e.ReceivedAt.UnixMilli())
	}
	in := asked[i]
	if in.Fault == nil && e.Numbers != string(in.Numbers.Text()) || in.Fault != nil && e.Body != string(in.Raw) {
		w.breaks(unaudited, "%s: %s is not as it was asked", name, e.RequestID)
	}
	// What the log knows is what the request alone says: never that it expired or
	// was given up.
	reply := message.Reply{RequestID: e.RequestID, Status: e.Status, Result: e.Result, Fault: e.Fault}
	if e.Status != message.StatusOK && e.Status != message.StatusError {
		w.breaks(unaudited, "%s: %s is %s", name, e.RequestID, e.Status)
	} else if err := w.model.holds(e.RequestID, in, reply); err != nil {
		w.breaks(unaudited, "%s: %s: %v", name, e.RequestID, err)
	}
}

// judgeQueues looks for what was left: nothing may be.
func (w *world) judgeQueues() {
	for _, queue := range []string{statsQueue, auditQueue, w.lab.StatsDLQ(), w.lab.AuditDLQ(), w.lab.Undelivered()} {
		if n := w.depth(queue, all); n > 0 {
			w.breaks(stuck, "%s holds %d messages", queue, n)
		}
	}
	for _, id := range sorted(w.model.published) {
		statuses := w.model.rows[id]
		if first := slices.Index(statuses, message.StatusDead); first >= 0 && w.model.trouble(id) != doomed {
			w.breaks(lost, "%s was given up", id)
		}
	}
}

package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// model is what has happened, as the endpoint saw it, and what of that is wrong
// already when it happens. It sees each call that was performed, in their order,
// whether its caller has learnt of it or not.
type model struct {
	mu         sync.Mutex
	asks       map[string]*ask
	letters    []letter                      // of the foreign client
	published  map[string][]message.Incoming // by request ID: each different request
	rows       map[string][]message.Status   // each write of a row that changed it
	objects    map[string]int                // writes of each object
	entries    map[string]bool               // of the log: ID and digest
	deliveries map[string]delivery           // by receipt handle
	receives   map[string]int                // of the messages in the work queues, by message ID
	taken      map[string]int64              // when the audit queue took a message, by message ID
	replies    map[string]int                // that an inbox took, by request ID
	inboxes    map[string]bool               // of this project's clients, that are open
	forged     map[string]bool               // what strangers put into inboxes
	wrong      []wrong
}

// delivery is a message in the hands of a service.
type delivery struct{ queue, messageID, body string }

// wrong is a broken promise.
type wrong struct{ promise, what string }

// The promises, by the names under which a broken one is counted.
const (
	lost        = "lost"        // an answer that is not there
	misrouted   = "misrouted"   // an answer that somebody else has
	changed     = "changed"     // an answer that is not what it was or has to be
	unaudited   = "unaudited"   // a request that the log does not show as it was
	overwritten = "overwritten" // an object of the log that was written twice
	stuck       = "stuck"       // work that does not end, or not where it should
)

var promises = []string{lost, misrouted, changed, unaudited, overwritten, stuck}

func newModel() *model {
	return &model{
		asks: map[string]*ask{}, published: map[string][]message.Incoming{}, rows: map[string][]message.Status{},
		objects: map[string]int{}, entries: map[string]bool{}, deliveries: map[string]delivery{}, receives: map[string]int{},
		taken: map[string]int64{}, replies: map[string]int{}, inboxes: map[string]bool{}, forged: map[string]bool{},
	}
}

// observe takes note of a call that the endpoint has performed.
func (w *world) observe(c *call, body []byte, r *local.Response) {
	if r.Status != http.StatusOK {
		return
	}
	m := w.model
	m.mu.Lock()
	defer m.mu.Unlock()
	switch c.Operation {
	case "PublishBatch", "Publish":
		m.publish(w, body)
	case "PutItem":
		m.put(w, c.about, putStatus(body))
	case "BatchExecuteStatement":
		m.inserted(w, c, r)
	case "PutObject":
		m.store(w, c.URL.Path, body)
	case "SendMessageBatch":
		m.send(w, c.queue(), body, r)
	case "ReceiveMessage":
		m.receive(w, c, r)
	case "DeleteMessageBatch":
		m.acknowledge(w, c.queue(), body, r)
	case "CreateQueue":
		if c.process.role == "client" {
			m.inboxes[c.queue()] = true
		}
	case "DeleteQueue":
		delete(m.inboxes, c.queue())
	case "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement", "DeleteObject", "DeleteObjects":
		m.breaks(w, changed, "%s calls %s, which the system has no use for", c.process.name, c.Operation)
	}
}

// publish notes requests that SNS has taken.
func (m *model) publish(w *world, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		m.breaks(w, lost, "a publish is no form: %v", err)
		return
	}
	for name, values := range form {
		if name != "Message" && !strings.HasSuffix(name, ".Message") {
			continue
		}
		for _, in := range message.Parse(stack, []byte(values[0])) {
			known := slices.ContainsFunc(m.published[in.ID], func(p message.Incoming) bool {
				return p.Digest == in.Digest && p.Inbox == in.Inbox && p.Deadline.Equal(in.Deadline)
			})
			if !known {
				m.published[in.ID] = append(m.published[in.ID], in)
			}
		}
	}
}

// put notes a row. It was written by a condition, so what was there before gave
// way to it.
func (m *model) put(w *world, id string, status message.Status) {
	if strings.HasPrefix(id, "#") {
		return
	}
	if before := m.rows[id]; len(before) > 0 && !slices.Equal(before, []message.Status{message.StatusDead}) {
		m.breaks(w, changed, "the row of %s was %v and is written again, %s", id, before, status)
	}
	m.rows[id] = append(m.rows[id], status)
}

func putStatus(body []byte) message.Status {
	var in struct{ Item map[string]struct{ S string } }
	if json.Unmarshal(body, &in) != nil {
		return ""
	}
	return message.Status(in.Item["status"].S)
}

// store notes an object of the log.
func (m *model) store(w *world, key string, text []byte) {
	if m.objects[key]++; m.objects[key] > 1 {
		m.breaks(w, overwritten, "the object %s is written again", key)
	}
	entries, err := audit.Parse(text)
	if err != nil {
		m.breaks(w, unaudited, "the object %s: %v", key, err)
	}
	for _, e := range entries {
		m.entries[e.RequestID+" "+e.Digest] = true
	}
}

// batchAnswer is the answer to a batch call of SQS.
type batchAnswer struct{ Successful []struct{ Id string } }

func succeeded(r *local.Response) map[string]bool {
	var out batchAnswer
	ids := map[string]bool{}
	if json.Unmarshal(r.Body, &out) == nil {
		for _, s := range out.Successful {
			ids[s.Id] = true
		}
	}
	return ids
}

// send notes replies that an inbox took. A reply may go to no inbox but one that
// its request names, and not before its answer is stored.
func (m *model) send(w *world, queue string, body []byte, r *local.Response) {
	var in struct {
		Entries []struct{ Id, MessageBody string }
	}
	var reply struct {
		ID string `json:"request_id"`
	}
	if err := unmarshal(body, &in); err != nil {
		m.breaks(w, lost, "replies: %v", err)
		return
	}
	took := succeeded(r)
	for _, e := range in.Entries {
		if err := unmarshal([]byte(e.MessageBody), &reply); err != nil || !took[e.Id] {
			continue
		}
		if !slices.ContainsFunc(m.published[reply.ID], func(p message.Incoming) bool { return p.Inbox == queue }) {
			m.breaks(w, misrouted, "the reply to %s goes to %s, which it did not ask for", reply.ID, queue)
		}
		if len(m.rows[reply.ID]) == 0 {
			m.breaks(w, lost, "the reply to %s goes out before its answer is stored", reply.ID)
		}
		m.replies[reply.ID]++
	}
}

// receive notes messages that a service was handed, and looks whose replies a
// client is handed.
func (m *model) receive(w *world, c *call, r *local.Response) {
	queue := c.queue()
	var out struct {
		Messages []struct {
			MessageId, ReceiptHandle, Body string
			Attributes                     map[string]string
		}
	}
	if json.Unmarshal(r.Body, &out) != nil {
		return
	}
	for _, msg := range out.Messages {
		if queue != statsQueue && queue != auditQueue {
			m.look(w, c.process, msg.Body)
			continue
		}
		m.deliveries[msg.ReceiptHandle] = delivery{queue, msg.MessageId, msg.Body}
		if !m.isDoomed(msg.Body) {
			m.receives[msg.MessageId], _ = strconv.Atoi(msg.Attributes["ApproximateReceiveCount"])
		}
		if sent, err := strconv.ParseInt(msg.Attributes["SentTimestamp"], 10, 64); err == nil && queue == auditQueue {
			m.taken[msg.MessageId] = sent
		}
	}
}

// look looks at a message that a client is handed: it is a reply to a request of its
// own, if no stranger sent it.
func (m *model) look(w *world, p *process, body string) {
	var reply struct {
		ID string `json:"request_id"`
	}
	if m.forged[body] || json.Unmarshal([]byte(body), &reply) != nil {
		return
	}
	if !strings.HasPrefix(reply.ID, p.program()+"-r") {
		m.breaks(w, misrouted, "%s is handed the reply to %s", p.name, reply.ID)
	}
}

// forge notes what a stranger puts into an inbox.
func (m *model) forge(body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forged[body] = true
}

func (m *model) isDoomed(body string) bool {
	return slices.ContainsFunc(message.Parse(stack, []byte(body)), func(in message.Incoming) bool {
		a := m.asks[in.ID]
		return a != nil && a.trouble == doomed
	})
}

// acknowledge notes messages that a service is done with. It may not be before the
// answer is stored, or the entry of the log.
func (m *model) acknowledge(w *world, queue string, body []byte, r *local.Response) {
	var in struct {
		Entries []struct{ Id, ReceiptHandle string }
	}
	if queue != statsQueue && queue != auditQueue || unmarshal(body, &in) != nil {
		return
	}
	gone := succeeded(r)
	for _, e := range in.Entries {
		d := m.deliveries[e.ReceiptHandle]
		if !gone[e.Id] || d.queue == "" {
			continue
		}
		delete(m.receives, d.messageID)
		for _, q := range message.Parse(stack, []byte(d.body)) {
			switch {
			case queue == statsQueue && len(m.rows[q.ID]) == 0:
				m.breaks(w, lost, "%s is acknowledged before its answer is stored", q.ID)
			case queue == auditQueue && !m.entries[q.ID+" "+q.Digest]:
				m.breaks(w, unaudited, "%s is acknowledged before it is in the log", q.ID)
			}
		}
	}
}

// tired says whether a message was received so often that one more mishap or two
// could send it to the dead-letter queue.
func (m *model) tired() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.receives {
		if n >= 7 {
			return true
		}
	}
	return false
}

func (m *model) add(asks []*ask) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range asks {
		m.asks[a.id] = a
	}
}

func (m *model) trouble(id string) trouble {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.asks[id]; a != nil {
		return a.trouble
	}
	return none
}

func (m *model) wasDead(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.rows[id], message.StatusDead)
}

// ids are the IDs of all that was asked.
func (m *model) ids() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return sorted(m.published)
}

// openInboxes are the inboxes of this project's clients.
func (m *model) openInboxes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return sorted(m.inboxes)
}

func (m *model) breaks(w *world, promise, format string, args ...any) {
	m.wrong = append(m.wrong, wrong{promise, w.note("BROKEN "+promise+": "+format, args...)})
}

// breaks notes a broken promise.
func (w *world) breaks(promise, format string, args ...any) {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	w.model.breaks(w, promise, format, args...)
}

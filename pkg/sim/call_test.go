package sim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/statline/statline/pkg/local"
)

// call is one API call of a process.
type call struct {
	*local.Call
	process *process
	point   string // where it stands in the schedule: "stats-1.2 PutItem 3"
	name    string // what the gate knows it by
	about   string // for people: the request, the queue or the object
	then    func() // what happens after it
}

// newCall describes the next call of p. It is made when the gate has let the call
// through, save its name.
func newCall(p *process, c *local.Call) *call {
	about := subject(c)
	return &call{
		Call: c, process: p, about: about,
		name: fmt.Sprintf("%s %s %s %016x", p.name, c.Operation, about, hash(canonical(c))),
	}
}

// number gives the call its point.
func (c *call) number() {
	c.process.mu.Lock()
	defer c.process.mu.Unlock()
	c.process.calls[c.Operation]++
	c.point = fmt.Sprintf("%s %s %d", c.process.name, c.Operation, c.process.calls[c.Operation])
}

// queue is the name of the queue that a call of SQS is for.
func (c *call) queue() string { return queueOf(c.Call) }

func queueOf(c *local.Call) string {
	var in struct{ QueueUrl, QueueName string }
	if c.Service != "sqs" || json.Unmarshal(c.Body, &in) != nil {
		return ""
	}
	if in.QueueName != "" {
		return in.QueueName
	}
	return path.Base(in.QueueUrl)
}

// entries is the number of entries of a batch call, 0 for any other.
func (c *call) entries() int {
	if c.Service == "sns" {
		form, err := url.ParseQuery(string(c.Body))
		n := 0
		for err == nil && form.Has(member(n+1, "Id")) {
			n++
		}
		return n
	}
	var in struct{ Entries, Statements []json.RawMessage }
	if json.Unmarshal(c.Body, &in) != nil {
		return 0
	}
	return len(in.Entries) + len(in.Statements)
}

// onWork says whether the call is for one of the two work queues.
func (c *call) onWork() bool { q := c.queue(); return q == statsQueue || q == auditQueue }

var requestID = regexp.MustCompile(`"request_id":\{"S":"([^"]*)"\}`)

// subject says what a call is about.
func subject(c *local.Call) string {
	switch c.Service {
	case "sqs":
		return queueOf(c)
	case "dynamodb":
		if rows, err := storedBy(c); err == nil && rows != nil {
			return idsOf(rows)
		}
		if m := requestID.FindSubmatch(c.Body); m != nil {
			return string(m[1])
		}
	case "s3":
		return path.Base(c.URL.Path)
	}
	return ""
}

var nonce = regexp.MustCompile(`nonce\\*":\\*"[A-Za-z0-9_-]*`)

// canonical is the body of a call without what changes from run to run: the order
// of members in a JSON object, which comes from Go's maps, and nonces, which callers
// draw at the same time.
func canonical(c *local.Call) string { return nonce.ReplaceAllString(inOrder(c), "") }

func inOrder(c *local.Call) string {
	var doc any
	if json.Unmarshal(c.Body, &doc) == nil {
		sorted, err := json.Marshal(doc)
		if err == nil {
			return string(sorted)
		}
	}
	if form, err := url.ParseQuery(string(c.Body)); err == nil && strings.Contains(string(c.Body), "Action=") {
		var fields []string
		for _, name := range sorted(form) {
			fields = append(fields, name+"="+form.Get(name))
		}
		return strings.Join(fields, "&")
	}
	return string(c.Body)
}

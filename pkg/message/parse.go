package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"unicode/utf8"

	"github.com/statline/statline/pkg/stats"
)

// Incoming is one request as it arrived: sound, or refused for a reason.
type Incoming struct {
	// Request is what is asked. Of a refused request it holds what could still be
	// read without doubt: ID, ClientID, Inbox, Nonce and TraceParent. The ID is never
	// empty: where the client's cannot be read it is "bad-" and the beginning of the
	// digest, and there is no inbox.
	Request
	Fault  *Fault // why it is refused; nil for a sound request
	Digest string // of what is asked, see [Request.Digest]; of a refused request, the SHA-256 of Raw in lower-case hex
	Raw    []byte // the request's own bytes
}

// Parse reads the body of a message that was published to a stack: one request,
// or several packed in one message. It returns at least one, in their order.
// The body must not be changed while the result is in use.
func Parse(stack string, body []byte) []Incoming {
	if len(body) > MaxBody {
		return []Incoming{refuse(stack, body, &Fault{Code: TooLarge, Message: fmt.Sprintf("the message has %d bytes; at most %d are allowed", len(body), MaxBody)})}
	}
	if !packed(body) {
		return []Incoming{parseOne(stack, body)}
	}
	elements, fault := unpack(body)
	if fault != nil {
		return []Incoming{refuse(stack, body, fault)}
	}
	in := make([]Incoming, len(elements))
	for i, e := range elements {
		in[i] = parseOne(stack, e)
	}
	return in
}

func parseOne(stack string, raw []byte) Incoming {
	r, fault := decode(stack, raw)
	if fault != nil {
		return refuse(stack, raw, fault)
	}
	return Incoming{Request: r, Digest: r.Digest(), Raw: raw}
}

// refuse keeps of a refused request what can still be read of it.
func refuse(stack string, raw []byte, fault *Fault) Incoming {
	sum := sha256.Sum256(raw)
	in := Incoming{Fault: fault, Digest: hex.EncodeToString(sum[:]), Raw: raw}
	found := salvage(raw)
	if trace, ok := found.only("traceparent"); ok && validTraceParent(trace) {
		in.TraceParent = trace
	}
	id, ok := found.only("request_id")
	if !ok || !ValidID(id) {
		in.ID = refusedPrefix + in.Digest[:32]
		return in
	}
	in.ID = id
	if client, ok := found.only("client_id"); ok && ValidClientID(client) {
		in.ClientID = client
	}
	if nonce, ok := found.only("nonce"); ok && validNonce(nonce) {
		in.Nonce = nonce
	}
	_, hasClient := found["client_id"]
	clientKnown := in.ClientID != "" || !hasClient
	if inbox, ok := found.only("inbox"); ok && clientKnown && ValidInbox(stack, in.ClientID, inbox) {
		in.Inbox = inbox
	}
	return in
}

// decode reads one request strictly.
func decode(stack string, raw []byte) (Request, *Fault) {
	if !utf8.Valid(raw) {
		return Request{}, &Fault{Code: InvalidJSON, Message: fmt.Sprintf("byte %d: invalid UTF-8", invalidUTF8(raw))}
	}
	d := decoder{stack: stack}
	if fault := d.object.read(raw); fault != nil {
		return Request{}, fault
	}
	return d.request()
}

func invalidUTF8(raw []byte) int {
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(raw)
}

// object is a JSON object of the envelope: the members that a request may have,
// in the order of fields, the two lists of numbers already read, and the first key
// that it may not have.
type object struct {
	values  [len(fields)][]byte // as they are written; nil for none
	lists   [len(fields)]*stats.List
	unknown *string
}

// value is the value of a field, as it is written, if there is one.
func (o *object) value(field string) ([]byte, bool) {
	v := o.values[indexOf(field)]
	return v, v != nil
}

// list is the list that is the value of a field, if that is an array.
func (o *object) list(field string) (l *stats.List, isList bool) {
	i := indexOf(field)
	return o.lists[i], len(o.values[i]) > 0 && o.values[i][0] == '['
}

// read reads the body of a request. It checks the JSON, that no key of a request
// occurs twice, and the lists of numbers; what the values mean is the decoder's
// affair.
func (o *object) read(raw []byte) *Fault {
	s := scanner{data: raw}
	if !s.take('{') {
		return s.expected("a JSON object")
	}
	if s.take('}') {
		return s.end()
	}
	for {
		if fault := o.readMember(&s); fault != nil {
			return fault
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return s.expected(", or } after a value")
		}
		return s.end()
	}
}

func (o *object) readMember(s *scanner) *Fault {
	key, fault := s.key()
	if fault != nil {
		return fault
	}
	field := indexOf(key)
	if field >= 0 && o.values[field] != nil {
		return faultAt(InvalidField, printable(key), "is given twice")
	}
	s.space()
	start := s.pos
	if (key == "numbers" || key == "quantiles") && s.peek() == '[' {
		l, fault := s.list(key)
		o.lists[field], o.values[field] = l, raw(s, start)
		return fault
	}
	if fault := s.value(); fault != nil {
		return fault.in(key)
	}
	if field >= 0 {
		o.values[field] = raw(s, start)
	} else if o.unknown == nil {
		unknown := key
		o.unknown = &unknown
	}
	return nil
}

func raw(s *scanner, start int) []byte { return bytes.TrimSpace(s.data[start:s.pos]) }

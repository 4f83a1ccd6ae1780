// Package audit writes the log of all requests to S3, as text that a person can
// read and this package can parse, and reads it.
//
// An entry says what was asked and what it computes to, or why it is refused. It
// is made from the request alone, by the same code as the answer, and does not
// know what became of the reply. Every request that reached the queue has at least
// one entry; a message that was delivered twice may have two.
package audit

import (
	"errors"
	"strconv"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// Entry is what the log says of one request. In the text it is a paragraph: a
// line for each field that is not empty, the field's name and its value.
type Entry struct {
	RequestID   string
	MessageID   string    // SQS's ID of the message that it came in
	ReceivedAt  time.Time // when the queue took the message, by SQS's clock
	ClientID    string    // as the client claims
	SentAt      time.Time // by the client's clock
	Deadline    time.Time
	TraceParent string
	Inbox       string
	Numbers     string // the list as it came: tokens joined by ","
	Asked       string // the quantiles asked for, likewise
	Body        string // of a refused request instead of both: its bytes
	Digest      string // see [message.Incoming]
	Status      message.Status
	Fault       *message.Fault
	Result      *stats.Summary
}

// NewEntry is the entry of a request that came in a message.
func NewEntry(in message.Incoming, messageID string, receivedAt time.Time) Entry {
	reply := in.Answer()
	e := Entry{
		RequestID: in.ID, MessageID: messageID, ReceivedAt: receivedAt, ClientID: in.ClientID, Inbox: in.Inbox,
		Digest: in.Digest, Status: reply.Status, Fault: reply.Fault, Result: reply.Result,
	}
	if in.Fault != nil {
		e.Body = string(in.Raw)
		return e
	}
	e.SentAt, e.Deadline, e.TraceParent = in.SentAt, in.Deadline, in.TraceParent
	e.Numbers = string(in.Numbers.Text())
	if in.Quantiles != nil {
		e.Asked = string(in.Quantiles.Text())
	}
	return e
}

// field is one line of an entry. Get returns the value, empty for none; set reads
// it back.
type field struct {
	name string
	get  func(*Entry) string
	set  func(*Entry, string) error
}

// fields are the lines of an entry before its statistics, in their order.
var fields = []field{
	stringField("request", func(e *Entry) *string { return &e.RequestID }),
	stringField("message", func(e *Entry) *string { return &e.MessageID }),
	timeField("received", func(e *Entry) *time.Time { return &e.ReceivedAt }),
	stringField("client", func(e *Entry) *string { return &e.ClientID }),
	timeField("sent", func(e *Entry) *time.Time { return &e.SentAt }),
	timeField("deadline", func(e *Entry) *time.Time { return &e.Deadline }),
	stringField("trace", func(e *Entry) *string { return &e.TraceParent }),
	stringField("inbox", func(e *Entry) *string { return &e.Inbox }),
	stringField("numbers", func(e *Entry) *string { return &e.Numbers }),
	stringField("asked", func(e *Entry) *string { return &e.Asked }),
	quotedField("body", func(e *Entry) *string { return &e.Body }),
	stringField("sha256", func(e *Entry) *string { return &e.Digest }),
	stringField("status", func(e *Entry) *string { return (*string)(&e.Status) }),
	faultField("error", func(f *message.Fault) *string { return (*string)(&f.Code) }),
	faultField("path", func(f *message.Fault) *string { return &f.Path }),
	faultField("reason", func(f *message.Fault) *string { return &f.Message }),
	countField(),
	figureField("sum", func(s *stats.Summary) *stats.Figure { return &s.Sum }),
	figureField("min", func(s *stats.Summary) *stats.Figure { return &s.Min }),
	figureField("max", func(s *stats.Summary) *stats.Figure { return &s.Max }),
	figureField("mean", func(s *stats.Summary) *stats.Figure { return &s.Mean }),
	figureField("median", func(s *stats.Summary) *stats.Figure { return &s.Median }),
	figureField("variance", func(s *stats.Summary) *stats.Figure { return &s.Variance }),
	figureField("stddev", func(s *stats.Summary) *stats.Figure { return &s.StdDev }),
	figureField("q1", func(s *stats.Summary) *stats.Figure { return &s.Q1 }),
	figureField("q3", func(s *stats.Summary) *stats.Figure { return &s.Q3 }),
	methodField(),
}

// column is where the value stands in a line, after the name and its padding. A
// value may itself begin with spaces.
const column = 10

// append writes the paragraph of e.
func (e *Entry) append(b []byte) []byte {
	for _, f := range fields {
		if v := f.get(e); v != "" {
			b = append(appendName(b, f.name), v...)
			b = append(b, '\n')
		}
	}
	if e.Result != nil {
		for _, q := range e.Result.Quantiles {
			b = append(append(appendName(b, "quantile"), q.P...), ' ')
			b = append(append(b, q.Value...), '\n')
		}
	}
	return b
}

// appendName begins a line.
func appendName(b []byte, name string) []byte {
	b = append(b, name...)
	return append(b, "          "[:column-len(name)]...)
}

// String is the paragraph of e, as it stands in the log.
func (e Entry) String() string { return string(e.append(nil)) }

// faultField is a string of the entry's fault, which reading makes where there is
// none yet.
func faultField(name string, at func(*message.Fault) *string) field {
	return field{
		name: name,
		get: func(e *Entry) string {
			if e.Fault == nil {
				return ""
			}
			return oneLine(*at(e.Fault))
		},
		set: func(e *Entry, v string) error {
			if e.Fault == nil {
				e.Fault = &message.Fault{}
			}
			*at(e.Fault) = v
			return nil
		},
	}
}

func stringField(name string, at func(*Entry) *string) field {
	return field{
		name: name,
		get:  func(e *Entry) string { return oneLine(*at(e)) },
		set:  func(e *Entry, v string) error { *at(e) = v; return nil },
	}
}

// oneLine keeps a value on its line whatever it holds. The values that come this
// way are checked long before and hold nothing that needs it.
func oneLine(v string) string {
	for _, c := range []byte(v) {
		if c < ' ' || c > '~' {
			return strconv.QuoteToASCII(v)
		}
	}
	return v
}

// quotedField is for what a client wrote and nobody checked: printable ASCII in
// double quotes, with Go's escapes, byte for byte.
func quotedField(name string, at func(*Entry) *string) field {
	return field{
		name: name,
		get: func(e *Entry) string {
			if *at(e) == "" {
				return ""
			}
			return strconv.QuoteToASCII(*at(e))
		},
		set: func(e *Entry, v string) (err error) {
			*at(e), err = strconv.Unquote(v)
			return err
		},
	}
}

func timeField(name string, at func(*Entry) *time.Time) field {
	return field{
		name: name,
		get: func(e *Entry) string {
			if at(e).IsZero() {
				return ""
			}
			return message.FormatTime(*at(e))
		},
		set: func(e *Entry, v string) error {
			t, err := time.Parse(time.RFC3339, v)
			*at(e) = t.UTC()
			return err
		},
	}
}

func figureField(name string, at func(*stats.Summary) *stats.Figure) field {
	return field{
		name: name,
		get: func(e *Entry) string {
			if e.Result == nil {
				return ""
			}
			return string(*at(e.Result))
		},
		set: func(e *Entry, v string) error {
			if e.Result == nil {
				return errNoCount
			}
			f, err := stats.Canonical(v)
			*at(e.Result) = f
			return err
		},
	}
}

var errNoCount = errors.New("statistics begin with count")

// countField begins the statistics.
func countField() field {
	return field{
		name: "count",
		get: func(e *Entry) string {
			if e.Result == nil {
				return ""
			}
			return strconv.Itoa(e.Result.Count)
		},
		set: func(e *Entry, v string) error {
			n, err := strconv.Atoi(v)
			e.Result = &stats.Summary{Count: n}
			return err
		},
	}
}

// methodField ends the statistics.
func methodField() field {
	return field{
		name: "method",
		get: func(e *Entry) string {
			if e.Result == nil {
				return ""
			}
			return string(e.Result.Method)
		},
		set: func(e *Entry, v string) error {
			if e.Result == nil {
				return errNoCount
			}
			e.Result.Method = stats.Method(v)
			return nil
		},
	}
}

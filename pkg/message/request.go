package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// timeForm is how times are written: RFC 3339, UTC, with three fractional digits.
const timeForm = "2006-01-02T15:04:05.000Z"

// FormatTime writes a time as every message, row and log entry of the system
// does: RFC 3339 in UTC with exactly three fractional digits.
func FormatTime(t time.Time) string { return t.UTC().Format(timeForm) }

// Request is what a client asks: the statistics of a list of numbers.
type Request struct {
	ID      string
	Numbers *stats.List
	// The rest may be left out.
	ClientID    string       // whose inboxes may be replied to
	Inbox       string       // the name of the queue to reply to; without it the result is only stored
	Nonce       string       // echoed in the reply
	SentAt      time.Time    // by the client's clock
	Deadline    time.Time    // past it, the request is answered "expired"
	TraceParent string       // W3C Trace Context
	Quantiles   *stats.List  // probabilities, each from 0 to 1, all different
	Method      stats.Method // for quartiles and quantiles; R7 when empty
}

// MarshalJSON writes r as the body of a message. The numbers keep the text that
// they were written in.
func (r Request) MarshalJSON() ([]byte, error) {
	doc := struct {
		Schema      string          `json:"schema"`
		ID          string          `json:"request_id"`
		Numbers     json.RawMessage `json:"numbers"`
		ClientID    string          `json:"client_id,omitempty"`
		Inbox       string          `json:"inbox,omitempty"`
		Nonce       string          `json:"nonce,omitempty"`
		SentAt      string          `json:"sent_at,omitempty"`
		Deadline    string          `json:"deadline,omitempty"`
		TraceParent string          `json:"traceparent,omitempty"`
		Quantiles   json.RawMessage `json:"quantiles,omitempty"`
		Method      stats.Method    `json:"quantile_method,omitempty"`
	}{
		Schema: RequestSchema, ID: r.ID, Numbers: array(r.Numbers), ClientID: r.ClientID, Inbox: r.Inbox, Nonce: r.Nonce,
		TraceParent: r.TraceParent, Method: r.Method,
	}
	if !r.SentAt.IsZero() {
		doc.SentAt = FormatTime(r.SentAt)
	}
	if !r.Deadline.IsZero() {
		doc.Deadline = FormatTime(r.Deadline)
	}
	if r.Quantiles != nil {
		doc.Quantiles = array(r.Quantiles)
	}
	return json.Marshal(doc)
}

func array(l *stats.List) []byte {
	return bytes.Join([][]byte{[]byte("["), l.Text(), []byte("]")}, nil)
}

// Digest identifies what r asks to be computed, in lower-case hex: the SHA-256 of
// its number tokens as written joined by ",", a line feed, its quantile tokens
// joined by ",", a line feed, and its method. Requests with the same digest have
// the same result.
func (r Request) Digest() string {
	h := sha256.New()
	h.Write(r.Numbers.Text())
	h.Write([]byte("\n"))
	if r.Quantiles != nil {
		h.Write(r.Quantiles.Text())
	}
	h.Write([]byte("\n"))
	h.Write([]byte(r.method()))
	return hex.EncodeToString(h.Sum(nil))
}

func (r Request) method() stats.Method {
	if r.Method == "" {
		return stats.R7
	}
	return r.Method
}

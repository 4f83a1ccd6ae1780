package message

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// timeForm is how times are written: RFC 3339, UTC, with three fractional digits.
const timeForm = "2006-01-02T15:04:05.000Z"

// FormatTime writes a time as every message, row and log entry of the system
// does: RFC 3339 in UTC with exactly three fractional digits.
func FormatTime(t time.Time) string {
	var room [len(timeForm) + 8]byte
	b := t.UTC().AppendFormat(room[:0], time.RFC3339) // which package time is quick at
	ms := t.Nanosecond() / int(time.Millisecond)
	b = append(b[:len(b)-1], '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z')
	return string(b)
}

// hasTimeForm says whether s has digits and other characters where timeForm has
// them.
func hasTimeForm(s string) bool {
	if len(s) != len(timeForm) {
		return false
	}
	for i := range len(timeForm) {
		want, got := timeForm[i], s[i]
		if isDigit(want) != isDigit(got) || !isDigit(want) && want != got {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

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
	b := make([]byte, 0, 512+len(r.Numbers.Text()))
	member := func(key, value string) {
		if value != "" {
			b = append(b, `,"`+key+`":`...)
			b = appendText(b, value)
		}
	}
	b = append(b, `{"schema":"`+RequestSchema+`","request_id":`...)
	b = appendText(b, r.ID)
	b = append(append(append(b, `,"numbers":[`...), r.Numbers.Text()...), ']')
	member("client_id", r.ClientID)
	member("inbox", r.Inbox)
	member("nonce", r.Nonce)
	if !r.SentAt.IsZero() {
		member("sent_at", FormatTime(r.SentAt))
	}
	if !r.Deadline.IsZero() {
		member("deadline", FormatTime(r.Deadline))
	}
	member("traceparent", r.TraceParent)
	if r.Quantiles != nil {
		b = append(append(append(b, `,"quantiles":[`...), r.Quantiles.Text()...), ']')
	}
	member("quantile_method", string(r.Method))
	return append(b, '}'), nil
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

package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// Status says how a request ended.
type Status string

// The ends of a request.
const (
	StatusOK      Status = "ok"      // it has a result
	StatusError   Status = "error"   // it was refused; the fault says why
	StatusExpired Status = "expired" // its deadline passed before the work began
	StatusDead    Status = "dead"    // given up after the last delivery that the queue allows; a redrive may still end it otherwise
)

// Reply is the answer to a request.
type Reply struct {
	RequestID   string
	Nonce       string // the request's; empty in a stored reply
	Status      Status
	Result      *stats.Summary // where the status is ok
	Fault       *Fault         // where the status is error
	CompletedAt time.Time
}

// document is the JSON form of a reply, as it is read.
type document struct {
	Schema      string         `json:"schema"`
	RequestID   string         `json:"request_id"`
	Nonce       string         `json:"nonce,omitempty"`
	Status      Status         `json:"status"`
	Result      *stats.Summary `json:"result,omitempty"`
	Error       *Fault         `json:"error,omitempty"`
	CompletedAt string         `json:"completed_at,omitempty"`
}

// MarshalJSON writes r as the body of a message in an inbox.
func (r Reply) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 512)
	b = append(b, `{"schema":"`+ReplySchema+`","request_id":`...)
	b = appendText(b, r.RequestID)
	if r.Nonce != "" {
		b = appendText(append(b, `,"nonce":`...), r.Nonce)
	}
	b = appendText(append(b, `,"status":`...), string(r.Status))
	if r.Result != nil {
		result, err := r.Result.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"result":`...), result...)
	}
	if r.Fault != nil {
		fault, err := plainJSON(r.Fault)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"error":`...), fault...)
	}
	if !r.CompletedAt.IsZero() {
		b = appendText(append(b, `,"completed_at":`...), FormatTime(r.CompletedAt))
	}
	return append(b, '}'), nil
}

// appendText appends a string as JSON.
func appendText(b []byte, s string) []byte {
	if only(s, "_-:.") {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := plainJSON(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return append(b, text...)
}

// plainJSON is the JSON of v, with <, > and & as they are.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, and later forms of it: fields that
// it does not know are ignored.
func (r *Reply) UnmarshalJSON(data []byte) error {
	var doc document
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("read reply: %w", err)
	}
	if doc.Schema != ReplySchema {
		return fmt.Errorf("read reply: schema is %q, not %q", doc.Schema, ReplySchema)
	}
	*r = Reply{RequestID: doc.RequestID, Nonce: doc.Nonce, Status: doc.Status, Result: doc.Result, Fault: doc.Error}
	if doc.CompletedAt == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, doc.CompletedAt)
	if err != nil {
		return fmt.Errorf("read reply %s: completed_at: %w", doc.RequestID, err)
	}
	r.CompletedAt = t.UTC()
	return nil
}

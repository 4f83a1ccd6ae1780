// Package plain is what the designs that statline is compared with have in common:
// a pipeline of the same shape as an engineer writes it with the SDK and
// encoding/json.
package plain

import (
	"math"
	"slices"
	"time"
)

// Request is the body of a published message.
type Request struct {
	ID      string    `json:"id"`
	ReplyTo string    `json:"reply_to"` // the URL of a queue
	SentAt  time.Time `json:"sent_at"`
	Numbers []float64 `json:"numbers"`
}

// Reply is the body of a message in a reply queue.
type Reply struct {
	ID     string  `json:"id"`
	Count  int     `json:"count"`
	Sum    float64 `json:"sum"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Mean   float64 `json:"mean"`
	Median float64 `json:"median"`
	StdDev float64 `json:"stddev"`
}

// Answer computes the reply to a request, whose list is not empty.
func Answer(q Request) Reply {
	s := slices.Clone(q.Numbers)
	slices.Sort(s)
	n := len(s)
	r := Reply{ID: q.ID, Count: n, Min: s[0], Max: s[n-1], Median: (s[(n-1)/2] + s[n/2]) / 2}
	for _, v := range s {
		r.Sum += v
	}
	r.Mean = r.Sum / float64(n)
	squares := 0.0
	for _, v := range s {
		squares += (v - r.Mean) * (v - r.Mean)
	}
	r.StdDev = math.Sqrt(squares / float64(max(n-1, 1)))
	return r
}

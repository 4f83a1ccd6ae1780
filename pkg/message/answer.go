package message

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/statline/statline/pkg/stats"
)

// Answer is what a request computes to, or the reason why it is refused: the
// status is ok or error. It depends on the request alone, so whoever answers it,
// however often, answers the same. The reply bears no nonce and no time.
func (in *Incoming) Answer() Reply {
	reply := Reply{RequestID: in.ID, Status: StatusError, Fault: in.Fault}
	if in.Fault != nil {
		return reply
	}
	summary := stats.Summarize(in.Numbers, in.options())
	ok := Reply{RequestID: in.ID, Status: StatusOK, Result: &summary}
	if fault := checkSize(ok); fault != nil {
		reply.Fault = fault
		return reply
	}
	return ok
}

// mostBytes is a little more than a reply with the result s has: its figures, what
// stands between them, and no more than a thousand bytes around.
func mostBytes(s *stats.Summary) int {
	n := 1500
	for _, f := range [...]stats.Figure{s.Sum, s.Min, s.Max, s.Mean, s.Median, s.Variance, s.StdDev, s.Q1, s.Q3} {
		n += len(f)
	}
	for _, q := range s.Quantiles {
		n += len(`"":,`) + len(q.P) + len(q.Value)
	}
	return n
}

// checkSize refuses a reply that does not fit with the longest nonce, so that the
// same list fits or does not whatever the nonce.
func checkSize(r Reply) *Fault {
	if mostBytes(r.Result) < MaxReply {
		return nil
	}
	r.Nonce, r.CompletedAt = strings.Repeat("x", maxNonce), time.Unix(0, 0)
	body, err := json.Marshal(r)
	if err != nil {
		return &Fault{Code: Internal, Message: "the result cannot be written: " + printable(err.Error())}
	}
	if len(body) > MaxReply {
		return &Fault{Code: TooLarge, Message: fmt.Sprintf("the reply would have %d bytes; at most %d are allowed", len(body), MaxReply)}
	}
	return nil
}

// options are what r asks of the statistics: its quantiles in ascending order.
func (r Request) options() stats.Options {
	o := stats.Options{Method: r.method()}
	if r.Quantiles != nil {
		o.Quantiles = numbersOf(r.Quantiles)
		slices.SortFunc(o.Quantiles, stats.Number.Cmp)
	}
	return o
}

func numbersOf(l *stats.List) []stats.Number {
	numbers := make([]stats.Number, l.Len())
	for i := range numbers {
		numbers[i] = l.At(i)
	}
	return numbers
}

// Compute is the result of a request, computed here. The error is the [Fault] that
// it would be answered with.
func Compute(r Request) (*stats.Summary, error) {
	in := Incoming{Request: r}
	reply := in.Answer()
	if reply.Fault != nil {
		return nil, reply.Fault
	}
	return reply.Result, nil
}

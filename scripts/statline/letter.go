package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
)

// office is a dead-letter queue: its short name, and the queues of the stack that its
// letters were meant for.
type office struct {
	short, name string
	origins     []string
}

// The short names of the dead-letter queues.
const (
	statsLetters = "stats"
	auditLetters = "audit"
	undelivered  = "undelivered"
)

// offices are the dead-letter queues of a stack. SNS does not say for which subscription
// it could not deliver a message ("Amazon SNS dead-letter queues", Amazon SNS
// Developer Guide), so what is undelivered was meant for either queue.
func offices(n cloud.Names) []office {
	return []office{
		{statsLetters, n.StatsDLQ(), []string{n.StatsQueue()}},
		{auditLetters, n.AuditDLQ(), []string{n.AuditQueue()}},
		{undelivered, n.Undelivered(), []string{n.StatsQueue(), n.AuditQueue()}},
	}
}

// letter is a message of a dead-letter queue.
type letter struct {
	Queue     string   `json:"queue"` // the dead-letter queue
	MessageID string   `json:"message_id"`
	SentAt    string   `json:"sent_at"`  // to its first queue
	Receives  int      `json:"receives"` // those by which it is listed included
	Reason    string   `json:"reason"`
	Requests  []string `json:"request_ids"`
	Clients   []string `json:"client_ids,omitempty"`
	Bytes     int      `json:"bytes"`
	Body      string   `json:"body,omitempty"`    // only where it is shown
	Outcome   string   `json:"outcome,omitempty"` // of a redrive or delete

	sent       time.Time
	source     string // ARN of the queue that it was in; empty where SNS sent it
	handle     string
	attributes map[string]types.MessageAttributeValue
}

// Why a message is in a dead-letter queue, beside the codes of refused requests.
const (
	reasonGivenUp     = "given_up"    // worked as often as its queue allows, and never with success
	reasonUndelivered = "undelivered" // SNS could not put it into a queue
)

// readLetter reads a message of an office. A request is read as the services read it, so
// a letter that holds none has the ID and the code that they refuse it with.
func readLetter(stack string, o office, m types.Message) *letter {
	number := func(name types.MessageSystemAttributeName) int64 {
		n, _ := strconv.ParseInt(m.Attributes[string(name)], 10, 64) // 0 where SQS says nothing
		return n
	}
	l := &letter{
		Queue: o.name, MessageID: aws.ToString(m.MessageId), Receives: int(number(types.MessageSystemAttributeNameApproximateReceiveCount)),
		Bytes: len(aws.ToString(m.Body)), Body: aws.ToString(m.Body), Reason: reasonGivenUp,
		sent:   time.UnixMilli(number(types.MessageSystemAttributeNameSentTimestamp)),
		source: m.Attributes[string(types.MessageSystemAttributeNameDeadLetterQueueSourceArn)],
		handle: aws.ToString(m.ReceiptHandle), attributes: m.MessageAttributes,
	}
	l.SentAt = message.FormatTime(l.sent)
	for _, in := range message.Parse(stack, []byte(l.Body)) {
		l.Requests = append(l.Requests, in.ID)
		if in.ClientID != "" && !slices.Contains(l.Clients, in.ClientID) {
			l.Clients = append(l.Clients, in.ClientID)
		}
		if in.Fault != nil && l.Reason == reasonGivenUp {
			l.Reason = string(in.Fault.Code)
		}
	}
	if o.short == undelivered {
		l.Reason = reasonUndelivered
	}
	return l
}

var letterHeader = []string{"queue", "sent_at", "request_id", "client_id", "reason", "receives", "bytes", "message_id"}

func (l *letter) columns() []string {
	request := l.Requests[0] // there is always one
	if n := len(l.Requests); n > 1 {
		request += " +" + strconv.Itoa(n-1)
	}
	return []string{l.Queue, l.SentAt, request, strings.Join(l.Clients, " "), l.Reason, strconv.Itoa(l.Receives), strconv.Itoa(l.Bytes), l.MessageID}
}

// selection says which dead letters are meant.
type selection struct {
	queues         []string // short names; none for all
	reason, client string
	since, before  string
	from, until    time.Time
	ids            []string // of requests or messages; none for all
}

// read checks what the flags say.
func (s *selection) read() (err error) {
	for _, q := range s.queues {
		if q != statsLetters && q != auditLetters && q != undelivered {
			return usageError("--queue %s: write stats, audit or undelivered", q)
		}
	}
	if s.since != "" {
		if s.from, err = sinceTime(s.since); err != nil {
			return err
		}
	}
	if s.before != "" {
		if s.until, err = sinceTime(s.before); err != nil {
			return usageError("--before %s: write a duration (90m, 24h, 7d) or a time (2026-01-31, 2026-01-31T08:30:00Z)", s.before)
		}
	}
	return nil
}

func (s *selection) offices(n cloud.Names) []office {
	return slices.DeleteFunc(offices(n), func(o office) bool { return len(s.queues) > 0 && !slices.Contains(s.queues, o.short) })
}

// means says whether a letter is one of those.
func (s *selection) means(l *letter) bool {
	switch {
	case s.reason != "" && l.Reason != s.reason,
		s.client != "" && !slices.Contains(l.Clients, s.client),
		!s.from.IsZero() && l.sent.Before(s.from),
		!s.until.IsZero() && !l.sent.Before(s.until):
		return false
	}
	return len(s.ids) == 0 || slices.Contains(s.ids, l.MessageID) || slices.ContainsFunc(l.Requests, func(id string) bool { return slices.Contains(s.ids, id) })
}

package sqs

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type receiveMessageInput struct {
	QueueUrl                    string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	ReceiveRequestAttemptId     string
}

type receiveMessageOutput struct {
	Messages []receivedMessage `json:",omitempty"`
}

type receivedMessage struct {
	MessageId              string
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             map[string]string    `json:",omitempty"`
	MD5OfMessageAttributes string               `json:",omitempty"`
	MessageAttributes      map[string]Attribute `json:",omitempty"`
}

// receiveMessage takes up to ten messages; where there are none it waits for the
// first ("Amazon SQS short and long polling"). A call whose context has ended
// takes none and is refused, for whoever still listens.
func (s *Service) receiveMessage(ctx context.Context, c *wire.Call) (any, error) {
	in := new(receiveMessageInput)
	if err := wire.DecodeJSON(c.Body, in); err != nil {
		return nil, err
	}
	p := &poll{wake: make(chan struct{}, 1)}
	for !p.done {
		err := s.db.Update(func(tx *store.Tx) error {
			if p.queue == nil {
				if err := s.begin(tx, c, in, p); err != nil {
					return err
				}
			}
			return s.attempt(ctx, tx, p)
		})
		if err != nil {
			return nil, err
		}
		if !p.done {
			p.sleep(ctx, s.pollsEnded)
			s.chance.turn(c)
		}
	}
	if ctx.Err() != nil {
		if err := s.giveBack(p); err != nil {
			return nil, err
		}
		return nil, &wire.Error{Code: "RequestCanceled", Query: "RequestCanceled", Message: "The request was cancelled."}
	}
	if p.over {
		return nil, &wire.Error{Status: 403, Code: "OverLimit", Query: "OverLimit", Message: "The maximum number of in flight messages is reached."}
	}
	return receiveMessageOutput{p.answers}, nil
}

// begin finds the poll's queue and applies the ranges of "ReceiveMessage" (Amazon
// SQS API Reference).
func (s *Service) begin(tx *store.Tx, c *wire.Call, in *receiveMessageInput, p *poll) error {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return err
	}
	n, err := ranged("MaxNumberOfMessages", in.MaxNumberOfMessages, span{1, 10, 1})
	if err != nil {
		return err
	}
	visibility, err := ranged("VisibilityTimeout", in.VisibilityTimeout, span{0, 43_200, int(q.visibility / time.Second)})
	if err != nil {
		return err
	}
	wait, err := ranged("WaitTimeSeconds", in.WaitTimeSeconds, span{0, 20, int(q.wait / time.Second)})
	if err != nil {
		return err
	}
	if in.ReceiveRequestAttemptId != "" {
		return invalid("Value %s for parameter ReceiveRequestAttemptId is invalid. Reason: The request includes a parameter that is not valid for this queue type.", in.ReceiveRequestAttemptId)
	}
	sel := selection{system: append(in.AttributeNames, in.MessageSystemAttributeNames...), message: in.MessageAttributeNames}
	if err := sel.check(); err != nil {
		return err
	}
	p.queue, p.most, p.selection = q, n, sel
	p.visibility, p.long = time.Duration(visibility)*time.Second, wait > 0
	p.end = tx.Now().Add(time.Duration(wait) * time.Second)
	return nil
}

func ranged(name string, given *int, sp span) (int, error) {
	if given == nil {
		return sp.standard, nil
	}
	if *given < sp.min || *given > sp.max {
		return 0, outside(name, *given, sp.min, sp.max)
	}
	return *given, nil
}

// selection says which attributes a receiver wants to see.
type selection struct{ system, message []string }

func (s selection) check() error {
	for _, name := range s.system {
		if !isSystemAttribute(name) && !isQueueAttribute(name) {
			return unknownAttribute(name)
		}
	}
	return nil
}

func isSystemAttribute(name string) bool {
	switch name {
	case "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
		"MessageDeduplicationId", "MessageGroupId", traceHeader, "DeadLetterQueueSourceArn":
		return true
	default:
		return false
	}
}

// show is the message as its receiver sees it.
func (s selection) show(m *message, handle string) receivedMessage {
	attributes := s.messageAttributes(m.Attributes)
	return receivedMessage{
		MessageId: m.ID, ReceiptHandle: handle, Body: m.Body, MD5OfBody: md5Hex(m.Body),
		Attributes: s.systemAttributes(m), MessageAttributes: attributes, MD5OfMessageAttributes: md5Attributes(attributes),
	}
}

// systemAttributes has times in milliseconds of the epoch.
func (s selection) systemAttributes(m *message) map[string]string {
	all := map[string]string{
		"SenderId":                         m.Sender,
		"SentTimestamp":                    strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.First.UnixMilli(), 10),
		"MessageGroupId":                   m.Group,
		traceHeader:                        m.Trace,
		"DeadLetterQueueSourceArn":         m.Source,
	}
	out := map[string]string{}
	for name, value := range all {
		if value != "" && wants(s.system, name) {
			out[name] = value
		}
	}
	return out
}

// messageAttributes picks by name, by All or .*, or by a prefix such as bar.*
func (s selection) messageAttributes(attributes map[string]Attribute) map[string]Attribute {
	out := map[string]Attribute{}
	for name, a := range attributes {
		if wants(s.message, name) {
			out[name] = a
		}
	}
	return out
}

func wants(names []string, name string) bool {
	for _, n := range names {
		if prefix, ok := strings.CutSuffix(n, ".*"); ok && strings.HasPrefix(name, prefix) {
			return true
		}
		if n == name || n == "All" {
			return true
		}
	}
	return false
}

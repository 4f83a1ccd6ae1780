package sqs

import (
	"net/http"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// sendInput is a message to send, alone or in a batch.
type sendInput struct {
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]attributeInput
	MessageSystemAttributes map[string]attributeInput
	MessageGroupId          string
	MessageDeduplicationId  string
}

type attributeInput struct {
	Attribute
	StringListValues []string
	BinaryListValues [][]byte
}

type sendOutput struct {
	MessageId                    string
	MD5OfMessageBody             string
	MD5OfMessageAttributes       string `json:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty"`
}

type sendMessageInput struct {
	QueueUrl string
	sendInput
}

func (s *Service) sendMessage(tx *store.Tx, c *wire.Call, in *sendMessageInput) (any, error) {
	q, err := s.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	m, delay, err := in.message(q, c.Header)
	if err != nil {
		return nil, err
	}
	return s.send(tx, q, m, delay), nil
}

func (s *Service) send(tx *store.Tx, q *queue, m Message, delay time.Duration) sendOutput {
	n := s.newMessage(m, tx.Now(), delay)
	q.add(tx, n)
	out := sendOutput{MessageId: n.ID, MD5OfMessageBody: md5Hex(m.Body), MD5OfMessageAttributes: md5Attributes(m.Attributes)}
	if m.Trace != "" {
		out.MD5OfMessageSystemAttributes = md5Attributes(map[string]Attribute{traceHeader: {DataType: "String", StringValue: m.Trace}})
	}
	return out
}

// traceHeader is the only system attribute that a sender may give; SDKs that
// trace send it as an HTTP header instead ("Amazon SQS and AWS X-Ray").
const traceHeader = "AWSTraceHeader"

// sender is the SenderId of every client: the user that STS names.
const sender = "local"

// message checks the input against the rules for messages and those of the queue.
func (in *sendInput) message(q *queue, h http.Header) (Message, time.Duration, error) {
	m := Message{Body: in.MessageBody, Group: in.MessageGroupId, Trace: h.Get("X-Amzn-Trace-Id"), Sender: sender}
	for name, a := range in.MessageSystemAttributes {
		if name != traceHeader || a.DataType != "String" || a.StringValue == "" {
			return Message{}, 0, invalid("Message system attribute name '%s' is invalid: only %s of type String is supported.", name, traceHeader)
		}
		m.Trace = a.StringValue
	}
	if len(in.MessageAttributes) > 0 {
		m.Attributes = make(map[string]Attribute, len(in.MessageAttributes))
	}
	for name, a := range in.MessageAttributes {
		if len(a.StringListValues) > 0 || len(a.BinaryListValues) > 0 {
			return Message{}, 0, invalid("Message attribute list values in SendMessage operation are not supported.")
		}
		m.Attributes[name] = a.Attribute
	}
	delay := q.delay
	if in.DelaySeconds != nil {
		if *in.DelaySeconds < 0 || *in.DelaySeconds > 900 {
			return Message{}, 0, outside("DelaySeconds", *in.DelaySeconds, 0, 900)
		}
		delay = time.Duration(*in.DelaySeconds) * time.Second
	}
	if in.MessageDeduplicationId != "" {
		return Message{}, 0, invalid("Value %s for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.", in.MessageDeduplicationId)
	}
	return m, delay, m.check(q.maxSize)
}

// check applies the rules for messages ("SendMessage", Amazon SQS API Reference);
// maxSize in bytes.
func (m Message) check(maxSize int) error {
	switch {
	case m.Body == "":
		return missing("MessageBody")
	case !wire.IsText(m.Body):
		return invalidContents("the message body")
	case len(m.Attributes) > maxAttributes:
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(m.Attributes), maxAttributes)
	case m.Group != "" && !IsToken(m.Group):
		return invalid("Value %s for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.", m.Group)
	}
	for name, a := range m.Attributes {
		if (a.base() == "String" || a.base() == "Number") && !wire.IsText(a.StringValue) {
			return invalidContents("message attribute " + name)
		}
		if problem := a.Problem(name); problem != "" {
			return invalid("%s", problem)
		}
	}
	if m.Size() > maxSize {
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxSize)
	}
	return nil
}

// IsToken says whether s can be a message group: it is 1 to 128 letters, digits and punctuation of ASCII.
func IsToken(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

package sns

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
)

// fanOut puts a message into the queue of every subscription whose filter lets it
// pass. A delivery that fails goes to the subscription's dead-letter queue where
// there is one that takes it; the publish succeeds in any case ("Amazon SNS
// dead-letter queues", Amazon SNS Developer Guide).
func (s *Service) fanOut(tx *store.Tx, t *topic, n notice) {
	for _, sub := range t.subscriptions {
		if !sub.filter.passes(n.Message) {
			continue
		}
		d := sqs.Delivery{Topic: t.ARN, Account: t.Account, Message: n.raw()}
		if !sub.raw {
			d.Message = n.wrapped(tx, sub)
		}
		if s.takes(tx, sub.Endpoint, d) || sub.deadLetter == "" || s.takes(tx, sub.deadLetter, d) || !sub.raw {
			continue
		}
		d.Message = n.wrapped(tx, sub) // attributes that no queue takes fit into a body
		s.takes(tx, sub.deadLetter, d)
	}
}

// takes delivers to the queue and says whether it takes the message. The reasons
// not to are all for ever, and known to who set up queue and policy.
func (s *Service) takes(tx *store.Tx, queue string, d sqs.Delivery) bool {
	d.Queue = queue
	return s.queues.Deliver(tx, d) == nil
}

// raw is the message for a subscription with raw delivery: the body as it is, the
// attributes as attributes. A queue takes ten, so a message with more is
// discarded ("Amazon SNS raw message delivery").
func (n notice) raw() sqs.Message {
	m := n.Message
	m.Body = n.queues
	return m
}

// envelope is the JSON document of a delivery that is not raw ("Amazon SNS message
// and JSON formats"). The signature is empty: the endpoint has none of AWS's
// keys.
type envelope struct {
	Type              string
	MessageId         string
	TopicArn          string
	Subject           string `json:",omitempty"`
	Message           string
	Timestamp         string
	SignatureVersion  string
	Signature         string
	SigningCertURL    string
	UnsubscribeURL    string
	MessageAttributes map[string]enveloped `json:",omitempty"`
}

type enveloped struct{ Type, Value string }

func (n notice) wrapped(tx *store.Tx, sub *subscription) sqs.Message {
	e := envelope{
		Type: "Notification", MessageId: n.id, TopicArn: sub.topic.ARN, Subject: n.subject, Message: n.queues,
		Timestamp: tx.Now().UTC().Format("2006-01-02T15:04:05.000Z"), SignatureVersion: "1",
	}
	if version := sub.topic.Attributes["SignatureVersion"]; version != "" {
		e.SignatureVersion = version
	}
	for name, a := range n.Attributes {
		if e.MessageAttributes == nil {
			e.MessageAttributes = map[string]enveloped{}
		}
		value := a.StringValue
		if strings.HasPrefix(a.DataType, "Binary") {
			value = base64.StdEncoding.EncodeToString(a.BinaryValue)
		}
		e.MessageAttributes[name] = enveloped{a.DataType, value}
	}
	var body strings.Builder
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		panic(fmt.Sprintf("encode message %s: %v", n.id, err)) // texts cannot fail to encode
	}
	return sqs.Message{Body: strings.TrimSuffix(body.String(), "\n"), Group: n.Group, Trace: n.Trace}
}

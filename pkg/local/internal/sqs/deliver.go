package sqs

import (
	"errors"
	"strings"

	"github.com/statline/statline/pkg/local/internal/iam"
	"github.com/statline/statline/pkg/local/internal/store"
)

// The reasons why a delivery fails. All are the client's fault, so SNS does not
// try again ("Amazon SNS message delivery retries").
var (
	ErrNoQueue   = errors.New("the queue does not exist")
	ErrForbidden = errors.New("the queue's policy does not let the topic send")
	ErrRefused   = errors.New("the queue does not take such a message")
)

// service is who a queue's policy must let in for a topic's messages, and
// snsSender the SenderId of what SNS sends.
const (
	service   = "sns.amazonaws.com"
	snsSender = "AIDAIT2UOQQY3AUEKVGXU"
)

// Delivery is a message on its way from a topic to a queue.
type Delivery struct {
	Queue   string // ARN
	Topic   string // ARN
	Account string // of the topic
	Message Message
}

// Deliver puts the message of d into its queue as a part of tx. The error is
// [ErrNoQueue], [ErrForbidden] or [ErrRefused], and nothing has changed then.
//
// A queue takes from SNS only what its policy allows: "Subscribing an Amazon SQS
// queue to an Amazon SNS topic" (Amazon SNS Developer Guide).
func (s *Service) Deliver(tx *store.Tx, d Delivery) error {
	q := s.byARN(d.Queue)
	if q == nil {
		return ErrNoQueue
	}
	if err := iam.Decide(d.request(), nil, q.policy); err != nil {
		return ErrForbidden
	}
	d.Message.Sender = snsSender
	if err := d.Message.check(q.maxSize); err != nil {
		return refused{err}
	}
	for _, late := range q.chance.copies(q) {
		q.add(tx, s.newMessage(d.Message, tx.Now().Add(late), q.delay))
	}
	return nil
}

// request is what the queue's policy is asked.
func (d Delivery) request() iam.Request {
	return iam.Request{Principal: iam.Principal{Service: service}, Action: "sqs:SendMessage", Resource: d.Queue, Keys: map[string][]string{
		"aws:sourcearn": {d.Topic}, "aws:sourceaccount": {d.Account}, "aws:resourceaccount": {d.Account},
		"aws:securetransport": {"true"}, "aws:principalisawsservice": {"true"}, "aws:principalservicename": {service},
	}}
}

// refused is ErrRefused with what is wrong with the message.
type refused struct{ cause error }

func (r refused) Error() string {
	return ErrRefused.Error() + ": " + strings.TrimSuffix(r.cause.Error(), ".")
}
func (r refused) Is(target error) bool { return target == ErrRefused }

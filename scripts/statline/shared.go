package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
)

// shared is a client as it should not be: all of them receive from one reply
// queue. It is here for the demo, and for the test that shows that it fails.
type shared struct {
	session  *session
	rule     rule
	patience time.Duration
	queue    string
	url      *string
}

// rule says what a client does with a message from the shared queue.
type rule int

const (
	// takeAny is how the first students built it: whatever comes next is taken for
	// the answer, and deleted.
	takeAny rule = iota
	// acknowledgeThenDrop is how a well-known library does it to this day: the
	// message is acknowledged first, and dropped when its ID turns out to be
	// another's (Watermill, requestreply.PubSubBackend).
	acknowledgeThenDrop
)

// newShared makes a client of the one shared queue, which it makes where it is not
// there. To the service the queue is an inbox like any other.
func newShared(s *session, rule rule, patience time.Duration) (*shared, error) {
	c := &shared{session: s, rule: rule, patience: patience, queue: message.InboxPrefix(s.Stack.Stack, "") + "sharedbyallclients"}
	out, err := s.SQS.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String(c.queue)})
	if err != nil {
		return nil, err
	}
	c.url = out.QueueUrl
	return c, nil
}

// errNoAnswer says that patience is over.
var errNoAnswer = errors.New("no answer")

func (c *shared) ask(ctx context.Context, q message.Request) (message.Reply, error) {
	q.Inbox = c.queue
	body, err := json.Marshal(q)
	if err != nil {
		return message.Reply{}, err
	}
	_, err = c.session.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(c.session.TopicARN()), Message: aws.String(string(body))})
	if err != nil {
		return message.Reply{}, err
	}
	for until := time.Now().Add(c.patience); time.Now().Before(until); {
		reply, ok, err := c.next(ctx)
		if err != nil {
			return message.Reply{}, err
		}
		if ok && (c.rule == takeAny || reply.RequestID == q.ID) {
			return reply, nil
		}
	}
	return message.Reply{}, errNoAnswer
}

// next receives a message and deletes it, whosever it is.
func (c *shared) next(ctx context.Context) (reply message.Reply, ok bool, err error) {
	out, err := c.session.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: c.url, WaitTimeSeconds: 1})
	if err != nil || len(out.Messages) == 0 {
		return reply, false, err
	}
	m := out.Messages[0]
	if _, err := c.session.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: c.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		return reply, false, err
	}
	return reply, true, reply.UnmarshalJSON([]byte(aws.ToString(m.Body)))
}

// close leaves the queue to the others.
func (c *shared) close(context.Context) error { return nil }

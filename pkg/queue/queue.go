// Package queue consumes an SQS queue: it receives messages, has a [Handler] work
// them, and does with each what its outcome says. Only this package deletes,
// releases or renews messages. A [Worker] polls; as a [Function] it works what AWS
// Lambda receives.
package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Message is one delivery of a message.
type Message struct {
	ID       string
	Body     string
	SentAt   time.Time // when the queue took it, by SQS's clock
	Receives int       // how often it has been delivered, this time included
	// Last says that the queue allows no delivery after this one: unless it is
	// acknowledged, the message goes to the dead-letter queue. It goes by the
	// redrive policy that the queue had when the worker started.
	Last bool

	handle string        // the receipt handle of this delivery
	hide   time.Duration // how long the next change of visibility hides it
}

// A Handler works a batch of messages and returns one outcome per message, in
// their order. Nil acknowledges the message. Any error leaves it for a later
// delivery, after a delay that doubles with each: 2 seconds at first, 5 minutes at
// most. An error that is [ErrGiveUp] sends a message on its last delivery to the
// dead-letter queue without delay. A panic, or another number of outcomes than of
// messages, is an error for the whole batch. A handler must expect every message
// to come more than once, and several batches at a time. Its context ends when all
// its messages are lost to it, or when the worker may wait no longer; a
// function's, when its invocation is nearly over.
type Handler func(ctx context.Context, messages []Message) []error

// ErrGiveUp is the outcome of a message that is done with but belongs into the
// dead-letter queue.
var ErrGiveUp = errors.New("given up")

// received is one delivery as SQS describes it.
func received(m types.Message, maxReceives int) (Message, error) {
	receives, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return Message{}, fmt.Errorf("message %s: receive count: %w", aws.ToString(m.MessageId), err)
	}
	sent, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return Message{}, fmt.Errorf("message %s: sent timestamp: %w", aws.ToString(m.MessageId), err)
	}
	return Message{
		ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), SentAt: time.UnixMilli(sent).UTC(), Receives: receives,
		Last: maxReceives > 0 && receives >= maxReceives, handle: aws.ToString(m.ReceiptHandle),
	}, nil
}

// backoff is how long a message that failed on its n-th delivery stays invisible:
// 2 s, 4 s, 8 s and so on up to 5 minutes, so that the ten deliveries of a queue
// outlast an outage of ten minutes.
func backoff(n int) time.Duration {
	return min(time.Second<<min(max(n, 1), 9), 5*time.Minute)
}

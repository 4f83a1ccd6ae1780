package main

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func sqsCases() []testCase {
	return slices.Concat(queueCases(), queueAttributeCases(), redriveCases(), sendCases(), attributeCases(),
		sendBatchCases(), receiveCases(), handleCases(), visibilityCases(), ackBatchCases(), purgeCases(), moveCases())
}

// queue makes a queue with the attributes, and returns its URL.
func (b *bench) queue(attributes map[string]string) string {
	return b.queueNamed(b.name(), attributes)
}

func (b *bench) queueNamed(name string, attributes map[string]string) string {
	out, err := b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: text(name), Attributes: attributes})
	b.must(err)
	b.later(func(ctx context.Context) error { return b.deleteQueue(ctx, *out.QueueUrl) })
	b.eventually(func() bool { // usable a second after it was made ("CreateQueue")
		_, err := b.attributes(*out.QueueUrl)
		return err == nil
	})
	return *out.QueueUrl
}

// deleteQueue deletes a queue, which may have gone before.
func (b *bench) deleteQueue(ctx context.Context, url string) error {
	_, err := b.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return nil
	}
	return err
}

func (b *bench) attributes(url string) (map[string]string, error) {
	out, err := b.sqs.GetQueueAttributes(b.ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// attribute is one attribute of a queue.
func (b *bench) attribute(url, name string) string {
	a, err := b.attributes(url)
	b.must(err)
	return a[name]
}

func (b *bench) setAttributes(url string, attributes map[string]string) error {
	_, err := b.sqs.SetQueueAttributes(b.ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes})
	return err
}

// send sends a message that must be accepted.
func (b *bench) send(url, body string) {
	_, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	b.must(err)
}

// poll receives once, waiting up to a second.
func (b *bench) poll(url string) []types.Message {
	out, err := b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	b.must(err)
	return out.Messages
}

// receive receives n messages, which must come in the end. One poll may find none
// though there are some ("Amazon SQS short and long polling").
func (b *bench) receive(url string, n int) []types.Message {
	var all []types.Message
	if !b.eventually(func() bool {
		all = append(all, b.poll(url)...)
		return len(all) >= n
	}) {
		b.stop(errors.New("messages that were sent did not come"))
	}
	return all
}

func (b *bench) receiveOne(url string) types.Message { return b.receive(url, 1)[0] }

// body is the body of the next message, "nothing" where none comes.
func (b *bench) body(url string) string {
	if got := b.poll(url); len(got) > 0 {
		return *got[0].Body
	}
	return "nothing"
}

package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func handleCases() []testCase {
	const page = "DeleteMessage, Amazon SQS API Reference"
	return []testCase{
		{name: "sqs/handle/malformed", page: page, want: "ReceiptHandleIsInvalid", run: func(b *bench) string {
			return code(b.delete(b.queue(nil), "none"))
		}},
		{name: "sqs/handle/deleted message is gone", page: page, want: "ok, nothing", run: func(b *bench) string {
			url := b.queue(map[string]string{"VisibilityTimeout": "1"})
			b.send(url, "m")
			got := code(b.delete(url, *b.receiveOne(url).ReceiptHandle))
			b.sleep(1500 * time.Millisecond)
			return got + ", " + b.body(url)
		}},
		{name: "sqs/handle/delete twice", page: page, want: "ok, ok", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, "m")
			handle := *b.receiveOne(url).ReceiptHandle
			return code(b.delete(url, handle)) + ", " + code(b.delete(url, handle))
		}},
		{name: "sqs/handle/another one with every receive", page: "Amazon SQS queue and message identifiers", want: "another handle, the same message", run: func(b *bench) string {
			first, second := b.twice(b.released())
			return verdict(*first.ReceiptHandle != *second.ReceiptHandle, "another handle", "the same handle") +
				verdict(*first.MessageId == *second.MessageId, ", the same message", ", another message")
		}},
		{name: "sqs/handle/delete with an old one, then with the newest", page: page, want: "ok, ok, nothing", run: func(b *bench) string {
			url := b.released()
			old, newest := b.twice(url)
			got := code(b.delete(url, *old.ReceiptHandle)) + ", " + code(b.delete(url, *newest.ReceiptHandle))
			b.sleep(1500 * time.Millisecond)
			return got + ", " + b.body(url)
		}},
	}
}

func (b *bench) delete(url, handle string) error {
	_, err := b.sqs.DeleteMessage(b.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &handle})
	return err
}

// released is a queue with a message, where what is received is visible again
// after a second.
func (b *bench) released() string {
	url := b.queue(map[string]string{"VisibilityTimeout": "1"})
	b.send(url, "m")
	return url
}

// twice receives the one message of a queue twice.
func (b *bench) twice(url string) (first, second types.Message) {
	return b.receiveOne(url), b.receiveOne(url)
}

func visibilityCases() []testCase {
	const page = "Amazon SQS visibility timeout"
	return []testCase{
		{name: "sqs/visibility/hidden, then received again", page: page, want: "nothing, then 2 receives", run: hideMessage},
		{name: "sqs/visibility/0 releases at once", page: page, want: "ok, m", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, "m")
			got := code(b.change(url, *b.receiveOne(url).ReceiptHandle, 0))
			return got + ", " + b.settles("m", func() string { return b.body(url) })
		}},
		{name: "sqs/visibility/extended", page: page, want: "ok, nothing", run: func(b *bench) string {
			url := b.released()
			got := code(b.change(url, *b.receiveOne(url).ReceiptHandle, 60))
			b.sleep(1500 * time.Millisecond)
			return got + ", " + b.body(url)
		}},
		{name: "sqs/visibility/43201 s", page: "ChangeMessageVisibility, Amazon SQS API Reference", want: "InvalidParameterValue", run: func(b *bench) string {
			url := b.released()
			return code(b.change(url, *b.receiveOne(url).ReceiptHandle, 43201))
		}},
		{name: "sqs/visibility/malformed handle", page: "ChangeMessageVisibility, Amazon SQS API Reference", want: "ReceiptHandleIsInvalid", run: func(b *bench) string {
			return code(b.change(b.queue(nil), "none", 5))
		}},
		{name: "sqs/visibility/of a deleted message", page: "ChangeMessageVisibility, Amazon SQS API Reference", want: "refused", run: func(b *bench) string {
			url := b.released()
			handle := *b.receiveOne(url).ReceiptHandle
			b.must(b.delete(url, handle))
			return refusal(0, b.change(url, handle, 5))
		}},
	}
}

func (b *bench) change(url, handle string, seconds int32) error {
	_, err := b.sqs.ChangeMessageVisibility(b.ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: &handle, VisibilityTimeout: seconds})
	return err
}

func hideMessage(b *bench) string {
	url := b.queue(map[string]string{"VisibilityTimeout": "4"})
	b.send(url, "m")
	b.receiveOne(url)
	hidden := b.body(url)
	return hidden + ", then " + b.receiveOne(url).Attributes["ApproximateReceiveCount"] + " receives"
}

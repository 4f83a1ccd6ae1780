package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func redriveCases() []testCase {
	const page = "Using dead-letter queues in Amazon SQS"
	return []testCase{
		{name: "sqs/redrive/policy comes back as it was set", page: "GetQueueAttributes, Amazon SQS API Reference", want: "byte for byte", run: echoRedrivePolicy},
		{name: "sqs/redrive/allow policy comes back as it was set", page: "GetQueueAttributes, Amazon SQS API Reference", want: "byte for byte", run: echoAllowPolicy},
		{name: "sqs/redrive/target is no queue", page: "SetQueueAttributes, Amazon SQS API Reference", want: "refused", run: func(b *bench) string {
			return refusal(0, b.setAttributes(b.queue(nil), map[string]string{"RedrivePolicy": redrivePolicy(b.arn("sqs", b.name()), "3")}))
		}},
		{name: "sqs/redrive/1001 receives", page: "SetQueueAttributes, Amazon SQS API Reference", want: "refused", moto: "ok", run: func(b *bench) string {
			dead := b.queue(nil)
			return refusal(0, b.setAttributes(b.queue(nil), map[string]string{"RedrivePolicy": redrivePolicy(b.queueARN(dead), "1001")}))
		}},
		{name: "sqs/redrive/source that the target denies", page: "SetQueueAttributes, Amazon SQS API Reference", want: "refused", moto: "ok", run: func(b *bench) string {
			dead := b.queue(map[string]string{"RedriveAllowPolicy": `{"redrivePermission":"denyAll"}`})
			return refusal(0, b.setAttributes(b.queue(nil), map[string]string{"RedrivePolicy": redrivePolicy(b.queueARN(dead), "3")}))
		}},
		{name: "sqs/redrive/moves after the last receive", page: page, want: "after 2: same ID, attributes and source", moto: "after 2: changed", run: deadLetter},
		{name: "sqs/redrive/sources of a dead-letter queue", page: "ListDeadLetterSourceQueues, Amazon SQS API Reference", want: "the source", run: deadLetterSources},
	}
}

// redrivePolicy is the document as a person may write it: with blanks.
func redrivePolicy(target, receives string) string {
	return fmt.Sprintf(`{"deadLetterTargetArn": %q, "maxReceiveCount":%s}`, target, receives)
}

// source makes a queue with a dead-letter queue. A message that is received
// becomes visible again after a second.
func (b *bench) source(receives string) (url, dead string) {
	dead = b.queue(nil)
	return b.queue(map[string]string{"VisibilityTimeout": "1", "RedrivePolicy": redrivePolicy(b.queueARN(dead), receives)}), dead
}

func echoRedrivePolicy(b *bench) string {
	dead := b.queue(nil)
	policy := redrivePolicy(b.queueARN(dead), "3")
	return b.echo(b.queue(nil), "RedrivePolicy", policy)
}

func echoAllowPolicy(b *bench) string {
	url := b.queue(nil)
	return b.echo(url, "RedriveAllowPolicy", fmt.Sprintf(`{"redrivePermission": "byQueue","sourceQueueArns":[%q]}`, b.arn("sqs", "conf-none")))
}

// echo sets an attribute and reads it.
func (b *bench) echo(url, attribute, value string) string {
	b.must(b.setAttributes(url, map[string]string{attribute: value}))
	var got string
	if b.eventually(func() bool {
		got = b.attribute(url, attribute)
		return got == value
	}) {
		return "byte for byte"
	}
	return verdict(got == "", "not at all", "changed")
}

func deadLetter(b *bench) string {
	url, dead := b.source("2")
	sent, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: text("poison"),
		MessageAttributes: map[string]types.MessageAttributeValue{"k": {DataType: text("String"), StringValue: text("v")}},
	})
	b.must(err)
	receives := 0
	var m types.Message
	if !b.eventually(func() bool {
		receives += len(b.poll(url))
		got := b.poll(dead)
		if len(got) > 0 {
			m = got[0]
		}
		return len(got) > 0
	}) {
		return fmt.Sprintf("not after %d", receives)
	}
	same := *m.MessageId == *sent.MessageId && m.MessageAttributes["k"].StringValue != nil && m.Attributes["DeadLetterQueueSourceArn"] == b.queueARN(url)
	return fmt.Sprintf("after %d: %s", receives, verdict(same, "same ID, attributes and source", "changed"))
}

func deadLetterSources(b *bench) string {
	url, dead := b.source("3")
	return b.settles("the source", func() string {
		out, err := b.sqs.ListDeadLetterSourceQueues(b.ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead})
		b.must(err)
		return verdict(len(out.QueueUrls) == 1 && out.QueueUrls[0] == url, "the source", fmt.Sprint(len(out.QueueUrls), " sources"))
	})
}

package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func queueAttributeCases() []testCase {
	return append(each(queueAttributes, queueAttributeCase), []testCase{
		{name: "sqs/attributes/defaults", page: "SetQueueAttributes, Amazon SQS API Reference", want: "30 345600 1048576 0 0", run: func(b *bench) string {
			a, err := b.attributes(b.queue(nil))
			b.must(err)
			return fmt.Sprint(a["VisibilityTimeout"], " ", a["MessageRetentionPeriod"], " ", a["MaximumMessageSize"], " ", a["DelaySeconds"], " ", a["ReceiveMessageWaitTimeSeconds"])
		}},
		{name: "sqs/attributes/set one, keep the others", page: "SetQueueAttributes, Amazon SQS API Reference", want: "31, 7 and the policy", run: mergeAttributes},
		{name: "sqs/attributes/policy that is no JSON", page: "SetQueueAttributes, Amazon SQS API Reference", want: "InvalidAttributeValue", moto: "HTTP 500", run: func(b *bench) string {
			return code(b.setAttributes(b.queue(nil), map[string]string{"Policy": "{"}))
		}},
		{name: "sqs/attributes/set on no queue", page: "SetQueueAttributes, Amazon SQS API Reference", want: "NonExistentQueue", run: func(b *bench) string {
			return code(b.setAttributes(b.noQueue(), map[string]string{"DelaySeconds": "1"}))
		}},
		{name: "sqs/attributes/ARN", page: "GetQueueAttributes, Amazon SQS API Reference", want: "of the queue", run: func(b *bench) string {
			url := b.queue(nil)
			got := b.attribute(url, "QueueArn")
			return verdict(got == b.queueARN(url), "of the queue", got)
		}},
		{name: "sqs/attributes/count of messages", page: "GetQueueAttributes, Amazon SQS API Reference", want: "2 visible, 1 in flight", run: countMessages},
	}...)
}

type queueAttribute struct{ name, value, want, moto string }

var queueAttributes = []queueAttribute{
	{"VisibilityTimeout", "43200", "ok", ""},
	{"VisibilityTimeout", "43201", "InvalidAttributeValue", "ok"},
	{"VisibilityTimeout", "-1", "InvalidAttributeValue", "ok"},
	{"VisibilityTimeout", "soon", "InvalidAttributeValue", "HTTP 500"},
	{"MessageRetentionPeriod", "59", "InvalidAttributeValue", "ok"},
	{"MessageRetentionPeriod", "1209601", "InvalidAttributeValue", "ok"},
	{"MaximumMessageSize", "1023", "InvalidAttributeValue", ""},
	{"MaximumMessageSize", "1048577", "InvalidAttributeValue", ""},
	{"DelaySeconds", "901", "InvalidAttributeValue", "ok"},
	{"ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue", "ok"},
	{"Colour", "red", "InvalidAttributeName", "ok"},
}

func queueAttributeCase(a queueAttribute) testCase {
	return testCase{name: "sqs/attributes/" + a.name + " " + a.value, page: "CreateQueue, Amazon SQS API Reference", want: a.want, moto: a.moto, run: func(b *bench) string {
		out, err := b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: text(b.name()), Attributes: map[string]string{a.name: a.value}})
		if err == nil {
			b.must(b.deleteQueue(b.ctx, *out.QueueUrl))
		}
		return code(err)
	}}
}

func mergeAttributes(b *bench) string {
	url := b.queue(map[string]string{"DelaySeconds": "7"})
	b.must(b.setAttributes(url, map[string]string{"Policy": b.queuePolicy(b.queueARN(url), b.arn("sns", "conf-none"))}))
	b.must(b.setAttributes(url, map[string]string{"VisibilityTimeout": "31"}))
	return b.settles("31, 7 and the policy", func() string {
		a, err := b.attributes(url)
		b.must(err)
		return fmt.Sprintf("%s, %s and %s", a["VisibilityTimeout"], a["DelaySeconds"], verdict(a["Policy"] != "", "the policy", "no policy"))
	})
}

func countMessages(b *bench) string {
	url := b.queue(nil)
	for range 3 {
		b.send(url, "m")
	}
	b.eventually(func() bool {
		out, err := b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 1, WaitTimeSeconds: 1})
		b.must(err)
		return len(out.Messages) > 0
	})
	return b.settles("2 visible, 1 in flight", func() string {
		a, err := b.attributes(url)
		b.must(err)
		return fmt.Sprintf("%s visible, %s in flight", a["ApproximateNumberOfMessages"], a["ApproximateNumberOfMessagesNotVisible"])
	})
}

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func deliveryCases() []testCase {
	const rawPage = "Amazon SNS raw message delivery"
	return []testCase{
		{name: "sns/delivery/raw body", page: rawPage, want: "byte for byte", run: func(b *bench) string {
			topic, url := b.subscribed(raw)
			return verdict(*b.relay(topic, url, sns.PublishInput{Message: text(edges)}).Body == edges, "byte for byte", "changed")
		}},
		{name: "sns/delivery/raw attributes", page: rawPage, want: "as they were published", run: rawAttributes(attributes{
			"text": attribute("String", edges), "number": attribute("Number", "-1.5e3"), "label": attribute("String.a_label", "v")})},
		{name: "sns/delivery/raw binary attribute", page: rawPage, want: "as they were published", moto: "stopped: HTTP 500", run: rawAttributes(attributes{"bytes": oneOfEach["bytes"]})},
		{name: "sns/delivery/raw, to two queues", page: "Common Amazon SNS scenarios", want: "m and m", run: func(b *bench) string {
			topic, url := b.subscribed(raw)
			other := b.inbox(topic)
			_, err := b.subscribe(topic, other, raw)
			b.must(err)
			first := *b.relay(topic, url, sns.PublishInput{Message: text("m")}).Body
			return first + " and " + *b.relay(topic, other, sns.PublishInput{Message: text("m")}).Body
		}},
		{name: "sns/delivery/in an envelope", page: "Parsing Amazon SNS message formats", want: "Notification, as it was published", run: envelope},
		{name: "sns/delivery/of the structure's part for sqs", page: "Publish, Amazon SNS API Reference", want: "for sqs", run: func(b *bench) string {
			topic, url := b.subscribed(raw)
			return *b.relay(topic, url, sns.PublishInput{Message: text(`{"default":"for all","sqs":"for sqs"}`), MessageStructure: text("json")}).Body
		}},
		{name: "sns/delivery/of a batch", page: "PublishBatch, Amazon SNS API Reference", want: "0 1 2", run: deliverBatch},
	}
}

func rawAttributes(want attributes) func(*bench) string {
	return func(b *bench) string {
		topic, url := b.subscribed(raw)
		published := snsAttributes{}
		for name, a := range want {
			published[name] = types.MessageAttributeValue{DataType: a.DataType, StringValue: a.StringValue, BinaryValue: a.BinaryValue}
		}
		m := b.relay(topic, url, sns.PublishInput{Message: text("m"), MessageAttributes: published})
		return verdict(sameAttributes(m.MessageAttributes, want), "as they were published", "changed")
	}
}

func envelope(b *bench) string {
	topic, url := b.subscribed(nil)
	m := b.relay(topic, url, sns.PublishInput{Message: text(edges), Subject: text("s"), MessageAttributes: snsAttributes{"k": snsAttribute("String", "v")}})
	var e struct {
		Type, TopicArn, MessageId, Subject, Message, Timestamp string
		MessageAttributes                                      map[string]struct{ Type, Value string }
	}
	b.must(json.Unmarshal([]byte(*m.Body), &e))
	same := e.TopicArn == topic && e.MessageId != "" && e.Subject == "s" && e.Message == edges && e.Timestamp != "" &&
		e.MessageAttributes["k"].Type == "String" && e.MessageAttributes["k"].Value == "v"
	return e.Type + verdict(same, ", as it was published", ", changed")
}

func deliverBatch(b *bench) string {
	topic, url := b.subscribed(raw)
	seen := map[string]bool{}
	b.eventually(func() bool {
		_, err := b.sns.PublishBatch(b.ctx, &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
			notice("a", "0"), notice("b", "1"), notice("c", "2")}})
		b.must(err)
		for _, m := range b.poll(url) {
			seen[*m.Body] = true
		}
		return len(seen) == 3
	})
	return strings.Join(slices.Sorted(maps.Keys(seen)), " ")
}

func undeliveredCases() []testCase {
	const page = "Amazon SNS dead-letter queues"
	return []testCase{
		{name: "sns/undelivered/queue without a policy gets nothing", page: "Subscribing an Amazon SQS queue to an Amazon SNS topic", want: "nothing", moto: "m", run: func(b *bench) string {
			topic, url := b.subscribed(raw)
			closed := b.queue(nil)
			_, err := b.subscribe(topic, closed, raw)
			b.must(err)
			b.relay(topic, url, sns.PublishInput{Message: text("m")})
			return b.body(closed)
		}},
		{name: "sns/undelivered/queue without a policy", page: page, want: "m to the other, m to the dead-letter queue", moto: "stopped: what was published did not come out of the queue", run: func(b *bench) string {
			return b.undelivered(b.queue(nil), sns.PublishInput{Message: text("m")})
		}},
		{name: "sns/undelivered/queue that has gone", page: page, want: "m to the other, m to the dead-letter queue", moto: "stopped: NonExistentQueue", run: func(b *bench) string {
			gone := b.queue(nil)
			b.must(b.deleteQueue(b.ctx, gone))
			return b.undelivered(gone, sns.PublishInput{Message: text("m")})
		}},
		{name: "sns/undelivered/raw with 11 attributes", page: "Amazon SNS message attributes", want: "nothing", moto: "m", run: elevenAttributes},
	}
}

// undelivered publishes to a queue that takes it and to one that does not, whose
// subscription has a dead-letter queue.
func (b *bench) undelivered(lost string, in sns.PublishInput) string {
	topic, url := b.subscribed(raw)
	dead := b.inbox(topic)
	_, err := b.subscribe(topic, lost, map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": document(map[string]any{"deadLetterTargetArn": b.queueARN(dead)})})
	b.must(err)
	other := *b.relay(topic, url, in).Body
	return other + " to the other, " + *b.relay(topic, dead, in).Body + " to the dead-letter queue"
}

// elevenAttributes publishes what no queue takes raw, and then what it does.
func elevenAttributes(b *bench) string {
	topic, url := b.subscribed(raw)
	b.relay(topic, url, sns.PublishInput{Message: text("before")})
	all := snsAttributes{}
	for name, a := range many(11) {
		all[name] = types.MessageAttributeValue{DataType: a.DataType, StringValue: a.StringValue}
	}
	for _, in := range []sns.PublishInput{{Message: text("m"), MessageAttributes: all}, {Message: text("after")}} {
		in.TopicArn = &topic
		_, err := b.sns.Publish(b.ctx, &in)
		b.must(err)
	}
	seen := map[string]bool{}
	b.eventually(func() bool {
		for _, m := range b.poll(url) {
			seen[*m.Body] = true
		}
		return seen["after"]
	})
	return verdict(seen["m"], "m", verdict(seen["after"], "nothing", "nothing at all"))
}

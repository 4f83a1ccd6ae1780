package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func snsCases() []testCase {
	return slices.Concat(topicCases(), subscriptionCases(), publishCases(), publishBatchCases(), deliveryCases(), undeliveredCases(), filterCases())
}

// topic makes a topic and returns its ARN.
func (b *bench) topic() string {
	out, err := b.sns.CreateTopic(b.ctx, &sns.CreateTopicInput{Name: text(b.name())})
	b.must(err)
	b.later(func(ctx context.Context) error {
		_, err := b.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: out.TopicArn})
		return err
	})
	return *out.TopicArn
}

// noTopic is the ARN of a topic that does not exist.
func (b *bench) noTopic() string { return b.arn("sns", b.name()) }

// queuePolicy lets a topic send to a queue ("Subscribing an Amazon SQS queue to
// an Amazon SNS topic").
func (b *bench) queuePolicy(queue, topic string) string {
	return document(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
		"Resource": queue, "Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": topic}},
	}}})
}

// document is a JSON document.
func document(v map[string]any) string {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, lists and maps always encode
	}
	return string(doc)
}

// inbox makes a queue that the topic may send to.
func (b *bench) inbox(topic string) string {
	name := b.name()
	return b.queueNamed(name, map[string]string{"Policy": b.queuePolicy(b.arn("sqs", name), topic)})
}

func (b *bench) subscribe(topic, url string, attributes map[string]string) (string, error) {
	out, err := b.sns.Subscribe(b.ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: text("sqs"), Endpoint: text(b.queueARN(url)), Attributes: attributes, ReturnSubscriptionArn: true,
	})
	if err != nil {
		return "", err
	}
	b.later(func(ctx context.Context) error {
		_, err := b.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: out.SubscriptionArn})
		return err
	})
	return *out.SubscriptionArn, nil
}

var raw = map[string]string{"RawMessageDelivery": "true"}

// subscribed makes a topic and a queue that is subscribed to it.
func (b *bench) subscribed(attributes map[string]string) (topic, url string) {
	topic = b.topic()
	url = b.inbox(topic)
	_, err := b.subscribe(topic, url, attributes)
	b.must(err)
	return topic, url
}

// relay publishes until the message comes out of the queue: a new subscription or
// policy takes a while to work.
func (b *bench) relay(topic, url string, in sns.PublishInput) types.Message {
	in.TopicArn = &topic
	var got []types.Message
	if !b.eventually(func() bool {
		_, err := b.sns.Publish(b.ctx, &in)
		b.must(err)
		got = b.poll(url)
		return len(got) > 0
	}) {
		b.stop(errors.New("what was published did not come out of the queue"))
	}
	return got[0]
}

// publish publishes once and returns the code.
func (b *bench) publish(in sns.PublishInput) string {
	return outcome(b.sns.Publish(b.ctx, &in))
}

// subscriptionAttribute is one attribute of a subscription.
func (b *bench) subscriptionAttribute(arn, name string) string {
	out, err := b.sns.GetSubscriptionAttributes(b.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	b.must(err)
	return out.Attributes[name]
}

func (b *bench) setSubscription(arn, name, value string) string {
	return outcome(b.sns.SetSubscriptionAttributes(b.ctx, &sns.SetSubscriptionAttributesInput{SubscriptionArn: &arn, AttributeName: &name, AttributeValue: &value}))
}

// repeated is a text of n bytes.
func repeated(n int) *string { return text(strings.Repeat("x", n)) }

package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func subscriptionCases() []testCase {
	const page, set = "Subscribe, Amazon SNS API Reference", "SetSubscriptionAttributes, Amazon SNS API Reference"
	return []testCase{
		{name: "sns/subscribe/twice", page: page, want: "the same ARN", run: subscribeAgain(raw)},
		{name: "sns/subscribe/twice with other attributes", page: page, want: "InvalidParameter", moto: "the same ARN", run: subscribeAgain(map[string]string{"RawMessageDelivery": "false"})},
		{name: "sns/subscribe/to no topic", page: page, want: "NotFound", run: func(b *bench) string {
			return subscribeCode(b, b.noTopic(), "sqs", b.arn("sqs", "conf-none"))
		}},
		{name: "sns/subscribe/unknown protocol", page: page, want: "InvalidParameter", moto: "ok", run: func(b *bench) string {
			return subscribeCode(b, b.topic(), "pigeon", "coop")
		}},
		{name: "sns/subscribe/endpoint that is no ARN", page: page, want: "InvalidParameter", run: func(b *bench) string {
			return subscribeCode(b, b.topic(), "sqs", "conf-none")
		}},
		{name: "sns/subscribe/attribute that is none", page: page, want: "InvalidParameter", run: func(b *bench) string {
			topic := b.topic()
			_, err := b.subscribe(topic, b.inbox(topic), map[string]string{"Colour": "red"})
			return code(err)
		}},
		{name: "sns/subscription/listed", page: "ListSubscriptionsByTopic, Amazon SNS API Reference", want: "1", run: func(b *bench) string {
			topic, _ := b.subscribed(nil)
			return b.settles("1", func() string {
				out, err := b.sns.ListSubscriptionsByTopic(b.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
				b.must(err)
				return fmt.Sprint(len(out.Subscriptions))
			})
		}},
		{name: "sns/subscription/attribute is set", page: set, want: "ok, true", run: func(b *bench) string {
			arn := b.subscription()
			got := b.setSubscription(arn, "RawMessageDelivery", "true")
			return got + ", " + b.settles("true", func() string { return b.subscriptionAttribute(arn, "RawMessageDelivery") })
		}},
		{name: "sns/subscription/value that is none", page: set, want: "InvalidParameter", moto: "ok", run: func(b *bench) string {
			return b.setSubscription(b.subscription(), "RawMessageDelivery", "perhaps")
		}},
		{name: "sns/subscription/attribute that is none", page: set, want: "InvalidParameter", run: func(b *bench) string {
			return b.setSubscription(b.subscription(), "Colour", "red")
		}},
		{name: "sns/subscription/filter policy that is no JSON", page: set, want: "InvalidParameter", moto: "HTTP 500", run: func(b *bench) string {
			return b.setSubscription(b.subscription(), "FilterPolicy", "{bad")
		}},
		{name: "sns/subscription/redrive policy to no ARN", page: set, want: "InvalidParameter", moto: "ok", run: func(b *bench) string {
			return b.setSubscription(b.subscription(), "RedrivePolicy", `{"deadLetterTargetArn":"none"}`)
		}},
		{name: "sns/subscription/redrive policy comes back", page: set, want: "ok, as it was set", run: echoSubscriptionPolicy},
		{name: "sns/subscription/none", page: "GetSubscriptionAttributes, Amazon SNS API Reference", want: "NotFound", run: func(b *bench) string {
			arn := b.subscription()
			return outcome(b.sns.GetSubscriptionAttributes(b.ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: text(arn[:len(arn)-12] + "000000000000")}))
		}},
		{name: "sns/unsubscribe/no more messages", page: "Unsubscribe, Amazon SNS API Reference", want: "nothing", run: unsubscribe},
	}
}

// subscription is the ARN of a new subscription.
func (b *bench) subscription() string {
	topic := b.topic()
	arn, err := b.subscribe(topic, b.inbox(topic), nil)
	b.must(err)
	return arn
}

func subscribeAgain(attributes map[string]string) func(*bench) string {
	return func(b *bench) string {
		topic := b.topic()
		url := b.inbox(topic)
		first, err := b.subscribe(topic, url, raw)
		b.must(err)
		second, err := b.subscribe(topic, url, attributes)
		if err != nil {
			return code(err)
		}
		return verdict(first == second, "the same ARN", "another ARN")
	}
}

func subscribeCode(b *bench, topic, protocol, endpoint string) string {
	return outcome(b.sns.Subscribe(b.ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint}))
}

func echoSubscriptionPolicy(b *bench) string {
	arn := b.subscription()
	policy := fmt.Sprintf(`{ "deadLetterTargetArn":%q }`, b.queueARN(b.queue(nil)))
	got := b.setSubscription(arn, "RedrivePolicy", policy)
	return got + ", " + b.settles("as it was set", func() string {
		return verdict(sameJSON(b.subscriptionAttribute(arn, "RedrivePolicy"), policy), "as it was set", "changed")
	})
}

func unsubscribe(b *bench) string {
	topic := b.topic()
	url := b.inbox(topic)
	arn, err := b.subscribe(topic, url, raw)
	b.must(err)
	b.relay(topic, url, sns.PublishInput{Message: text("before")})
	_, err = b.sns.Unsubscribe(b.ctx, &sns.UnsubscribeInput{SubscriptionArn: &arn})
	b.must(err)
	return b.settles("nothing", func() string {
		_, err := b.sns.Publish(b.ctx, &sns.PublishInput{TopicArn: &topic, Message: text("after")})
		b.must(err)
		return b.body(url)
	})
}

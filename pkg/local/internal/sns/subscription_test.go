package sns_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func TestSubscribe(t *testing.T) {
	f := open(t)
	arn := f.subscribe("q", "RawMessageDelivery", "true")
	f.want("again", *f.subscribe("q", "RawMessageDelivery", "true"), *arn)
	f.want("without attributes", *f.subscribe("q"), *arn)
	_, err := f.trySubscribe(queueARNs+"q", "RawMessageDelivery", "false")
	f.refused("other attributes", err, "InvalidParameter", "different attributes")
	for _, protocol := range []string{"http", "https", "email", "lambda", "sms", "firehose", ""} {
		_, err := f.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: f.topic, Protocol: &protocol, Endpoint: aws.String("x")})
		f.refused(protocol, err, "InvalidParameter", protocol)
	}
	for _, endpoint := range []string{"", "q", "arn:aws:sqs:us-east-1:000000000000:", "arn:aws:lambda:us-east-1:000000000000:function", queueARNs + "q.fifo"} {
		_, err := f.trySubscribe(endpoint)
		f.refused(endpoint, err, "InvalidParameter", "SQS endpoint ARN")
	}
}

func TestSubscriptionAttributes(t *testing.T) {
	f := open(t)
	arn := f.subscribe("q")
	get := func() map[string]string {
		return must(f.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: arn}))(t).Attributes
	}
	a := get()
	for name, want := range map[string]string{
		"SubscriptionArn": *arn, "TopicArn": topicARN, "Protocol": "sqs", "Endpoint": queueARNs + "q", "Owner": "000000000000",
		"PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true", "RawMessageDelivery": "false", "FilterPolicy": "", "FilterPolicyScope": "",
	} {
		f.want(name, a[name], want)
	}
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"RawMessageDelivery", "true", true}, {"RawMessageDelivery", "yes", false},
		{"RedrivePolicy", `{ "deadLetterTargetArn" : "` + queueARNs + `dead" }`, true}, {"RedrivePolicy", "", true},
		{"RedrivePolicy", `{"deadLetterTargetArn":"dead"}`, false}, {"RedrivePolicy", `{}`, false}, {"RedrivePolicy", `{`, false},
		{"FilterPolicy", `{ "a" : [ "b" ] }`, true}, {"FilterPolicyScope", "MessageBody", true}, {"FilterPolicyScope", "Header", false},
		{"FilterPolicy", `{"a":{"b":[1]}}`, true}, {"FilterPolicyScope", "MessageAttributes", false}, {"FilterPolicy", `{"a":"b"}`, false},
		{"FilterPolicy", "", true}, {"DeliveryPolicy", "{}", false}, {"SubscriptionRoleArn", "x", false}, {"", "x", false},
	} {
		_, err := f.SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{SubscriptionArn: arn, AttributeName: &c.name, AttributeValue: &c.value})
		if !c.ok {
			f.refused(c.name+"="+c.value, err, "InvalidParameter", "")
			continue
		}
		if err != nil {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
			continue
		}
		f.want(c.name, get()[c.name], c.value)
	}
}

func TestUnsubscribe(t *testing.T) {
	f := open(t)
	f.queue("q")
	arn := f.subscribe("q", "RawMessageDelivery", "true")
	for range 2 {
		must(f.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: arn}))(t)
	}
	_, err := f.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: arn})
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("got %v, want NotFound", err)
	}
	f.publish("m")
	f.want("messages", f.bodies("q"), "")
	a := must(f.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: f.topic}))(t).Attributes
	f.want("counts", a["SubscriptionsConfirmed"]+a["SubscriptionsDeleted"], "01")
	other := f.subscribe("q")
	must(f.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: f.topic}))(t)
	_, err = f.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: other})
	f.refused("with its topic", err, "NotFound", "Subscription")
	_, err = f.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: aws.String("x")})
	f.refused("no ARN", err, "InvalidParameter", "SubscriptionArn")
}

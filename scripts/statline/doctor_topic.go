package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (d *doctor) topicChecks() []check {
	all := []check{{"topic " + d.Topic(), d.topic, d.apply()}, {"policy of " + d.Topic(), d.topicPolicy, d.apply()}}
	for _, queue := range []string{d.StatsQueue(), d.AuditQueue()} {
		all = append(all, check{"subscription of " + queue, func(ctx context.Context) (string, error) { return d.subscription(ctx, queue) }, d.apply()})
	}
	return all
}

func (d *doctor) topic(ctx context.Context) (string, error) {
	attributes, err := d.topicAttributes(ctx, &fault{"there is no topic " + d.TopicARN(), d.apply()})
	if err != nil {
		return "", err
	}
	key := attributes["KmsMasterKeyId"]
	if key == "" {
		return "", &fault{
			"it is not encrypted",
			d.aws("sns", "set-topic-attributes", "--topic-arn", d.TopicARN(), "--attribute-name", "KmsMasterKeyId", "--attribute-value", "alias/aws/sns"),
		}
	}
	return "encrypted with " + key, nil
}

// topicAttributes are all attributes of the topic; missing is the error where it is not
// there.
func (d *doctor) topicAttributes(ctx context.Context, missing error) (map[string]string, error) {
	out, err := d.SNS.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(d.TopicARN())})
	if _, gone := errors.AsType[*types.NotFoundException](err); gone {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

func (d *doctor) topicPolicy(ctx context.Context) (string, error) {
	attributes, err := d.topicAttributes(ctx, &unchecked{"there is no topic"})
	if err != nil {
		return "", err
	}
	return guarded(attributes["Policy"], d.apply(), deed{"sns:publish", d.TopicARN()})
}

// subscription checks that the topic delivers to a queue: raw, all of it, and to the
// right queue what cannot be delivered.
func (d *doctor) subscription(ctx context.Context, queue string) (string, error) {
	arn, err := d.subscribed(ctx, d.QueueARN(queue))
	if err != nil {
		return "", err
	}
	out, err := d.SNS.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
	if err != nil {
		return "", err
	}
	set := func(name, value string) string {
		return d.aws("sns", "set-subscription-attributes", "--subscription-arn", arn, "--attribute-name", name, "--attribute-value", value)
	}
	if out.Attributes["RawMessageDelivery"] != "true" {
		return "", &fault{"it is not raw: the services would get SNS's envelope", set("RawMessageDelivery", "true")}
	}
	if filter := out.Attributes["FilterPolicy"]; filter != "" && filter != "{}" {
		return "", &fault{"it has a filter, so requests may be missing: " + filter, set("FilterPolicy", "{}")}
	}
	want := d.QueueARN(d.Undelivered())
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
	}
	policy := out.Attributes["RedrivePolicy"]
	if policy != "" {
		if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
			return "", fmt.Errorf("its redrive policy: %w", err)
		}
	}
	if redrive.Target != want {
		return "", &fault{
			fmt.Sprintf("what SNS cannot deliver is lost: its dead-letter queue is %q, not %s", redrive.Target, want),
			set("RedrivePolicy", `{"deadLetterTargetArn":"`+want+`"}`),
		}
	}
	return "raw, undeliverable messages to " + d.Undelivered(), nil
}

// subscribed is the ARN of the subscription of a queue to the topic.
func (d *doctor) subscribed(ctx context.Context, queueARN string) (string, error) {
	var found []string
	for pages := sns.NewListSubscriptionsByTopicPaginator(d.SNS, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(d.TopicARN())}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if _, gone := errors.AsType[*types.NotFoundException](err); gone {
			return "", &unchecked{"there is no topic"}
		}
		if err != nil {
			return "", err
		}
		for _, s := range page.Subscriptions {
			if aws.ToString(s.Endpoint) == queueARN && aws.ToString(s.Protocol) == "sqs" {
				found = append(found, aws.ToString(s.SubscriptionArn))
			}
		}
	}
	if len(found) == 0 {
		return "", &fault{"the topic delivers nothing to the queue", d.apply()}
	}
	if !strings.HasPrefix(found[0], "arn:") { // "PendingConfirmation", of a queue in another account
		return "", &fault{"it is not confirmed: " + found[0], d.apply()}
	}
	return found[0], nil
}

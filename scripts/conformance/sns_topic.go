package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type topicName struct{ what, name string }

var topicNames = []topicName{
	{"empty name", ""},
	{"name with a space", "conf a"},
	{"name of 257 characters", strings.Repeat("n", 257)},
}

func topicCases() []testCase {
	const page = "CreateTopic, Amazon SNS API Reference"
	return append(each(topicNames, topicNameCase), []testCase{
		{name: "sns/topic/created twice", page: page, want: "the same ARN", run: func(b *bench) string {
			arn := b.topic()
			out, err := b.sns.CreateTopic(b.ctx, &sns.CreateTopicInput{Name: text(arn[strings.LastIndexByte(arn, ':')+1:])})
			b.must(err)
			return verdict(*out.TopicArn == arn, "the same ARN", *out.TopicArn)
		}},
		{name: "sns/topic/deleted twice", page: "DeleteTopic, Amazon SNS API Reference", want: "ok, ok", run: func(b *bench) string {
			arn := b.topic()
			return outcome(b.sns.DeleteTopic(b.ctx, &sns.DeleteTopicInput{TopicArn: &arn})) + ", " +
				outcome(b.sns.DeleteTopic(b.ctx, &sns.DeleteTopicInput{TopicArn: &arn}))
		}},
		{name: "sns/topic/attributes of none", page: "GetTopicAttributes, Amazon SNS API Reference", want: "NotFound", run: func(b *bench) string {
			return outcome(b.sns.GetTopicAttributes(b.ctx, &sns.GetTopicAttributesInput{TopicArn: text(b.noTopic())}))
		}},
		{name: "sns/topic/attributes", page: "SetTopicAttributes, Amazon SNS API Reference", want: "name, owner, policy", run: topicAttributes},
		{name: "sns/topic/attribute that is none", page: "SetTopicAttributes, Amazon SNS API Reference", want: "InvalidParameter", moto: "ok", run: func(b *bench) string {
			return outcome(b.sns.SetTopicAttributes(b.ctx, &sns.SetTopicAttributesInput{TopicArn: text(b.topic()), AttributeName: text("Colour"), AttributeValue: text("red")}))
		}},
		{name: "sns/topic/tags", page: "TagResource, Amazon SNS API Reference", want: "b=2", run: topicTags},
		{name: "sns/topic/tags of none", page: "TagResource, Amazon SNS API Reference", want: "ResourceNotFound", run: func(b *bench) string {
			return outcome(b.sns.ListTagsForResource(b.ctx, &sns.ListTagsForResourceInput{ResourceArn: text(b.noTopic())}))
		}},
	}...)
}

func topicNameCase(n topicName) testCase {
	return testCase{name: "sns/topic/" + n.what, page: "CreateTopic, Amazon SNS API Reference", want: "InvalidParameter", run: func(b *bench) string {
		out, err := b.sns.CreateTopic(b.ctx, &sns.CreateTopicInput{Name: &n.name})
		if err == nil {
			_, err := b.sns.DeleteTopic(b.ctx, &sns.DeleteTopicInput{TopicArn: out.TopicArn})
			b.must(err)
		}
		return code(err)
	}}
}

func topicAttributes(b *bench) string {
	arn := b.topic()
	_, err := b.sns.SetTopicAttributes(b.ctx, &sns.SetTopicAttributesInput{TopicArn: &arn, AttributeName: text("DisplayName"), AttributeValue: text("Conf")})
	b.must(err)
	return b.settles("name, owner, policy", func() string {
		out, err := b.sns.GetTopicAttributes(b.ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
		b.must(err)
		a := out.Attributes
		return fmt.Sprintf("%s, %s, %s", verdict(a["DisplayName"] == "Conf", "name", "no name"),
			verdict(a["Owner"] == b.account, "owner", "no owner"), verdict(strings.Contains(a["Policy"], arn), "policy", "no policy"))
	})
}

func topicTags(b *bench) string {
	arn := b.topic()
	_, err := b.sns.TagResource(b.ctx, &sns.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: text("a"), Value: text("1")}, {Key: text("b"), Value: text("1")}}})
	b.must(err)
	_, err = b.sns.TagResource(b.ctx, &sns.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: text("b"), Value: text("2")}}})
	b.must(err)
	_, err = b.sns.UntagResource(b.ctx, &sns.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}})
	b.must(err)
	return b.settles("b=2", func() string {
		out, err := b.sns.ListTagsForResource(b.ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
		b.must(err)
		tags := map[string]string{}
		for _, t := range out.Tags {
			tags[*t.Key] = *t.Value
		}
		return pairs(tags)
	})
}

package sns_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func TestCreateTopic(t *testing.T) {
	f := connect(t, "")
	create := func(name string, attributes map[string]string, tags ...types.Tag) (string, error) {
		out, err := f.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name, Attributes: attributes, Tags: tags})
		if err != nil {
			return "", err
		}
		return *out.TopicArn, nil
	}
	tag := types.Tag{Key: aws.String("k"), Value: aws.String("v")}
	for range 2 {
		arn, err := create("t", map[string]string{"DisplayName": "d"}, tag)
		if err != nil {
			t.Fatal(err)
		}
		f.want("ARN", arn, topicARN)
	}
	if _, err := create("t", nil); err != nil {
		t.Errorf("by name alone: %v", err)
	}
	_, err := create("t", map[string]string{"DisplayName": "other"})
	f.refused("other attribute", err, "InvalidParameter", "different attributes")
	_, err = create("t", nil, types.Tag{Key: aws.String("k"), Value: aws.String("w")})
	f.refused("other tag", err, "InvalidParameter", "different tags")
	for _, name := range []string{"", "a b", "a.b", "ä", strings.Repeat("x", 257), "t.fifo"} {
		_, err := create(name, nil)
		f.refused(name, err, "InvalidParameter", "Topic Name")
	}
	if _, err := create(strings.Repeat("x", 256), nil); err != nil {
		t.Error(err)
	}
}

func TestTopicAttributes(t *testing.T) {
	f := open(t)
	get := func() map[string]string {
		return must(f.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: f.topic}))(t).Attributes
	}
	set := func(name, value string) error {
		_, err := f.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: f.topic, AttributeName: &name, AttributeValue: &value})
		return err
	}
	a := get()
	f.want("ARN", a["TopicArn"], topicARN)
	f.want("owner", a["Owner"], "000000000000")
	f.want("subscriptions", a["SubscriptionsConfirmed"]+a["SubscriptionsPending"]+a["SubscriptionsDeleted"], "000")
	if !strings.Contains(a["Policy"], topicARN) || !strings.Contains(a["EffectiveDeliveryPolicy"], "numRetries") {
		t.Errorf("policy %s, delivery policy %s", a["Policy"], a["EffectiveDeliveryPolicy"])
	}
	defaultPolicy := a["Policy"]
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"DisplayName", "My topic <&>", true}, {"DisplayName", strings.Repeat("x", 101), false},
		{"Policy", "{\n  \"Statement\" : []\n}", true}, {"Policy", "{", false}, {"Policy", "[]", false}, {"Policy", "null", false},
		{"DeliveryPolicy", `{"http":{}}`, true}, {"DeliveryPolicy", "x", false},
		{"KmsMasterKeyId", "alias/aws/sns", true},
		{"TracingConfig", "Active", true}, {"TracingConfig", "active", false},
		{"SignatureVersion", "2", true}, {"SignatureVersion", "3", false},
		{"MaximumMessageSize", "1048576", true}, {"MaximumMessageSize", "1023", false}, {"MaximumMessageSize", "1048577", false},
		{"SQSSuccessFeedbackSampleRate", "0", true}, {"LambdaSuccessFeedbackSampleRate", "100", true}, {"HTTPSuccessFeedbackSampleRate", "101", false},
		{"FirehoseSuccessFeedbackRoleArn", "arn:aws:iam::000000000000:role/r", true}, {"ApplicationFailureFeedbackRoleArn", "x", false},
		{"SuccessFeedbackSampleRate", "0", false}, {"FifoTopic", "true", false}, {"TopicArn", "x", false}, {"Nonsense", "x", false},
	} {
		err := set(c.name, c.value)
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
	if err := set("Policy", ""); err != nil {
		t.Fatal(err)
	}
	f.want("default policy", get()["Policy"], defaultPolicy)
}

func TestMissingTopic(t *testing.T) {
	f := connect(t, "")
	_, err := f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: aws.String("m")})
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("Publish: got %v, want NotFound", err)
	}
	_, err = f.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: f.topic})
	f.refused("GetTopicAttributes", err, "NotFound", "Topic does not exist")
	_, err = f.trySubscribe(queueARNs + "q")
	f.refused("Subscribe", err, "NotFound", "Topic does not exist")
	_, err = f.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: f.topic})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("ListTagsForResource: got %v, want ResourceNotFound", err)
	}
	if _, err := f.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: f.topic}); err != nil {
		t.Errorf("DeleteTopic: %v", err)
	}
	for _, arn := range []string{"t", "arn:aws:sns:eu-west-1:000000000000:t", "arn:aws:sns:us-east-1:111111111111:t", "arn:aws:sqs:us-east-1:000000000000:t"} {
		_, err := f.Publish(t.Context(), &sns.PublishInput{TopicArn: &arn, Message: aws.String("m")})
		f.refused(arn, err, "InvalidParameter", "TopicArn")
	}
}

func TestTopicTags(t *testing.T) {
	f := open(t)
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	must(f.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: f.topic, Tags: []types.Tag{tag("b", "1"), tag("a", "<2>"), tag("c", "")}}))(t)
	must(f.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: f.topic, Tags: []types.Tag{tag("b", "3")}}))(t)
	must(f.UntagResource(t.Context(), &sns.UntagResourceInput{ResourceArn: f.topic, TagKeys: []string{"c", "none"}}))(t)
	got := ""
	for _, tag := range must(f.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: f.topic}))(t).Tags {
		got += *tag.Key + "=" + *tag.Value + " "
	}
	f.want("tags", got, "a=<2> b=3 ")
	var many []types.Tag
	for i := range 49 {
		many = append(many, tag(fmt.Sprint(i), ""))
	}
	_, err := f.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: f.topic, Tags: many})
	if _, ok := errors.AsType[*types.TagLimitExceededException](err); !ok {
		t.Errorf("51 tags: got %v, want TagLimitExceeded", err)
	}
	_, err = f.TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: f.topic, Tags: []types.Tag{tag("aws:x", "")}})
	f.refused("aws:", err, "InvalidParameter", "Tags")
}

func TestLists(t *testing.T) {
	f := open(t)
	for i := range 149 {
		must(f.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(fmt.Sprint("topic-", i))}))(t)
	}
	for i := range 120 {
		f.subscribe(fmt.Sprint("q", i))
	}
	seen := map[string]bool{}
	for pages := sns.NewListTopicsPaginator(f.Client, &sns.ListTopicsInput{}); pages.HasMorePages(); {
		for _, topic := range must(pages.NextPage(t.Context()))(t).Topics {
			seen[*topic.TopicArn] = true
		}
	}
	if len(seen) != 150 {
		t.Errorf("%d topics, want 150", len(seen))
	}
	all, own := map[string]bool{}, map[string]bool{}
	for pages := sns.NewListSubscriptionsPaginator(f.Client, &sns.ListSubscriptionsInput{}); pages.HasMorePages(); {
		for _, s := range must(pages.NextPage(t.Context()))(t).Subscriptions {
			all[*s.Endpoint] = *s.Protocol == "sqs" && *s.TopicArn == topicARN && *s.Owner == "000000000000"
		}
	}
	for pages := sns.NewListSubscriptionsByTopicPaginator(f.Client, &sns.ListSubscriptionsByTopicInput{TopicArn: f.topic}); pages.HasMorePages(); {
		for _, s := range must(pages.NextPage(t.Context()))(t).Subscriptions {
			own[*s.SubscriptionArn] = true
		}
	}
	if len(all) != 120 || len(own) != 120 || !all[queueARNs+"q7"] {
		t.Errorf("%d subscriptions in all and %d by topic, want 120", len(all), len(own))
	}
	_, err := f.ListTopics(t.Context(), &sns.ListTopicsInput{NextToken: aws.String("%")})
	f.refused("token", err, "InvalidParameter", "NextToken")
}

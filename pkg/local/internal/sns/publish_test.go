package sns_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestRawDelivery(t *testing.T) {
	f := open(t)
	for _, q := range []string{"a", "b"} {
		f.queue(q)
		f.subscribe(q, "RawMessageDelivery", "true")
	}
	must(f.Publish(t.Context(), &sns.PublishInput{
		TopicArn: f.topic, Message: aws.String("{\"<&>\"}\u2028"), Subject: aws.String("s"), MessageGroupId: aws.String("g"),
		MessageAttributes: map[string]types.MessageAttributeValue{"s": attribute("String", "x"), "n": attribute("Number", "1.50"), "b": attribute("Binary", "\x00\xff")},
	}))(t)
	for _, q := range []string{"a", "b"} {
		m := f.receive(q)[0]
		f.want("body", *m.Body, "{\"<&>\"}\u2028")
		f.want("attributes", *m.MessageAttributes["s"].StringValue+*m.MessageAttributes["n"].StringValue+string(m.MessageAttributes["b"].BinaryValue), "x1.50\x00\xff")
		f.want("group and sender", m.Attributes["MessageGroupId"]+" "+m.Attributes["SenderId"], "g AIDAIT2UOQQY3AUEKVGXU")
	}
}

func TestEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.queue("q")
		f.subscribe("q")
		out := must(f.Publish(t.Context(), &sns.PublishInput{
			TopicArn: f.topic, Message: aws.String(`{"a":"<&>"}`), Subject: aws.String("My subject"),
			MessageAttributes: map[string]types.MessageAttributeValue{"s": attribute("String", "x"), "b": attribute("Binary", "\x00\xff")},
		}))(t)
		m := f.receive("q")[0]
		n := notification(t, *m.Body)
		f.want("type", n.Type, "Notification")
		f.want("ID", n.MessageId, *out.MessageId)
		f.want("topic", n.TopicArn, topicARN)
		f.want("subject", n.Subject, "My subject")
		f.want("message", n.Message, `{"a":"<&>"}`)
		f.want("time", n.Timestamp, time.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
		f.want("attributes", fmt.Sprint(n.MessageAttributes), "map[b:{Binary AP8=} s:{String x}]")
		f.want("queue attributes", fmt.Sprint(len(m.MessageAttributes)), "0")
		f.publish("no attributes")
		body := *f.receive("q")[0].Body
		if strings.Contains(body, "MessageAttributes") || strings.Contains(body, "Subject") {
			t.Errorf("absent members are there: %s", body)
		}
	})
}

func TestMessageStructure(t *testing.T) {
	f := open(t)
	f.queue("q")
	f.subscribe("q", "RawMessageDelivery", "true")
	publish := func(message string) error {
		_, err := f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: &message, MessageStructure: aws.String("json")})
		return err
	}
	for _, message := range []string{`{"default":"d","sqs":"for queues"}`, `{"default":"for all","email":"e"}`} {
		if err := publish(message); err != nil {
			t.Error(err)
		}
	}
	f.want("messages", f.bodies("q"), "for queues for all")
	for _, message := range []string{`x`, `{}`, `{"default":1}`, `{"default":""}`} {
		f.refused(message, publish(message), "InvalidParameter", "")
	}
}

func TestPublishRules(t *testing.T) {
	f := open(t)
	f.queue("q")
	f.subscribe("q", "RawMessageDelivery", "true")
	eleven := map[string]types.MessageAttributeValue{}
	for i := range 11 {
		eleven[fmt.Sprint("a", i)] = attribute("String", "x")
	}
	with := func(name string, v types.MessageAttributeValue) sns.PublishInput {
		return sns.PublishInput{Message: aws.String("m"), MessageAttributes: map[string]types.MessageAttributeValue{name: v}}
	}
	largest := strings.Repeat("x", 262_144)
	for _, c := range []struct {
		name string
		in   sns.PublishInput
		code string
	}{
		{"largest", sns.PublishInput{Message: aws.String(largest)}, ""},
		{"too large", sns.PublishInput{Message: aws.String(largest + "x")}, "InvalidParameter"},
		{"with attribute", sns.PublishInput{Message: aws.String(largest[10:]), MessageAttributes: map[string]types.MessageAttributeValue{"a": attribute("String", "123")}}, ""},
		{"attributes count", sns.PublishInput{Message: aws.String(largest[10:]), MessageAttributes: map[string]types.MessageAttributeValue{"a": attribute("String", "1234")}}, "InvalidParameter"},
		{"empty", sns.PublishInput{Message: aws.String("")}, "InvalidParameter"},
		{"character", sns.PublishInput{Message: aws.String("a\x00")}, "InvalidParameter"},
		{"U+FFFF", sns.PublishInput{Message: aws.String("a\uffff")}, "InvalidParameter"},
		{"UTF-8", sns.PublishInput{Message: aws.String("a\xff")}, "InvalidParameter"},
		{"subject", sns.PublishInput{Message: aws.String("m"), Subject: aws.String(strings.Repeat("x", 101))}, "InvalidParameter"},
		{"subject line", sns.PublishInput{Message: aws.String("m"), Subject: aws.String("a\nb")}, "InvalidParameter"},
		{"empty subject", sns.PublishInput{Message: aws.String("m"), Subject: aws.String("")}, "InvalidParameter"},
		{"structure", sns.PublishInput{Message: aws.String("m"), MessageStructure: aws.String("xml")}, "InvalidParameter"},
		{"deduplication", sns.PublishInput{Message: aws.String("m"), MessageDeduplicationId: aws.String("x")}, "InvalidParameter"},
		{"group", sns.PublishInput{Message: aws.String("m"), MessageGroupId: aws.String("a b")}, "InvalidParameter"},
		{"phone", sns.PublishInput{Message: aws.String("m"), PhoneNumber: aws.String("+1")}, "InvalidParameter"},
		{"target", sns.PublishInput{Message: aws.String("m"), TargetArn: f.topic}, ""},
		{"eleven attributes", sns.PublishInput{Message: aws.String("m"), MessageAttributes: eleven}, ""},
		{"array", with("a", attribute("String.Array", `["x",1,true,null]`)), ""},
		{"no array", with("a", attribute("String.Array", `{"x":1}`)), "ParameterValueInvalid"},
		{"nested array", with("a", attribute("String.Array", `[[1]]`)), "ParameterValueInvalid"},
		{"type", with("a", attribute("Boolean", "x")), "ParameterValueInvalid"},
		{"name", with("a b", attribute("String", "x")), "ParameterValueInvalid"},
		{"reserved name", with("AWS.a", attribute("String", "x")), "ParameterValueInvalid"},
		{"empty value", with("a", attribute("String", "")), "ParameterValueInvalid"},
		{"number", with("a", attribute("Number", "one")), "ParameterValueInvalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.in.TargetArn == nil && c.in.PhoneNumber == nil {
				c.in.TopicArn = f.topic
			}
			_, err := f.Publish(t.Context(), &c.in)
			if c.code == "" && err != nil {
				t.Fatal(err)
			}
			if c.code != "" {
				f := f
				f.T = t
				f.refused(c.name, err, c.code, "")
			}
		})
	}
}

func TestMaximumMessageSize(t *testing.T) {
	f := open(t)
	f.queue("q")
	f.subscribe("q", "RawMessageDelivery", "true")
	must(f.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: f.topic, AttributeName: aws.String("MaximumMessageSize"), AttributeValue: aws.String("1048576")}))(t)
	large := strings.Repeat("x", 1<<20)
	f.publish(large)
	if got := f.bodies("q"); got != large {
		t.Errorf("%d bytes arrive, want %d", len(got), len(large))
	}
	_, err := f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: aws.String(large + "x")})
	f.refused("1 MiB and a byte", err, "InvalidParameter", "too long")
}

func TestPublishBatch(t *testing.T) {
	f := open(t)
	f.queue("q")
	f.subscribe("q", "RawMessageDelivery", "true")
	entry := func(id, message string) types.PublishBatchRequestEntry {
		return types.PublishBatchRequestEntry{Id: &id, Message: &message}
	}
	publish := func(entries ...types.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
		return f.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: f.topic, PublishBatchRequestEntries: entries})
	}
	out := must(publish(entry("1", "a"), entry("2", "b")))(t)
	if len(out.Successful) != 2 || out.Failed == nil || len(out.Failed) != 0 {
		t.Fatalf("%d successful and %v failed, want 2 and an empty list", len(out.Successful), out.Failed)
	}
	if *out.Successful[0].MessageId == *out.Successful[1].MessageId {
		t.Error("two messages have one ID")
	}
	f.want("messages", f.bodies("q"), "a b")
	var eleven []types.PublishBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(fmt.Sprint(i), fmt.Sprint(i)))
	}
	half := strings.Repeat("x", 131_072)
	var empty *types.EmptyBatchRequestException
	var tooMany *types.TooManyEntriesInBatchRequestException
	var distinct *types.BatchEntryIdsNotDistinctException
	var badID *types.InvalidBatchEntryIdException
	var tooLong *types.BatchRequestTooLongException
	for _, c := range []struct {
		name    string
		entries []types.PublishBatchRequestEntry
		target  any
	}{
		{"empty", eleven[:0], &empty}, {"eleven", eleven, &tooMany}, {"twice", append(eleven[:2:2], eleven[1]), &distinct},
		{"ID", []types.PublishBatchRequestEntry{entry("a b", "x")}, &badID},
		{"256 KiB and a byte", []types.PublishBatchRequestEntry{entry("1", half), entry("2", half), entry("3", "x")}, &tooLong},
	} {
		if _, err := publish(c.entries...); !errors.As(err, c.target) {
			t.Errorf("%s: got %v, want %T", c.name, err, c.target)
		}
	}
	noValue, noDefault := entry("1", "x"), entry("1", "{}")
	noValue.MessageAttributes = map[string]types.MessageAttributeValue{"k": attribute("String", "")}
	noDefault.MessageStructure = aws.String("json")
	for code, bad := range map[string][]types.PublishBatchRequestEntry{
		"ParameterValueInvalid": {noValue}, "InvalidParameter": {noDefault, entry("1", ""), entry("1", "\x01")},
	} {
		for _, e := range bad {
			_, err := publish(entry("0", "good"), e)
			f.refused("one bad entry", err, code, "")
		}
	}
	f.want("of refused batches", f.bodies("q"), "")
	must(publish(eleven[:10]...))(t)
	f.want("ten, in their order", f.bodies("q"), "0 1 2 3 4 5 6 7 8 9")
	must(publish(entry("1", half), entry("2", half)))(t)
}

// A delivery that fails by the client's fault goes to the subscription's
// dead-letter queue; Publish, and the other queues, do not notice.
func TestDeadLetterQueue(t *testing.T) {
	dead := `{"deadLetterTargetArn":"` + queueARNs + `dead"}`
	large, many := "large "+strings.Repeat("x", 2000), map[string]types.MessageAttributeValue{}
	for i := range 11 {
		many[fmt.Sprint("a", i)] = attribute("String", "x")
	}
	for _, c := range []struct {
		name    string
		prepare func(f fixture)
		in      sns.PublishInput
	}{
		{"queue missing", func(f fixture) {}, sns.PublishInput{Message: aws.String("m")}},
		{"queue without policy", func(f fixture) { f.queue("q", "Policy", "") }, sns.PublishInput{Message: aws.String("m")}},
		{"queue for another topic", func(f fixture) { f.queue("q", "Policy", strings.ReplaceAll(policy("q"), topicARN, topicARN+"2")) }, sns.PublishInput{Message: aws.String("m")}},
		{"queue for small messages", func(f fixture) { f.queue("q", "MaximumMessageSize", "1024") }, sns.PublishInput{Message: &large}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			f.queue("dead")
			f.queue("good")
			c.prepare(f)
			f.subscribe("q", "RawMessageDelivery", "true", "RedrivePolicy", dead)
			f.subscribe("good", "RawMessageDelivery", "true")
			c.in.TopicArn = f.topic
			must(f.Publish(t.Context(), &c.in))(t)
			f.want("dead letters", f.bodies("dead"), *c.in.Message)
			f.want("the other queue", f.bodies("good"), *c.in.Message)
		})
	}
	t.Run("too many attributes", func(t *testing.T) {
		f := open(t)
		for _, q := range []string{"dead", "q", "wrapped"} {
			f.queue(q)
		}
		f.subscribe("q", "RawMessageDelivery", "true", "RedrivePolicy", dead)
		f.subscribe("wrapped")
		must(f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: aws.String("m"), MessageAttributes: many}))(t)
		f.want("raw", f.bodies("q"), "")
		for _, q := range []string{"dead", "wrapped"} {
			if n := notification(t, *f.receive(q)[0].Body); n.Message != "m" || len(n.MessageAttributes) != 11 {
				t.Errorf("%s has %+v", q, n)
			}
		}
	})
	t.Run("no dead-letter queue", func(t *testing.T) {
		f := open(t)
		f.queue("dead", "Policy", "")
		f.queue("q", "Policy", "")
		f.subscribe("q")
		f.subscribe("missing", "RedrivePolicy", dead)
		f.publish("m")
		f.want("dead letters without policy", f.bodies("dead"), "")
	})
}

// A poll waits on the queue and has the message at the instant of the publish,
// or after the queue's delay.
func TestPublishWakesPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		f.queue("now")
		f.queue("later", "DelaySeconds", "4")
		f.subscribe("now", "RawMessageDelivery", "true")
		f.subscribe("later", "RawMessageDelivery", "true")
		start := time.Now()
		at := func(queue string) <-chan time.Duration {
			c := make(chan time.Duration)
			go func() {
				defer close(c)
				out, err := f.queues.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: queueURL(queue), WaitTimeSeconds: 20})
				if err == nil && len(out.Messages) == 1 {
					c <- time.Since(start)
				}
			}()
			return c
		}
		now, later := at("now"), at("later")
		time.Sleep(3 * time.Second)
		f.publish("m")
		f.want("delivered", fmt.Sprint(<-now, <-later), "3s 7s")
	})
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	f := connect(t, dir)
	must(f.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}))(t)
	must(f.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("gone")}))(t)
	must(f.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: aws.String(strings.TrimSuffix(topicARN, "t") + "gone")}))(t)
	for _, q := range []string{"a", "b", "c"} {
		f.queue(q)
	}
	f.subscribe("a", "RawMessageDelivery", "true", "FilterPolicy", `{"k":["v"]}`)
	arn := f.subscribe("b", "RawMessageDelivery", "true")
	must(f.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: f.subscribe("c")}))(t)
	f.publish("before")
	if err := f.server.Close(); err != nil {
		t.Fatal(err)
	}

	f = connect(t, dir)
	f.publish("after")
	must(f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: aws.String("filtered"), MessageAttributes: map[string]types.MessageAttributeValue{"k": attribute("String", "v")}}))(t)
	f.want("a", f.bodies("a"), "filtered")
	f.want("b", f.bodies("b"), "before after filtered")
	f.want("c", f.bodies("c"), "")
	f.want("the same subscription", *f.subscribe("b"), *arn)
	topics := must(f.ListTopics(t.Context(), &sns.ListTopicsInput{}))(t).Topics
	f.want("topics", fmt.Sprint(len(topics)), "1")
	tags := must(f.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: f.topic}))(t).Tags
	f.want("tag", *tags[0].Key+*tags[0].Value, "kv")
}

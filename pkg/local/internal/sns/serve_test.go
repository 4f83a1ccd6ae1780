package sns_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/statline/statline/pkg/local/internal/sns"
	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// service is SNS alone, without a client around it, with a topic.
func service(tb testing.TB) *sns.Service {
	tb.Helper()
	db, err := store.Open("")
	if err != nil {
		tb.Fatal(err)
	}
	queues, err := sqs.Open(db, nil, sqs.Chance{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := sns.Open(db, queues)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := call(tb, s, "CreateTopic", "Name=t"); err != nil {
		tb.Fatal(err)
	}
	return s
}

func call(tb testing.TB, s *sns.Service, operation, body string) (*wire.Response, error) {
	return s.Serve(tb.Context(), &wire.Call{Service: "sns", Operation: operation, Region: "us-east-1", Account: "000000000000", Body: []byte(body)})
}

func TestMalformed(t *testing.T) {
	s := service(t)
	topic := "TopicArn=" + url.QueryEscape(topicARN)
	for _, c := range []struct{ operation, body, code string }{
		{"Publish", "%", "MalformedQueryString"},
		{"Publish", "", "InvalidParameter"},
		{"Publish", topic, "InvalidParameter"},
		{"Publish", topic + "&Message=a%00", "InvalidParameter"},
		{"Publish", topic + "&Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=%25", "ParameterValueInvalid"},
		{"Publish", topic + "&Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String", "ParameterValueInvalid"},
		{"Publish", topic + "&Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x" +
			"&MessageAttributes.entry.2.Name=a&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=y", "ParameterValueInvalid"},
		{"PublishBatch", topic, "EmptyBatchRequest"},
		{"PublishBatch", topic + "&PublishBatchRequestEntries.member.1.Message=m", "InvalidBatchEntryId"},
		{"Subscribe", topic + "&Protocol=sqs", "InvalidParameter"},
		{"SetTopicAttributes", topic, "InvalidParameter"},
		{"ConfirmSubscription", topic, "InvalidAction"},
	} {
		_, err := call(t, s, c.operation, c.body)
		e, ok := errors.AsType[*wire.Error](err)
		if !ok || e.Code != c.code || e.HTTPStatus() != 400 {
			t.Errorf("%s %q: got %v, want %s", c.operation, c.body, err, c.code)
		}
	}
}

// FuzzServe sends anything: never a panic, never an error that is the endpoint's.
func FuzzServe(f *testing.F) {
	operations := []string{
		"CreateTopic", "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "ListTopics", "Subscribe", "Unsubscribe", "GetSubscriptionAttributes",
		"SetSubscriptionAttributes", "ListSubscriptions", "ListSubscriptionsByTopic", "TagResource", "UntagResource", "ListTagsForResource", "Publish", "PublishBatch",
	}
	topic := url.QueryEscape(topicARN)
	seeds := []string{
		"Name=x&Attributes.entry.1.key=Policy&Attributes.entry.1.value=%7B%7D&Tags.member.1.Key=a&Tags.member.1.Value=b&TagKeys.member.1=a",
		"TopicArn=" + topic + "&ResourceArn=" + topic + "&Message=m&Subject=s&MessageStructure=json&AttributeName=Policy&AttributeValue=x",
		"TopicArn=" + topic + "&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:q&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%22a%22%3A%5B%7B%22numeric%22%3A%5B%22%3D%22%2C1%5D%7D%5D%7D",
		"TopicArn=" + topic + "&Message=%7B%22default%22%3A%22x%22%7D&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String.Array&MessageAttributes.entry.1.Value.StringValue=%5B1%5D",
		"TopicArn=" + topic + "&PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=m&PublishBatchRequestEntries.member.-7.Id=2",
		"SubscriptionArn=" + topic + ":x&NextToken=eA==&%ff=%00",
	}
	for i := range operations {
		for _, seed := range seeds {
			f.Add(byte(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, operation byte, body string) {
		s := service(t)
		_, err := call(t, s, operations[int(operation)%len(operations)], body)
		if err == nil {
			return
		}
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.HTTPStatus() >= 500 {
			t.Errorf("got %v", err)
		}
	})
}

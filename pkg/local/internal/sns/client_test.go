package sns_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/statline/statline/pkg/local"
)

const (
	topicARN  = "arn:aws:sns:us-east-1:000000000000:t"
	queueARNs = "arn:aws:sqs:us-east-1:000000000000:"
)

// fixture is a topic of a real client on a server of its own.
type fixture struct {
	*testing.T
	*sns.Client
	queues *sqs.Client
	server *local.Server
	topic  *string
}

func open(t *testing.T) fixture {
	t.Helper()
	f := connect(t, "")
	f.topic = must(f.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")}))(t).TopicArn
	return f
}

// connect opens a server on a directory.
func connect(t *testing.T, dir string) fixture {
	t.Helper()
	server, err := local.Open(local.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	key := credentials.NewStaticCredentialsProvider("key", "secret", "")
	return fixture{
		T: t, server: server, topic: aws.String(topicARN),
		Client: sns.New(sns.Options{Region: "us-east-1", BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(), Credentials: key}),
		queues: sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(), Credentials: key}),
	}
}

// must fails the test on an error.
func must[T any](out T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// policy lets the topic send to the queue, as "Subscribing an Amazon SQS queue to
// an Amazon SNS topic" has it.
func policy(queue string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",` +
		`"Resource":"` + queueARNs + queue + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + topicARN + `"}}}]}`
}

// queue makes a queue that takes from the topic; attributes are further ones, as
// name, value.
func (f fixture) queue(name string, attributes ...string) {
	f.Helper()
	all := map[string]string{"Policy": policy(name)}
	for i := 0; i+1 < len(attributes); i += 2 {
		all[attributes[i]] = attributes[i+1]
	}
	must(f.queues.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: all}))(f.T)
}

func queueURL(name string) *string { return aws.String(local.URL + "/000000000000/" + name) }

// subscribe subscribes a queue and returns the subscription's ARN.
func (f fixture) subscribe(queue string, attributes ...string) *string {
	f.Helper()
	return must(f.trySubscribe(queueARNs+queue, attributes...))(f.T).SubscriptionArn
}

func (f fixture) trySubscribe(endpoint string, attributes ...string) (*sns.SubscribeOutput, error) {
	all := map[string]string{}
	for i := 0; i+1 < len(attributes); i += 2 {
		all[attributes[i]] = attributes[i+1]
	}
	return f.Subscribe(context.Background(), &sns.SubscribeInput{
		TopicArn: f.topic, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: all, ReturnSubscriptionArn: true,
	})
}

func (f fixture) publish(message string) {
	f.Helper()
	must(f.Publish(context.Background(), &sns.PublishInput{TopicArn: f.topic, Message: &message}))(f.T)
}

// receive takes up to ten messages out of a queue.
func (f fixture) receive(queue string) []sqstypes.Message {
	f.Helper()
	in := &sqs.ReceiveMessageInput{
		QueueUrl: queueURL(queue), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}, VisibilityTimeout: 43200,
	}
	return must(f.queues.ReceiveMessage(context.Background(), in))(f.T).Messages
}

// bodies are the texts of what a queue has.
func (f fixture) bodies(queue string) string {
	f.Helper()
	var all []string
	for _, m := range f.receive(queue) {
		all = append(all, *m.Body)
	}
	return strings.Join(all, " ")
}

// notification reads an envelope.
func notification(t *testing.T, body string) (out struct {
	Type, MessageId, TopicArn, Subject, Message, Timestamp string
	MessageAttributes                                      map[string]struct{ Type, Value string }
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (f fixture) want(what, got, want string) {
	f.Helper()
	if got != want {
		f.Fatalf("%s: got %q, want %q", what, got, want)
	}
}

// refused fails unless err is AWS's error of that code, with a message that has
// the text.
func (f fixture) refused(what string, err error, code, text string) {
	f.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		f.Errorf("%s: got %v, want %s", what, err, code)
		return
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		f.Errorf("%s: got %s %q, want %s with %q", what, api.ErrorCode(), api.ErrorMessage(), code, text)
	}
}

func attribute(dataType, value string) types.MessageAttributeValue {
	if strings.HasPrefix(dataType, "Binary") {
		return types.MessageAttributeValue{DataType: &dataType, BinaryValue: []byte(value)}
	}
	return types.MessageAttributeValue{DataType: &dataType, StringValue: &value}
}

package sqs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/statline/statline/pkg/local"
)

// fixture is a queue of a real client on a server of its own.
type fixture struct {
	*testing.T
	*sqs.Client
	server *local.Server
	url    *string
}

// open starts a server in memory and makes a queue with the attributes, given as
// name, value.
func open(t *testing.T, attributes ...string) fixture {
	t.Helper()
	f := connect(t, "")
	f.url = f.create("q", attributes...)
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
	return fixture{T: t, Client: client(server, "us-east-1"), server: server}
}

// client has a region's endpoint in the signature, as every real client has.
func client(server *local.Server, region string) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: region, BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
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

func pairs(values []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(values); i += 2 {
		m[values[i]] = values[i+1]
	}
	return m
}

func (f fixture) create(name string, attributes ...string) *string {
	f.Helper()
	in := &sqs.CreateQueueInput{QueueName: &name, Attributes: pairs(attributes)}
	return must(f.CreateQueue(context.Background(), in))(f.T).QueueUrl
}

func (f fixture) send(bodies ...string) {
	f.Helper()
	for _, body := range bodies {
		must(f.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: &body}))(f.T)
	}
}

// receive takes up to ten messages with all their attributes, waiting that many
// seconds.
func (f fixture) receive(wait int32) []types.Message {
	f.Helper()
	return must(f.ReceiveMessage(context.Background(), f.receiving(wait)))(f.T).Messages
}

func (f fixture) receiving(wait int32) *sqs.ReceiveMessageInput {
	return &sqs.ReceiveMessageInput{
		QueueUrl: f.url, WaitTimeSeconds: wait, MaxNumberOfMessages: 10,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"},
	}
}

// bodies are the messages' texts, in their order.
func bodies(messages []types.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return strings.Join(all, " ")
}

func (f fixture) delete(m types.Message) {
	f.Helper()
	must(f.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: m.ReceiptHandle}))(f.T)
}

// visibility changes the timeout of a message in flight.
func (f fixture) visibility(m types.Message, seconds int32) error {
	_, err := f.ChangeMessageVisibility(context.Background(), &sqs.ChangeMessageVisibilityInput{QueueUrl: f.url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds})
	return err
}

func (f fixture) attributes() map[string]string {
	f.Helper()
	in := &sqs.GetQueueAttributesInput{QueueUrl: f.url, AttributeNames: []types.QueueAttributeName{"All"}}
	return must(f.GetQueueAttributes(context.Background(), in))(f.T).Attributes
}

// counts are the numbers of visible, invisible and delayed messages.
func (f fixture) counts() string {
	f.Helper()
	a := f.attributes()
	return a["ApproximateNumberOfMessages"] + "/" + a["ApproximateNumberOfMessagesNotVisible"] + "/" + a["ApproximateNumberOfMessagesDelayed"]
}

func (f fixture) want(what, got, want string) {
	f.Helper()
	if got != want {
		f.Fatalf("%s: got %q, want %q", what, got, want)
	}
}

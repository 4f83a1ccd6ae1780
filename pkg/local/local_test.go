package local_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/statline/statline/pkg/local"
)

func open(t *testing.T, c local.Config) *local.Server {
	t.Helper()
	server, err := local.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// config reaches a server through its client, and tries once.
func config(server *local.Server) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func makeQueue(t *testing.T, c *sqs.Client) *string {
	t.Helper()
	out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueueUrl
}

func send(ctx context.Context, c *sqs.Client, queue *string, body string) error {
	_, err := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue, MessageBody: &body})
	return err
}

func depth(t *testing.T, c *sqs.Client, queue *string) string {
	t.Helper()
	out, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"]
}

func TestHook(t *testing.T) {
	broken := errors.New("the connection broke")
	throttle := func(c *local.Call) *local.Response {
		return local.Refuse(c, http.StatusBadRequest, "ThrottlingException", "slow down")
	}
	for _, tc := range []struct {
		name  string
		hook  local.Hook
		code  string // of the error that the client sees; empty for none
		sent  string // messages afterwards
		cause error
	}{
		{"pass", func(c *local.Call, next func() *local.Response) (*local.Response, error) { return next(), nil }, "", "1", nil},
		{"fail before", func(c *local.Call, next func() *local.Response) (*local.Response, error) { return throttle(c), nil }, "ThrottlingException", "0", nil},
		{"fail after", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			next()
			return throttle(c), nil
		}, "ThrottlingException", "1", nil},
		{"break before", func(c *local.Call, next func() *local.Response) (*local.Response, error) { return nil, broken }, "", "0", broken},
		{"break after", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			next()
			return nil, broken
		}, "", "1", broken},
		{"change the request", func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			c.Body = bytes.ReplaceAll(c.Body, []byte("hello"), nil)
			return next(), nil
		}, "MissingParameter", "0", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := open(t, local.Config{})
			client := sqs.NewFromConfig(config(server))
			queue := makeQueue(t, client)
			seen := ""
			server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				seen = c.Service + " " + c.Operation + " " + c.Region
				return tc.hook(c, next)
			})
			err := send(t.Context(), client, queue, "hello")
			server.Hook(nil)
			if seen != "sqs SendMessage us-east-1" {
				t.Errorf("the hook saw %q", seen)
			}
			api, isAPI := errors.AsType[smithy.APIError](err)
			switch {
			case tc.code != "" && (!isAPI || api.ErrorCode() != tc.code):
				t.Errorf("got %v, want %s", err, tc.code)
			case tc.code == "" && !errors.Is(err, tc.cause):
				t.Errorf("got %v, want %v", err, tc.cause)
			}
			if got := depth(t, client, queue); got != tc.sent {
				t.Errorf("%s messages in the queue, want %s", got, tc.sent)
			}
		})
	}
}

// A refusal by a hook has the form of the service's protocol.
func TestRefuse(t *testing.T) {
	server := open(t, local.Config{})
	server.Hook(func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, http.StatusServiceUnavailable, "Busy", "busy with "+c.Operation), nil
	})
	_, queues := sqs.NewFromConfig(config(server)).ListQueues(t.Context(), nil)
	_, topics := sns.NewFromConfig(config(server)).ListTopics(t.Context(), nil)
	for want, err := range map[string]error{"busy with ListQueues": queues, "busy with ListTopics": topics} {
		api, ok := errors.AsType[smithy.APIError](err)
		if !ok || api.ErrorCode() != "Busy" || api.ErrorMessage() != want {
			t.Errorf("got %v, want Busy: %s", err, want)
		}
	}
}

// What the endpoint does not have is the client's fault, HTTP 400, in the
// protocol in which it was asked for, and named.
func TestUnknown(t *testing.T) {
	server := open(t, local.Config{})
	for _, tc := range []struct {
		name, method, path, body string
		header                   map[string]string
		protocol, code, named    string
	}{
		{"SQS operation", "POST", "/", "{}", map[string]string{"X-Amz-Target": "AmazonSQS.AddPermission"}, "json", "UnknownOperationException", "sqs AddPermission"},
		{"DynamoDB operation", "POST", "/", "{}", map[string]string{"X-Amz-Target": "DynamoDB_20120810.CreateGlobalTable"}, "json", "UnknownOperationException", "dynamodb CreateGlobalTable"},
		{"SNS operation", "POST", "/", "Action=CreatePlatformApplication&Version=2010-03-31", form(), "xml", "InvalidAction", "sns CreatePlatformApplication"},
		{"STS operation", "POST", "/", "Action=AssumeRole&Version=2011-06-15", form(), "xml", "InvalidAction", "sts AssumeRole"},
		{"JSON service", "POST", "/", "{}", map[string]string{"X-Amz-Target": "Kinesis_20131202.ListStreams"}, "json", "", "Kinesis_20131202 ListStreams"},
		{"Query service", "POST", "/", "Action=ListUsers&Version=2010-05-08", form(), "xml", "InvalidAction", "ListUsers"},
		{"REST service", "GET", "/2015-03-31/functions", "", map[string]string{"Authorization": signed("us-east-1", "lambda")}, "json", "", "lambda GET /2015-03-31/functions"},
		{"region", "POST", "/", "{}", map[string]string{"X-Amz-Target": "AmazonSQS.ListQueues", "Authorization": signed("no region", "sqs")}, "json", "InvalidSignatureException", "no region"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tc.method, local.URL+tc.path, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range tc.header {
				r.Header.Set(k, v)
			}
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 400 || !strings.Contains(resp.Header.Get("Content-Type"), tc.protocol) {
				t.Errorf("got %s as %s, want 400 as %s", resp.Status, resp.Header.Get("Content-Type"), tc.protocol)
			}
			if !bytes.Contains(body, []byte(tc.code)) || !bytes.Contains(body, []byte(tc.named)) {
				t.Errorf("got %s, want %s that names %s", body, tc.code, tc.named)
			}
		})
	}
}

func form() map[string]string {
	return map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
}

func signed(region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=key/20261123/" + region + "/" + service + "/aws4_request, SignedHeaders=host, Signature=0"
}

func TestHost(t *testing.T) {
	server := open(t, local.Config{})
	for host, want := range map[string]int{
		"127.0.0.1:4566": 400, "localhost": 400, "[::1]:80": 400, "127.9.9.9": 400,
		"example.com": 403, "127.0.0.1.example.com": 403, "localhost.example.com:4566": 403, "10.0.0.1": 403, "": 403,
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
		r.Host = host
		r.Header.Set("X-Amz-Target", "AmazonSQS.Nonsense")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: got %d, want %d", host, w.Code, want)
		}
	}
}

// Over a port: the same answers, and the end of the context ends open polls and
// the server.
func TestServe(t *testing.T) {
	server := open(t, local.Config{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()

	base := "http://" + listener.Addr().String()
	c := config(server)
	c.BaseEndpoint, c.HTTPClient = &base, nil
	client := sqs.NewFromConfig(c)
	queue := makeQueue(t, client)
	if !strings.HasPrefix(*queue, base+"/") {
		t.Errorf("the queue URL %s is not on %s", *queue, base)
	}
	polling := make(chan struct{})
	server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation == "ReceiveMessage" {
			close(polling)
		}
		return next(), nil
	})
	polled := make(chan error, 1)
	start := time.Now()
	go func() {
		_, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue, WaitTimeSeconds: 20})
		polled <- err
	}()
	<-polling
	stop()
	if err := <-polled; err != nil {
		t.Errorf("poll: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if err := send(t.Context(), client, queue, "m"); err == nil {
		t.Error("the port is still served")
	}
}

// A hook that breaks the connection breaks the one over the port.
func TestBrokenConnection(t *testing.T) {
	server := open(t, local.Config{})
	server.Hook(func(*local.Call, func() *local.Response) (*local.Response, error) { return nil, errors.New("cut") })
	over := httptest.NewServer(server)
	defer over.Close()
	resp, err := over.Client().Get(over.URL)
	if err == nil {
		resp.Body.Close()
		t.Fatalf("got %s, want a broken connection", resp.Status)
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
}

// Half a day of polling in virtual time: the message is back after exactly its
// visibility timeout.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := sqs.NewFromConfig(config(open(t, local.Config{})))
		queue := makeQueue(t, client)
		if err := send(t.Context(), client, queue, "m"); err != nil {
			t.Fatal(err)
		}
		receive := func(in sqs.ReceiveMessageInput) int {
			in.QueueUrl = queue
			out, err := client.ReceiveMessage(t.Context(), &in)
			if err != nil {
				t.Fatal(err)
			}
			return len(out.Messages)
		}
		if n := receive(sqs.ReceiveMessageInput{VisibilityTimeout: 43200}); n != 1 {
			t.Fatalf("%d messages, want 1", n)
		}
		start, polls := time.Now(), 1
		for receive(sqs.ReceiveMessageInput{WaitTimeSeconds: 20}) == 0 {
			polls++
		}
		if took := time.Since(start); took != 12*time.Hour || polls != 2160 {
			t.Errorf("back after %s and %d polls, want 12h and 2160", took, polls)
		}
	})
}

func TestConfig(t *testing.T) {
	server := open(t, local.Config{Region: "eu-central-1", Account: "123456789012"})
	out, err := sts.NewFromConfig(config(server)).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != "123456789012" {
		t.Errorf("account %s", *out.Account)
	}
	anonymous := config(server)
	anonymous.Credentials = aws.AnonymousCredentials{} // no signature names a region
	topic, err := sns.NewFromConfig(anonymous).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		t.Fatal(err)
	}
	if *topic.TopicArn != "arn:aws:sns:eu-central-1:123456789012:t" {
		t.Errorf("topic %s", *topic.TopicArn)
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	server := open(t, local.Config{Dir: dir})
	if other, err := local.Open(local.Config{Dir: dir}); !errors.Is(err, local.ErrLocked) {
		t.Errorf("got %v and %v, want ErrLocked", other, err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, local.Config{Dir: dir})
	makeQueue(t, sqs.NewFromConfig(config(again)))
}

// After Close there is no waiting and, on disk, no changing.
func TestClosed(t *testing.T) {
	server, err := local.Open(local.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.NewFromConfig(config(server))
	queue := makeQueue(t, client)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue, WaitTimeSeconds: 20}); err != nil {
		t.Errorf("receive: %v", err)
	}
	if err := send(t.Context(), client, queue, "m"); err == nil {
		t.Error("a message is acknowledged that is not on disk")
	}
}

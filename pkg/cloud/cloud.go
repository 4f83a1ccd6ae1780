// Package cloud opens a stack: it makes the clients of the AWS services, on AWS
// or on any other endpoint, and names the stack's resources.
package cloud

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Stack is a deployment that can be spoken to. Its clients are safe for
// concurrent use.
type Stack struct {
	Names
	Partition, Region, Account string // where it is: "aws", "us-east-1", "123456789012"

	SNS      *sns.Client
	SQS      *sqs.Client
	DynamoDB *dynamodb.Client
	S3       *s3.Client
}

// Open opens the stack of that name in the account and region of config, and asks
// STS which account that is. Whether the stack is there shows when it is used.
func Open(ctx context.Context, name string, config aws.Config) (*Stack, error) {
	if err := CheckStack(name); err != nil {
		return nil, err
	}
	out, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("open stack %s: ask STS for the account: %w", name, err)
	}
	caller, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return nil, fmt.Errorf("open stack %s: read the caller's ARN: %w", name, err)
	}
	s := &Stack{Names: Names{name}, Partition: caller.Partition, Region: config.Region, Account: aws.ToString(out.Account)}
	return s.With(config), nil
}

// With is the same stack, with clients of its own that are made of config.
func (s *Stack) With(config aws.Config) *Stack {
	with := *s
	with.SNS, with.SQS = sns.NewFromConfig(config), sqs.NewFromConfig(config, noDigests)
	with.DynamoDB, with.S3 = dynamodb.NewFromConfig(config), s3.NewFromConfig(config, quietChecksums)
	return &with
}

// quietChecksums lets objects without a checksum of S3's pass without a line on
// stderr; those of other endpoints may have none.
func quietChecksums(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }

// noDigests leaves the MD5 of message bodies unchecked, which says no more than the
// connection has: TLS lets no byte through that another has sent, nor TCP on this
// machine one that has changed on the way.
func noDigests(o *sqs.Options) { o.DisableMessageChecksumValidation = true }

// TopicARN is the ARN of the topic.
func (s *Stack) TopicARN() string { return s.arn("sns", s.Topic()) }

// QueueARN is the ARN of a queue of the stack.
func (s *Stack) QueueARN(name string) string { return s.arn("sqs", name) }

func (s *Stack) arn(service, resource string) string {
	return arn.ARN{Partition: s.Partition, Service: service, Region: s.Region, AccountID: s.Account, Resource: resource}.String()
}

// QueueURL is a URL of a queue of the stack. SQS takes account and name from it;
// the SDK sends the call to its own endpoint, whatever the URL's host.
func (s *Stack) QueueURL(name string) string {
	return "https://sqs." + s.Region + ".amazonaws.com/" + s.Account + "/" + name
}

// AuditBucket is the bucket of the audit log.
func (s *Stack) AuditBucket() string { return s.Bucket(s.Account, s.Region) }

// Config is a configuration for an endpoint that takes any credentials: the local
// one. It reads nothing from the environment, so that it can never reach AWS.
func Config(endpoint, region string, client aws.HTTPClient) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(endpoint), HTTPClient: client, Retryer: Retryer,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// HTTPClient is the transport of every SDK client: one pool of connections, large
// enough for many calls at once, with a limit on how long an answer may take,
// which must be longer than the longest poll of SQS, 20 seconds. Most batches of
// messages or rows fit into the buffers of a connection: each is written and read by
// one system call, not by three or four and with another copy of it.
func HTTPClient() aws.HTTPClient { return whole{buildableClient()} }

func buildableClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 256
		t.ReadBufferSize, t.WriteBufferSize = 32<<10, 32<<10
		t.ResponseHeaderTimeout = 40 * time.Second
	})
}

// whole reads the bodies of requests before they are sent.
//
// The SDK closes the body of a request once it has the head of the response. Where
// the transport has sent the body by then, but not yet looked whether more follows,
// it finds a closed body instead of the end of one, takes that for a failure and
// closes the connection, with what has not been read of the response. An endpoint on
// the same machine is quick enough for one call of a hundred to end so; a receive
// then hides ten messages until their visibility timeout is over.
type whole struct{ aws.HTTPClient }

func (w whole) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.ContentLength <= 0 {
		return w.HTTPClient.Do(r)
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return nil, fmt.Errorf("read the body of a request: %w", err)
	}
	with := *r
	with.Body = io.NopCloser(bytes.NewReader(body))
	return w.HTTPClient.Do(&with)
}

// Retryer retries in the SDK's standard mode, with its attempts and back-off
// written down so that they do not change with the SDK. Adaptive mode is never
// used: its quota of retries does not refill.
func Retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 5
		o.MaxBackoff = 5 * time.Second
	})
}

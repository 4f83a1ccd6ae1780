package cloud_test

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// expected is what the tests of terraform/ expect of a stack as well.
type expected struct {
	Stack, Account, Region, Topic, Table, Bucket string
	Queues                                       map[string]string
	VisibilitySeconds                            int `json:"visibility_seconds"`
	RetentionSeconds                             int `json:"retention_seconds"`
	MaxReceives                                  int `json:"max_receives"`
	Index                                        struct {
		Name, Partition, Sort string
		Attributes            []string
	}
	TTL       string
	GoodNames []string `json:"good_names"`
	BadNames  []string `json:"bad_names"`
}

func readExpected(t *testing.T) expected {
	t.Helper()
	f, err := os.Open("../../terraform/tests/names.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	var e expected
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNames(t *testing.T) {
	e := readExpected(t)
	n := cloud.Names{Stack: e.Stack}
	for _, c := range []struct{ got, want string }{
		{n.Topic(), e.Topic}, {n.Table(), e.Table}, {n.Bucket(e.Account, e.Region), e.Bucket},
		{n.StatsQueue(), e.Queues["stats"]}, {n.AuditQueue(), e.Queues["audit"]},
		{n.StatsDLQ(), e.Queues["stats-dlq"]}, {n.AuditDLQ(), e.Queues["audit-dlq"]},
		{n.Undelivered(), e.Queues["undelivered"]}, {n.Inboxes(), e.Stack + "-inbox-"},
	} {
		if c.got != c.want || c.want == "" {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestCheckStack(t *testing.T) {
	e := readExpected(t)
	for _, name := range append(e.GoodNames, e.Stack, "statline") {
		if err := cloud.CheckStack(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range e.BadNames {
		if cloud.CheckStack(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

// TestCreate holds the stack that Go makes on the local endpoint to the one that
// Terraform makes.
func TestCreate(t *testing.T) {
	e := readExpected(t)
	server, err := local.Open(local.Config{Account: e.Account})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	stack, err := cloud.Open(t.Context(), e.Stack, cloud.Config(local.URL, e.Region, server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is there already is no error
		if err := stack.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := stack.SQS.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil || len(list.QueueUrls) != len(e.Queues) {
		t.Errorf("queues: %v, want %d; %v", list, len(e.Queues), err)
	}
	for key, name := range e.Queues {
		checkQueue(t, stack, name, e.Queues[key+"-dlq"], e)
	}
	for _, key := range []string{"stats", "audit"} {
		checkSubscription(t, stack, e.Queues[key], e)
	}
	checkTable(t, stack, e)
	checkPolicies(t, stack, e)
	if _, err := stack.S3.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(stack.Bucket(stack.Account, e.Region))}); err != nil {
		t.Error(err)
	}
}

// checkQueue checks a queue and that its dead letters go to dlq, or nowhere.
func checkQueue(t *testing.T, stack *cloud.Stack, name, dlq string, e expected) {
	t.Helper()
	out, err := stack.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(stack.QueueURL(name)), AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	if err != nil {
		t.Errorf("queue %s: %v", name, err)
		return
	}
	var redrive, want struct {
		DeadLetterTargetARN string
		MaxReceiveCount     int
	}
	if dlq != "" {
		want.DeadLetterTargetARN, want.MaxReceiveCount = stack.QueueARN(dlq), e.MaxReceives
	}
	if err := json.Unmarshal([]byte(cmp.Or(out.Attributes["RedrivePolicy"], "{}")), &redrive); err != nil || redrive != want {
		t.Errorf("queue %s: redrive policy %+v, want %+v; %v", name, redrive, want, err)
	}
	for attribute, seconds := range map[string]int{"VisibilityTimeout": e.VisibilitySeconds, "MessageRetentionPeriod": e.RetentionSeconds} {
		if got := out.Attributes[attribute]; got != strconv.Itoa(seconds) {
			t.Errorf("queue %s: %s is %s, want %d", name, attribute, got, seconds)
		}
	}
}

// checkSubscription checks that the topic delivers raw to a queue, and where to
// what it cannot deliver.
func checkSubscription(t *testing.T, stack *cloud.Stack, queue string, e expected) {
	t.Helper()
	list, err := stack.SNS.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(stack.TopicARN())})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range list.Subscriptions {
		if *s.Endpoint != stack.QueueARN(queue) {
			continue
		}
		found++
		out, err := stack.SNS.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: s.SubscriptionArn})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Attributes["RawMessageDelivery"]; got != "true" {
			t.Errorf("subscription of %s: raw is %q", queue, got)
		}
		if got, want := out.Attributes["RedrivePolicy"], `{"deadLetterTargetArn":"`+stack.QueueARN(e.Queues["undelivered"])+`"}`; got != want {
			t.Errorf("subscription of %s: redrive policy %s, want %s", queue, got, want)
		}
	}
	if found != 1 {
		t.Errorf("queue %s has %d subscriptions", queue, found)
	}
}

func checkTable(t *testing.T, stack *cloud.Stack, e expected) {
	t.Helper()
	out, err := stack.DynamoDB.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(e.Table)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Table.GlobalSecondaryIndexes) != 1 {
		t.Fatalf("%d indexes", len(out.Table.GlobalSecondaryIndexes))
	}
	index := out.Table.GlobalSecondaryIndexes[0]
	if *index.IndexName != e.Index.Name || len(index.KeySchema) != 2 ||
		*index.KeySchema[0].AttributeName != e.Index.Partition || *index.KeySchema[1].AttributeName != e.Index.Sort {
		t.Errorf("index %s, keys %+v; want %+v", *index.IndexName, index.KeySchema, e.Index)
	}
	if got, want := slices.Sorted(slices.Values(index.Projection.NonKeyAttributes)), slices.Sorted(slices.Values(e.Index.Attributes)); !slices.Equal(got, want) {
		t.Errorf("the index projects %q, want %q", got, want)
	}
	ttl, err := stack.DynamoDB.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(e.Table)})
	if err != nil {
		t.Fatal(err)
	}
	if d := ttl.TimeToLiveDescription; d.TimeToLiveStatus != "ENABLED" || aws.ToString(d.AttributeName) != e.TTL {
		t.Errorf("time to live: %s by %s, want by %s", d.TimeToLiveStatus, aws.ToString(d.AttributeName), e.TTL)
	}
}

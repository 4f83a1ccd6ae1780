package pkg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
)

// attempt is a call that somebody may or may not make.
type attempt struct {
	name string
	do   func(ctx context.Context, s *cloud.Stack) error
}

// onQueue are all calls on a queue.
func onQueue(name string) []attempt {
	url := func(s *cloud.Stack) *string { return aws.String(s.QueueURL(name)) }
	handle := aws.String("AAAAAAAAAAAA")
	calls := map[string]func(context.Context, *cloud.Stack) error{
		"CreateQueue": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name)})
			return err
		},
		"GetQueueUrl": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
			return err
		},
		"GetQueueAttributes": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url(s), AttributeNames: []types.QueueAttributeName{"All"}})
			return err
		},
		"SetQueueAttributes": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url(s), Attributes: map[string]string{"Policy": ""}})
			return err
		},
		"SendMessage": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url(s), MessageBody: aws.String("forged")})
			return err
		},
		"SendMessageBatch": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url(s), Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("1"), MessageBody: aws.String("forged")}}})
			return err
		},
		"ReceiveMessage": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url(s)})
			return err
		},
		"DeleteMessage": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url(s), ReceiptHandle: handle})
			return err
		},
		"DeleteMessageBatch": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: url(s), Entries: []types.DeleteMessageBatchRequestEntry{{Id: aws.String("1"), ReceiptHandle: handle}}})
			return err
		},
		"ChangeMessageVisibility": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: url(s), ReceiptHandle: handle})
			return err
		},
		"PurgeQueue": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: url(s)})
			return err
		},
		"TagQueue": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: url(s), Tags: map[string]string{"a": "b"}})
			return err
		},
		"DeleteQueue": func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: url(s)})
			return err
		},
	}
	order := []string{
		"CreateQueue", "GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes", "SendMessage", "SendMessageBatch", "ReceiveMessage",
		"DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility", "PurgeQueue", "TagQueue", "DeleteQueue",
	}
	var all []attempt
	for _, operation := range order {
		all = append(all, attempt{operation + " " + name, calls[operation]})
	}
	return all
}

// anObject is the key of an object.
const anObject = "logs/2026/01/01/00/x.txt"

// elsewhere are calls on all that is no queue.
func elsewhere() []attempt {
	key := map[string]dynamodbtypes.AttributeValue{"request_id": &dynamodbtypes.AttributeValueMemberS{Value: "r1"}}
	object := aws.String(anObject)
	return []attempt{
		{"ListQueues", func(ctx context.Context, s *cloud.Stack) error { _, err := s.SQS.ListQueues(ctx, nil); return err }},
		{"Publish", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(s.TopicARN()), Message: aws.String("x")})
			return err
		}},
		{"Publish elsewhere", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(s.TopicARN() + "2"), Message: aws.String("x")})
			return err
		}},
		{"Subscribe", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SNS.Subscribe(ctx, &sns.SubscribeInput{TopicArn: aws.String(s.TopicARN()), Protocol: aws.String("sqs"), Endpoint: aws.String(s.QueueARN("shop-7-inbox-lab-abcdefghijklmnop"))})
			return err
		}},
		{"SetTopicAttributes", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.SNS.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: aws.String(s.TopicARN()), AttributeName: aws.String("Policy")})
			return err
		}},
		{"ListTopics", func(ctx context.Context, s *cloud.Stack) error { _, err := s.SNS.ListTopics(ctx, nil); return err }},
		{"GetItem", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(s.Table()), Key: key})
			return err
		}},
		{"PutItem", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(s.Table()), Item: key})
			return err
		}},
		{"DeleteItem", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(s.Table()), Key: key})
			return err
		}},
		{"Query", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.Query(ctx, &dynamodb.QueryInput{TableName: aws.String(s.Table()), IndexName: aws.String("by_time"), KeyConditionExpression: aws.String("shard = :s"), ExpressionAttributeValues: map[string]dynamodbtypes.AttributeValue{":s": &dynamodbtypes.AttributeValueMemberS{Value: "x"}}})
			return err
		}},
		{"Scan", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String(s.Table())})
			return err
		}},
		{"ExecuteStatement", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(`INSERT INTO "` + s.Table() + `" VALUE {'request_id': 'forged'}`)})
			return err
		}},
		{"DeleteTable", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.DynamoDB.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(s.Table())})
			return err
		}},
		{"ListObjectsV2", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.S3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(s.AuditBucket())})
			return err
		}},
		{"GetObject", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.AuditBucket()), Key: object})
			return err
		}},
		{"PutObject", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(s.AuditBucket()), Key: object, IfNoneMatch: aws.String("*"), Body: strings.NewReader("forged")})
			return err
		}},
		{"DeleteObject", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.S3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(s.AuditBucket()), Key: object})
			return err
		}},
		{"PutBucketPolicy", func(ctx context.Context, s *cloud.Stack) error {
			_, err := s.S3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(s.AuditBucket()), Policy: aws.String(`{"Statement":[]}`)})
			return err
		}},
	}
}

// keepsOut: nobody comes without TLS, nothing is written over another, and no client
// gets at the inbox of another.
func (e *enforced) keepsOut(ctx context.Context) error {
	named := func(all []attempt, names ...string) (some []attempt) {
		for _, a := range all {
			for _, name := range names {
				if operation, _, _ := strings.Cut(a.name, " "); operation == name {
					some = append(some, a)
				}
			}
		}
		return some
	}
	for _, c := range []struct {
		who  string
		does []attempt
	}{
		{"lab", named(elsewhere(), "Publish")[:1]}, {"stats", named(onQueue(e.StatsQueue()), "GetQueueAttributes")}, {"audit", named(onQueue(e.AuditQueue()), "GetQueueAttributes")},
		{"operator", named(onQueue(e.StatsDLQ()), "ReceiveMessage")}, {"operator", named(onQueue(e.AuditDLQ()), "ReceiveMessage")}, {"operator", named(onQueue(e.Undelivered()), "ReceiveMessage")},
		{"auditor", named(elsewhere(), "ListObjectsV2", "GetObject")},
	} {
		for _, a := range c.does {
			if err := a.do(ctx, e.as(c.who, withoutTLS)); !refused(err) {
				return fmt.Errorf("%s of %s without TLS: %w", a.name, c.who, unlessAllowed(err))
			}
			if err := a.do(ctx, e.as(c.who, plain)); refused(err) {
				return fmt.Errorf("%s of %s with TLS: %w", a.name, c.who, err)
			}
		}
	}
	_, err := e.as("audit", trespass).S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(e.AuditBucket()), Key: aws.String("logs/over"), Body: strings.NewReader("x")})
	if !refused(err) {
		return fmt.Errorf("PutObject without If-None-Match: %w", unlessAllowed(err))
	}
	return e.separates(ctx)
}

var errAllowed = errors.New("it is allowed")

// unlessAllowed is the error of a call that should have been refused, errAllowed for none.
func unlessAllowed(err error) error {
	if err == nil {
		return errAllowed
	}
	return err
}

// separates: no client does anything with an inbox of another, however much their IDs
// are alike.
func (e *enforced) separates(ctx context.Context) error {
	for _, c := range [][2]string{{"lab", "lab-2"}, {"lab-2", "lab"}, {"lab-2", "lab-2-x"}} {
		inbox := message.NewInbox(shop, c[1])
		if _, err := e.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &inbox}); err != nil {
			return err
		}
		if err := e.allRefused(ctx, c[0], onQueue(inbox)); err != nil {
			return err
		}
	}
	return nil
}

// allRefused: nothing of that is allowed to somebody.
func (e *enforced) allRefused(ctx context.Context, who string, all []attempt) error {
	s := e.as(who, trespass)
	var errs []error
	for _, a := range all {
		if err := a.do(ctx, s); !refused(err) {
			errs = append(errs, fmt.Errorf("%s: %s: %w", who, a.name, unlessAllowed(err)))
		}
	}
	return errors.Join(errs...)
}

// TestTrespass: what somebody may not do is refused, whatever else there is: all calls
// on all kinds of queues, and on topic, table and bucket, but for those that are named.
func TestTrespass(t *testing.T) {
	const own = "shop-7-inbox-lab-abcdefghijklmnop"
	queues := map[string]string{ // by name: whose it is
		"shop-7-stats": "stats", "shop-7-audit": "audit", "shop-7-stats-dlq": "operator", "shop-7-audit-dlq": "operator", "shop-7-undelivered": "operator",
		own: "lab", "shop-7-inbox-lab-2-abcdefghijklmnop": "lab-2", "shop-7-inbox-lab_2-abcdefghijklmnop": "", "shop-7-inbox-anon-abcdefghijklmnop": "",
		"shop-7-inbox-Lab-abcdefghijklmnop": "", "shop-7-inbox-lab2-abcdefghijklmnop": "", "shop-7-inbox-la-abcdefghijklmnop": "",
		"shop-7-inbox-lab": "", "shop-inbox-lab-abcdefghijklmnop": "", "shop-72-inbox-lab-abcdefghijklmnop": "", "other": "",
	}
	client := map[string]bool{"CreateQueue": true, "ReceiveMessage": true, "DeleteMessage": true, "DeleteMessageBatch": true, "DeleteQueue": true}
	service := map[string]bool{"GetQueueAttributes": true, "ReceiveMessage": true, "DeleteMessage": true, "DeleteMessageBatch": true, "ChangeMessageVisibility": true}
	keeper := map[string]bool{"SendMessage": true, "SendMessageBatch": true, "GetQueueAttributes": true, "DeleteQueue": true} // of inboxes
	mayOnQueue := func(who, queue, operation string) bool {
		inbox := strings.HasPrefix(queue, "shop-7-inbox-")
		switch who {
		case "lab", "lab-2":
			return queues[queue] == who && client[operation]
		case "stats":
			return queues[queue] == who && service[operation] || inbox && keeper[operation]
		case "audit":
			return queues[queue] == who && service[operation]
		case "operator":
			letters := queues[queue] == who && service[operation]
			work := (queues[queue] == "stats" || queues[queue] == "audit") && (operation == "GetQueueAttributes" || strings.HasPrefix(operation, "SendMessage"))
			return letters || work || inbox && keeper[operation] && !strings.HasPrefix(operation, "SendMessage")
		}
		return false
	}
	mayElsewhere := map[string][]string{
		"lab": {"Publish", "GetItem"}, "lab-2": {"Publish", "GetItem", "Query"}, "stats": {"ListQueues", "PutItem", "ExecuteStatement"},
		"audit": {"GetObject", "PutObject"}, "operator": {"ListQueues", "GetItem", "Query", "ListObjectsV2", "GetObject"}, "auditor": {"ListObjectsV2", "GetObject"},
	}
	inBubble(t, func(t *testing.T) {
		ctx := t.Context()
		e, err := newEnforced(ctx, readPolicies(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(e.AuditBucket()), Key: aws.String(anObject), IfNoneMatch: aws.String("*")}); err != nil {
			t.Fatal(err)
		}
		for who, may := range mayElsewhere {
			s := e.as(who, trespass)
			for _, a := range elsewhere() {
				want := false
				for _, name := range may {
					want = want || name == a.name
				}
				if err := a.do(ctx, s); refused(err) == want {
					t.Errorf("%s: %s: %v, want leave %v", who, a.name, err, want)
				}
			}
			for queue := range queues {
				for _, a := range onQueue(queue) {
					operation, _, _ := strings.Cut(a.name, " ")
					if want, err := mayOnQueue(who, queue, operation), a.do(ctx, s); refused(err) == want {
						t.Errorf("%s: %s: %v, want leave %v", who, a.name, err, want)
					}
				}
			}
		}
	})
}

// TestElsewhereRegion: what knows no resource is allowed in the stack's region alone.
func TestElsewhereRegion(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, err := newEnforced(t.Context(), readPolicies(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"stats", "operator"} {
			for where, want := range map[string]bool{region: true, "us-east-1": false} {
				config := e.config(who, trespass)
				config.Region = where
				if _, err := e.With(config).SQS.ListQueues(t.Context(), nil); refused(err) == want {
					t.Errorf("%s in %s: %v, want leave %v", who, where, err, want)
				}
			}
		}
	})
}

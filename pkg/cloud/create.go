package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	visibilitySeconds = 30
	maxReceives       = 10
	retentionSeconds  = 14 * 24 * 60 * 60 // the most that SQS keeps a message
)

// Create makes the stack's resources on the local endpoint, as Terraform makes
// them on AWS: what is there already stays as it is.
func (s *Stack) Create(ctx context.Context) error {
	steps := []func(context.Context) error{s.createTopic, s.createQueues, s.subscribe, s.createTable, s.createBucket}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return fmt.Errorf("create stack %s: %w", s.Stack, err)
		}
	}
	return nil
}

func (s *Stack) createTopic(ctx context.Context) error {
	_, err := s.SNS.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(s.Topic())})
	for _, a := range [][2]string{{"Policy", s.topicPolicy()}, {"KmsMasterKeyId", "alias/aws/sns"}} {
		if err == nil {
			_, err = s.SNS.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
				TopicArn: aws.String(s.TopicARN()), AttributeName: aws.String(a[0]), AttributeValue: aws.String(a[1]),
			})
		}
	}
	if err != nil {
		return fmt.Errorf("topic %s: %w", s.Topic(), err)
	}
	return nil
}

// createQueues makes the dead-letter queues before the queues that name them.
func (s *Stack) createQueues(ctx context.Context) error {
	for _, q := range []struct {
		name, dlq string
		fromTopic bool
	}{
		{s.Undelivered(), "", true}, {s.StatsDLQ(), "", false}, {s.AuditDLQ(), "", false},
		{s.StatsQueue(), s.StatsDLQ(), true}, {s.AuditQueue(), s.AuditDLQ(), true},
	} {
		attributes := map[string]string{
			"VisibilityTimeout":      strconv.Itoa(visibilitySeconds),
			"MessageRetentionPeriod": strconv.Itoa(retentionSeconds),
			"Policy":                 s.queuePolicy(q.name, q.fromTopic),
			"SqsManagedSseEnabled":   "true",
		}
		if q.dlq != "" {
			attributes["RedrivePolicy"] = document(map[string]any{"deadLetterTargetArn": s.QueueARN(q.dlq), "maxReceiveCount": maxReceives})
		}
		if err := s.createQueue(ctx, q.name, attributes); err != nil {
			return fmt.Errorf("queue %s: %w", q.name, err)
		}
	}
	return nil
}

// createQueue makes a queue or, where it is there with other attributes, sets
// them.
func (s *Stack) createQueue(ctx context.Context, name string, attributes map[string]string) error {
	_, err := s.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes})
	if _, differs := errors.AsType[*sqstypes.QueueNameExists](err); differs {
		_, err = s.SQS.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(s.QueueURL(name)), Attributes: attributes})
	}
	return err
}

func (s *Stack) subscribe(ctx context.Context) error {
	for _, queue := range []string{s.StatsQueue(), s.AuditQueue()} {
		_, err := s.SNS.Subscribe(ctx, &sns.SubscribeInput{
			TopicArn: aws.String(s.TopicARN()), Protocol: aws.String("sqs"), Endpoint: aws.String(s.QueueARN(queue)),
			Attributes: map[string]string{
				"RawMessageDelivery": "true",
				"RedrivePolicy":      document(map[string]any{"deadLetterTargetArn": s.QueueARN(s.Undelivered())}),
			},
		})
		if err != nil {
			return fmt.Errorf("subscription of %s: %w", queue, err)
		}
	}
	return nil
}

func (s *Stack) createTable(ctx context.Context) error {
	text := func(name string) dynamodbtypes.AttributeDefinition {
		return dynamodbtypes.AttributeDefinition{AttributeName: aws.String(name), AttributeType: dynamodbtypes.ScalarAttributeTypeS}
	}
	key := func(name string, kind dynamodbtypes.KeyType) dynamodbtypes.KeySchemaElement {
		return dynamodbtypes.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind}
	}
	_, err := s.DynamoDB.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String(s.Table()), BillingMode: dynamodbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{text("request_id"), text("shard"), text("sort")},
		KeySchema:            []dynamodbtypes.KeySchemaElement{key("request_id", dynamodbtypes.KeyTypeHash)},
		GlobalSecondaryIndexes: []dynamodbtypes.GlobalSecondaryIndex{{
			IndexName: aws.String("by_time"),
			KeySchema: []dynamodbtypes.KeySchemaElement{key("shard", dynamodbtypes.KeyTypeHash), key("sort", dynamodbtypes.KeyTypeRange)},
			Projection: &dynamodbtypes.Projection{
				ProjectionType:   dynamodbtypes.ProjectionTypeInclude,
				NonKeyAttributes: []string{"status", "client_id", "completed_at", "error_code", "count", "min", "max", "mean", "median"},
			},
		}},
	})
	if _, exists := errors.AsType[*dynamodbtypes.ResourceInUseException](err); exists {
		return nil
	}
	if err == nil {
		_, err = s.DynamoDB.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName:               aws.String(s.Table()),
			TimeToLiveSpecification: &dynamodbtypes.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)},
		})
	}
	if err == nil {
		_, err = s.DynamoDB.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
			TableName:                        aws.String(s.Table()),
			PointInTimeRecoverySpecification: &dynamodbtypes.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
		})
	}
	if err != nil {
		return fmt.Errorf("table %s: %w", s.Table(), err)
	}
	return nil
}

func (s *Stack) createBucket(ctx context.Context) error {
	in := &s3.CreateBucketInput{Bucket: aws.String(s.AuditBucket())}
	if s.Region != "us-east-1" { // which may not be named ("CreateBucket", Amazon S3 API Reference)
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(s.Region)}
	}
	_, err := s.S3.CreateBucket(ctx, in)
	if _, exists := errors.AsType[*s3types.BucketAlreadyOwnedByYou](err); exists {
		return nil
	}
	if err == nil {
		_, err = s.S3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: aws.String(s.AuditBucket()),
			PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
			},
		})
	}
	if err == nil {
		_, err = s.S3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: aws.String(s.AuditBucket()), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
		})
	}
	if err == nil {
		_, err = s.S3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(s.AuditBucket()), Policy: aws.String(s.bucketPolicy())})
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", s.AuditBucket(), err)
	}
	return nil
}

// document is a JSON document for an attribute that holds one.
func document(v map[string]any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return string(b)
}

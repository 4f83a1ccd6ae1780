package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
)

// operator is somebody who looks after a stack on an endpoint of its own, without
// services.
type operator struct {
	*testing.T
	*session
	app       *app
	server    *local.Server
	out, errs bytes.Buffer
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	o := &operator{T: t, server: server}
	o.app = &app{in: strings.NewReader(""), out: &o.out, err: &o.errs, started: true, stack: "statline", data: filepath.Join(t.TempDir(), "it's data"), timeout: 30 * time.Second, format: "json"}
	if o.session, err = o.app.openAt(t.Context(), cloud.Config(local.URL, "us-east-1", server.Client())); err != nil {
		t.Fatal(err)
	}
	o.must(o.Create(t.Context()))
	return o
}

func (o *operator) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// doctor runs every check, and returns the findings that are not sound.
func (o *operator) doctor(probe bool) (ill []finding) {
	o.Helper()
	d := &doctor{session: o.session, app: o.app, probe: probe}
	for _, c := range d.checks() {
		if f := c.run(o.Context()); f.Status != sound {
			ill = append(ill, f)
		}
	}
	return ill
}

func namesOf(findings []finding, status string) (names []string) {
	for _, f := range findings {
		if f.Status == status {
			names = append(names, f.Check)
		}
	}
	return names
}

// mend does what a fix says: a shell reads it, and the commands in it are done here.
func (o *operator) mend(fix string) {
	o.Helper()
	script := `say() { printf '%s\0' "$@"; printf '\n'; }; aws() { say aws "$@"; }; terraform() { say terraform "$@"; }
statline() { if [ "$2" = env ]; then echo :; else say statline "$@"; fi; }; ` + fix
	out, err := exec.Command("sh", "-c", script).CombinedOutput()
	if err != nil {
		o.Fatalf("sh does not take %s: %v\n%s", fix, err, out)
	}
	for line := range strings.Lines(string(out)) {
		o.command(strings.Split(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\x00"), "\x00"))
	}
}

// command does a command of the AWS CLI, or of Terraform.
func (o *operator) command(args []string) {
	o.Helper()
	ctx := o.Context()
	if args[0] != "aws" {
		want := []string{"terraform", "-chdir=terraform", "apply", "-var", "name=statline", "-var", "region=us-east-1"}
		if o.local {
			want = []string{"statline", "local", "up", "--data", o.app.data}
		}
		if !slices.Equal(args, want) {
			o.Fatalf("%q, want %q", args, want)
		}
		o.must(o.Create(ctx))
		return
	}
	flags := map[string]string{}
	for i := 3; i+1 < len(args); i += 2 {
		flags[strings.TrimPrefix(args[i], "--")] = args[i+1]
	}
	var err error
	switch strings.Join(args[1:3], " ") {
	case "sns set-subscription-attributes":
		_, err = o.SNS.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: aws.String(flags["subscription-arn"]), AttributeName: aws.String(flags["attribute-name"]), AttributeValue: aws.String(flags["attribute-value"]),
		})
	case "sqs set-queue-attributes":
		var attributes map[string]string
		o.must(json.Unmarshal([]byte(flags["attributes"]), &attributes))
		_, err = o.SQS.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(flags["queue-url"]), Attributes: attributes})
	case "dynamodb delete-table":
		_, err = o.DynamoDB.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(flags["table-name"])})
	case "sns set-topic-attributes":
		o.setTopic(flags["attribute-name"], flags["attribute-value"])
	case "dynamodb update-continuous-backups":
		o.recover(flags["point-in-time-recovery-specification"] == "PointInTimeRecoveryEnabled=true")
	case "s3api put-bucket-policy":
		o.bucketPolicy(flags["policy"])
	case "s3api put-bucket-encryption":
		o.encrypt(flags["server-side-encryption-configuration"])
	case "dynamodb update-time-to-live":
		if flags["time-to-live-specification"] != "Enabled=true,AttributeName=ttl" {
			o.Fatalf("%q", args)
		}
		o.expire("ttl", true)
	case "s3api put-public-access-block":
		o.block(strings.Count(flags["public-access-block-configuration"], "=true") == 4)
	case "s3api put-bucket-versioning":
		_, status, _ := strings.Cut(flags["versioning-configuration"], "=")
		o.keep(s3types.BucketVersioningStatus(status))
	default:
		o.Fatalf("unknown command %q", args)
	}
	o.must(err)
	if flags["region"] != "us-east-1" {
		o.Errorf("%q names no region", args)
	}
}

func (o *operator) expire(attribute string, on bool) {
	o.Helper()
	_, err := o.DynamoDB.UpdateTimeToLive(o.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String(o.Table()), TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: &on},
	})
	o.must(err)
}

func (o *operator) recover(on bool) {
	o.Helper()
	_, err := o.DynamoDB.UpdateContinuousBackups(o.Context(), &dynamodb.UpdateContinuousBackupsInput{
		TableName: aws.String(o.Table()), PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: &on},
	})
	o.must(err)
}

func (o *operator) setTopic(name, value string) {
	o.Helper()
	_, err := o.SNS.SetTopicAttributes(o.Context(), &sns.SetTopicAttributesInput{TopicArn: aws.String(o.TopicARN()), AttributeName: &name, AttributeValue: &value})
	o.must(err)
}

func (o *operator) bucketPolicy(policy string) {
	o.Helper()
	_, err := o.S3.PutBucketPolicy(o.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(o.AuditBucket()), Policy: &policy})
	o.must(err)
}

// encrypt sets what the AWS CLI takes as JSON.
func (o *operator) encrypt(configuration string) {
	o.Helper()
	var c s3types.ServerSideEncryptionConfiguration
	o.must(json.Unmarshal([]byte(configuration), &c))
	_, err := o.S3.PutBucketEncryption(o.Context(), &s3.PutBucketEncryptionInput{Bucket: aws.String(o.AuditBucket()), ServerSideEncryptionConfiguration: &c})
	o.must(err)
}

func (o *operator) block(all bool) {
	o.Helper()
	_, err := o.S3.PutPublicAccessBlock(o.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: aws.String(o.AuditBucket()), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(all), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	o.must(err)
}

func (o *operator) keep(status s3types.BucketVersioningStatus) {
	o.Helper()
	_, err := o.S3.PutBucketVersioning(o.Context(), &s3.PutBucketVersioningInput{
		Bucket: aws.String(o.AuditBucket()), VersioningConfiguration: &s3types.VersioningConfiguration{Status: status},
	})
	o.must(err)
}

func (o *operator) set(queue, name, value string) {
	o.Helper()
	_, err := o.SQS.SetQueueAttributes(o.Context(), &sqs.SetQueueAttributesInput{QueueUrl: aws.String(o.QueueURL(queue)), Attributes: map[string]string{name: value}})
	o.must(err)
}

func (o *operator) deleteQueue(name string) {
	o.Helper()
	_, err := o.SQS.DeleteQueue(o.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String(o.QueueURL(name))})
	o.must(err)
}

// subscription is the ARN of the subscription of a queue.
func (o *operator) subscription(queue string) *string {
	o.Helper()
	d := &doctor{session: o.session, app: o.app}
	arn, err := d.subscribed(o.Context(), o.QueueARN(queue))
	o.must(err)
	return &arn
}

func (o *operator) setSubscription(queue, name, value string) {
	o.Helper()
	_, err := o.SNS.SetSubscriptionAttributes(o.Context(), &sns.SetSubscriptionAttributesInput{SubscriptionArn: o.subscription(queue), AttributeName: &name, AttributeValue: &value})
	o.must(err)
}

// makeTable makes the table again, with another key or another index.
func (o *operator) makeTable(key, sort string) {
	o.Helper()
	_, err := o.DynamoDB.DeleteTable(o.Context(), &dynamodb.DeleteTableInput{TableName: aws.String(o.Table())})
	o.must(err)
	in := &dynamodb.CreateTableInput{
		TableName: aws.String(o.Table()), BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{{AttributeName: &key, KeyType: types.KeyTypeHash}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String(byTime), Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
			KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("shard"), KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange}},
		}},
	}
	for _, name := range []string{key, "shard", sort} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
	}
	_, err = o.DynamoDB.CreateTable(o.Context(), in)
	o.must(err)
	o.expire("ttl", true)
	o.recover(true)
}

func policyOf(o *operator, effect, topic string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":%q,"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":%q}}}}`, effect, topic)
}

// everybody is a policy that lets everybody do something.
func everybody(resource, action string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":%q,"Resource":%q}}`, action, resource)
}

// serveOnly is serve with one of the services, or both, or none.
func (e *embedded) serveOnly(ctx context.Context, s *session, a *app, which string) {
	ctx, e.stop = context.WithCancel(ctx)
	if which == "stats" || which == "both" {
		r := &responder.Responder{Stack: s.Stack.Stack, SQS: s.SQS, QueueURL: s.QueueURL, Results: s.results(), Log: a.logger()}
		e.work(ctx, &queue.Worker{SQS: s.SQS, URL: s.QueueURL(s.StatsQueue()), Handler: r.Handle, Log: a.logger()})
	}
	if which == "audit" || which == "both" {
		log := audit.NewLog(audit.Config{S3: s.S3, Bucket: s.AuditBucket()})
		context.AfterFunc(ctx, log.Hurry)
		e.work(ctx, &queue.Worker{SQS: s.SQS, URL: s.QueueURL(s.AuditQueue()), Handler: log.Handler(s.Stack.Stack), Log: a.logger()})
	}
}

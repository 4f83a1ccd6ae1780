package cloud_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
)

// rendered are the policies that Terraform renders, each as a document, by place.
func rendered(t *testing.T) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(readText(t, terraform+"tests/policies.json")), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// checkPolicies holds the policies of the resources to those that Terraform renders.
func checkPolicies(t *testing.T, stack *cloud.Stack, e expected) {
	t.Helper()
	always := rendered(t)["always"].(map[string]any)
	same := func(what, got string, want any) {
		t.Helper()
		var have any
		if err := json.Unmarshal([]byte(got), &have); err != nil || want == nil || !reflect.DeepEqual(have, want) {
			t.Errorf("%s has the policy %s, want %v; %v", what, got, want, err)
		}
	}
	topic, err := stack.SNS.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(stack.TopicARN())})
	if err != nil {
		t.Fatal(err)
	}
	same("the topic", topic.Attributes["Policy"], always["topic"])
	bucket, err := stack.S3.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String(stack.AuditBucket())})
	if err != nil {
		t.Fatal(err)
	}
	same("the bucket", aws.ToString(bucket.Policy), always["bucket"])
	queues := always["queues"].(map[string]any)
	if got, want := slices.Sorted(maps.Keys(queues)), slices.Sorted(maps.Keys(e.Queues)); !slices.Equal(got, want) {
		t.Errorf("policies of the queues %v, want %v", got, want)
	}
	for key, name := range e.Queues {
		out, err := stack.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(stack.QueueURL(name)), AttributeNames: []sqstypes.QueueAttributeName{"All"},
		})
		if err != nil {
			t.Fatal(err)
		}
		same("queue "+key, out.Attributes["Policy"], queues[key])
	}
}

package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/statline/statline/pkg/local"
)

func TestCreateQueue(t *testing.T) {
	f := open(t, "VisibilityTimeout", "5")
	f.want("URL", *f.url, local.URL+"/000000000000/q")
	f.want("again", *f.create("q"), *f.url)
	f.want("with the same attributes", *f.create("q", "VisibilityTimeout", "5", "DelaySeconds", "0"), *f.url)
	_, err := f.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: pairs([]string{"VisibilityTimeout", "6"})})
	if _, ok := errors.AsType[*types.QueueNameExists](err); !ok {
		t.Errorf("with another attribute: got %v, want QueueNameExists", err)
	}
	f.refused("with another attribute", err, "QueueAlreadyExists", "VisibilityTimeout")
	out := must(f.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")}))(t)
	f.want("GetQueueUrl", *out.QueueUrl, *f.url)
}

func TestQueueNames(t *testing.T) {
	f := open(t)
	for name, code := range map[string]string{
		"":                         "MissingParameter",
		"has space":                "InvalidParameterValue",
		"dot.dot":                  "InvalidParameterValue",
		"slash/slash":              "InvalidParameterValue",
		"ä":                        "InvalidParameterValue",
		strings.Repeat("x", 81):    "InvalidParameterValue",
		"orders.fifo":              "AWS.SimpleQueueService.UnsupportedOperation",
		strings.Repeat("x", 80):    "",
		"ABC-xyz_0123456789------": "",
	} {
		_, err := f.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
		if code == "" && err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if code != "" {
			f.refused(name, err, code, "")
		}
	}
}

// Only account and name of a queue URL count, and a queue lives in its region.
func TestQueueURL(t *testing.T) {
	f := open(t)
	f.send("m")
	for url, code := range map[string]string{
		"https://sqs.eu-west-1.amazonaws.com/000000000000/q": "",
		"http://example.com/000000000000/q":                  "",
		local.URL + "/111111111111/q":                        "AWS.SimpleQueueService.NonExistentQueue",
		local.URL + "/000000000000/other":                    "AWS.SimpleQueueService.NonExistentQueue",
		"q":                                                  "InvalidAddress",
		"http://[":                                           "InvalidAddress",
	} {
		_, err := f.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url})
		if code == "" && err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if code != "" {
			f.refused(url, err, code, "")
		}
	}
	_, err := client(f.server, "eu-central-1").GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
		t.Errorf("another region: got %v, want QueueDoesNotExist", err)
	}
	_, err = f.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q"), QueueOwnerAWSAccountId: aws.String("111111111111")})
	f.refused("another account", err, "AWS.SimpleQueueService.NonExistentQueue", "")
}

func TestDeletedQueue(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		remove := func() { must(f.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: f.url}))(t) }
		remove()
		_, err := f.ReceiveMessage(t.Context(), f.receiving(0))
		if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
			t.Errorf("got %v, want QueueDoesNotExist", err)
		}
		time.Sleep(time.Minute - 1)
		_, err = f.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
		if _, ok := errors.AsType[*types.QueueDeletedRecently](err); !ok {
			t.Errorf("got %v, want QueueDeletedRecently", err)
		}
		time.Sleep(time.Nanosecond)
		f.create("q")
		f.want("messages", bodies(f.receive(0)), "")
		remove()
	})
}

func TestPurgeQueue(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		purge := func() error {
			_, err := f.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: f.url})
			return err
		}
		f.send("a", "b")
		f.receive(0)
		f.send("c")
		if err := purge(); err != nil {
			t.Fatal(err)
		}
		f.want("counts", f.counts(), "0/0/0")
		time.Sleep(time.Minute - 1)
		err := purge()
		if _, ok := errors.AsType[*types.PurgeQueueInProgress](err); !ok {
			t.Error("a second purge within 60 s is not refused")
		}
		if e, ok := errors.AsType[*awshttp.ResponseError](err); !ok || e.HTTPStatusCode() != 403 {
			t.Errorf("a second purge within 60 s: %v, want HTTP 403", err)
		}
		time.Sleep(time.Nanosecond)
		if err := purge(); err != nil {
			t.Error(err)
		}
	})
}

func TestDefaultAttributes(t *testing.T) {
	f := open(t)
	got := f.attributes()
	if got["CreatedTimestamp"] == "" || got["CreatedTimestamp"] != got["LastModifiedTimestamp"] {
		t.Errorf("created %q, modified %q", got["CreatedTimestamp"], got["LastModifiedTimestamp"])
	}
	delete(got, "CreatedTimestamp")
	delete(got, "LastModifiedTimestamp")
	want := map[string]string{
		"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "DelaySeconds": "0", "MaximumMessageSize": "1048576",
		"MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true",
		"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	named := must(f.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: f.url, AttributeNames: []types.QueueAttributeName{"QueueArn", "Policy", "FifoQueue"}}))(t)
	f.want("named", sortedKeys(named.Attributes), "[QueueArn]")
	_, err := f.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: f.url, AttributeNames: []types.QueueAttributeName{"Nonsense"}})
	if _, ok := errors.AsType[*types.InvalidAttributeName](err); !ok {
		t.Errorf("got %v, want InvalidAttributeName", err)
	}
}

const someARN = "arn:aws:sqs:us-east-1:000000000000:"

func TestSetQueueAttributes(t *testing.T) {
	f := open(t)
	f.create("dead")
	f.create("closed", "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`)
	f.create("open", "RedriveAllowPolicy", `{"redrivePermission":"byQueue","sourceQueueArns":["`+someARN+`q"]}`)
	policy := func(target, most string) string {
		return `{"deadLetterTargetArn":"` + target + `","maxReceiveCount":` + most + `}`
	}
	for _, c := range []struct{ name, value, code string }{
		{"DelaySeconds", "900", ""}, {"DelaySeconds", "901", "InvalidAttributeValue"}, {"DelaySeconds", "-1", "InvalidAttributeValue"},
		{"DelaySeconds", "", "InvalidAttributeValue"}, {"DelaySeconds", "1.5", "InvalidAttributeValue"},
		{"MaximumMessageSize", "1024", ""}, {"MaximumMessageSize", "1048576", ""},
		{"MaximumMessageSize", "1023", "InvalidAttributeValue"}, {"MaximumMessageSize", "1048577", "InvalidAttributeValue"},
		{"MessageRetentionPeriod", "60", ""}, {"MessageRetentionPeriod", "1209600", ""},
		{"MessageRetentionPeriod", "59", "InvalidAttributeValue"}, {"MessageRetentionPeriod", "1209601", "InvalidAttributeValue"},
		{"ReceiveMessageWaitTimeSeconds", "20", ""}, {"ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue"},
		{"VisibilityTimeout", "0", ""}, {"VisibilityTimeout", "43200", ""}, {"VisibilityTimeout", "43201", "InvalidAttributeValue"},
		{"KmsDataKeyReusePeriodSeconds", "59", "InvalidAttributeValue"}, {"KmsDataKeyReusePeriodSeconds", "86400", ""},
		{"SqsManagedSseEnabled", "false", ""}, {"SqsManagedSseEnabled", "maybe", "InvalidAttributeValue"},
		{"KmsMasterKeyId", "alias/aws/sqs", ""}, {"KmsMasterKeyId", "", ""},
		{"Policy", `{"Statement":[]}`, ""}, {"Policy", "", ""}, {"Policy", "{", "InvalidAttributeValue"}, {"Policy", `{"Statement":{"Effect":"Maybe"}}`, "InvalidAttributeValue"},
		{"RedrivePolicy", policy(someARN+"dead", "3"), ""}, {"RedrivePolicy", policy(someARN+"dead", `"3"`), ""}, {"RedrivePolicy", "", ""},
		{"RedrivePolicy", policy(someARN+"dead", "1000"), ""}, {"RedrivePolicy", policy(someARN+"open", "1"), ""},
		{"RedrivePolicy", policy(someARN+"dead", "0"), "InvalidParameterValue"}, {"RedrivePolicy", policy(someARN+"dead", "1001"), "InvalidParameterValue"},
		{"RedrivePolicy", policy(someARN+"missing", "3"), "InvalidParameterValue"}, {"RedrivePolicy", policy("dead", "3"), "InvalidParameterValue"},
		{"RedrivePolicy", policy(someARN+"closed", "3"), "InvalidParameterValue"}, {"RedrivePolicy", policy("arn:aws:sqs:eu-west-1:000000000000:dead", "3"), "InvalidParameterValue"},
		{"RedrivePolicy", `{"maxReceiveCount":3}`, "InvalidParameterValue"}, {"RedrivePolicy", `[]`, "InvalidParameterValue"},
		{"RedriveAllowPolicy", `{"redrivePermission":"allowAll"}`, ""}, {"RedriveAllowPolicy", "", ""},
		{"RedriveAllowPolicy", `{"redrivePermission":"byQueue"}`, "InvalidAttributeValue"}, {"RedriveAllowPolicy", `{}`, "InvalidAttributeValue"},
		{"RedriveAllowPolicy", `{"redrivePermission":"denyAll","sourceQueueArns":["x"]}`, "InvalidAttributeValue"},
		{"FifoQueue", "true", "InvalidAttributeName"}, {"QueueArn", "x", "InvalidAttributeName"}, {"Nonsense", "x", "InvalidAttributeName"},
	} {
		_, err := f.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: f.url, Attributes: map[string]string{c.name: c.value}})
		if c.code != "" {
			f.refused(c.name+"="+c.value, err, c.code, "")
			continue
		}
		if err != nil {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
			continue
		}
		f.want(c.name, f.attributes()[c.name], c.value) // the documents byte for byte
	}
	f.want("what other calls set is kept", f.attributes()["MessageRetentionPeriod"], "1209600")
}

func TestEncryptionIsOfOneKind(t *testing.T) {
	f := open(t)
	set := func(attributes ...string) error {
		_, err := f.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: f.url, Attributes: pairs(attributes)})
		return err
	}
	describe := func() string {
		a := f.attributes()
		return fmt.Sprintf("%s %q %q", a["SqsManagedSseEnabled"], a["KmsMasterKeyId"], a["KmsDataKeyReusePeriodSeconds"])
	}
	if err := set("KmsMasterKeyId", "k"); err != nil {
		t.Fatal(err)
	}
	f.want("with a key", describe(), `false "k" "300"`)
	if err := set("SqsManagedSseEnabled", "true"); err != nil {
		t.Fatal(err)
	}
	f.want("managed", describe(), `true "" ""`)
	f.refused("both", set("SqsManagedSseEnabled", "true", "KmsMasterKeyId", "k"), "InvalidAttributeValue", "one type")
}

func TestListQueues(t *testing.T) {
	f := open(t)
	for i := range 5 {
		f.create(fmt.Sprint("list-", i))
	}
	if _, err := client(f.server, "eu-west-1").CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("list-elsewhere")}); err != nil {
		t.Fatal(err)
	}
	var got []string
	pages := sqs.NewListQueuesPaginator(f.Client, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("list-"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.Context()))(t)
		for _, url := range page.QueueUrls {
			got = append(got, strings.TrimPrefix(url, local.URL+"/000000000000/"))
		}
	}
	f.want("queues", strings.Join(got, " "), "list-0 list-1 list-2 list-3 list-4")
	_, err := f.ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: aws.Int32(1001)})
	f.refused("1001", err, "InvalidParameterValue", "")
	_, err = f.ListQueues(t.Context(), &sqs.ListQueuesInput{NextToken: aws.String("%")})
	f.refused("token", err, "InvalidParameterValue", "")
}

func TestTags(t *testing.T) {
	f := connect(t, "")
	in := &sqs.CreateQueueInput{QueueName: aws.String("q"), Tags: map[string]string{"a": "1", "b": "2"}}
	f.url = must(f.CreateQueue(t.Context(), in))(t).QueueUrl
	must(f.TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: f.url, Tags: map[string]string{"b": "3", "c": ""}}))(t)
	must(f.UntagQueue(t.Context(), &sqs.UntagQueueInput{QueueUrl: f.url, TagKeys: []string{"a", "none"}}))(t)
	tags := must(f.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: f.url}))(t).Tags
	if want := map[string]string{"b": "3", "c": ""}; !maps.Equal(tags, want) {
		t.Errorf("got %v, want %v", tags, want)
	}
	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint(i)] = ""
	}
	for _, tags := range []map[string]string{{"aws:x": ""}, {"": "x"}, {strings.Repeat("x", 129): ""}, {"x": strings.Repeat("x", 257)}, many} {
		_, err := f.TagQueue(context.Background(), &sqs.TagQueueInput{QueueUrl: f.url, Tags: tags})
		f.refused(fmt.Sprint(tags), err, "InvalidParameterValue", "")
	}
}

package sqs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func text(dataType, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &dataType, StringValue: &value}
}

func TestSendAndReceive(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		sent := must(f.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: f.url, MessageBody: aws.String("hello \"<&>\"\t\r\n\u2028\U0010FFFF"), MessageGroupId: aws.String("tenant-1"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"n": text("Number.int", "-1.5e3"), "s": text("String", "x"), "b": {DataType: aws.String("Binary.gif"), BinaryValue: []byte{0, 1, 255}},
			},
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793")},
			},
		}))(t)
		m := f.receive(0)[0]
		f.want("body", *m.Body, "hello \"<&>\"\t\r\n\u2028\U0010FFFF")
		f.want("ID", *m.MessageId, *sent.MessageId)
		f.want("body digest", *m.MD5OfBody, *sent.MD5OfMessageBody)
		f.want("attribute digest", *m.MD5OfMessageAttributes, *sent.MD5OfMessageAttributes)
		f.want("binary", fmt.Sprint(m.MessageAttributes["b"].BinaryValue), "[0 1 255]")
		f.want("number", *m.MessageAttributes["n"].DataType+*m.MessageAttributes["n"].StringValue, "Number.int-1.5e3")
		now := fmt.Sprint(time.Now().UnixMilli())
		want := map[string]string{
			"SenderId": "local", "SentTimestamp": now, "ApproximateReceiveCount": "1", "ApproximateFirstReceiveTimestamp": now,
			"MessageGroupId": "tenant-1", "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
		}
		f.want("system attributes", fmt.Sprint(m.Attributes), fmt.Sprint(want))
	})
}

// The digests are those of the examples that SQS clients in other languages test
// themselves with.
func TestAttributeDigest(t *testing.T) {
	f := open(t)
	out := must(f.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("This is a test message"),
		MessageAttributes: map[string]types.MessageAttributeValue{"timestamp": text("Number", "1493147359900")}}))(t)
	f.want("body", *out.MD5OfMessageBody, "fafb00f5732ab283681e124bf8747ed1")
	f.want("attributes", *out.MD5OfMessageAttributes, "235c5c510d26fb653d073faed50ae77c")
}

func TestSendRules(t *testing.T) {
	f := open(t, "MaximumMessageSize", "1024")
	eleven := map[string]types.MessageAttributeValue{}
	for i := range 11 {
		eleven[fmt.Sprint("a", i)] = text("String", "x")
	}
	attribute := func(name string, v types.MessageAttributeValue) *sqs.SendMessageInput {
		return &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageAttributes: map[string]types.MessageAttributeValue{name: v}}
	}
	body := func(s string) *sqs.SendMessageInput { return &sqs.SendMessageInput{MessageBody: &s} }
	for _, c := range []struct {
		name string
		in   *sqs.SendMessageInput
		code string
	}{
		{"largest", body(strings.Repeat("x", 1024)), ""},
		{"too large", body(strings.Repeat("x", 1025)), "InvalidParameterValue"},
		{"empty", body(""), "MissingParameter"},
		{"NUL", body("a\x00"), "InvalidMessageContents"},
		{"U+FFFE", body("a\uFFFE"), "InvalidMessageContents"},
		{"U+FFFF", body("a\uFFFF"), "InvalidMessageContents"},
		{"U+001F", body("a\x1f"), "InvalidMessageContents"},
		{"U+FFFD", body("a\uFFFD\uE000\u007f"), ""},
		{"attribute fits", &sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1024-1-6-3)), MessageAttributes: map[string]types.MessageAttributeValue{"a": text("String", "xyz")}}, ""},
		{"attribute counts", &sqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1024-1-6-2)), MessageAttributes: map[string]types.MessageAttributeValue{"a": text("String", "xyz")}}, "InvalidParameterValue"},
		{"eleven attributes", &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageAttributes: eleven}, "InvalidParameterValue"},
		{"delay", &sqs.SendMessageInput{MessageBody: aws.String("m"), DelaySeconds: 901}, "InvalidParameterValue"},
		{"negative delay", &sqs.SendMessageInput{MessageBody: aws.String("m"), DelaySeconds: -1}, "InvalidParameterValue"},
		{"deduplication", &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageDeduplicationId: aws.String("x")}, "InvalidParameterValue"},
		{"group", &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageGroupId: aws.String("a b")}, "InvalidParameterValue"},
		{"long group", &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageGroupId: aws.String(strings.Repeat("x", 129))}, "InvalidParameterValue"},
		{"name", attribute("a_b-c.D1", text("String", "x")), ""},
		{"label", attribute("a", text("String.Array", "[]")), ""},
		{"empty name", attribute("", text("String", "x")), "InvalidParameterValue"},
		{"long name", attribute(strings.Repeat("x", 257), text("String", "x")), "InvalidParameterValue"},
		{"reserved name", attribute("AWS.x", text("String", "x")), "InvalidParameterValue"},
		{"reserved name 2", attribute("amazon.x", text("String", "x")), "InvalidParameterValue"},
		{"dots", attribute("a..b", text("String", "x")), "InvalidParameterValue"},
		{"dot first", attribute(".a", text("String", "x")), "InvalidParameterValue"},
		{"dot last", attribute("a.", text("String", "x")), "InvalidParameterValue"},
		{"space", attribute("a b", text("String", "x")), "InvalidParameterValue"},
		{"empty type", attribute("a", text("", "x")), "InvalidParameterValue"},
		{"unknown type", attribute("a", text("Boolean", "x")), "InvalidParameterValue"},
		{"type as prefix", attribute("a", text("Strings", "x")), "InvalidParameterValue"},
		{"empty value", attribute("a", text("String", "")), "InvalidParameterValue"},
		{"no value", attribute("a", types.MessageAttributeValue{DataType: aws.String("Number")}), "InvalidParameterValue"},
		{"no binary", attribute("a", text("Binary", "x")), "InvalidParameterValue"},
		{"binary text", attribute("a", types.MessageAttributeValue{DataType: aws.String("String"), BinaryValue: []byte("x")}), "InvalidParameterValue"},
		{"no number", attribute("a", text("Number", "NaN")), "InvalidParameterValue"},
		{"hexadecimal", attribute("a", text("Number", "0x1")), "InvalidParameterValue"},
		{"list", attribute("a", types.MessageAttributeValue{DataType: aws.String("String"), StringListValues: []string{"x"}}), "InvalidParameterValue"},
		{"character in attribute", attribute("a", text("String", "\x00")), "InvalidMessageContents"},
		{"system attribute", &sqs.SendMessageInput{MessageBody: aws.String("m"), MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{"Other": {DataType: aws.String("String"), StringValue: aws.String("x")}}}, "InvalidParameterValue"},
		{"other account", &sqs.SendMessageInput{QueueUrl: aws.String("http://127.0.0.1/123456789012/q"), MessageBody: aws.String("m")}, "AWS.SimpleQueueService.NonExistentQueue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.in.QueueUrl == nil {
				c.in.QueueUrl = f.url
			}
			_, err := f.SendMessage(t.Context(), c.in)
			if c.code == "" && err != nil {
				t.Fatal(err)
			}
			if c.code != "" {
				f := f
				f.T = t
				f.refused(c.name, err, c.code, "")
			}
		})
	}
	_, err := f.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String("a\x00")})
	if _, ok := errors.AsType[*types.InvalidMessageContents](err); !ok {
		t.Errorf("got %v, want InvalidMessageContents", err)
	}
}

func TestSendMessageBatch(t *testing.T) {
	f := open(t, "MaximumMessageSize", "1048576")
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	send := func(entries ...types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
		return f.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: f.url, Entries: entries})
	}
	late := entry("late", "later")
	late.DelaySeconds = 10
	out := must(send(entry("good", "a"), entry("bad", "\x01"), entry("empty", ""), entry("also", "b"), late))(t)
	if len(out.Successful) != 3 || len(out.Failed) != 2 {
		t.Fatalf("%d successful and %d failed, want 3 and 2", len(out.Successful), len(out.Failed))
	}
	f.want("failed", *out.Failed[0].Id+" "+*out.Failed[0].Code+" "+*out.Failed[1].Id+" "+*out.Failed[1].Code, "bad InvalidMessageContents empty MissingParameter")
	if !out.Failed[0].SenderFault {
		t.Error("the fault is not the sender's")
	}
	f.want("counts", f.counts(), "2/0/1")

	var eleven []types.SendMessageBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(fmt.Sprint(i), "x"))
	}
	var distinct *types.BatchEntryIdsNotDistinct
	var empty *types.EmptyBatchRequest
	var tooMany *types.TooManyEntriesInBatchRequest
	var tooLong *types.BatchRequestTooLong
	var badID *types.InvalidBatchEntryId
	half := strings.Repeat("x", 512*1024)
	for _, c := range []struct {
		name    string
		entries []types.SendMessageBatchRequestEntry
		target  any
	}{
		{"distinct", eleven[:0:0], &empty}, {"eleven", eleven, &tooMany}, {"twice", append(eleven[:2:2], eleven[0]), &distinct},
		{"ID", []types.SendMessageBatchRequestEntry{entry("a.b", "x")}, &badID}, {"long ID", []types.SendMessageBatchRequestEntry{entry(strings.Repeat("x", 81), "x")}, &badID},
		{"1 MiB and a byte", []types.SendMessageBatchRequestEntry{entry("1", half), entry("2", half), entry("3", "x")}, &tooLong},
	} {
		if _, err := send(c.entries...); !errors.As(err, c.target) {
			t.Errorf("%s: got %v, want %T", c.name, err, c.target)
		}
	}
	if _, err := send(entry("1", half), entry("2", half)); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	if _, err := send(eleven[:10]...); err != nil {
		t.Errorf("ten: %v", err)
	}
}

func TestDeleteMessageBatch(t *testing.T) {
	f := open(t)
	f.send("a", "b")
	got := f.receive(0)
	entry := func(id string, handle *string) types.DeleteMessageBatchRequestEntry {
		return types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: handle}
	}
	in := &sqs.DeleteMessageBatchInput{QueueUrl: f.url, Entries: []types.DeleteMessageBatchRequestEntry{
		entry("1", got[0].ReceiptHandle), entry("2", aws.String("nonsense")), entry("3", got[1].ReceiptHandle), entry("4", got[0].ReceiptHandle),
	}}
	out := must(f.DeleteMessageBatch(t.Context(), in))(t)
	if len(out.Successful) != 3 || len(out.Failed) != 1 {
		t.Fatalf("%d successful and %d failed, want 3 and 1", len(out.Successful), len(out.Failed))
	}
	f.want("failed", *out.Failed[0].Id+" "+*out.Failed[0].Code, "2 ReceiptHandleIsInvalid")
	f.want("counts", f.counts(), "0/0/0")
}

func TestChangeMessageVisibilityBatch(t *testing.T) {
	f := open(t)
	f.send("a", "b")
	got := f.receive(0)
	entry := func(id string, handle *string, timeout int32) types.ChangeMessageVisibilityBatchRequestEntry {
		return types.ChangeMessageVisibilityBatchRequestEntry{Id: &id, ReceiptHandle: handle, VisibilityTimeout: timeout}
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: f.url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		entry("1", got[0].ReceiptHandle, 0), entry("2", got[1].ReceiptHandle, 43201), entry("3", aws.String("x"), 1), entry("4", got[0].ReceiptHandle, 5),
	}}
	out := must(f.ChangeMessageVisibilityBatch(t.Context(), in))(t)
	failed := ""
	for _, e := range out.Failed {
		failed += *e.Id + " " + *e.Code + " "
	}
	f.want("failed", failed, "2 InvalidParameterValue 3 ReceiptHandleIsInvalid 4 AWS.SimpleQueueService.MessageNotInflight ")
	f.want("counts", f.counts(), "1/1/0")
}

// A handle is of one queue.
func TestHandleOfAnotherQueue(t *testing.T) {
	f := open(t)
	f.send("m")
	m := f.receive(0)[0]
	_, err := f.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: f.create("other"), ReceiptHandle: m.ReceiptHandle})
	if _, ok := errors.AsType[*types.ReceiptHandleIsInvalid](err); !ok {
		t.Errorf("got %v, want ReceiptHandleIsInvalid", err)
	}
}

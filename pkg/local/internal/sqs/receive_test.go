package sqs_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestVisibilityTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		first := f.receive(0)[0]
		f.want("receive count", first.Attributes["ApproximateReceiveCount"], "1")
		f.want("counts", f.counts(), "0/1/0")
		time.Sleep(30*time.Second - 1)
		f.want("early", bodies(f.receive(0)), "")
		time.Sleep(time.Nanosecond)
		second := f.receive(0)[0]
		f.want("receive count", second.Attributes["ApproximateReceiveCount"], "2")
		f.want("first receive", second.Attributes["ApproximateFirstReceiveTimestamp"], first.Attributes["ApproximateFirstReceiveTimestamp"])
		f.want("sent", second.Attributes["SentTimestamp"], first.Attributes["SentTimestamp"])
		if *first.ReceiptHandle == *second.ReceiptHandle {
			t.Error("the same receipt handle twice")
		}
		f.delete(first) // stale: succeeds, deletes nothing
		f.want("counts", f.counts(), "0/1/0")
		f.delete(second)
		f.delete(second)
		f.want("counts", f.counts(), "0/0/0")
	})
}

func TestVisibilityOfReceive(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		in := f.receiving(0)
		in.VisibilityTimeout = 100
		must(f.ReceiveMessage(t.Context(), in))(t)
		f.takes(100*time.Second, func() {
			for len(f.receive(20)) == 0 {
			}
		})
	})
}

// A handle works after its timeout, until somebody else receives the message.
func TestDeleteAfterTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		m := f.receive(0)[0]
		time.Sleep(time.Hour)
		f.want("counts", f.counts(), "1/0/0")
		f.delete(m)
		f.want("counts", f.counts(), "0/0/0")
	})
}

func TestChangeMessageVisibility(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m")
		m := f.receive(0)[0]
		time.Sleep(time.Hour)
		var notInFlight *types.MessageNotInflight
		if err := f.visibility(m, 5); !errors.As(err, &notInFlight) {
			t.Errorf("visible again: got %v, want MessageNotInflight", err)
		}
		m = f.receive(0)[0]
		if err := f.visibility(m, 43200); err != nil {
			t.Errorf("12 h at once: %v", err)
		}
		time.Sleep(time.Second)
		f.refused("12 h and a second", f.visibility(m, 43200), "InvalidParameterValue", "Total VisibilityTimeout")
		f.refused("more than 12 h", f.visibility(m, 43201), "InvalidParameterValue", "VisibilityTimeout")
		f.refused("negative", f.visibility(m, -1), "InvalidParameterValue", "VisibilityTimeout")
		if err := f.visibility(m, 43199); err != nil {
			t.Errorf("what is left of 12 h: %v", err)
		}
		if err := f.visibility(m, 0); err != nil {
			t.Errorf("release: %v", err)
		}
		f.want("released", bodies(f.receive(0)), "m")
		f.refused("stale", f.visibility(m, 5), "InvalidParameterValue", "does not exist")
		m.ReceiptHandle = aws.String("nonsense")
		var malformed *types.ReceiptHandleIsInvalid
		if err := f.visibility(m, 5); !errors.As(err, &malformed) {
			t.Errorf("malformed handle: got %v, want ReceiptHandleIsInvalid", err)
		}
	})
}

func TestRetention(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		f.send("m", "flight")
		time.Sleep(time.Minute - 1)
		m := f.receive(0)[1]
		f.want("counts", f.counts(), "0/2/0")
		time.Sleep(time.Nanosecond)
		f.want("counts", f.counts(), "0/0/0")
		f.refused("gone", f.visibility(m, 5), "InvalidParameterValue", "does not exist")
		f.delete(m)
		f.want("messages", bodies(f.receive(0)), "")
	}, "MessageRetentionPeriod", "60")
}

func TestReceiveOrder(t *testing.T) {
	bubble(t, func(t *testing.T, f fixture) {
		for i := range 25 {
			f.send(fmt.Sprint(i))
		}
		got := ""
		for range 3 {
			got += bodies(f.receive(0)) + " "
		}
		f.want("order", got, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 ")
	})
}

func TestReceiveRanges(t *testing.T) {
	f := open(t)
	for _, c := range []struct {
		name   string
		change func(in *sqs.ReceiveMessageInput)
		code   string
	}{
		{"11 messages", func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 11 }, "InvalidParameterValue"},
		{"-1 messages", func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = -1 }, "InvalidParameterValue"},
		{"21 seconds", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = 21 }, "InvalidParameterValue"},
		{"-1 seconds", func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = -1 }, "InvalidParameterValue"},
		{"visibility", func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 43201 }, "InvalidParameterValue"},
		{"attempt", func(in *sqs.ReceiveMessageInput) { in.ReceiveRequestAttemptId = aws.String("x") }, "InvalidParameterValue"},
		{"attribute", func(in *sqs.ReceiveMessageInput) {
			in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"Nonsense"}
		}, "InvalidAttributeName"},
		{"queue", func(in *sqs.ReceiveMessageInput) { in.QueueUrl = aws.String(*f.url + "x") }, "AWS.SimpleQueueService.NonExistentQueue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := f.receiving(0)
			c.change(in)
			_, err := f.ReceiveMessage(t.Context(), in)
			f.refused(c.name, err, c.code, "")
		})
	}
}

func TestSelectedAttributes(t *testing.T) {
	f := open(t)
	text := types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String("v")}
	must(f.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: f.url, MessageBody: aws.String("m"),
		MessageAttributes: map[string]types.MessageAttributeValue{"a.one": text, "a.two": text, "b": text},
	}))(t)
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "map[]"}, {[]string{"b"}, "[b]"}, {[]string{"a.*"}, "[a.one a.two]"},
		{[]string{".*"}, "[a.one a.two b]"}, {[]string{"All"}, "[a.one a.two b]"}, {[]string{"none"}, "map[]"},
	} {
		in := &sqs.ReceiveMessageInput{QueueUrl: f.url, MessageAttributeNames: c.names, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"SenderId"}}
		m := must(f.ReceiveMessage(t.Context(), in))(t).Messages[0]
		got := sortedKeys(m.MessageAttributes)
		if c.want == "map[]" {
			f.want("digest of none", aws.ToString(m.MD5OfMessageAttributes), "")
			c.want = "[]"
		}
		f.want(fmt.Sprint(c.names), got, c.want)
		f.want("system attributes", sortedKeys(m.Attributes), "[SenderId]")
		if err := f.visibility(m, 0); err != nil {
			t.Fatal(err)
		}
	}
}

package sqs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// service is SQS alone, without a client around it. Where pollsEnded is closed no
// poll waits.
func service(tb testing.TB, pollsEnded chan struct{}) *sqs.Service {
	tb.Helper()
	db, err := store.Open("")
	if err != nil {
		tb.Fatal(err)
	}
	s, err := sqs.Open(db, pollsEnded, sqs.Chance{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// call performs an operation with a body as it is.
func call(tb testing.TB, s *sqs.Service, operation, body string) (*wire.Response, error) {
	return s.Serve(tb.Context(), &wire.Call{
		Service: "sqs", Operation: operation, Region: "us-east-1", Account: "000000000000", BaseURL: "http://127.0.0.1", Body: []byte(body),
	})
}

// mustCall decodes the answer into out, which may be nil.
func mustCall(tb testing.TB, s *sqs.Service, operation, body string, out any) {
	tb.Helper()
	r, err := call(tb, s, operation, body)
	if err == nil && out != nil {
		err = json.Unmarshal(r.Body, out)
	}
	if err != nil {
		tb.Fatalf("%s %.100s: %v", operation, body, err)
	}
}

const queueURL = `"QueueUrl":"http://127.0.0.1/000000000000/q"`

// fill sends n messages.
func fill(tb testing.TB, s *sqs.Service, n int) {
	tb.Helper()
	var entries []string
	for i := range 10 {
		entries = append(entries, fmt.Sprintf(`{"Id":"%d","MessageBody":"m"}`, i))
	}
	batch := `{` + queueURL + `,"Entries":[` + strings.Join(entries, ",") + `]}`
	for range n / 10 {
		mustCall(tb, s, "SendMessageBatch", batch, nil)
	}
}

// At 120,000 messages in flight a short poll is refused and a long one finds
// nothing, until one is deleted.
func TestInFlightLimit(t *testing.T) {
	s := service(t, nil)
	mustCall(t, s, "CreateQueue", `{"QueueName":"q","Attributes":{"VisibilityTimeout":"43200"}}`, nil)
	fill(t, s, 120_010)
	var got struct {
		Messages []struct{ ReceiptHandle string }
	}
	for range 12_000 {
		mustCall(t, s, "ReceiveMessage", `{`+queueURL+`,"MaxNumberOfMessages":10}`, &got)
		if len(got.Messages) != 10 {
			t.Fatalf("%d messages at once, want 10", len(got.Messages))
		}
	}
	_, err := call(t, s, "ReceiveMessage", `{`+queueURL+`,"WaitTimeSeconds":0}`)
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != "OverLimit" {
		t.Errorf("short poll: got %v, want OverLimit", err)
	}
	handle := got.Messages[0].ReceiptHandle
	got.Messages = nil
	mustCall(t, s, "ReceiveMessage", `{`+queueURL+`,"WaitTimeSeconds":1}`, &got)
	if len(got.Messages) != 0 {
		t.Errorf("long poll: %d messages, want none", len(got.Messages))
	}
	start := time.Now()
	time.AfterFunc(50*time.Millisecond, func() { mustCall(t, s, "DeleteMessage", `{`+queueURL+`,"ReceiptHandle":"`+handle+`"}`, nil) })
	mustCall(t, s, "ReceiveMessage", `{`+queueURL+`,"WaitTimeSeconds":20,"MaxNumberOfMessages":10}`, &got)
	if len(got.Messages) != 1 {
		t.Errorf("after a delete: %d messages, want 1", len(got.Messages))
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("the poll was woken after %s, want at once", took)
	}
}

func BenchmarkDeepQueue(b *testing.B) {
	for _, depth := range []int{100, 100_000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			s := service(b, nil)
			mustCall(b, s, "CreateQueue", `{"QueueName":"q"}`, nil)
			fill(b, s, depth)
			var got struct {
				Messages []struct{ ReceiptHandle string }
			}
			for b.Loop() {
				mustCall(b, s, "SendMessage", `{`+queueURL+`,"MessageBody":"m"}`, nil)
				mustCall(b, s, "ReceiveMessage", `{`+queueURL+`}`, &got)
				mustCall(b, s, "DeleteMessage", `{`+queueURL+`,"ReceiptHandle":"`+got.Messages[0].ReceiptHandle+`"}`, nil)
			}
		})
	}
}

// Bodies that no SDK sends are refused as the client's fault.
func TestMalformed(t *testing.T) {
	s := service(t, nil)
	mustCall(t, s, "CreateQueue", `{"QueueName":"q"}`, nil)
	for _, c := range []struct{ operation, body, code string }{
		{"SendMessage", ``, "SerializationException"},
		{"SendMessage", `[]`, "SerializationException"},
		{"SendMessage", `{"QueueUrl":1}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `,"MessageBody":"\ud800"}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `,"MessageBody":"\udc00\ud800"}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `,"MessageBody":"` + "\xff" + `"}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `,"MessageBody":"x","DelaySeconds":1.5}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `,"MessageBody":"x","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"%"}}}`, "SerializationException"},
		{"SendMessage", `{` + queueURL + `}`, "MissingRequiredParameterException"},
		{"SendMessage", `{}`, "MissingRequiredParameterException"},
		{"SendMessage", `null`, "MissingRequiredParameterException"},
		{"SendMessageBatch", `{` + queueURL + `,"Entries":[{}]}`, "InvalidBatchEntryId"},
		{"DeleteMessage", `{` + queueURL + `}`, "MissingRequiredParameterException"},
		{"ChangeMessageVisibility", `{` + queueURL + `,"ReceiptHandle":"x"}`, "MissingRequiredParameterException"},
		{"SetQueueAttributes", `{` + queueURL + `}`, "MissingRequiredParameterException"},
		{"TagQueue", `{` + queueURL + `}`, "MissingRequiredParameterException"},
		{"UntagQueue", `{` + queueURL + `}`, "MissingRequiredParameterException"},
		{"GetQueueUrl", `{}`, "MissingRequiredParameterException"},
		{"StartMessageMoveTask", `{}`, "MissingRequiredParameterException"},
		{"CancelMessageMoveTask", `{}`, "MissingRequiredParameterException"},
		{"AddPermission", `{}`, "UnknownOperationException"},
	} {
		_, err := call(t, s, c.operation, c.body)
		e, ok := errors.AsType[*wire.Error](err)
		if !ok || e.Code != c.code || e.HTTPStatus() != 400 {
			t.Errorf("%s %q: got %v, want %s", c.operation, c.body, err, c.code)
		}
	}
	var got struct{ Messages []struct{ Body string } }
	mustCall(t, s, "SendMessage", `{`+queueURL+`,"MessageBody":"\\ud800 \ud83d\ude00"}`, nil)
	mustCall(t, s, "ReceiveMessage", `{`+queueURL+`}`, &got)
	if want := `\ud800 😀`; got.Messages[0].Body != want {
		t.Errorf("got %q, want %q", got.Messages[0].Body, want)
	}
}

// FuzzServe sends anything: never a panic, never an error that is the endpoint's.
func FuzzServe(f *testing.F) {
	operations := []string{
		"CreateQueue", "DeleteQueue", "GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes", "ListQueues", "ListDeadLetterSourceQueues",
		"PurgeQueue", "TagQueue", "UntagQueue", "ListQueueTags", "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage",
		"DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask",
	}
	seeds := []string{
		`{` + queueURL + `,"QueueName":"q2","Attributes":{"VisibilityTimeout":"1","Policy":"{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\"}}"},"tags":{"a":"b"}}`,
		`{` + queueURL + `,"MessageBody":"x","MessageAttributes":{"a":{"DataType":"Number","StringValue":"1"}}}`,
		`{` + queueURL + `,"Entries":[{"Id":"1","MessageBody":"x","ReceiptHandle":"AAAA","VisibilityTimeout":1}]}`,
		`{` + queueURL + `,"MaxNumberOfMessages":10,"AttributeNames":["All"],"ReceiptHandle":"QUJD","VisibilityTimeout":0}`,
		`{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:q","TaskHandle":"e30=","NextToken":"eA==","MaxResults":2}`,
		`{"QueueUrl":"::","Attributes":{"RedrivePolicy":"{\"deadLetterTargetArn\":\":::::\",\"maxReceiveCount\":\"\"}"}}`, `null`, `{"Entries":null}`,
	}
	for i := range operations {
		for _, seed := range seeds {
			f.Add(byte(i), []byte(seed))
		}
	}
	ended := make(chan struct{})
	close(ended)
	f.Fuzz(func(t *testing.T, operation byte, body []byte) {
		s := service(t, ended)
		mustCall(t, s, "CreateQueue", `{"QueueName":"q"}`, nil)
		fill(t, s, 10)
		_, err := call(t, s, operations[int(operation)%len(operations)], string(body))
		if err == nil {
			return
		}
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.HTTPStatus() >= 500 {
			t.Errorf("got %v", err)
		}
	})
}

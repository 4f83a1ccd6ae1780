//go:build processes && linux

package services_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// patience is how long anything may take that should happen at once.
const patience = 20 * time.Second

// record is a message of an event.
type record = events.SQSMessage

// stage is a stack on an endpoint that processes reach over loopback.
type stage struct {
	*testing.T
	*cloud.Stack
	server   *local.Server
	endpoint *httptest.Server
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(server)
	t.Cleanup(func() {
		server.EndPolls()
		endpoint.CloseClientConnections()
		endpoint.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	// The test's own calls pass by the loopback, so that they outlast cut connections.
	stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &stage{t, stack, server, endpoint}
}

// bootstraps has scripts/build make the zips for this machine and unpacks them; the
// result are the programs by service.
func bootstraps(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("../scripts/build", dir, runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	programs := map[string]string{}
	for _, service := range []string{"stats", "audit"} {
		programs[service] = filepath.Join(dir, service)
		if err := unpack(filepath.Join(dir, service+".zip"), programs[service]); err != nil {
			t.Fatal(err)
		}
	}
	return programs
}

// unpack writes the one file of a zip, with its mode.
func unpack(name, to string) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer z.Close()
	if len(z.File) != 1 || z.File[0].Name != "bootstrap" {
		return fmt.Errorf("%s holds %d files", name, len(z.File))
	}
	packed, err := z.File[0].Open()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(packed)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, z.File[0].Mode())
}

// request is a request of the client lab; without an inbox it is only stored.
func request(id, inbox string) string {
	if inbox != "" {
		inbox = fmt.Sprintf(`"inbox":%q,`, inbox)
	}
	return fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"client_id":"lab",%s"numbers":[7,8,54,89]}`, id, inbox)
}

// inbox makes an inbox of the client lab.
func (s *stage) inbox(random string) string {
	s.Helper()
	name := "statline-inbox-lab-" + random
	if _, err := s.SQS.CreateQueue(s.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
		s.Fatal(err)
	}
	return name
}

// put sends messages to a queue and receives them again, as Lambda does before it
// invokes a function.
func (s *stage) put(queue string, bodies ...string) events.SQSEvent {
	s.Helper()
	for _, body := range bodies {
		if _, err := s.SQS.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(s.QueueURL(queue)), MessageBody: &body}); err != nil {
			s.Fatal(err)
		}
	}
	var e events.SQSEvent
	for len(e.Records) < len(bodies) {
		e.Records = append(e.Records, s.receive(s.Context(), queue).Records...)
	}
	return e
}

// receive is a poll of a second.
func (s *stage) receive(ctx context.Context, queue string) (e events.SQSEvent) {
	s.Helper()
	out, err := s.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(s.QueueURL(queue)), MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		s.Errorf("receive from %s: %v", queue, err)
		return e
	}
	for _, m := range out.Messages {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: *m.MessageId, ReceiptHandle: *m.ReceiptHandle, Body: *m.Body, Attributes: m.Attributes,
			EventSource: "aws:sqs", EventSourceARN: s.QueueARN(queue), AWSRegion: s.Region,
		})
	}
	return e
}

// mapping plays the event source mapping of a queue until the function it returns is
// called: it polls, invokes, and deletes what the answer does not name.
func (s *stage) mapping(queue string, e *environment) (stop func()) {
	ctx, cancel := context.WithCancel(s.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			event := s.receive(context.WithoutCancel(ctx), queue)
			if len(event.Records) == 0 {
				continue
			}
			s.delete(queue, event, e.answer(event, patience))
		}
	})
	return func() { cancel(); done.Wait() }
}

// delete deletes the messages of an event but those that the answer names.
func (s *stage) delete(queue string, event events.SQSEvent, named []string) {
	s.Helper()
	failed := map[string]bool{}
	for _, id := range named {
		failed[id] = true
	}
	for _, r := range event.Records {
		if failed[r.MessageId] {
			continue
		}
		if _, err := s.SQS.DeleteMessage(s.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(s.QueueURL(queue)), ReceiptHandle: &r.ReceiptHandle}); err != nil {
			s.Error(err)
		}
	}
}

func marshal(t *testing.T, event events.SQSEvent) []byte {
	t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// wantMessages fails the test where a queue holds other numbers of visible and hidden
// messages.
func (s *stage) wantMessages(queue string, visible, hidden int) {
	s.Helper()
	out, err := s.SQS.GetQueueAttributes(s.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(s.QueueURL(queue)), AttributeNames: []types.QueueAttributeName{"All"},
	})
	if err != nil {
		s.Fatal(err)
	}
	got := out.Attributes["ApproximateNumberOfMessages"] + " " + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
	if want := fmt.Sprint(visible, " ", hidden); got != want {
		s.Errorf("queue %s holds %s visible and hidden messages, want %s", queue, got, want)
	}
}

func (s *stage) store() *results.Store {
	return &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()}
}

// wantRow fails the test where the row of a request has not this status.
func (s *stage) wantRow(id string, status message.Status) {
	s.Helper()
	row, err := s.store().Get(s.Context(), id)
	if err != nil || row.Status != status {
		s.Errorf("row %s is %q, want %q: %v", id, row.Status, status, err)
	}
}

// replies are the statuses of the replies in an inbox, by request ID.
func (s *stage) replies(inbox string) map[string]message.Status {
	s.Helper()
	replies := map[string]message.Status{}
	for _, r := range s.receive(s.Context(), inbox).Records {
		var reply message.Reply
		if err := json.Unmarshal([]byte(r.Body), &reply); err != nil {
			s.Fatal(err)
		}
		replies[reply.RequestID] = reply.Status
	}
	return replies
}

// on puts a hook before one operation of the endpoint; nil takes it away.
func (s *stage) on(operation string, hook local.Hook) {
	s.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if hook == nil || c.Operation != operation {
			return next(), nil
		}
		return hook(c, next)
	})
}

// failingFor fails the entries of batches of replies to an inbox, through no fault of
// the sender's.
func failingFor(inbox string) local.Hook {
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if !strings.Contains(string(c.Body), inbox+`"`) {
			return next(), nil
		}
		return &local.Response{
			Status: 200, Header: map[string][]string{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: []byte(`{"Successful":[],"Failed":[{"Id":"0","SenderFault":false,"Code":"InternalError","Message":"out of order"}]}`),
		}, nil
	}
}

package responder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/results"
)

// fixture is a responder on an endpoint of its own, in the time of a bubble.
type fixture struct {
	*testing.T
	*Responder
	stack  *cloud.Stack
	server *local.Server
	logged *logged
}

func bubble(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		if err := stack.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		var l logged
		r := &Responder{
			Stack: "statline", SQS: stack.SQS, QueueURL: stack.QueueURL, Log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &l), nil)),
			Results: &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table()},
		}
		test(t, &fixture{t, r, stack, server, &l})
	})
}

// logged is what has been logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// logs says whether a line of the log says something.
func (l *logged) logs(text string) bool { return strings.Contains(l.String(), text) }

// inbox makes an inbox of the client "lab".
func (f *fixture) inbox() string {
	f.Helper()
	name := message.NewInbox("statline", "lab")
	if _, err := f.SQS.CreateQueue(f.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
		f.Fatal(err)
	}
	return name
}

// replies takes all that is in an inbox, by request ID.
func (f *fixture) replies(inbox string) map[string]message.Reply {
	f.Helper()
	all := map[string]message.Reply{}
	for {
		out, err := f.SQS.ReceiveMessage(f.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(f.QueueURL(inbox)), MaxNumberOfMessages: 10, VisibilityTimeout: 3600,
		})
		if err != nil {
			f.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			var r message.Reply
			if err := json.Unmarshal([]byte(*m.Body), &r); err != nil {
				f.Fatal(err)
			}
			if _, again := all[r.RequestID]; again {
				f.Errorf("two replies to %s", r.RequestID)
			}
			all[r.RequestID] = r
		}
	}
}

// request is the body of a request with the nonce "n-ID". More are further members.
func request(id, inbox string, more ...string) string {
	members := append([]string{
		`"schema":"statline.request/v1"`, fmt.Sprintf(`"request_id":%q`, id), fmt.Sprintf(`"nonce":"n-%s"`, id), `"client_id":"lab"`, `"numbers":[7,8,54,89]`,
	}, more...)
	if inbox != "" {
		members = append(members, fmt.Sprintf(`"inbox":%q`, inbox))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// packed is the body of a message with several requests.
func packed(requests ...string) string {
	return `{"schema":"statline.requests/v1","requests":[` + strings.Join(requests, ",") + `]}`
}

// handle has the responder work messages with these bodies.
func (f *fixture) handle(bodies ...string) []error {
	f.Helper()
	return f.deliver(false, bodies...)
}

// deliver is handle for a delivery that may be the last.
func (f *fixture) deliver(last bool, bodies ...string) []error {
	f.Helper()
	var messages []queue.Message
	for i, body := range bodies {
		messages = append(messages, queue.Message{ID: fmt.Sprintf("m%d", i), Body: body, SentAt: time.Now(), Receives: 1, Last: last})
	}
	outcomes := f.Handle(f.Context(), messages)
	if len(outcomes) != len(bodies) {
		f.Fatalf("%d outcomes for %d messages", len(outcomes), len(bodies))
	}
	return outcomes
}

// row is the stored result of a request.
func (f *fixture) row(id string) results.Result {
	f.Helper()
	r, err := f.Results.Get(f.Context(), id)
	if err != nil {
		f.Fatalf("row %s: %v", id, err)
	}
	return r
}

func (f *fixture) noRow(id string) {
	f.Helper()
	if r, err := f.Results.Get(f.Context(), id); !errors.Is(err, results.ErrNotFound) {
		f.Errorf("row %s: %+v, %v", id, r, err)
	}
}

// writing are the operations that write rows.
var writing = []string{"PutItem", "BatchExecuteStatement"}

// on has a hook see one operation only, one call at a time, and counts its calls.
func (f *fixture) on(operation string, hook local.Hook) (calls func() int) {
	return f.onAny([]string{operation}, hook)
}

// onAny is on for any of several operations.
func (f *fixture) onAny(operations []string, hook local.Hook) (calls func() int) {
	var mu sync.Mutex
	n := 0
	f.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if !slices.Contains(operations, c.Operation) {
			return next(), nil
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		return hook(c, next)
	})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// refusing is a hook that refuses a call.
func refusing(status int, code string) local.Hook {
	return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, status, code, "no"), nil
	}
}

package requester

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
)

// fixture is a stack without its services, on an endpoint of its own, in the time
// of a bubble. The test answers the requests.
type fixture struct {
	*testing.T
	stack  *cloud.Stack
	server *local.Server
	log    *slog.Logger
	logged *logged
	start  time.Time

	mu    sync.Mutex
	calls map[string][]time.Duration // the attempts at each operation, by their time
	hooks map[string]local.Hook      // by operation
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
		f := &fixture{
			T: t, stack: stack, server: server, start: time.Now(), logged: &l, log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &l), nil)),
			calls: map[string][]time.Duration{}, hooks: map[string]local.Hook{},
		}
		server.Hook(f.hook)
		test(t, f)
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

func (f *fixture) hook(c *local.Call, next func() *local.Response) (*local.Response, error) {
	f.mu.Lock()
	f.calls[c.Operation] = append(f.calls[c.Operation], time.Since(f.start))
	hook := f.hooks[c.Operation]
	f.mu.Unlock()
	if hook == nil {
		return next(), nil
	}
	return hook(c, next)
}

// on has a hook see one operation from now on; nil takes it away.
func (f *fixture) on(operation string, hook local.Hook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hooks[operation] = hook
}

// made are the attempts at an operation so far.
func (f *fixture) made(operation string) []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration{}, f.calls[operation]...)
}

// refusing is a hook that refuses every call.
func refusing(status int, code string) local.Hook {
	return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, status, code, "no"), nil
	}
}

// config is the configuration of the client "lab".
func (f *fixture) config() Config {
	return Config{
		Stack: "statline", TopicARN: f.stack.TopicARN(), SNS: f.stack.SNS, SQS: f.stack.SQS, ClientID: "lab", Log: f.log,
		Results: f.store(),
	}
}

func (f *fixture) store() *results.Store {
	return &results.Store{DynamoDB: f.stack.DynamoDB, Table: f.stack.Table()}
}

// client makes a client; the test closes it.
func (f *fixture) client(c Config) *Requester {
	f.Helper()
	r, err := New(c)
	if err != nil {
		f.Fatal(err)
	}
	return r
}

func (f *fixture) close(r *Requester) {
	f.Helper()
	if err := r.Close(f.Context()); err != nil {
		f.Errorf("close: %v", err)
	}
}

// with is bubble with a client that is closed afterwards.
func with(t *testing.T, test func(t *testing.T, f *fixture, r *Requester)) {
	t.Helper()
	bubble(t, func(t *testing.T, f *fixture) {
		r := f.client(f.config())
		defer f.close(r)
		test(t, f, r)
	})
}

// request is a request for the list 7 8 54 89.
func request(id string) message.Request {
	return message.Request{ID: id, Numbers: list("7 8 54 89")}
}

func list(text string) *stats.List {
	l, err := stats.ParseText([]byte(text))
	if err != nil {
		panic(err)
	}
	return l
}

func (f *fixture) send(r *Requester, id string) *Pending {
	f.Helper()
	p, err := r.Send(f.Context(), request(id))
	if err != nil {
		f.Fatal(err)
	}
	return p
}

// await awaits an answer for at most an hour.
func (f *fixture) await(p *Pending) message.Reply {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Hour)
	defer cancel()
	reply, err := p.Await(ctx)
	if err != nil {
		f.Errorf("await %s: %v", p.ID(), err)
	}
	return reply
}

// published takes the requests that came to the stats service's queue.
func (f *fixture) published() (all []message.Incoming) {
	f.Helper()
	for {
		out, err := f.stack.SQS.ReceiveMessage(f.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(f.stack.QueueURL(f.stack.StatsQueue())), MaxNumberOfMessages: 10, VisibilityTimeout: 3600,
		})
		if err != nil {
			f.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			all = append(all, message.Parse("statline", []byte(*m.Body))...)
		}
	}
}

// forge sends a body to the inbox of a client.
func (f *fixture) forge(r *Requester, body string) {
	f.Helper()
	r.mu.Lock()
	inbox := r.inbox
	r.mu.Unlock()
	if _, err := f.stack.SQS.SendMessage(f.Context(), &sqs.SendMessageInput{QueueUrl: &inbox.url, MessageBody: &body}); err != nil {
		f.Fatal(err)
	}
}

// replyTo is the body of a reply with the status dead.
func replyTo(id, nonce string) string {
	return fmt.Sprintf(`{"schema":"statline.reply/v1","request_id":%q,"nonce":%q,"status":"dead"}`, id, nonce)
}

// answer replies to a pending request.
func (f *fixture) answer(p *Pending) {
	f.Helper()
	f.forge(p.requester, replyTo(p.id, p.nonce))
}

// put stores the answer to a request, as the stats service does.
func (f *fixture) put(q message.Request) {
	f.Helper()
	in := message.Incoming{Request: q}
	reply := in.Answer()
	reply.CompletedAt = time.Now()
	if _, err := f.store().Put(f.Context(), results.Result{Reply: reply, Digest: q.Digest()}); err != nil {
		f.Fatal(err)
	}
}

// inboxes are the URLs of all inboxes of the stack.
func (f *fixture) inboxes() []string {
	f.Helper()
	out, err := f.stack.SQS.ListQueues(f.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(f.stack.Inboxes())})
	if err != nil {
		f.Fatal(err)
	}
	return out.QueueUrls
}

func (f *fixture) wantCounts(r *Requester, want Counts) {
	f.Helper()
	if got := r.Counts(); got != want {
		f.Errorf("counts %+v, want %+v", got, want)
	}
}

// contains says whether there is an error that says something.
func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

package queue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
)

const (
	visibility  = 30 * time.Second // of the fixture's queue
	maxReceives = 10
	poll        = 10 * time.Second // the worker's default Wait
)

// The operations that a worker makes.
const (
	receiving = "ReceiveMessage"
	deleting  = "DeleteMessageBatch"
	changing  = "ChangeMessageVisibilityBatch"
)

// fixture is a queue with a dead-letter queue on an endpoint of its own, in the
// time of a bubble.
type fixture struct {
	*testing.T
	server *local.Server
	client *client
	logged *logged
	SQS    *sqs.Client
	url    string
	dlq    string
	start  time.Time
}

// client is the endpoint's own, which also notes calls and cancelled polls.
type client struct {
	*http.Client
	mu        sync.Mutex
	calls     []call
	hanging   string // the operation that is not answered
	cancelled int    // polls whose context ended before their answer
}

// call is one attempt at an operation.
type call struct {
	operation string
	at        time.Time
}

func (c *client) Do(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c.mu.Lock()
	c.calls = append(c.calls, call{operation, time.Now()})
	hanging := c.hanging == operation
	c.mu.Unlock()
	if hanging {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	resp, err := c.Client.Do(r)
	if operation == receiving && r.Context().Err() != nil {
		c.mu.Lock()
		c.cancelled++
		c.mu.Unlock()
	}
	return resp, err
}

// hang has an operation wait from now on until its context ends.
func (c *client) hang(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hanging = operation
}

// all is the number of calls so far.
func (c *client) all() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// made are the calls of an operation so far.
func (c *client) made(operation string) []call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var made []call
	for _, call := range c.calls {
		if call.operation == operation {
			made = append(made, call)
		}
	}
	return made
}

// bubble runs test in a bubble with a fixture. The bubble ends only when no
// goroutine is left in it. No poll may be cancelled.
func bubble(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := open(t)
		test(t, f)
		if f.client.cancelled != 0 {
			t.Errorf("%d polls were cancelled", f.client.cancelled)
		}
		if err := f.server.Close(); err != nil {
			t.Error(err)
		}
	})
}

func open(t *testing.T) *fixture {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{Client: server.Client()}
	f := &fixture{T: t, server: server, client: c, logged: &logged{}, SQS: sqs.NewFromConfig(cloud.Config(local.URL, "us-east-1", c)), start: time.Now()}
	f.dlq = f.create("q-dlq", nil)
	f.url = f.create("q", map[string]string{
		"VisibilityTimeout": strconv.Itoa(int(visibility / time.Second)),
		"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q-dlq","maxReceiveCount":%d}`, maxReceives),
	})
	return f
}

func (f *fixture) create(name string, attributes map[string]string) string {
	f.Helper()
	out, err := f.SQS.CreateQueue(f.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		f.Fatal(err)
	}
	return *out.QueueUrl
}

func (f *fixture) set(attribute, value string) {
	f.Helper()
	in := &sqs.SetQueueAttributesInput{QueueUrl: &f.url, Attributes: map[string]string{attribute: value}}
	if _, err := f.SQS.SetQueueAttributes(f.Context(), in); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) send(bodies ...string) {
	f.Helper()
	for _, body := range bodies {
		if _, err := f.SQS.SendMessage(f.Context(), &sqs.SendMessageInput{QueueUrl: &f.url, MessageBody: &body}); err != nil {
			f.Fatal(err)
		}
	}
}

// take receives what is visible in a queue now, up to ten messages.
func (f *fixture) take(url string) []types.Message {
	f.Helper()
	out, err := f.SQS.ReceiveMessage(f.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		f.Fatal(err)
	}
	return out.Messages
}

// counts are the numbers of visible and of invisible messages of the queue.
func (f *fixture) counts() (visible, hidden int) {
	f.Helper()
	out, err := f.SQS.GetQueueAttributes(f.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &f.url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		f.Fatal(err)
	}
	for name, n := range map[string]*int{"ApproximateNumberOfMessages": &visible, "ApproximateNumberOfMessagesNotVisible": &hidden} {
		if *n, err = strconv.Atoi(out.Attributes[name]); err != nil {
			f.Fatal(err)
		}
	}
	return visible, hidden
}

// wantCounts fails the test where the queue holds other numbers of visible and
// invisible messages.
func (f *fixture) wantCounts(visible, hidden int) {
	f.Helper()
	if v, h := f.counts(); v != visible || h != hidden {
		f.Errorf("queue holds %d visible and %d hidden messages, want %d and %d", v, h, visible, hidden)
	}
}

// worker is a worker of the queue with the defaults.
func (f *fixture) worker(h queue.Handler) *queue.Worker {
	log := slog.New(slog.NewTextHandler(io.MultiWriter(f.Output(), f.logged), nil))
	return &queue.Worker{SQS: f.SQS, URL: f.url, Handler: h, Log: log}
}

// logged is what workers have logged.
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

// wantLog fails the test where no line of the log says all of this.
func (f *fixture) wantLog(parts ...string) {
	f.Helper()
	for line := range strings.Lines(f.logged.String()) {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			return
		}
	}
	f.Errorf("no line of the log says %q", parts)
}

// running is a worker that runs.
type running struct {
	f      *fixture
	cancel context.CancelFunc
	ended  chan error
}

func (f *fixture) run(w *queue.Worker) *running {
	ctx, cancel := context.WithCancel(f.Context())
	r := &running{f, cancel, make(chan error, 1)}
	go func() { r.ended <- w.Run(ctx) }()
	return r
}

// stop stops the worker and returns how long that took.
func (r *running) stop() time.Duration {
	r.f.Helper()
	began := time.Now()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.f.Errorf("run: %v", err)
	}
	return time.Since(began).Round(time.Microsecond)
}

// elapsed is the time since the fixture was opened.
func (f *fixture) elapsed() time.Duration { return time.Since(f.start) }

// delivery is one call of a handler for one message.
type delivery struct {
	queue.Message
	at time.Duration
}

// recorder is a handler that notes what it gets.
type recorder struct {
	f       *fixture
	outcome func(m queue.Message) error
	mu      sync.Mutex
	got     []delivery
	batches []int
}

func (f *fixture) recorder(outcome func(m queue.Message) error) *recorder {
	return &recorder{f: f, outcome: outcome}
}

func succeed(queue.Message) error { return nil }

var errHandler = errors.New("the handler failed")

func fail(queue.Message) error { return errHandler }

func (r *recorder) handle(_ context.Context, messages []queue.Message) []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches = append(r.batches, len(messages))
	outcomes := make([]error, len(messages))
	for i, m := range messages {
		r.got = append(r.got, delivery{m, r.f.elapsed()})
		outcomes[i] = r.outcome(m)
	}
	return outcomes
}

// deliveries are what the handler got so far.
func (r *recorder) deliveries() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// bodies are the bodies of all deliveries, sorted.
func (r *recorder) bodies() []string {
	var bodies []string
	for _, d := range r.deliveries() {
		bodies = append(bodies, d.Body)
	}
	slices.Sort(bodies)
	return bodies
}

// bodiesOf are the bodies of messages as SQS hands them out, sorted.
func bodiesOf(messages []types.Message) []string {
	var bodies []string
	for _, m := range messages {
		bodies = append(bodies, aws.ToString(m.Body))
	}
	slices.Sort(bodies)
	return bodies
}

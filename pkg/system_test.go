package pkg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
	"github.com/statline/statline/pkg/stats"
	"github.com/statline/statline/pkg/telemetry"
)

// system is a whole stack in memory: the endpoint and, while started, both
// services. It is made inside a bubble of testing/synctest.
type system struct {
	*testing.T
	*cloud.Stack
	server *local.Server
	log    *slog.Logger                  // of services and clients
	counts map[string]*telemetry.Metrics // by service

	stop    context.CancelFunc
	workers sync.WaitGroup

	mu       sync.Mutex
	received map[string]int // deliveries of each message of the work queues, by its body
}

// newSystem makes a stack whose services are not running yet.
func newSystem(t *testing.T) *system {
	t.Helper()
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
	return &system{
		T: t, Stack: stack, server: server, log: slog.New(slog.DiscardHandler), received: map[string]int{},
		counts: map[string]*telemetry.Metrics{"stats": {Stack: "statline", Service: "stats"}, "audit": {Stack: "statline", Service: "audit"}},
	}
}

// start runs both services until halt.
func (s *system) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	describe := message.Describer(s.Stack.Stack)
	log := audit.NewLog(audit.Config{S3: s.S3, Bucket: s.AuditBucket(), Log: s.log, Metrics: s.counts["audit"]})
	context.AfterFunc(ctx, log.Hurry)
	r := &responder.Responder{Stack: s.Stack.Stack, SQS: s.SQS, QueueURL: s.QueueURL, Results: s.store(), Log: s.log, Metrics: s.counts["stats"]}
	s.work(ctx, &queue.Worker{
		SQS: s.SQS, URL: s.QueueURL(s.StatsQueue()), Handler: s.counting("stats ", r.Handle), Pace: responder.Pace,
		Log: s.log, Describe: describe, Metrics: s.counts["stats"],
	})
	s.work(ctx, &queue.Worker{
		SQS: s.SQS, URL: s.QueueURL(s.AuditQueue()), Handler: s.counting("audit ", log.Handler(s.Stack.Stack)), Batches: audit.Batches, Pace: audit.Pace,
		Log: s.log, Describe: describe, Metrics: s.counts["audit"],
	})
}

func (s *system) work(ctx context.Context, w *queue.Worker) {
	s.workers.Go(func() {
		if err := w.Run(ctx); err != nil {
			s.Errorf("worker of %s: %v", w.URL, err)
		}
	})
}

// counting notes each delivery.
func (s *system) counting(name string, h queue.Handler) queue.Handler {
	return func(ctx context.Context, messages []queue.Message) []error {
		s.mu.Lock()
		for _, m := range messages {
			s.received[name+m.Body]++
		}
		s.mu.Unlock()
		return h(ctx, messages)
	}
}

// halt stops the services as SIGTERM does.
func (s *system) halt() {
	s.stop()
	s.workers.Wait()
}

// settle waits until the work queues are empty, at most twenty minutes, the time of ten deliveries.
func (s *system) settle() {
	s.Helper()
	for range 20 * 60 {
		if s.depth(s.StatsQueue()) == 0 && s.depth(s.AuditQueue()) == 0 {
			return
		}
		time.Sleep(time.Second)
	}
	s.Errorf("after twenty minutes %d messages wait for the stats service, %d for the audit service", s.depth(s.StatsQueue()), s.depth(s.AuditQueue()))
}

// depth counts the messages of a queue, whatever their state.
func (s *system) depth(name string) (n int) {
	s.Helper()
	out, err := s.SQS.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(s.QueueURL(name)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		s.Fatal(err)
	}
	for _, state := range []string{"", "NotVisible", "Delayed"} {
		var of int
		fmt.Sscan(out.Attributes["ApproximateNumberOfMessages"+state], &of)
		n += of
	}
	return n
}

// noDeadLetters fails the test where a message went to a dead-letter queue.
func (s *system) noDeadLetters() {
	s.Helper()
	for _, name := range []string{s.StatsDLQ(), s.AuditDLQ(), s.Undelivered()} {
		if n := s.depth(name); n > 0 {
			s.Errorf("queue %s holds %d messages", name, n)
		}
	}
}

// deliveries says how often a message was delivered to each service.
func (s *system) deliveries(body string) (toStats, toAudit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received["stats "+body], s.received["audit "+body]
}

func (s *system) store() *results.Store {
	return &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()}
}

// client is a new client; it is closed at the end of the test's bubble by the
// caller.
func (s *system) client(id string) *requester.Requester {
	s.Helper()
	r, err := requester.New(requester.Config{
		Stack: s.Stack.Stack, TopicARN: s.TopicARN(), SNS: s.SNS, SQS: s.SQS, Results: s.store(), ClientID: id, Log: s.log,
	})
	if err != nil {
		s.Fatal(err)
	}
	return r
}

func (s *system) closeClient(r *requester.Requester) {
	s.Helper()
	if err := r.Close(context.Background()); err != nil {
		s.Errorf("close client: %v", err)
	}
}

// publish publishes a body as a foreign client would.
func (s *system) publish(body string) {
	s.Helper()
	if _, err := s.SNS.Publish(context.Background(), &sns.PublishInput{TopicArn: aws.String(s.TopicARN()), Message: aws.String(body)}); err != nil {
		s.Fatal(err)
	}
}

// inbox makes a queue that can be replied to.
func (s *system) inbox(clientID string) (name string) {
	s.Helper()
	name = message.NewInbox(s.Stack.Stack, clientID)
	if _, err := s.SQS.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String(name)}); err != nil {
		s.Fatal(err)
	}
	return name
}

// replies takes all that is in an inbox.
func (s *system) replies(inbox string) (replies []message.Reply) {
	s.Helper()
	for {
		out, err := s.SQS.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(s.QueueURL(inbox)), MaxNumberOfMessages: 10, VisibilityTimeout: 3600,
		})
		if err != nil {
			s.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return replies
		}
		for _, m := range out.Messages {
			var r message.Reply
			if err := json.Unmarshal([]byte(*m.Body), &r); err != nil {
				s.Fatal(err)
			}
			replies = append(replies, r)
		}
	}
}

// row is the stored result of a request.
func (s *system) row(id string) results.Result {
	s.Helper()
	r, err := s.store().Get(context.Background(), id)
	if err != nil {
		s.Fatalf("row %s: %v", id, err)
	}
	return r
}

// entries are what the log says of a request.
func (s *system) entries(id string) (entries []audit.Entry) {
	s.Helper()
	reader := audit.Reader{S3: s.S3, Bucket: s.AuditBucket()}
	for found, err := range reader.Find(context.Background(), id, time.Now().AddDate(0, 0, -1)) {
		if err != nil {
			s.Fatal(err)
		}
		entries = append(entries, found.Entry)
	}
	return entries
}

// request is a request for a list that is written out.
func request(t *testing.T, id, list string) message.Request {
	t.Helper()
	numbers, err := stats.ParseText([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	return message.Request{ID: id, Numbers: numbers}
}

// want is the mean that a list has, computed here.
func want(t *testing.T, q message.Request) stats.Figure {
	t.Helper()
	s, err := message.Compute(q)
	if err != nil {
		t.Fatal(err)
	}
	return s.Mean
}

// failing is a hook that treats the first n calls of an operation as fault says,
// and lets all others pass.
func failing(operation string, n int, fault local.Hook) local.Hook {
	var mu sync.Mutex
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		mu.Lock()
		hit := c.Operation == operation && n > 0
		if hit {
			n--
		}
		mu.Unlock()
		if hit {
			return fault(c, next)
		}
		return next(), nil
	}
}

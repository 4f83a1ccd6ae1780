package pkg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

const (
	shop    = "shop-7"
	account = "123456789012"
	region  = "eu-central-1"
)

// enforced is a stack on an endpoint that enforces policies, where each service and
// client has credentials of its own, with its own policy and no other. It is made
// inside a bubble of testing/synctest. What goes wrong is an error and not the test's,
// so that a test can want it to.
type enforced struct {
	*cloud.Stack // as the administrator, who may do all that resources do not deny
	server       *local.Server

	stop    context.CancelFunc
	workers sync.WaitGroup

	mu     sync.Mutex
	fault  local.Hook // nil for none
	sent   []string   // by whom and to what: each call that sends to a queue
	denied []error    // what was refused for want of a right, and should not have been
	failed []error    // services that ended
}

// newEnforced makes a stack under policies. The services do not run yet.
func newEnforced(ctx context.Context, p *policies) (*enforced, error) {
	principal := func(kind, name string, policies ...string) local.Principal {
		return local.Principal{ARN: "arn:aws:iam::" + account + ":" + kind + "/" + name, Policies: policies}
	}
	principals := map[string]local.Principal{
		"admin":    principal("user", "admin", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
		"operator": principal("user", "operator", p.Operator.text()), "auditor": principal("user", "auditor", p.Auditor.text()),
	}
	for name, policy := range p.Services {
		principals[name] = principal("role", name, policy.text())
	}
	for name, policy := range p.Clients {
		principals[name] = principal("user", name, policy.text())
	}
	server, err := local.Open(local.Config{Account: account, Region: region, Principals: principals})
	if err != nil {
		return nil, err
	}
	e := &enforced{server: server}
	if e.Stack, err = cloud.Open(ctx, shop, e.config("admin", plain)); err != nil {
		return nil, err
	}
	if err := e.Create(ctx); err != nil {
		return nil, err
	}
	if err := e.setPolicies(ctx, p); err != nil {
		return nil, err
	}
	server.Hook(e.hook)
	return e, nil
}

// setPolicies gives topic, queues and bucket their policies.
func (e *enforced) setPolicies(ctx context.Context, p *policies) error {
	_, err := e.SNS.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: aws.String(e.TopicARN()), AttributeName: aws.String("Policy"), AttributeValue: aws.String(p.Topic.text()),
	})
	if err == nil {
		_, err = e.S3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(e.AuditBucket()), Policy: aws.String(p.Bucket.text())})
	}
	for name, policy := range p.Queues {
		if err == nil {
			err = e.setPolicy(ctx, name, policy.text())
		}
	}
	return err
}

func (e *enforced) setPolicy(ctx context.Context, queue, policy string) error {
	_, err := e.SQS.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String(e.QueueURL(shop + "-" + queue)), Attributes: map[string]string{"Policy": policy},
	})
	return err
}

// manner is how somebody calls.
type manner string

const (
	plain      manner = ""
	trespass   manner = "trespass" // wants to be refused
	withoutTLS manner = "http"     // and this, too
)

// config is the configuration of a principal.
func (e *enforced) config(who string, how manner) aws.Config {
	client := aws.HTTPClient(e.server.Client())
	if how != plain {
		client = mannered{client, how}
	}
	c := cloud.Config(local.URL, region, client)
	c.Credentials = credentials.NewStaticCredentialsProvider(who, "secret", "")
	return c
}

// as is the stack as a principal calls it.
func (e *enforced) as(who string, how manner) *cloud.Stack { return e.With(e.config(who, how)) }

type mannered struct {
	aws.HTTPClient
	manner
}

const mannerHeader = "X-Manner"

func (m mannered) Do(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(mannerHeader, string(m.manner))
	if m.manner == withoutTLS {
		r.Header.Set("X-Forwarded-Proto", "http")
	}
	return m.HTTPClient.Do(r)
}

// hook does what fault says, and notes what is sent and what is refused.
func (e *enforced) hook(c *local.Call, next func() *local.Response) (resp *local.Response, err error) {
	e.mu.Lock()
	fault := e.fault
	e.mu.Unlock()
	if fault == nil {
		resp = next()
	} else {
		resp, err = fault(c, next)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.Operation == "SendMessage" || c.Operation == "SendMessageBatch" {
		e.sent = append(e.sent, c.Caller+": "+string(c.Body))
	}
	if err == nil && c.Header.Get(mannerHeader) == "" && (bytes.Contains(resp.Body, []byte("AccessDenied")) || bytes.Contains(resp.Body, []byte("AuthorizationError"))) {
		e.denied = append(e.denied, fmt.Errorf("%s: %s", c.Operation, resp.Body))
	}
	return resp, err
}

// suffer has calls suffer a fault from now on; nil for none.
func (e *enforced) suffer(fault local.Hook) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = fault
}

// start runs both services, each with its own credentials, until halt.
func (e *enforced) start() {
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	quiet := slog.New(slog.DiscardHandler)
	stats, auditing := e.as("stats", plain), e.as("audit", plain)
	log := audit.NewLog(audit.Config{S3: auditing.S3, Bucket: e.AuditBucket()})
	context.AfterFunc(ctx, log.Hurry)
	r := &responder.Responder{Stack: shop, SQS: stats.SQS, QueueURL: e.QueueURL, Results: storeOf(stats), Log: quiet}
	sweeper := &inboxes.Sweeper{Stack: inboxes.Stack{SQS: stats.SQS, Name: shop, QueueURL: e.QueueURL}, Log: quiet}
	e.workers.Go(func() { sweeper.Run(ctx) })
	e.work(ctx, &queue.Worker{SQS: stats.SQS, URL: e.QueueURL(e.StatsQueue()), Handler: r.Handle, Pace: responder.Pace, Log: quiet})
	e.work(ctx, &queue.Worker{SQS: auditing.SQS, URL: e.QueueURL(e.AuditQueue()), Handler: log.Handler(shop), Log: quiet, Batches: audit.Batches, Pace: audit.Pace})
}

func (e *enforced) work(ctx context.Context, w *queue.Worker) {
	e.workers.Go(func() {
		if err := w.Run(ctx); err != nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.failed = append(e.failed, err)
		}
	})
}

// halt stops the services as SIGTERM does.
func (e *enforced) halt() {
	e.stop()
	e.workers.Wait()
}

func storeOf(s *cloud.Stack) *results.Store {
	return &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()}
}

// client is a client with the credentials of that name.
func (e *enforced) client(id string) (*requester.Requester, error) {
	s := e.as(id, plain)
	return requester.New(requester.Config{
		Stack: shop, TopicARN: e.TopicARN(), SNS: s.SNS, SQS: s.SQS, Results: storeOf(s), ClientID: id, Log: slog.New(slog.DiscardHandler),
	})
}

// depth counts the messages of a queue, whatever their state.
func (e *enforced) depth(ctx context.Context, name string) (n int, err error) {
	out, err := e.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(e.QueueURL(name)), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return 0, err
	}
	for _, state := range []string{"", "NotVisible", "Delayed"} {
		of, err := strconv.Atoi(out.Attributes["ApproximateNumberOfMessages"+state])
		if err != nil {
			return 0, err
		}
		n += of
	}
	return n, nil
}

// settle waits until a queue holds so many messages.
func (e *enforced) settle(ctx context.Context, name string, want int) error {
	for {
		n, err := e.depth(ctx, name)
		if err != nil || n == want {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Errorf("queue %s holds %d messages, want %d", name, n, want)
		}
	}
}

// verdict is what was wrong that no step has noticed.
func (e *enforced) verdict() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(append(e.failed, e.denied...)...)
}

// refused says whether a call was refused for want of a right.
func refused(err error) bool {
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch e.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden":
		return true
	}
	return false
}

// underPolicies runs a test on an enforced stack, in a bubble.
func underPolicies(t *testing.T, p *policies, test func(ctx context.Context, e *enforced) error) (err error) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*24*time.Hour)
		defer cancel()
		var e *enforced
		if e, err = newEnforced(ctx, p); err != nil {
			t.Error(err)
			return
		}
		defer e.server.Close()
		if err = test(ctx, e); err == nil {
			err = e.verdict()
		}
	})
	return err
}

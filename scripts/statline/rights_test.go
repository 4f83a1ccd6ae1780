package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

// TestRights: the operator and who reads the log do with this program all that it is
// for, under the policies that Terraform renders for them, which the local endpoint
// enforces; and with any one right less, some of it fails.
func TestRights(t *testing.T) {
	for who, work := range map[string]func(context.Context, *app, *session, *keeper) error{"operator": operates, "auditor": readsLog} {
		t.Run(who, func(t *testing.T) {
			if err := keeping(t, who, renderedFor(t, who), work); err != nil {
				t.Fatal(err)
			}
			for i, s := range renderedFor(t, who).Statement {
				for _, action := range actionsOf(s) {
					if strings.HasPrefix(action, "kms:") || strings.HasPrefix(action, "lambda:") {
						continue // the endpoint encrypts nothing, and has no functions
					}
					p := renderedFor(t, who)
					p.Statement[i]["Action"] = append(slices.DeleteFunc(actionsOf(s), func(a string) bool { return a == action }), "none:None")
					if err := keeping(t, who, p, work); err == nil {
						t.Errorf("nothing fails without %s of %s: is it needed?", action, s["Sid"])
					}
				}
			}
		})
	}
}

type policyDocument struct {
	Version   string
	Statement []map[string]any
}

// renderedFor is the policy of the operator or the auditor of stack shop-7.
func renderedFor(t *testing.T, who string) policyDocument {
	t.Helper()
	b, err := os.ReadFile("../../terraform/tests/policies.json")
	if err != nil {
		t.Fatal(err)
	}
	var in struct{ Always map[string]json.RawMessage }
	var p policyDocument
	if err = json.Unmarshal(b, &in); err == nil {
		err = json.Unmarshal(in.Always[who], &p)
	}
	if err != nil || len(p.Statement) == 0 {
		t.Fatalf("policy of %s: %v", who, err)
	}
	return p
}

func actionsOf(s map[string]any) (actions []string) {
	if one, ok := s["Action"].(string); ok {
		return []string{one}
	}
	for _, action := range s["Action"].([]any) {
		actions = append(actions, action.(string))
	}
	return actions
}

// keeper is the stack that somebody looks after, as who made it sees it.
type keeper struct {
	*cloud.Stack
	key string // of the one object of the log, which is about request r1

	mu     sync.Mutex
	denied []error // what was refused for want of a right, and should not have been
}

// keeping has somebody do his work, in a bubble. The stack has a result, an object of
// the log, dead letters in each queue, an inbox that is used and one that is not.
func keeping(t *testing.T, who string, p policyDocument, work func(context.Context, *app, *session, *keeper) error) (err error) {
	t.Helper()
	doc, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		const iam = "arn:aws:iam::123456789012:user/"
		server, failure := local.Open(local.Config{Account: "123456789012", Principals: map[string]local.Principal{
			"admin": {ARN: iam + "admin", Policies: []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}},
			who:     {ARN: iam + who, Policies: []string{string(doc)}},
		}})
		if failure != nil {
			t.Fatal(failure)
		}
		as := func(who string) aws.Config {
			c := cloud.Config(local.URL, "eu-central-1", server.Client())
			c.Credentials = credentials.NewStaticCredentialsProvider(who, "secret", "")
			return c
		}
		k := &keeper{}
		if k.Stack, failure = cloud.Open(t.Context(), "shop-7", as("admin")); failure != nil {
			t.Fatal(failure)
		}
		if failure := k.fill(t.Context()); failure != nil {
			t.Fatal(failure)
		}
		server.Hook(k.hook)
		a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, started: true, stack: "shop-7", timeout: 30 * time.Second, format: "json"}
		s, failure := a.openAt(t.Context(), as(who))
		if failure != nil {
			t.Fatal(failure)
		}
		err = work(t.Context(), a, s, k)
		err = errors.Join(append(k.denied, err)...)
	})
	return err
}

// hook notes what is refused, but for the writes by which doctor finds out that they
// are.
func (k *keeper) hook(c *local.Call, next func() *local.Response) (*local.Response, error) {
	resp := next()
	if c.Operation != "PutItem" && c.Operation != "PutObject" && (resp.Status == 403 || bytes.Contains(resp.Body, []byte("AccessDenied"))) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.denied = append(k.denied, fmt.Errorf("%s: %s", c.Operation, resp.Body))
	}
	return resp, nil
}

func (k *keeper) fill(ctx context.Context) error {
	errs := []error{k.Create(ctx)}
	for _, client := range []string{"old", "new"} {
		if client == "new" {
			time.Sleep(inboxes.MaxAge)
		}
		_, err := k.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(message.NewInbox("shop-7", client))})
		errs = append(errs, err)
	}
	for _, o := range offices(k.Names) {
		for _, id := range []string{"sent", "dropped", "kept"} {
			_, err := k.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(k.QueueURL(o.name)), MessageBody: aws.String(body(id, "lab"))})
			errs = append(errs, err)
		}
	}
	in := message.Parse("shop-7", []byte(body("r1", "lab")))[0]
	reply := in.Answer()
	reply.CompletedAt = time.Now()
	store := &results.Store{DynamoDB: k.DynamoDB, Table: k.Table()}
	_, err := store.Put(ctx, results.Result{Reply: reply, Digest: in.Digest, ClientID: "lab", ExpiresAt: time.Now().Add(time.Hour)})
	log := audit.NewLog(audit.Config{S3: k.S3, Bucket: k.AuditBucket()})
	errs = append(errs, err, log.Append(ctx, []audit.Entry{audit.NewEntry(in, "m1", time.Now())}))
	log.Close()
	list, err := k.S3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(k.AuditBucket())})
	if err == nil && len(list.Contents) == 1 {
		k.key = *list.Contents[0].Key
	}
	return errors.Join(append(errs, err)...)
}

// operates is what the operator does.
func operates(ctx context.Context, a *app, s *session, k *keeper) error {
	var errs []error
	expect := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	var out bytes.Buffer
	a.out = &out
	if err := a.status(ctx, s); err == nil || strings.Contains(out.String(), "cannot be read") || strings.Count(out.String(), "dead letters in queue") != 3 || !strings.Contains(out.String(), k.key) || !strings.Contains(out.String(), `"request_id":"r1"`) {
		errs = append(errs, fmt.Errorf("status: %w, %s", err, out.Bytes()))
	}
	a.out = io.Discard
	var open []string
	d := &doctor{session: s, app: a}
	for _, c := range d.checks() {
		if f := c.run(ctx); f.Status != sound {
			open = append(open, f.Check)
		}
	}
	if want := []string{"writing rows", "function of shop-7-stats", "function of shop-7-audit", "stats service", "audit service", "writing the log"}; !slices.Equal(open, want) {
		errs = append(errs, fmt.Errorf("doctor: not sound are %q, want %q", open, want))
	}
	expect("dlq list", a.dlqList(ctx, s, &selection{}, 0))
	expect("dlq show", a.dlqShow(ctx, s, []string{"kept"}))
	for id, d := range map[string]*disposal{"sent": redriving(), "dropped": deleting()} {
		d.yes, d.ids = true, []string{id}
		expect("dlq "+d.verb, a.dispose(ctx, s, d))
	}
	expect("inbox list", a.inboxList(ctx, s, inboxChoice{age: inboxes.MaxAge}, true))
	expect("inbox prune", a.inboxPrune(ctx, s, inboxChoice{age: inboxes.MaxAge}, true, false))
	expect("trace", a.trace(ctx, s, "r1", time.Now().Add(-time.Hour)))
	for name, want := range map[string]int{k.StatsQueue(): 2, k.AuditQueue(): 2, k.StatsDLQ(): 1, k.AuditDLQ(): 1, k.Undelivered(): 1} {
		n, err := depthOf(ctx, k.Stack, name)
		if err != nil || n.waiting+n.hidden != want {
			errs = append(errs, fmt.Errorf("queue %s holds %+v, %w; want %d", name, n, err, want))
		}
	}
	left := 0
	all := inboxes.Stack{SQS: k.SQS, Name: "shop-7", QueueURL: k.QueueURL}
	for _, err := range all.Names(ctx) {
		expect("inboxes", err)
		left++
	}
	if left != 1 {
		errs = append(errs, fmt.Errorf("%d inboxes are left, want the one in use", left))
	}
	return errors.Join(errs...)
}

// readsLog is what somebody does who reads the log.
func readsLog(ctx context.Context, a *app, s *session, k *keeper) error {
	since := time.Now().Add(-time.Hour)
	_, none := s.log().Read(ctx, strings.Replace(k.key, "-00000001.txt", "-00000002.txt", 1))
	if errors.Is(none, audit.ErrNotFound) {
		none = nil
	}
	text, err := s.log().Read(ctx, k.key)
	if err == nil && !bytes.Contains(text, []byte("r1")) {
		err = fmt.Errorf("object %s says %s", k.key, text)
	}
	return errors.Join(none, err, a.auditList(ctx, s.log(), since), a.auditShow(ctx, s.log(), "r1", since))
}

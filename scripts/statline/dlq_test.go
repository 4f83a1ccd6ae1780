package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/local"
)

// operate runs a test in the time of a bubble.
func operate(t *testing.T, test func(o *operator)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newOperator(t)) })
}

func body(id, client string) string {
	return fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"numbers":[1.50,2],"client_id":%q}`, id, client)
}

// die has messages die in a queue: they are sent with an attribute, received as often as
// the queue allows, and never deleted.
func (o *operator) die(queue, dlq string, bodies ...string) {
	o.Helper()
	policy := func(most int) {
		o.set(queue, "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, o.QueueARN(dlq), most))
	}
	policy(1)
	for _, b := range bodies {
		_, err := o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{
			QueueUrl: aws.String(o.QueueURL(queue)), MessageBody: &b,
			MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("a")}},
		})
		o.must(err)
	}
	o.drainQueue(queue)
	time.Sleep(31 * time.Second)
	if left := o.drainQueue(queue); len(left) != 0 {
		o.Fatalf("%d messages of %s did not die", len(left), queue)
	}
	policy(10)
}

// drainQueue receives what a queue has, and leaves it hidden.
func (o *operator) drainQueue(queue string) (all []types.Message) {
	o.Helper()
	for {
		out, err := o.SQS.ReceiveMessage(o.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(o.QueueURL(queue)), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		})
		o.must(err)
		if len(out.Messages) == 0 {
			return all
		}
		all = append(all, out.Messages...)
	}
}

// lose publishes requests that SNS can bring to neither queue, or to one alone.
func (o *operator) lose(bodies []string, queues ...string) {
	o.Helper()
	for _, q := range queues {
		o.set(q, "Policy", "")
	}
	for _, b := range bodies {
		_, err := o.SNS.Publish(o.Context(), &sns.PublishInput{
			TopicArn: aws.String(o.TopicARN()), Message: &b,
			MessageAttributes: map[string]snstypes.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("a")}},
		})
		o.must(err)
	}
	o.must(o.Create(o.Context())) // sets the policies again
}

// wantDepths compares what can be received from queues; nothing may be hidden.
func (o *operator) wantDepths(want map[string]int) {
	o.Helper()
	got := map[string]int{}
	for _, name := range []string{o.StatsQueue(), o.AuditQueue(), o.StatsDLQ(), o.AuditDLQ(), o.Undelivered()} {
		d, err := depthOf(o.Context(), o.Stack, name)
		o.must(err)
		if d.hidden > 0 {
			o.Errorf("%d messages of %s are hidden", d.hidden, name)
		}
		if d.waiting > 0 {
			got[strings.TrimPrefix(name, "statline-")] = d.waiting
		}
	}
	if !maps.Equal(got, want) {
		o.Errorf("queues hold %v, want %v", got, want)
	}
}

// exit is the exit code that an error stands for.
func (o *operator) exit(err error) int {
	if err == nil {
		return 0
	}
	o.app.started = true
	return o.app.fail(context.Background(), err)
}

// someLetters are dead letters of every kind.
func (o *operator) someLetters() {
	o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"), body("s2", "bench"), "no request", `{"schema":"statline.requests/v1","requests":[`+body("p1", "lab")+","+body("p2", "field")+`]}`)
	time.Sleep(time.Hour)
	o.die(o.AuditQueue(), o.AuditDLQ(), body("a1", "lab"))
	o.lose([]string{body("u1", "lab")}, o.StatsQueue())
	o.drainQueue(o.AuditQueue()) // which the other subscription brought it to
	time.Sleep(31 * time.Second)
}

// TestLetters: dead letters are found by what they are, and are as they were afterwards.
func TestLetters(t *testing.T) {
	operate(t, func(o *operator) {
		o.someLetters()
		all := map[string]int{"stats-dlq": 4, "audit-dlq": 1, "undelivered": 1, "audit": 1}
		o.wantDepths(all)
		tests := []struct {
			sel  selection
			want string
		}{
			{selection{}, "s1 s2 bad p1 a1 u1"},
			{selection{queues: []string{"stats"}}, "s1 s2 bad p1"},
			{selection{queues: []string{"audit", "undelivered"}}, "a1 u1"},
			{selection{reason: "given_up"}, "s1 s2 p1 a1"},
			{selection{reason: "invalid_json"}, "bad"},
			{selection{reason: "undelivered"}, "u1"},
			{selection{reason: "nonsense"}, ""},
			{selection{client: "lab"}, "s1 p1 a1 u1"},
			{selection{client: "field"}, "p1"},
			{selection{since: "30m"}, "a1 u1"},
			{selection{before: "30m"}, "s1 s2 bad p1"},
			{selection{since: "30m", client: "lab", reason: "given_up"}, "a1"},
			{selection{ids: []string{"p2", "a1"}}, "p1 a1"},
			{selection{ids: []string{"p2", "a1"}, queues: []string{"audit"}}, "a1"},
		}
		for _, tt := range tests {
			o.must(tt.sel.read())
			letters, more, err := o.find(o.Context(), &tt.sel, 0, true)
			o.must(err)
			var got []string
			for _, l := range letters {
				got = append(got, strings.SplitAfter(l.Requests[0], "bad")[0])
				if l.MessageID == "" || l.Body == "" || l.Bytes != len(l.Body) || l.Receives < 2 && l.Reason != "undelivered" {
					o.Errorf("letter %+v", l)
				}
			}
			if strings.Join(got, " ") != tt.want || more {
				o.Errorf("%+v: %q, %v; want %q", tt.sel, got, more, tt.want)
			}
			o.wantDepths(all)
		}
		letters, more, err := o.find(o.Context(), &selection{}, 3, false)
		if err != nil || len(letters) != 3 || !more || letters[0].Body != "" {
			o.Errorf("three of them: %d, %v, %v", len(letters), more, err)
		}
		o.wantDepths(all)
	})
}

// TestManyLetters: each of many is listed once.
func TestManyLetters(t *testing.T) {
	operate(t, func(o *operator) {
		for i := range 95 {
			b := body(fmt.Sprintf("r%d", i), "lab")
			_, err := o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(o.StatsDLQ())), MessageBody: &b})
			o.must(err)
		}
		o.must(o.app.dlqList(o.Context(), o.session, &selection{}, 0))
		var letters []letter
		o.must(json.Unmarshal(o.out.Bytes(), &letters))
		seen := map[string]bool{}
		for _, l := range letters {
			seen[l.Requests[0]] = true
		}
		if len(letters) != 95 || len(seen) != 95 {
			o.Errorf("%d letters, %d different", len(letters), len(seen))
		}
		o.wantDepths(map[string]int{"stats-dlq": 95})
	})
}

// TestRedrive: letters go back to their own queue alone, as they were, and are gone from
// where they lay.
func TestRedrive(t *testing.T) {
	tests := []struct {
		name string
		d    *disposal
		want map[string]int
		back map[string][]string // by queue
	}{
		{"all", redriving(), map[string]int{}, map[string][]string{"statline-stats": {"s1", "s2", "no", "p1", "u1"}, "statline-audit": {"u1", "a1", "u1"}}},
		{"one", &disposal{selection: selection{ids: []string{"a1"}}}, map[string]int{"stats-dlq": 4, "undelivered": 1}, map[string][]string{"statline-audit": {"u1", "a1"}}},
		{"of a client", &disposal{selection: selection{client: "bench"}}, map[string]int{"stats-dlq": 3, "audit-dlq": 1, "undelivered": 1}, map[string][]string{"statline-stats": {"s2"}, "statline-audit": {"u1"}}},
		{"undelivered, to stats", &disposal{selection: selection{queues: []string{"undelivered"}}, to: "stats"}, map[string]int{"stats-dlq": 4, "audit-dlq": 1}, map[string][]string{"statline-stats": {"u1"}, "statline-audit": {"u1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			operate(t, func(o *operator) {
				o.someLetters()
				d := redriving()
				d.selection, d.to, d.yes = tt.d.selection, tt.d.to, true
				before, _, err := o.find(o.Context(), &d.selection, 0, true)
				o.must(err)
				o.must(o.app.dispose(o.Context(), o.session, d))
				for queue, want := range tt.back {
					var got []string
					for _, m := range o.drainQueue(queue) {
						i := slices.IndexFunc(before, func(l *letter) bool { return l.Body == *m.Body })
						if i < 0 && !strings.Contains(*m.Body, "u1") {
							o.Errorf("%s was none of the letters", *m.Body)
						}
						if m.MessageAttributes["kind"].StringValue == nil || *m.MessageAttributes["kind"].StringValue != "a" {
							o.Errorf("%s has lost its attribute: %v", *m.Body, m.MessageAttributes)
						}
						_, id, _ := strings.Cut(*m.Body, `"request_id":"`)
						got = append(got, (id + *m.Body)[:2])
					}
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						o.Errorf("%s has %q, want %q", queue, got, want)
					}
				}
				time.Sleep(31 * time.Second)
				for queue, back := range tt.back {
					tt.want[strings.TrimPrefix(queue, "statline-")] = len(back)
				}
				o.wantDepths(tt.want)
			})
		})
	}
}

// TestRedriveFails: what cannot be sent or deleted stays, and the others go.
func TestRedriveFails(t *testing.T) {
	tests := []struct {
		operation, part string
		want            map[string]int
		code            int
		says            string
	}{
		{"SendMessage", "s1", map[string]int{"stats-dlq": 1, "stats": 2}, exitPartly, "send to queue statline-stats"},
		{"SendMessage", "", map[string]int{"stats-dlq": 3}, exitFailed, "send to queue statline-stats"},
		{"DeleteMessage", "", map[string]int{"stats-dlq": 3, "stats": 3}, exitFailed, "it was sent, but is still here"},
	}
	for _, tt := range tests {
		t.Run(tt.operation+tt.part, func(t *testing.T) {
			operate(t, func(o *operator) {
				o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"), body("s2", "lab"), body("s3", "lab"))
				o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
					if c.Operation == tt.operation && strings.Contains(string(c.Body), tt.part) {
						return local.Refuse(c, 403, "AccessDenied", "no"), nil
					}
					return next(), nil
				})
				d := redriving()
				d.yes = true
				if code := o.exit(o.app.dispose(o.Context(), o.session, d)); code != tt.code || !strings.Contains(o.out.String(), tt.says) {
					o.Errorf("exit code %d, %s; want %d", code, &o.out, tt.code)
				}
				o.wantDepths(tt.want)
			})
		})
	}
}

// TestRedriveForeign: a letter that came from somewhere else goes nowhere.
func TestRedriveForeign(t *testing.T) {
	operate(t, func(o *operator) {
		_, err := o.SQS.CreateQueue(o.Context(), &sqs.CreateQueueInput{QueueName: aws.String("other")})
		o.must(err)
		o.die("other", o.StatsDLQ(), body("x1", "lab"))
		d := redriving()
		d.yes = true
		if code := o.exit(o.app.dispose(o.Context(), o.session, d)); code != exitFailed || !strings.Contains(o.out.String(), "it came from arn:aws:sqs:us-east-1:000000000000:other") {
			o.Errorf("exit code %d, %s", code, &o.out)
		}
		o.wantDepths(map[string]int{"stats-dlq": 1})
	})
}

// TestDispose: what is not wanted, not found, or only tried changes nothing.
func TestDispose(t *testing.T) {
	operate(t, func(o *operator) {
		o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"), body("s2", "lab"))
		all := map[string]int{"stats-dlq": 2}
		try := func(d *disposal) int { return o.exit(o.app.dispose(o.Context(), o.session, d)) }
		d := redriving()
		d.dryRun = true
		if code := try(d); code != 0 || !strings.Contains(o.out.String(), "s2") {
			o.Errorf("dry run: exit code %d, %s", code, &o.out)
		}
		o.wantDepths(all)
		d = deleting()
		d.yes, d.ids = true, []string{"s1", "nobody"}
		if code := try(d); code != exitNotFound || !strings.Contains(o.errs.String(), "no dead letter of nobody") {
			o.Errorf("of an ID that is not there: exit code %d, %s", code, &o.errs)
		}
		o.wantDepths(all)
		for answer, want := range map[string]int{"n\n": exitFailed, "\n": exitFailed, "": exitUsage} {
			o.app.in = strings.NewReader(answer)
			if code := try(deleting()); code != want {
				o.Errorf("answer %q: exit code %d, want %d", answer, code, want)
			}
			o.wantDepths(all)
		}
		o.app.in = strings.NewReader("y\n")
		d = deleting()
		d.ids = []string{"s1"}
		if code := try(d); code != 0 {
			o.Errorf("exit code %d: %s", code, &o.errs)
		}
		o.wantDepths(map[string]int{"stats-dlq": 1})
	})
}

// TestLettersGivenBack: an interrupted listing hides nothing longer than it runs.
func TestLettersGivenBack(t *testing.T) {
	operate(t, func(o *operator) {
		o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"), body("s2", "lab"))
		ctx, stop := context.WithCancel(o.Context())
		time.AfterFunc(500*time.Millisecond, stop)
		if _, _, err := o.find(ctx, &selection{}, 0, false); !errors.Is(err, context.Canceled) {
			o.Errorf("find: %v", err)
		}
		o.wantDepths(map[string]int{"stats-dlq": 2})
		o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "ChangeMessageVisibilityBatch" {
				return local.Refuse(c, 403, "AccessDenied", "no"), nil
			}
			return next(), nil
		})
		if _, _, err := o.find(o.Context(), &selection{}, 0, false); err == nil || !strings.Contains(err.Error(), "hidden for up to 1m0s") {
			o.Errorf("find: %v", err)
		}
		time.Sleep(letterHold)
		o.wantDepths(map[string]int{"stats-dlq": 2})
		o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "ChangeMessageVisibilityBatch" {
				return &local.Response{Status: 200, Body: []byte(`{"Successful":[{"Id":"1"}],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}`)}, nil
			}
			return next(), nil
		})
		if _, _, err := o.find(o.Context(), &selection{}, 0, false); err == nil || !strings.Contains(err.Error(), "1 refused") {
			o.Errorf("find: %v", err)
		}
	})
}

// TestShowLetter: what a terminal would obey is not shown, and is there in JSON.
func TestShowLetter(t *testing.T) {
	operate(t, func(o *operator) {
		o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"), "hostile\t\u202e é")
		letters, _, err := o.find(o.Context(), &selection{reason: "invalid_json"}, 0, false)
		if err != nil || len(letters) != 1 {
			o.Fatalf("%v, %v", letters, err)
		}
		o.app.format = "text"
		o.must(o.app.dlqShow(o.Context(), o.session, []string{letters[0].MessageID, "s1"}))
		if got := o.out.String(); !strings.Contains(got, "hostile??") || strings.ContainsAny(got, "\t\u202eé") || !strings.Contains(got, body("s1", "lab")) {
			o.Errorf("%q", got)
		}
		o.out.Reset()
		o.app.format = "jsonl"
		if code := o.exit(o.app.dlqShow(o.Context(), o.session, []string{letters[0].MessageID, "x"})); code != exitNotFound || !strings.Contains(o.out.String(), `hostile\t`) {
			o.Errorf("exit code %d, %s", code, &o.out)
		}
	})
}

package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// TestOperatorFirstMinute: on a fresh local stack everything is well.
func TestOperatorFirstMinute(t *testing.T) {
	c := newCLI(t)
	id := strings.TrimSpace(c.ok("send", "--local", "--no-wait", "7", "8", "54", "89", "--client", "lab"))
	if out := c.ok("status", "--local"); !strings.Contains(out, id) || !strings.Contains(out, "health                      healthy\n") || !strings.Contains(out, "logs/") {
		t.Errorf("status: %s", out)
	}
	if out := c.ok("status", "--local", "-o", "json"); !strings.Contains(out, `"healthy":true,"problems":[],`) || !strings.Contains(out, `"rows_estimate":1,"last_result":{"request_id":"`+id) || strings.Count(out, `"queue":`) != 5 {
		t.Errorf("status: %s", out)
	}
	if out := c.ok("status", "--local", "-o", "csv"); !strings.HasPrefix(out, "queue,waiting,in_flight,dead_letters\n") || strings.Count(out, "\n") != 6 {
		t.Errorf("status: %s", out)
	}
	out := c.ok("doctor", "--local", "--probe")
	if !strings.Contains(out, "answered in") || !strings.Contains(out, "entry in logs/") || strings.Contains(out, "FAULT") || strings.Contains(out, "NOT CHECKED") {
		t.Errorf("doctor: %s", out)
	}
	var findings []finding
	if err := json.Unmarshal([]byte(c.ok("doctor", "--local", "-o", "json")), &findings); err != nil || len(findings) != strings.Count(out, "\n") {
		t.Errorf("doctor: %d findings, %v", len(findings), err)
	}
	if out := c.ok("trace", "--local", "last"); !strings.Contains(out, "stored as ok") || !strings.Contains(out, "numbers   7,8,54,89") || !strings.Contains(out, "client    lab") {
		t.Errorf("trace: %s", out)
	}
	for _, args := range [][]string{{"dlq", "list"}, {"inbox", "list"}, {"inbox", "list", "--all"}, {"dlq", "redrive", "--yes"}, {"dlq", "delete", "--dry-run"}, {"inbox", "prune", "--yes"}} {
		if out := c.ok(append(args, "--local", "-o", "json")...); out != "[]\n" {
			t.Errorf("%q: %s", args, out)
		}
	}
}

func TestOperatorUsage(t *testing.T) {
	c := newCLI(t)
	for _, args := range [][]string{
		{"dlq", "list", "--queue", "stat"}, {"dlq", "list", "--since", "soon"}, {"dlq", "list", "--before", "late"}, {"dlq", "list", "--limit", "-1"}, {"dlq", "list", "x"},
		{"dlq", "show"}, {"dlq", "redrive"}, {"dlq", "delete"}, {"dlq", "redrive", "--yes", "--to", "undelivered"}, {"inbox", "prune"}, {"inbox", "list", "x"}, {"inbox", "list", "--age", "-1h"}, {"inbox", "prune", "--yes", "--age", "-1s"},
		{"status", "x"}, {"doctor", "x"}, {"trace"}, {"trace", "a", "b"}, {"trace", "a", "--since", "soon"},
	} {
		if _, errs, code := c.run("", append(args, "--local")...); code != exitUsage || errs == "" {
			t.Errorf("statline %q: exit code %d, %q; want %d and a reason", args, code, errs, exitUsage)
		}
	}
	for _, args := range [][]string{{"trace", "nobody"}, {"trace", "last"}, {"dlq", "show", "nobody"}, {"dlq", "redrive", "nobody", "--yes"}} {
		if out, errs, code := c.run("", append(args, "--local")...); code != exitNotFound || out != "" || errs == "" {
			t.Errorf("statline %q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

// TestDoctorOutside: where a stack cannot even be opened, doctor says why and what helps.
func TestDoctorOutside(t *testing.T) {
	c := newCLI(t)
	nothing := filepath.Join(t.TempDir(), "none")
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, nothing)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if out, errs, code := c.run("", "doctor", "--stack", "statline"); code != exitFailed || !strings.Contains(out, "FAULT  region") || !strings.Contains(out, "fix: export AWS_REGION=") {
		t.Errorf("without a region: exit code %d, %s%s", code, out, errs)
	}
	if out, errs, code := c.run("", "doctor", "--stack", "statline", "--region", "us-east-1"); code != exitFailed || !strings.Contains(out, "FAULT  credentials") || !strings.Contains(out, "fix: aws configure list") {
		t.Errorf("without credentials: exit code %d, %s%s", code, out, errs)
	}
	if _, errs, code := c.run("", "doctor", "--stack", "Not_a_stack", "--region", "us-east-1"); code != exitUsage || errs == "" {
		t.Errorf("with a name that is none: exit code %d, %s", code, errs)
	}
}

// TestStatusProblems: what makes a stack unhealthy, with what helps.
func TestStatusProblems(t *testing.T) {
	send := func(o *operator, queue string) {
		o.Helper()
		_, err := o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(queue)), MessageBody: aws.String(body("r1", "lab"))})
		o.must(err)
	}
	refuse := func(o *operator, operation string) {
		o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == operation {
				return local.Refuse(c, 403, "AccessDenied", "no"), nil
			}
			return next(), nil
		})
	}
	tests := []struct {
		name string
		do   func(o *operator)
		want []string
	}{
		{"well", func(*operator) {}, nil},
		{"in work", func(o *operator) { send(o, o.StatsQueue()); send(o, o.StatsQueue()); o.receiveOne(o.StatsQueue()) }, nil},
		{"no stats service", func(o *operator) { send(o, o.StatsQueue()) }, []string{"start services/stats"}},
		{"no audit service", func(o *operator) { send(o, o.AuditQueue()) }, []string{"start services/audit"}},
		{"counts that are late", func(o *operator) {
			send(o, o.AuditQueue())
			key := "logs/2000/01/01/00/0946684800000-0946684800000-writer00-00000001.txt"
			_, err := o.S3.PutObject(o.Context(), &s3.PutObjectInput{Bucket: aws.String(o.AuditBucket()), Key: &key, Body: strings.NewReader("x")})
			o.must(err)
		}, nil},
		{"a dead letter", func(o *operator) { send(o, o.StatsDLQ()) }, []string{"1 dead letters in queue statline-stats-dlq: statline dlq list --queue stats"}},
		{"undelivered, in someone's hands", func(o *operator) { send(o, o.Undelivered()); o.receiveOne(o.Undelivered()) }, []string{"--queue undelivered"}},
		{"no queue", func(o *operator) { o.deleteQueue(o.AuditDLQ()) }, []string{"queue statline-audit-dlq"}},
		{"no table", func(o *operator) { refuse(o, "DescribeTable") }, []string{"table statline-results cannot be read"}},
		{"inboxes that may not be counted", func(o *operator) { refuse(o, "ListQueues") }, nil},
		{"no bucket", func(o *operator) { refuse(o, "ListObjectsV2") }, []string{"bucket statline-audit-000000000000-us-east-1 cannot be read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			operate(t, func(o *operator) {
				tt.do(o)
				code := o.exit(o.app.status(o.Context(), o.session))
				var st struct {
					Healthy  bool
					Problems []string
				}
				o.must(json.Unmarshal(o.out.Bytes(), &st))
				if len(st.Problems) != len(tt.want) || st.Healthy != (tt.want == nil) || code != map[bool]int{true: 0, false: exitFailed}[st.Healthy] {
					o.Fatalf("exit code %d, %+v", code, st)
				}
				for i, want := range tt.want {
					if !strings.Contains(st.Problems[i], want) {
						o.Errorf("problem %q, want %q", st.Problems[i], want)
					}
				}
			})
		})
	}
}

func (o *operator) receiveOne(queue string) {
	o.Helper()
	out, err := o.SQS.ReceiveMessage(o.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(o.QueueURL(queue))})
	if err != nil || len(out.Messages) != 1 {
		o.Fatalf("received %v, %v", out, err)
	}
}

// TestInboxes: abandoned inboxes are listed and removed, and no others.
func TestInboxes(t *testing.T) {
	operate(t, func(o *operator) {
		inbox := func(client string) string {
			name := message.NewInbox("statline", client)
			_, err := o.SQS.CreateQueue(o.Context(), &sqs.CreateQueueInput{QueueName: &name})
			o.must(err)
			return name
		}
		old := []string{inbox("lab"), inbox("")}
		other := "other-inbox-lab-abcdefghij0123456789"
		_, err := o.SQS.CreateQueue(o.Context(), &sqs.CreateQueueInput{QueueName: &other})
		o.must(err)
		time.Sleep(inboxes.MaxAge)
		young := inbox("bench")
		listed := func(all bool) (names []string) {
			o.out.Reset()
			o.must(o.app.inboxList(o.Context(), o.session, inboxChoice{age: inboxes.MaxAge}, all))
			var list []listedInbox
			o.must(json.Unmarshal(o.out.Bytes(), &list))
			for _, l := range list {
				names = append(names, l.Inbox)
				if l.Abandoned != slices.Contains(old, l.Inbox) {
					o.Errorf("listed %+v", l)
				}
			}
			return names
		}
		sorted := func(names ...string) []string { slices.Sort(names); return names }
		if got := listed(false); !slices.Equal(got, sorted(old...)) {
			o.Errorf("abandoned: %q, want %q", got, old)
		}
		if got, want := listed(true), sorted(append([]string{young}, old...)...); !slices.Equal(got, want) {
			o.Errorf("all: %q, want %q", got, want)
		}
		o.must(o.app.inboxPrune(o.Context(), o.session, inboxChoice{age: inboxes.MaxAge}, false, true))
		o.app.in = strings.NewReader("no\n")
		if code := o.exit(o.app.inboxPrune(o.Context(), o.session, inboxChoice{age: inboxes.MaxAge}, false, false)); code != exitFailed || len(listed(false)) != 2 {
			o.Errorf("without consent: exit code %d", code)
		}
		o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "DeleteQueue" && strings.Contains(string(c.Body), old[0]) {
				return local.Refuse(c, 403, "AccessDenied", "no"), nil
			}
			return next(), nil
		})
		if code := o.exit(o.app.inboxPrune(o.Context(), o.session, inboxChoice{age: inboxes.MaxAge}, true, false)); code != exitPartly {
			o.Errorf("where one cannot be removed: exit code %d", code)
		}
		o.server.Hook(nil)
		if got := listed(false); !slices.Equal(got, old[:1]) {
			o.Errorf("left are %q, want %q", got, old[:1])
		}
		o.must(o.app.inboxPrune(o.Context(), o.session, inboxChoice{age: inboxes.MaxAge}, true, false))
		if got := listed(true); !slices.Equal(got, []string{young}) {
			o.Errorf("left are %q, want %q", got, young)
		}
		for _, of := range []inboxChoice{{client: "lab"}, {client: "bench", age: time.Hour}} {
			o.must(o.app.inboxPrune(o.Context(), o.session, of, true, false))
			if got := listed(true); !slices.Equal(got, []string{young}) {
				o.Errorf("after those of %+v left are %q, want %q", of, got, young)
			}
		}
		o.must(o.app.inboxPrune(o.Context(), o.session, inboxChoice{client: "bench"}, true, false))
		if got := listed(true); got != nil {
			o.Errorf("left are %q", got)
		}
		if _, err := o.SQS.GetQueueUrl(o.Context(), &sqs.GetQueueUrlInput{QueueName: &other}); err != nil {
			o.Errorf("the inbox of another stack: %v", err)
		}
	})
}

// TestLocalUpSweeps: the services of a local stack remove abandoned inboxes, too.
func TestLocalUpSweeps(t *testing.T) {
	operate(t, func(o *operator) {
		name := message.NewInbox("statline", "lab")
		_, err := o.SQS.CreateQueue(o.Context(), &sqs.CreateQueueInput{QueueName: &name})
		o.must(err)
		e := &embedded{stack: o.Stack}
		e.serveOnly(o.Context(), o.session, o.app, "none")
		e.sweep(o.Context(), o.app)
		left := func() int {
			all, err := o.inboxes(o.Context(), inboxChoice{age: inboxes.MaxAge}, true)
			o.must(err)
			return len(all)
		}
		time.Sleep(inboxes.MaxAge - time.Minute)
		if left() != 1 {
			o.Error("an inbox was removed before its time")
		}
		time.Sleep(90 * time.Minute)
		if left() != 0 {
			o.Error("an abandoned inbox is still there")
		}
		o.must(e.shut())
	})
}

// TestTrace: the story of a request that is answered, logged and a dead letter as well,
// and of one that is only a dead letter.
func TestTrace(t *testing.T) {
	operate(t, func(o *operator) {
		o.die(o.StatsQueue(), o.StatsDLQ(), body("s1", "lab"))
		o.must(o.app.trace(o.Context(), o.session, "s1", time.Now().Add(-time.Hour)))
		var st story
		o.must(json.Unmarshal(o.out.Bytes(), &st))
		if st.Row != nil || len(st.Entries) != 0 || len(st.Letters) != 1 || st.Letters[0].Queue != "statline-stats-dlq" || len(st.Events) != 1 {
			o.Errorf("a dead letter: %s", &o.out)
		}
		e := &embedded{stack: o.Stack}
		e.serveOnly(o.Context(), o.session, o.app, "both")
		defer func() {
			o.server.EndPolls()
			o.must(e.shut())
		}()
		time.Sleep(time.Second)
		_, err := o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(o.AuditQueue())), MessageBody: aws.String(body("s1", "lab"))})
		o.must(err)
		time.Sleep(time.Second)
		_, err = o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(o.StatsQueue())), MessageBody: aws.String(body("s1", "lab"))})
		o.must(err)
		time.Sleep(10 * time.Second)
		o.out.Reset()
		o.app.format = "text"
		o.must(o.app.trace(o.Context(), o.session, "s1", time.Now().Add(-time.Hour)))
		at := -1
		for _, want := range []string{"request s1\n", "taken by a queue", "taken by the audit queue", "stored as ok", "row of the table", "mean      1.75", "entry of logs/", "numbers   1.50,2", "\ndead letter "} {
			i := strings.Index(o.out.String(), want)
			if i <= at {
				o.Fatalf("%q is not where it must be in:\n%s", want, &o.out)
			}
			at = i
		}
		other := strings.Replace(body("s1", "lab"), "1.50", "3", 1)
		_, err = o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(o.AuditQueue())), MessageBody: &other})
		o.must(err)
		time.Sleep(10 * time.Second)
		o.out.Reset()
		o.must(o.app.trace(o.Context(), o.session, "s1", time.Now().Add(-time.Hour)))
		if n := strings.Count(o.out.String(), ", with another list than that of the row\n"); n != 1 || strings.Count(o.out.String(), "\nentry of ") != 2 {
			o.Errorf("with another list:\n%s", &o.out)
		}
	})
}

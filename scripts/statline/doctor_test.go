package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/statline/statline/pkg/local"
)

// TestDoctor breaks one thing at a time: exactly that is found, with the command that
// mends it.
func TestDoctor(t *testing.T) {
	const stats, audits = "statline-stats", "statline-audit"
	tests := []struct {
		name  string
		brk   func(o *operator)
		want  string // the check that finds it
		says  string // part of what it says
		stays bool   // its fix is not tried: Terraform replaces an index, what makes a local stack does not
	}{
		{"no topic", func(o *operator) {
			_, err := o.SNS.DeleteTopic(o.Context(), &sns.DeleteTopicInput{TopicArn: aws.String(o.TopicARN())})
			o.must(err)
		}, "topic statline-requests", "there is no topic", false},
		{"no subscription", func(o *operator) {
			_, err := o.SNS.Unsubscribe(o.Context(), &sns.UnsubscribeInput{SubscriptionArn: o.subscription(audits)})
			o.must(err)
		}, "subscription of statline-audit", "delivers nothing", false},
		{"not raw", func(o *operator) { o.setSubscription(stats, "RawMessageDelivery", "false") }, "subscription of statline-stats", "not raw", false},
		{"filtered", func(o *operator) { o.setSubscription(stats, "FilterPolicy", `{"kind":["a"]}`) }, "subscription of statline-stats", "has a filter", false},
		{"undeliverable is lost", func(o *operator) { o.setSubscription(audits, "RedrivePolicy", "") }, "subscription of statline-audit", "is lost", false},
		{"undeliverable elsewhere", func(o *operator) {
			o.setSubscription(audits, "RedrivePolicy", `{"deadLetterTargetArn":"`+o.QueueARN("statline-stats-dlq")+`"}`)
		}, "subscription of statline-audit", "statline-stats-dlq", false},
		{"no work queue", func(o *operator) { o.deleteQueue(stats) }, "queue statline-stats", "there is no queue", false},
		{"no dead-letter queue", func(o *operator) { o.deleteQueue("statline-audit-dlq") }, "queue statline-audit-dlq", "there is no queue", false},
		{"no undelivered", func(o *operator) { o.deleteQueue("statline-undelivered") }, "queue statline-undelivered", "there is no queue", false},
		{"visible too soon", func(o *operator) { o.set(stats, "VisibilityTimeout", "1") }, "queue statline-stats", "1 seconds", false},
		{"hidden too long", func(o *operator) { o.set(audits, "VisibilityTimeout", "43200") }, "queue statline-audit", "43200", false},
		{"delayed", func(o *operator) { o.set(audits, "DelaySeconds", "5") }, "queue statline-audit", "waits 5 seconds", false},
		{"no policy", func(o *operator) { o.set(stats, "Policy", "") }, "policy of statline-stats", "does not let", false},
		{"a policy for another topic", func(o *operator) { o.set("statline-undelivered", "Policy", policyOf(o, "Allow", o.TopicARN()+"2")) }, "policy of statline-undelivered", "does not let", false},
		{"a policy that denies", func(o *operator) { o.set(audits, "Policy", policyOf(o, "Deny", o.TopicARN())) }, "policy of statline-audit", "does not let", false},
		{"no dead letters", func(o *operator) { o.set(stats, "RedrivePolicy", "") }, "dead letters of statline-stats", "has no dead-letter queue", false},
		{"dead letters elsewhere", func(o *operator) {
			o.set(stats, "RedrivePolicy", `{"deadLetterTargetArn":"`+o.QueueARN("statline-undelivered")+`","maxReceiveCount":"10"}`)
		}, "dead letters of statline-stats", "not arn:aws:sqs:us-east-1:000000000000:statline-stats-dlq", false},
		{"one delivery", func(o *operator) {
			o.set(audits, "RedrivePolicy", `{"deadLetterTargetArn":"`+o.QueueARN("statline-audit-dlq")+`","maxReceiveCount":1}`)
		}, "dead letters of statline-audit", "after 1 deliveries", false},
		{"dead letters that are dropped", func(o *operator) { o.set("statline-stats-dlq", "MessageRetentionPeriod", "3600") }, "dead letters of statline-stats", "3600", false},
		{"no table", func(o *operator) {
			_, err := o.DynamoDB.DeleteTable(o.Context(), &dynamodb.DeleteTableInput{TableName: aws.String(o.Table())})
			o.must(err)
		}, "table statline-results", "there is no table", false},
		{"another index", func(o *operator) { o.makeTable("request_id", "completed_at") }, "index of the table", "shard (S), completed_at (S)", true},
		{"rows for ever", func(o *operator) { o.expire("ttl", false) }, "expiry of rows", "DISABLED", false},
		{"public access", func(o *operator) { o.block(false) }, "public access to the log", "BlockPublicPolicy", false},
		{"public access, never set", func(o *operator) {
			_, err := o.S3.DeletePublicAccessBlock(o.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String(o.AuditBucket())})
			o.must(err)
		}, "public access to the log", "not blocked", false},
		{"no versions", func(o *operator) { o.keep(s3types.BucketVersioningStatusSuspended) }, "versions of the log", "not kept", false},
		{"no bucket", func(o *operator) {
			_, err := o.S3.DeleteBucket(o.Context(), &s3.DeleteBucketInput{Bucket: aws.String(o.AuditBucket())})
			o.must(err)
		}, "bucket statline-audit-000000000000-us-east-1", "there is no bucket", false},
		{"topic in the clear", func(o *operator) { o.setTopic("KmsMasterKeyId", "") }, "topic statline-requests", "not encrypted", false},
		{"topic without TLS", func(o *operator) { o.setTopic("Policy", "") }, "policy of statline-requests", "without TLS", false},
		{"topic for everybody", func(o *operator) { o.setTopic("Policy", everybody(o.TopicARN(), "sns:Publish")) }, "policy of statline-requests", "everybody do sns:publish", false},
		{"queue in the clear", func(o *operator) { o.set("statline-audit-dlq", "SqsManagedSseEnabled", "false") }, "queue statline-audit-dlq", "not encrypted", false},
		{"work queue in the clear", func(o *operator) { o.set(stats, "SqsManagedSseEnabled", "false") }, "queue statline-stats", "not encrypted", false},
		{"queue without TLS", func(o *operator) { o.set(stats, "Policy", policyOf(o, "Allow", o.TopicARN())) }, "policy of statline-stats", "without TLS", false},
		{"dead letters without TLS", func(o *operator) { o.set("statline-stats-dlq", "Policy", "") }, "policy of statline-stats-dlq", "without TLS", false},
		{"dead letters for everybody", func(o *operator) {
			o.set("statline-audit-dlq", "Policy", everybody(o.QueueARN("statline-audit-dlq"), "sqs:*"))
		}, "policy of statline-audit-dlq", "everybody do sqs:sendmessage", false},
		{"rows not to be brought back", func(o *operator) { o.recover(false) }, "recovery of rows", "cannot be brought back", false},
		{"bucket without a policy", func(o *operator) {
			_, err := o.S3.DeleteBucketPolicy(o.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String(o.AuditBucket())})
			o.must(err)
		}, "policy of the log", "there is none", false},
		{"bucket without TLS", func(o *operator) {
			o.bucketPolicy(strings.Replace(o.BucketPolicy(), "aws:SecureTransport", "aws:MultiFactorAuthPresent", 1))
		}, "policy of the log", "without TLS", false},
		{"overwritten objects", func(o *operator) {
			o.bucketPolicy(strings.Replace(o.BucketPolicy(), "s3:if-none-match", "s3:x-amz-acl", 1))
		}, "policy of the log", "be overwritten", false},
		{"bucket for nobody", func(o *operator) {
			o.bucketPolicy(strings.Replace(everybody("arn:aws:s3:::"+o.AuditBucket()+"/*", "s3:PutObject"), "Allow", "Deny", 1))
		}, "policy of the log", "nobody do s3:putobject", false},
		{"bucket for everybody", func(o *operator) {
			o.bucketPolicy(everybody("arn:aws:s3:::"+o.AuditBucket()+"/*", "s3:GetObject"))
		}, "policy of the log", "everybody do s3:getobject", false},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOperator(t)
				o.local = i%2 == 1
				if ill := o.doctor(false); namesOf(ill, faulty) != nil {
					t.Fatalf("before: %+v", ill)
				}
				tt.brk(o)
				ill := o.doctor(false)
				if got := namesOf(ill, faulty); !slices.Equal(got, []string{tt.want}) {
					t.Fatalf("faults %q, want %q: %+v", got, tt.want, ill)
				}
				f := ill[slices.IndexFunc(ill, func(f finding) bool { return f.Status == faulty })]
				if !strings.Contains(f.Detail, tt.says) || f.Fix == "" {
					t.Errorf("found %+v, want it to say %q", f, tt.says)
				}
				if tt.stays {
					return
				}
				time.Sleep(time.Minute) // a queue that was deleted cannot be made again before
				o.mend(f.Fix)
				if ill := o.doctor(false); namesOf(ill, faulty) != nil {
					t.Errorf("after %s: %+v", f.Fix, ill)
				}
			})
		})
	}
}

// TestDoctorKey: a table with another key can only be made again.
func TestDoctorKey(t *testing.T) {
	o := newOperator(t)
	o.makeTable("id", "sort")
	ill := o.doctor(false)
	if got := namesOf(ill, faulty); !slices.Equal(got, []string{"table statline-results", "writing rows"}) {
		t.Fatalf("faults %+v", ill)
	}
	o.mend(ill[0].Fix)
	if ill := o.doctor(false); namesOf(ill, faulty) != nil {
		t.Errorf("after %+v", ill)
	}
}

// TestDoctorCannotLook: what the endpoint does not have, or does not allow, is not
// checked, and says so.
func TestDoctorCannotLook(t *testing.T) {
	o := newOperator(t)
	for operation, check := range map[string]string{
		"GetTopicAttributes": "topic statline-requests", "GetSubscriptionAttributes": "subscription of statline-stats", "GetQueueAttributes": "policy of statline-audit",
		"DescribeTable": "index of the table", "DescribeTimeToLive": "expiry of rows", "PutItem": "writing rows",
		"GetPublicAccessBlock": "public access to the log", "GetBucketVersioning": "versions of the log", "GetBucketEncryption": "encryption of the log",
		"GetBucketPolicy": "policy of the log", "DescribeContinuousBackups": "recovery of rows", "GET /2015-03-31/event-source-mappings": "function of statline-stats",
	} {
		for code, why := range map[string]string{"UnsupportedOperation": "does not have", "AccessDeniedException": "not"} {
			o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				if c.Operation == operation {
					return local.Refuse(c, 400, code, "no "+operation), nil
				}
				return next(), nil
			})
			ill := o.doctor(false)
			i := slices.IndexFunc(ill, func(f finding) bool { return f.Check == check })
			if namesOf(ill, faulty) != nil || i < 0 || !strings.Contains(ill[i].Detail, why) || !strings.Contains(ill[i].Detail, "no "+operation) {
				t.Errorf("%s with %s: %+v", operation, code, ill)
			}
		}
	}
}

// skewed is a transport whose other end has another time.
type skewed struct {
	aws.HTTPClient
	by time.Duration
}

func (s skewed) Do(r *http.Request) (*http.Response, error) {
	out, err := s.HTTPClient.Do(r)
	if err == nil {
		out.Header.Set("Date", time.Now().Add(s.by).UTC().Format(http.TimeFormat))
	}
	return out, err
}

func TestDoctorClock(t *testing.T) {
	o := newOperator(t)
	whole := o.config.HTTPClient
	for by, want := range map[time.Duration][]string{0: nil, 20 * time.Second: nil, -20 * time.Second: nil, 3 * time.Minute: {"clock"}, -time.Hour: {"clock"}} {
		o.config.HTTPClient = skewed{whole, by}
		if got := namesOf(o.doctor(false), faulty); !slices.Equal(got, want) {
			t.Errorf("a clock that differs by %v: faults %q", by, got)
		}
	}
}

// TestDoctorLog: with an object in the log, it is known that the log can be written and
// not overwritten, and the object is as it was.
func TestDoctorLog(t *testing.T) {
	o := newOperator(t)
	key := "logs/2026/01/01/00/1767225600000-1767225600000-writer00-00000001.txt"
	_, err := o.S3.PutObject(o.Context(), &s3.PutObjectInput{Bucket: aws.String(o.AuditBucket()), Key: &key, Body: strings.NewReader("x")})
	o.must(err)
	if got := namesOf(o.doctor(false), notChecked); !slices.Equal(got, []string{"function of statline-stats", "function of statline-audit", "stats service", "audit service"}) {
		t.Errorf("not checked: %q", got)
	}
	text, err := o.log().Read(o.Context(), key)
	if err != nil || string(text) != "x" {
		t.Errorf("the object is %q, %v", text, err)
	}
	if _, err := o.results().Get(o.Context(), "#doctor"); err == nil {
		t.Error("a row was written")
	}
}

// TestDoctorProbe: a probe tells which of the services does not answer.
func TestDoctorProbe(t *testing.T) {
	for _, tt := range []struct {
		running string
		want    []string
	}{{"both", nil}, {"stats", []string{"audit service"}}, {"audit", []string{"stats service"}}, {"none", []string{"stats service", "audit service"}}} {
		t.Run(tt.running, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOperator(t)
				e := &embedded{stack: o.Stack}
				e.serveOnly(context.WithoutCancel(t.Context()), o.session, o.app, tt.running)
				ill := o.doctor(true)
				if got := namesOf(ill, faulty); !slices.Equal(got, tt.want) {
					t.Errorf("%+v, want faults %q", ill, tt.want)
				}
				for _, f := range ill {
					if f.Status == faulty && !strings.Contains(f.Fix, "STATLINE_STACK=statline go run ./services/"+strings.Fields(f.Check)[0]) {
						t.Errorf("fix %q", f.Fix)
					}
				}
				o.server.EndPolls()
				o.must(e.shut())
			})
		})
	}
}

// TestDoctorProbeInbox: an answer that comes by the table alone is a fault.
func TestDoctorProbeInbox(t *testing.T) {
	operate(t, func(o *operator) {
		o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "SendMessageBatch" {
				return local.Refuse(c, 403, "AccessDenied", "no"), nil
			}
			return next(), nil
		})
		e := &embedded{stack: o.Stack}
		e.serveOnly(o.Context(), o.session, o.app, "both")
		ill := slices.DeleteFunc(o.doctor(true), func(f finding) bool { return f.Status != faulty })
		if got := namesOf(ill, faulty); !slices.Equal(got, []string{"stats service"}) || !strings.Contains(ill[0].Detail, "from the table") {
			o.Errorf("%+v", ill)
		}
		o.server.EndPolls()
		o.must(e.shut())
	})
}

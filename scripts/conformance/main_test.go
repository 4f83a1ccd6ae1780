package main

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// embedded is the embedded endpoint in a region, in a bubble of its own.
func embedded(t *testing.T, region string, f func(t *testing.T, to *target)) {
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close() // its state is in memory
		to, err := open(t.Context(), cloud.Config(local.URL, region, server.Client()), "")
		if err != nil {
			t.Fatal(err)
		}
		f(t, to)
	})
}

// TestEmbeddedEndpoint demands of the embedded endpoint all that is demanded of
// AWS, and that nothing is left.
func TestEmbeddedEndpoint(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1"} { // S3 makes a difference
		t.Run(region, func(t *testing.T) {
			embedded(t, region, func(t *testing.T, to *target) {
				s := to.run(t.Context(), cases(), func(r result) {
					if r.problem("") != "" {
						t.Error(r.text("", true))
					}
				})
				if s.failed("") > 0 || s.calls() < 120 {
					t.Error(s.text(""))
				}
				wantNothingLeft(t, to)
			})
		})
	}
}

func wantNothingLeft(t *testing.T, to *target) {
	t.Helper()
	b := newBench(t.Context(), to)
	queues, err := b.sqs.ListQueues(b.ctx, &sqs.ListQueuesInput{})
	if err != nil || len(queues.QueueUrls) > 0 {
		t.Errorf("queues left: %v, %v", queues.QueueUrls, err)
	}
	topics, err := b.sns.ListTopics(b.ctx, &sns.ListTopicsInput{})
	if err != nil || len(topics.Topics) > 0 {
		t.Errorf("topics left: %v, %v", topics.Topics, err)
	}
	tables, err := b.dynamodb.ListTables(b.ctx, &dynamodb.ListTablesInput{})
	if err != nil || len(tables.TableNames) > 0 {
		t.Errorf("tables left: %v, %v", tables.TableNames, err)
	}
	buckets, err := b.s3.ListBuckets(b.ctx, &s3.ListBucketsInput{})
	if err != nil || len(buckets.Buckets) > 0 {
		t.Errorf("buckets left: %v, %v", buckets.Buckets, err)
	}
}

// TestCleanUpAfterFailure has cases end in every way but well.
func TestCleanUpAfterFailure(t *testing.T) {
	for want, end := range map[string]func(b *bench, interrupt func()) string{
		"got wrong":              func(*bench, func()) string { return "wrong" },
		"got stopped: no luck":   func(b *bench, _ func()) string { b.must(errors.New("no luck")); return "right" },
		"got stopped: panic: oh": func(*bench, func()) string { panic("oh") },
		"got stopped: context canceled": func(b *bench, interrupt func()) string {
			interrupt()
			b.sleep(time.Hour)
			return "right"
		},
	} {
		t.Run(want, func(t *testing.T) {
			embedded(t, "us-east-1", func(t *testing.T, to *target) {
				ctx, interrupt := context.WithCancel(t.Context())
				run := func(b *bench) string {
					b.queue(nil)
					b.topic()
					b.newBucket()
					b.store("k", "in the shared bucket")
					b.mustPut(key("p", "in the shared table"))
					return end(b, interrupt)
				}
				s := to.run(ctx, []testCase{{name: "it", want: "right", run: run}}, func(result) {})
				if got := s.results[0].problem(""); got != want {
					t.Errorf("%q, want %q", got, want)
				}
				if !strings.HasSuffix(s.text(""), "\n0 passed, 1 failed\n") {
					t.Error(s.text(""))
				}
				wantNothingLeft(t, to)
			})
		})
	}
}

// TestProblem is about what is expected of whom.
func TestProblem(t *testing.T) {
	same, other := testCase{want: "refused"}, testCase{want: "refused", moto: "ok"}
	for _, c := range []struct {
		what string
		peer string
		r    result
		want string
	}{
		{"as AWS does", "", result{testCase: same, got: "refused"}, ""},
		{"not as AWS does", "", result{testCase: same, got: "ok"}, "got ok"},
		{"as moto does, but is not moto", "", result{testCase: other, got: "ok"}, "got ok"},
		{"as AWS does, as moto is not known to", "", result{testCase: other, got: "refused"}, ""},
		{"moto as AWS does", "moto", result{testCase: same, got: "refused"}, ""},
		{"moto as it is known to", "moto", result{testCase: other, got: "ok"}, ""},
		{"moto has been mended", "moto", result{testCase: other, got: "refused"}, "gone"},
		{"moto does a third thing", "moto", result{testCase: other, got: "HTTP 500"}, "got HTTP 500"},
		{"right, but not cleaned up", "", result{testCase: same, got: "refused", residue: errors.New("a queue")}, "left behind: a queue"},
	} {
		if got := c.r.problem(c.peer); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// TestCases holds the cases to their form.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases() {
		if seen[c.name] || c.name == "" {
			t.Errorf("the name %q is there twice, or empty", c.name)
		}
		seen[c.name] = true
		if c.page == "" || c.want == "" || c.run == nil || c.want == c.moto {
			t.Errorf("%s: page %q, want %q, moto %q", c.name, c.page, c.want, c.moto)
		}
	}
	if got := choose(cases(), regexp.MustCompile("^sts/")); len(got) != 1 {
		t.Errorf("%d cases begin with sts/, want 1", len(got))
	}
}

// TestMD5OfAttributes compares with what SQS itself has answered.
func TestMD5OfAttributes(t *testing.T) {
	if got := md5OfAttributes(attributes{"Foo": attribute("String", "Bar")}); got != "ae7155c6026991b6d54b11589678bf9c" {
		t.Errorf("got %s", got)
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"--peer", "moto", "-run", "^s3/", "-v", "--report", "f"})
	if err != nil || o.peer != "moto" || !o.verbose || o.report != "f" || !o.only.MatchString("s3/x") {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"--peer", "other"}, {"--run", "("}, {"extra"}, {"--nosuch"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q are taken", args)
		}
	}
}

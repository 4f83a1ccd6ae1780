package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

// stage is a stack on an endpoint that the command reaches by the environment.
type stage struct {
	*testing.T
	*cloud.Stack
	server *local.Server
	rows   map[string]map[string]types.AttributeValue // what the table holds then
}

const requests = 60

// newStage is a stack of which nothing was asked yet.
func newStage(t *testing.T) *stage {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(server)
	t.Cleanup(func() { server.EndPolls(); endpoint.Close() })
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_PROFILE": "", "AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &stage{T: t, Stack: stack, server: server}
}

// asked is a stack whose requests are answered and logged.
func asked(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	for i := range requests {
		s.publish(fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"r%d","client_id":"lab","numbers":[%d,8.5,54,1e30],"quantiles":[0.9],"sent_at":"2026-01-01T00:00:00Z"}`, i, i))
	}
	s.publish(`{"schema":"statline.request/v1","request_id":"refused","numbers":[]}`)
	s.publish(`no request`)
	s.serve()
	s.rows = s.scan(s.Table())
	if len(s.rows) != requests+2 {
		t.Fatalf("%d rows", len(s.rows))
	}
	return s
}

func (s *stage) publish(body string) {
	s.Helper()
	if _, err := s.SNS.Publish(s.Context(), &sns.PublishInput{TopicArn: aws.String(s.TopicARN()), Message: &body}); err != nil {
		s.Fatal(err)
	}
}

// serve runs the services until all is answered and logged.
func (s *stage) serve() {
	ctx, stop := context.WithCancel(s.Context())
	quiet := slog.New(slog.DiscardHandler)
	log := audit.NewLog(audit.Config{S3: s.S3, Bucket: s.AuditBucket()})
	r := &responder.Responder{Stack: s.Stack.Stack, SQS: s.SQS, QueueURL: s.QueueURL, Results: s.store(), Log: quiet}
	var workers sync.WaitGroup
	for _, w := range []*queue.Worker{
		{SQS: s.SQS, URL: s.QueueURL(s.StatsQueue()), Handler: r.Handle, Log: quiet},
		{SQS: s.SQS, URL: s.QueueURL(s.AuditQueue()), Handler: log.Handler(s.Stack.Stack), Batches: audit.Batches, Log: quiet},
	} {
		workers.Go(func() {
			if err := w.Run(ctx); err != nil {
				s.Error(err)
			}
		})
	}
	for until := time.Now().Add(20 * time.Second); len(s.scan(s.Table())) < requests+2 || s.logged() < requests+2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			s.Error("not all is answered and logged")
			break
		}
	}
	stop()
	s.server.EndPolls()
	workers.Wait()
}

func (s *stage) store() *results.Store {
	return &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()}
}

// logged counts the entries of the log.
func (s *stage) logged() (n int) {
	reader := audit.Reader{S3: s.S3, Bucket: s.AuditBucket()}
	for object, err := range reader.List(s.Context(), time.Now().Add(-time.Hour)) {
		if err != nil {
			s.Fatal(err)
		}
		entries, err := readObject(s.Context(), &reader, object.Name)
		if err != nil {
			s.Fatal(err)
		}
		n += len(entries)
	}
	return n
}

// scan are the rows of a table by their ID.
func (s *stage) scan(table string) map[string]map[string]types.AttributeValue {
	s.Helper()
	rows := map[string]map[string]types.AttributeValue{}
	for pages := dynamodb.NewScanPaginator(s.DynamoDB, &dynamodb.ScanInput{TableName: &table}); pages.HasMorePages(); {
		page, err := pages.NextPage(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		for _, row := range page.Items {
			rows[text(row["request_id"])] = row
		}
	}
	return rows
}

func (s *stage) put(table string, row map[string]types.AttributeValue) {
	s.Helper()
	if _, err := s.DynamoDB.PutItem(s.Context(), &dynamodb.PutItemInput{TableName: &table, Item: row}); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) delete(ids ...string) {
	s.Helper()
	for _, id := range ids {
		_, err := s.DynamoDB.DeleteItem(s.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String(s.Table()), Key: map[string]types.AttributeValue{"request_id": &types.AttributeValueMemberS{Value: id}},
		})
		if err != nil {
			s.Fatal(err)
		}
	}
}

// recovered makes another table of all rows, as point-in-time recovery does.
func (s *stage) recovered(name string) {
	s.Helper()
	_, err := s.DynamoDB.CreateTable(s.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("request_id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("request_id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		s.Fatal(err)
	}
	for _, row := range s.rows {
		s.put(name, row)
	}
}

// says runs the command, which must say that and succeed.
func (s *stage) says(want string, args ...string) {
	s.Helper()
	var out, errs bytes.Buffer
	if err := run(s.Context(), args, &out, &errs); err != nil {
		s.Errorf("restore %q: %v %s", args, err, &errs)
	}
	if got := strings.TrimSpace(out.String()); got != want {
		s.Errorf("restore %q says\n%s\nwant\n%s", args, got, want)
	}
}

// same fails the test where the table holds other than rows, or what lists past
// results finds other IDs.
func (s *stage) same(rows map[string]map[string]types.AttributeValue) {
	s.Helper()
	got := s.scan(s.Table())
	for id, row := range rows {
		if !reflect.DeepEqual(got[id], row) {
			s.Errorf("row %s is %v, want %v", id, got[id], row)
		}
	}
	if len(got) != len(rows) {
		s.Errorf("%d rows, want %d", len(got), len(rows))
	}
	listed, err := s.store().List(s.Context(), results.Query{})
	if err != nil || len(listed) != len(rows) {
		s.Errorf("%d results are listed, want %d: %v", len(listed), len(rows), err)
	}
	s.matchesLog()
}

// matchesLog: each entry of the log has the row of its list.
func (s *stage) matchesLog() {
	s.Helper()
	reader := audit.Reader{S3: s.S3, Bucket: s.AuditBucket()}
	for object, err := range reader.List(s.Context(), time.Now().Add(-time.Hour)) {
		if err != nil {
			s.Fatal(err)
		}
		entries, err := readObject(s.Context(), &reader, object.Name)
		if err != nil {
			s.Fatal(err)
		}
		for _, e := range entries {
			row, err := s.store().Get(s.Context(), e.RequestID)
			if err != nil || row.Digest != e.Digest || !reflect.DeepEqual(row.Result, e.Result) || !reflect.DeepEqual(row.Fault, e.Fault) {
				s.Errorf("the log says %v, the row is %+v: %v", e, row, err)
			}
		}
	}
}

// TestRows: rows that are lost come back from a recovered table, whole, and what is
// there stays.
func TestRows(t *testing.T) {
	s := asked(t)
	s.recovered("recovered")
	system, old := map[string]types.AttributeValue{"request_id": &types.AttributeValueMemberS{Value: "#lease"}}, s.altered("r0", "ttl", &types.AttributeValueMemberN{Value: "1"})
	old["request_id"] = &types.AttributeValueMemberS{Value: "old"}
	s.put("recovered", system)
	s.put("recovered", old)
	s.delete("r0", "r1", "r2", "refused")
	other := s.altered("r3", "input_sha256", &types.AttributeValueMemberS{Value: strings.Repeat("0", 64)})
	s.put(s.Table(), other)
	s.put(s.Table(), s.altered("r4", "status", &types.AttributeValueMemberS{Value: "dead"}))

	before := s.scan(s.Table())
	s.says("64 read, 6 to restore, 56 there already, 1 of another list under the same ID, 1 past their time", "rows", "recovered", "statline", "--dry-run")
	if got := s.scan(s.Table()); !reflect.DeepEqual(got, before) {
		t.Error("a dry run changed the table")
	}
	s.says("64 read, 6 restored, 56 there already, 1 of another list under the same ID, 1 past their time", "rows", "recovered", "statline")
	s.says("64 read, 0 restored, 62 there already, 1 of another list under the same ID, 1 past their time", "rows", "recovered", "statline")
	if got := s.scan(s.Table()); !reflect.DeepEqual(got["r3"], other) || !reflect.DeepEqual(got["#lease"], system) {
		t.Errorf("r3 is %v, #lease %v", got["r3"], got["#lease"])
	}
	s.delete("#lease")
	s.put(s.Table(), s.rows["r3"])
	s.same(s.rows)
}

// altered is a row with another attribute.
func (s *stage) altered(id, name string, value types.AttributeValue) map[string]types.AttributeValue {
	row := maps.Clone(s.rows[id])
	row[name] = value
	return row
}

// TestLog: rows are made again of the log, the same but for the time of their answer.
func TestLog(t *testing.T) {
	s := asked(t)
	ids := slices.Sorted(maps.Keys(s.rows))
	s.put(s.Table(), s.altered("r9", "status", &types.AttributeValueMemberS{Value: "dead"}))
	s.put(s.Table(), s.altered("r8", "input_sha256", &types.AttributeValueMemberS{Value: strings.Repeat("0", 64)}))
	s.delete(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "r7" || id == "r8" || id == "r9" })...)
	s.says("62 read, 60 to restore, 1 there already, 1 of another list under the same ID, 0 past their time", "log", "statline", "--dry-run")
	s.says("62 read, 60 restored, 1 there already, 1 of another list under the same ID, 0 past their time", "log", "statline")
	s.says("62 read, 0 restored, 61 there already, 1 of another list under the same ID, 0 past their time", "log", "--keep", "24h", "statline")
	s.delete("r8")
	s.says("62 read, 1 restored, 61 there already, 0 of another list under the same ID, 0 past their time", "log", "statline")
	got := s.scan(s.Table())
	for id, want := range s.rows {
		for name := range want {
			timely := slices.Contains([]string{"completed_at", "sort", "ttl", "shard"}, name)
			if value := got[id][name]; value == nil || !timely && !reflect.DeepEqual(value, want[name]) {
				t.Errorf("%s of %s is %v, want %v", name, id, value, want[name])
			}
		}
		if len(got[id]) != len(want) {
			t.Errorf("row %s is %v, want %v", id, got[id], want)
		}
	}
	s.same(got)

	// An object may hold what came days apart: of that, only what is of the time.
	var entries []audit.Entry
	for id, received := range map[string]time.Time{"late": time.Now(), "early": time.Now().AddDate(0, 0, -10)} {
		in := message.Parse("statline", fmt.Appendf(nil, `{"schema":"statline.request/v1","request_id":%q,"numbers":[1]}`, id))
		entries = append(entries, audit.NewEntry(in[0], "m-"+id, received))
	}
	log := audit.NewLog(audit.Config{S3: s.S3, Bucket: s.AuditBucket(), Age: time.Millisecond})
	if err := log.Append(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	s.says("64 read, 1 restored, 62 there already, 0 of another list under the same ID, 1 past their time", "log", "statline", "--keep", "72h")
	s.testBroken()
}

// testBroken: a broken object is told, and holds up no other.
func (s *stage) testBroken() {
	key := time.Now().UTC().Format("logs/2006/01/02/15/") + "nonsense.txt"
	if _, err := s.S3.PutObject(s.Context(), &s3.PutObjectInput{Bucket: aws.String(s.AuditBucket()), Key: &key, Body: strings.NewReader("nonsense")}); err != nil {
		s.Fatal(err)
	}
	s.delete("r1")
	var out bytes.Buffer
	err := run(s.Context(), []string{"log", "statline"}, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "nonsense") {
		s.Errorf("error %v", err)
	}
	if !strings.Contains(out.String(), " 2 restored") { // and the early one, which is not past 90 days
		s.Errorf("it says %s", &out)
	}
	if _, err := s.store().Get(s.Context(), "r1"); err != nil {
		s.Error(err)
	}
}

// TestUsage: what is no command is told, with exit code 2.
func TestUsage(t *testing.T) {
	for _, args := range []string{"", "rows", "rows a", "rows a b c", "log", "log a b", "table a", "log --keep", "log a --keep 0s", "log a --kept 1h"} {
		var out, errs bytes.Buffer
		if err := run(t.Context(), strings.Fields(args), &out, &errs); !errors.Is(err, errUsage) || out.Len() > 0 || !strings.Contains(errs.String(), "usage: restore rows FROM NAME") {
			t.Errorf("restore %s: %v, %s%s", args, err, &out, &errs)
		}
	}
}

// TestRowsFails: what cannot be read or written is an error that names it.
func TestRowsFails(t *testing.T) {
	s := newStage(t)
	s.put(s.Table(), map[string]types.AttributeValue{"request_id": &types.AttributeValueMemberS{Value: "r1"}})
	for args, want := range map[string]string{
		"rows statline-results statline": "statline-results",
		"rows nowhere statline":          "nowhere",
		"rows statline-results other":    "row r1",
	} {
		var out bytes.Buffer
		if err := run(s.Context(), strings.Fields(args), &out, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("restore %s: %v", args, err)
		}
	}
}

package cloud

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/local"
)

// TestEveryCallHasAPrice finds the API calls that the sources make, and holds the
// price list to them.
func TestEveryCallHasAPrice(t *testing.T) {
	priced := map[Unit]bool{}
	for _, p := range Prices {
		if priced[p.Unit] || p.Source == "" || p.Million < 0 || p.Million == 0 && p.Unit != Free {
			t.Errorf("price of %s: %+v", p.Unit, p)
		}
		priced[p.Unit] = true
	}
	called := calls(t)
	if len(called) < 15 {
		t.Errorf("only %d operations found: %v", len(called), called)
	}
	for operation, file := range called {
		if unit, ok := unitOf(operation); !ok || !priced[unit] {
			t.Errorf("%s, called in %s, has no price", operation, file)
		}
	}
}

var (
	callForm  = regexp.MustCompile(`\.(SNS|SQS|DynamoDB|S3)\.([A-Z]\w+)\(`)
	inputForm = regexp.MustCompile(`\b(sns|sqs|dynamodb|s3|sts)\.([A-Z]\w+)Input\{`)
)

// calls are the operations that the sources of the system call, with a file each.
func calls(t *testing.T) map[string]string {
	found := map[string]string{}
	services := map[string]string{"sns": "SNS", "sqs": "SQS", "dynamodb": "DynamoDB", "s3": "S3", "sts": "STS"}
	for _, root := range []string{"../../pkg", "../../services", "../../scripts/statline"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() && d.Name() == "local" {
				return fs.SkipDir
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range callForm.FindAllSubmatch(source, -1) {
				found[string(m[1])+" "+string(m[2])] = path
			}
			for _, m := range inputForm.FindAllSubmatch(source, -1) {
				found[services[string(m[1])]+" "+string(m[2])] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestBilled(t *testing.T) {
	text := func(bytes int) *string { return aws.String(strings.Repeat("x", bytes)) }
	published := func(sizes ...int) (in sns.PublishBatchInput) {
		for _, n := range sizes {
			in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, snstypes.PublishBatchRequestEntry{Message: text(n)})
		}
		return in
	}
	sent := func(sizes ...int) (in sqs.SendMessageBatchInput) {
		for _, n := range sizes {
			in.Entries = append(in.Entries, sqstypes.SendMessageBatchRequestEntry{MessageBody: text(n)})
		}
		return in
	}
	received := func(sizes ...int) (out sqs.ReceiveMessageOutput) {
		for _, n := range sizes {
			out.Messages = append(out.Messages, sqstypes.Message{Body: text(n)})
		}
		return out
	}
	consumed := func(units float64) *dynamodbtypes.ConsumedCapacity {
		return &dynamodbtypes.ConsumedCapacity{CapacityUnits: aws.Float64(units)}
	}
	const kb = 1024
	statements := make([]dynamodbtypes.BatchStatementResponse, 3)
	full, over, replies := published(6*kb, 58*kb), published(6*kb, 58*kb, 1), sent(64*kb, 64*kb, 1)
	one, nothing, much := published(1), received(), received(26*kb, 26*kb, 26*kb)
	tests := []struct {
		name      string
		operation string
		in, out   any
		unit      Unit
		want      float64
	}{
		{"one message", "SNS PublishBatch", &one, nil, SNSRequest, 1},
		{"a batch of 64 KB", "SNS PublishBatch", &full, nil, SNSRequest, 1},
		{"a batch of a byte more", "SNS PublishBatch", &over, nil, SNSRequest, 2},
		{"a message of 256 KB", "SNS Publish", &sns.PublishInput{Message: text(256 * kb)}, nil, SNSRequest, 4},
		{"replies of 128 KB and a byte", "SQS SendMessageBatch", &replies, nil, SQSRequest, 3},
		{"a message of 65 KB", "SQS SendMessage", &sqs.SendMessageInput{MessageBody: text(65 * kb)}, nil, SQSRequest, 2},
		{"an empty receive", "SQS ReceiveMessage", &sqs.ReceiveMessageInput{}, &nothing, SQSRequest, 1},
		{"a receive of 78 KB", "SQS ReceiveMessage", &sqs.ReceiveMessageInput{}, &much, SQSRequest, 2},
		{"a receive that failed", "SQS ReceiveMessage", &sqs.ReceiveMessageInput{}, nil, SQSRequest, 1},
		{"a delete", "SQS DeleteMessageBatch", &sqs.DeleteMessageBatchInput{}, &sqs.DeleteMessageBatchOutput{}, SQSRequest, 1},
		{"a row and its entry in an index", "DynamoDB PutItem", nil, &dynamodb.PutItemOutput{ConsumedCapacity: consumed(2)}, WriteUnit, 2},
		{"a write that is refused", "DynamoDB PutItem", nil, nil, WriteUnit, 1},
		{"an endpoint that does not say", "DynamoDB PutItem", nil, &dynamodb.PutItemOutput{}, WriteUnit, 1},
		{"a batch for two tables", "DynamoDB BatchExecuteStatement", nil, &dynamodb.BatchExecuteStatementOutput{
			Responses: statements, ConsumedCapacity: []dynamodbtypes.ConsumedCapacity{*consumed(5), *consumed(1)}}, WriteUnit, 6},
		{"a batch that does not say", "DynamoDB BatchExecuteStatement", nil, &dynamodb.BatchExecuteStatementOutput{Responses: statements}, WriteUnit, 3},
		{"a batch that is refused", "DynamoDB BatchExecuteStatement", nil, nil, WriteUnit, 1},
		{"a read", "DynamoDB GetItem", nil, &dynamodb.GetItemOutput{ConsumedCapacity: consumed(0.5)}, ReadUnit, 0.5},
		{"a query", "DynamoDB Query", nil, &dynamodb.QueryOutput{ConsumedCapacity: consumed(7.5)}, ReadUnit, 7.5},
		{"an object", "S3 PutObject", nil, nil, S3Put, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unit, ok := unitOf(tt.operation)
			if got := billed(unit, tt.in, tt.out); !ok || unit != tt.unit || got != tt.want {
				t.Errorf("%v %s, want %v %s", got, unit, tt.want, tt.unit)
			}
		})
	}
}

func TestDollars(t *testing.T) {
	tests := []struct {
		billed map[Unit]float64
		want   float64
	}{
		{nil, 0},
		{map[Unit]float64{SNSRequest: 1e6}, 0.50},
		{map[Unit]float64{SQSRequest: 2.5e6}, 1.00},
		{map[Unit]float64{WriteUnit: 2e6, ReadUnit: 1e6}, 1.375},
		{map[Unit]float64{S3Put: 1000, S3Get: 1000}, 0.0054},
		{map[Unit]float64{Free: 1e9}, 0},
	}
	for _, tt := range tests {
		if got := (Usage{Billed: tt.billed}).Dollars(); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%v costs $%v, want $%v", tt.billed, got, tt.want)
		}
	}
}

// TestMeter: every attempt counts, what DynamoDB consumed is known, and neither
// the caller's input nor a client of the same configuration is touched.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		config := Config(local.URL, "us-east-1", server.Client())
		stack, err := Open(t.Context(), "statline", config)
		if err != nil {
			t.Fatal(err)
		}
		if err := stack.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		failures := 2
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation != "PutItem" || failures == 0 {
				return next(), nil
			}
			if failures--; failures == 1 {
				return nil, errors.New("connection broken")
			}
			return local.Refuse(c, 500, "InternalServerError", "try again"), nil
		})
		var m Meter
		metered := stack.With(m.Metered(config))
		row := map[string]dynamodbtypes.AttributeValue{}
		for _, name := range []string{"request_id", "shard", "sort"} {
			row[name] = &dynamodbtypes.AttributeValueMemberS{Value: name}
		}
		in := &dynamodb.PutItemInput{TableName: aws.String(stack.Table()), Item: row}
		if _, err := metered.DynamoDB.PutItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if in.ReturnConsumedCapacity != "" {
			t.Errorf("the caller's input asks for %s", in.ReturnConsumedCapacity)
		}
		if _, err := stack.DynamoDB.PutItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if _, err := metered.DynamoDB.ListTables(t.Context(), &dynamodb.ListTablesInput{}); err != nil {
			t.Fatal(err)
		}
		insert := func(id string) dynamodbtypes.BatchStatementRequest {
			return dynamodbtypes.BatchStatementRequest{Statement: aws.String(`INSERT INTO "` + stack.Table() + `" VALUE {'request_id': ?, 'shard': ?, 'sort': ?}`),
				Parameters: []dynamodbtypes.AttributeValue{&dynamodbtypes.AttributeValueMemberS{Value: id}, row["shard"], row["sort"]}}
		}
		batch := &dynamodb.BatchExecuteStatementInput{Statements: []dynamodbtypes.BatchStatementRequest{insert("a"), insert("request_id"), insert("b")}}
		if _, err := metered.DynamoDB.BatchExecuteStatement(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if batch.ReturnConsumedCapacity != "" {
			t.Errorf("the caller's batch asks for %s", batch.ReturnConsumedCapacity)
		}
		u := m.Usage()
		if u.Calls["DynamoDB PutItem"] != 3 || u.Calls["DynamoDB BatchExecuteStatement"] != 1 || u.Total() != 5 || u.Billed[WriteUnit] != 1+1+2+5 {
			t.Errorf("%+v, want 3 attempts of PutItem that consumed 1, 1 and 2 units, and a batch of 2, 1 and 2", u)
		}
		if got := u.Unpriced(); len(got) != 1 || got[0] != "DynamoDB ListTables" {
			t.Errorf("unpriced: %v", got)
		}
	})
}

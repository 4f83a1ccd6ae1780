package dynamodb_test

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/statline/statline/pkg/local"
)

// endpoint is a server under test, with a real client.
type endpoint struct {
	*dynamodb.Client
	http *http.Client
}

// open opens an endpoint on a directory, in memory where dir is empty.
func open(t testing.TB, dir string) *endpoint {
	t.Helper()
	e, server := start(t, dir)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func start(t testing.TB, dir string) (*endpoint, *local.Server) {
	t.Helper()
	server, err := local.Open(local.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return &endpoint{client(server, "us-east-1"), server.Client()}, server
}

func client(server *local.Server, region string) *dynamodb.Client {
	return dynamodb.NewFromConfig(aws.Config{
		Region: region, BaseEndpoint: aws.String(local.URL), HTTPClient: server.Client(),
		Credentials: aws.CredentialsProviderFunc(credentials), RetryMaxAttempts: 1,
	})
}

// answer is what the endpoint answers to a request as JSON.
type answer struct {
	Status        int
	Type, Message string
	Body          []byte
}

func (a answer) decode(t testing.TB, out any) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("%s: %s", a.Type, a.Message)
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		t.Fatal(err)
	}
}

// call sends body as it stands, which the client cannot where it is no proper
// input, and checks what every answer has.
func (e *endpoint) call(t testing.TB, operation, body string) answer {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, local.URL, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	response, err := e.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: response.StatusCode}
	if a.Body, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	if sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(a.Body)), 10); response.Header.Get("X-Amz-Crc32") != sum {
		t.Errorf("%s: X-Amz-Crc32 is %q, want %s", operation, response.Header.Get("X-Amz-Crc32"), sum)
	}
	var refusal struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(a.Body, &refusal); err != nil {
		t.Fatalf("%s: %v in %s", operation, err, a.Body)
	}
	if at := bytes.LastIndexByte([]byte(refusal.Type), '#'); at >= 0 {
		refusal.Type = refusal.Type[at+1:]
	}
	a.Type, a.Message = refusal.Type, refusal.Message
	return a
}

// do is call where the answer must be a success.
func (e *endpoint) do(t testing.TB, operation, body string) answer {
	t.Helper()
	a := e.call(t, operation, body)
	if a.Status != http.StatusOK {
		t.Fatalf("%s %s: %s: %s", operation, body, a.Type, a.Message)
	}
	return a
}

// refused requires a refusal, "CODE: MESSAGE".
func (e *endpoint) refused(t testing.TB, operation, body, want string) {
	t.Helper()
	a := e.call(t, operation, body)
	if got := a.Type + ": " + a.Message; a.Status != http.StatusBadRequest || got != want {
		t.Errorf("%s %.400s\n got %d %s\nwant 400 %s", operation, body, a.Status, got, want)
	}
}

func (e *endpoint) invalid(t testing.TB, operation, body, message string) {
	t.Helper()
	e.refused(t, operation, body, "ValidationException: "+message)
}

// simple makes the table "t" with the partition key "id".
func (e *endpoint) simple(t testing.TB) {
	t.Helper()
	e.do(t, "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}`)
}

// indexed makes the table "idx" with the key "p" (S) and "s" (N), and the indexes
// "by_c", which includes "mean", "by_d" with the sort key "e", of keys only, and
// "all".
func (e *endpoint) indexed(t testing.TB) {
	t.Helper()
	e.do(t, "CreateTable", `{"TableName":"idx","BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},{"AttributeName":"c","AttributeType":"S"},{"AttributeName":"d","AttributeType":"S"},{"AttributeName":"e","AttributeType":"B"}],
		"GlobalSecondaryIndexes":[
			{"IndexName":"by_c","KeySchema":[{"AttributeName":"c","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["mean"]}},
			{"IndexName":"by_d","KeySchema":[{"AttributeName":"d","KeyType":"HASH"},{"AttributeName":"e","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
			{"IndexName":"all","KeySchema":[{"AttributeName":"c","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]}`)
}

type attributes = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }

package main

import (
	"encoding/json"
	"flag"
	"math"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// measuredFile holds what scripts/scale computes with. The tests here hold it to what
// they measure, or, with -update, write it.
const measuredFile = "../scale/measured.json"

var update = flag.Bool("update", false, "write "+measuredFile+" and what the commands of terraform/outages.md print anew")

// units are what one request is billed for.
type units struct {
	SNS         float64 `json:"sns"`
	SQSClients  float64 `json:"sqs_clients"`
	SQSServices float64 `json:"sqs_services"`
	Writes      float64 `json:"writes"` // with the index
	Puts        float64 `json:"puts"`
}

// sizes are the bytes of one request, of a list of 25 whole numbers.
type sizes struct {
	Request float64 `json:"request"`
	Row     float64 `json:"row"`   // as DynamoDB bills what it stores
	Index   float64 `json:"index"` // likewise
	Entry   float64 `json:"entry"` // of the log
}

// measured is the file.
type measured struct {
	Loads map[string]units `json:"loads"`
	Sizes sizes            `json:"bytes"`
}

func readMeasured(t *testing.T) *measured {
	t.Helper()
	m := &measured{}
	text, err := os.ReadFile(measuredFile)
	if err == nil {
		err = json.Unmarshal(text, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// hold compares the file with what was measured, and lets it differ by a tenth: how
// calls group depends on who runs first.
func (m *measured) hold(t *testing.T, load string, got units) {
	t.Helper()
	if *update {
		m.Loads[load] = got
		m.write(t)
		return
	}
	want := m.Loads[load]
	for _, of := range []struct {
		name      string
		got, want float64
	}{
		{"SNS", got.SNS, want.SNS}, {"clients' SQS", got.SQSClients, want.SQSClients}, {"services' SQS", got.SQSServices, want.SQSServices},
		{"write", got.Writes, want.Writes}, {"PUT", got.Puts, want.Puts},
	} {
		if !near(of.got, of.want) {
			t.Errorf("%.3f %s units a request, and %s says %.3f: run this test with -update, and scripts/scale", of.got, of.name, measuredFile, of.want)
		}
	}
}

// near allows a tenth, and two hundredths of a unit, which are a few cents a million.
func near(got, want float64) bool { return math.Abs(got-want) <= max(0.1*want, 0.02) }

func (m *measured) write(t *testing.T) {
	t.Helper()
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = os.WriteFile(measuredFile, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// unitsOf are the units of a report. What clients send to and receive from their
// inboxes is far below the 64 KB that make one request of a call.
func unitsOf(r *report) units {
	var u units
	for operation, n := range r.Calls["clients"] {
		if strings.HasPrefix(operation, "SQS ") {
			u.SQSClients += float64(n) / float64(r.Requests)
		}
	}
	for _, i := range r.Bill {
		switch i.Unit {
		case cloud.SNSRequest:
			u.SNS = i.UnitsPerRequest
		case cloud.SQSRequest:
			u.SQSServices = i.UnitsPerRequest - u.SQSClients
		case cloud.WriteUnit:
			u.Writes = i.UnitsPerRequest
		case cloud.S3Put:
			u.Puts = i.UnitsPerRequest
		}
	}
	for _, f := range []*float64{&u.SNS, &u.SQSClients, &u.SQSServices, &u.Writes, &u.Puts} {
		*f = math.Round(*f*1e4) / 1e4
	}
	return u
}

// TestScaleBytes holds the sizes in the file to what is stored and sent.
func TestScaleBytes(t *testing.T) {
	const requests = 200
	var got sizes
	var mu sync.Mutex
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(load{Clients: 4, Requests: requests, Size: 25, Kind: "integers", Rate: 50})
		s, err := b.openEmbedded(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Service == "sns" {
				mu.Lock()
				got.Request += published(t, c.Body) / requests
				mu.Unlock()
			}
			return next(), nil
		})
		if r, err := b.measure(t.Context(), s); err != nil || r.Failed > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		rows, err := stack.DynamoDB.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(stack.Table())})
		if err != nil || len(rows.Items) != requests {
			t.Fatalf("%d rows, %v", len(rows.Items), err)
		}
		shown := map[string]bool{}
		for _, name := range []string{"request_id", "shard", "sort", "status", "client_id", "completed_at", "error_code", "count", "min", "max", "mean", "median"} {
			shown[name] = true
		}
		for _, row := range rows.Items {
			got.Row += stored(row, nil) / requests
			got.Index += stored(row, shown) / requests
		}
		objects, err := stack.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(stack.AuditBucket())})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects.Contents {
			got.Entry += float64(*o.Size) / requests
		}
	})
	m := readMeasured(t)
	for _, f := range []*float64{&got.Request, &got.Row, &got.Index, &got.Entry} {
		*f = math.Round(*f)
	}
	if *update {
		m.Sizes = got
		m.write(t)
	}
	if w := m.Sizes; !near(got.Request, w.Request) || !near(got.Row, w.Row) || !near(got.Index, w.Index) || !near(got.Entry, w.Entry) {
		t.Errorf("%+v bytes a request, and %s says %+v: run this test with -update, and scripts/scale", got, measuredFile, w)
	}
}

// published are the bytes of the messages in a call to SNS, which is a form.
func published(t *testing.T, form []byte) (bytes float64) {
	values, err := url.ParseQuery(string(form))
	if err != nil {
		t.Error(err)
	}
	for name, value := range values {
		if strings.HasSuffix(name, ".Message") {
			bytes += float64(len(value[0]))
		}
	}
	return bytes
}

// stored is what DynamoDB bills for storing an item, or those of its attributes: names
// and values, and 100 bytes beside ("DynamoDB item sizes and formats", Amazon DynamoDB
// Developer Guide).
func stored(item map[string]types.AttributeValue, only map[string]bool) float64 {
	bytes := 100
	for name, value := range item {
		if only != nil && !only[name] {
			continue
		}
		bytes += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			bytes += len(v.Value)
		case *types.AttributeValueMemberN:
			bytes += len(v.Value)/2 + 1
		}
	}
	return float64(bytes)
}

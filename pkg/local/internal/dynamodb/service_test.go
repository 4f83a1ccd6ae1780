package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

func service(t testing.TB) *dynamodb.Service {
	t.Helper()
	db, err := store.Open("")
	if err != nil {
		t.Fatal(err)
	}
	s, err := dynamodb.Open(db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t testing.TB, s *dynamodb.Service, operation, body string) *wire.Response {
	t.Helper()
	resp, err := s.Serve(t.Context(), &wire.Call{Service: "dynamodb", Operation: operation, Region: "us-east-1", Account: "000000000000", Body: []byte(body)})
	if err != nil {
		t.Fatalf("%s %q: %v", operation, body, err)
	}
	return resp
}

const fuzzTable = `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],
	"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"},{"AttributeName":"c","AttributeType":"B"}],
	"GlobalSecondaryIndexes":[{"IndexName":"by_c","KeySchema":[{"AttributeName":"c","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}`

// fuzzSeeds are bodies that reach deep into each operation.
var fuzzSeeds = []string{
	`{}`, `null`, `[]`, `{"TableName":"tab"}`, fuzzTable, strings.Replace(fuzzTable, `"tab"`, `"two"`, 1),
	`{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"1e5"},"c":{"B":"AQ=="},"m":{"M":{"a":{"L":[{"NULL":true},{"BOOL":false},{"NS":["1","2"]}]}}}},"ConditionExpression":"attribute_not_exists(id) OR size(m) > :v","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"INDEXES"}`,
	`{"TableName":"tab","Key":{"id":{"S":"1"},"n":{"N":"1"}},"UpdateExpression":"SET m.a[0] = if_not_exists(x, :v) REMOVE y ADD z :v","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValues":"UPDATED_NEW","ProjectionExpression":"m.a[0], n"}`,
	`{"TableName":"tab","IndexName":"by_c","KeyConditionExpression":"c = :c","ExpressionAttributeValues":{":c":{"B":"AQ=="}},"Limit":1,"ExclusiveStartKey":{"id":{"S":"1"},"n":{"N":"1"},"c":{"B":"AQ=="}},"ScanIndexForward":false}`,
	`{"TableName":"tab","FilterExpression":"begins_with(id, :v)","ExpressionAttributeValues":{":v":{"S":"1"}},"Segment":1,"TotalSegments":3}`,
	`{"RequestItems":{"tab":{"Keys":[{"id":{"S":"1"},"n":{"N":"1"}}],"ProjectionExpression":"n"}}}`,
	`{"RequestItems":{"tab":[{"PutRequest":{"Item":{"id":{"S":"1"},"n":{"N":"1"}}}},{"DeleteRequest":{"Key":{"id":{"S":"2"},"n":{"N":"1"}}}}]}}`,
	`{"TransactItems":[{"Put":{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"1"}}}},{"ConditionCheck":{"TableName":"tab","Key":{"id":{"S":"2"},"n":{"N":"1"}},"ConditionExpression":"attribute_not_exists(id)"}}],"ClientRequestToken":"x"}`,
	`{"TableName":"tab","Key":{"id":{"S":"1"},"n":{"N":"1"}},"UpdateExpression":"SET x = if_not_exists(x, :v) + :v REMOVE y ADD z :v DELETE w :w","ExpressionAttributeValues":{":v":{"N":"1"},":w":{"SS":["a"]}}}`,
	`{"Statement":"INSERT INTO tab VALUE {'id': ?, 'n': 1.5e1}","Parameters":[{"S":"it"}],"ReturnConsumedCapacity":"TOTAL"}`,
	`{"Statements":[{"Statement":"INSERT INTO \"tab\" VALUE {'id': 'it''s', 'n': ?}","Parameters":[{"N":"1"}]},{"Statement":"INSERT INTO gone VALUE {}"}],"ReturnConsumedCapacity":"INDEXES"}`,
	`{"TableName":"tab","Key":{"id":{"S":"1"},"n":{"N":"1"}}}`,
	`{"TransactItems":[{"Get":{"TableName":"tab","Key":{"id":{"S":"1"},"n":{"N":"1"}}}}]}`,
	`{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"},{"AttributeName":"c","AttributeType":"B"},{"AttributeName":"d","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by_d","KeySchema":[{"AttributeName":"d","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}],"DeletionProtectionEnabled":true}`,
	`{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by_c"}}],"SSESpecification":{"Enabled":true}}`,
	`{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"n","Enabled":true},"PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}`,
	`{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}`,
	`{"ExclusiveStartTableName":"tab","Limit":1}`,
}

// FuzzServe sends any body to every operation: the answer is always JSON, a
// success or a refusal with HTTP 400 and a code.
func FuzzServe(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := service(t)
		serve(t, s, "CreateTable", fuzzTable)
		serve(t, s, "PutItem", fuzzSeeds[6])
		for _, operation := range dynamodb.Operations {
			resp := serve(t, s, operation, body)
			var out struct {
				Type string `json:"__type"`
			}
			if err := json.Unmarshal(resp.Body, &out); err != nil {
				t.Errorf("%s %q: %v in %q", operation, body, err, resp.Body)
			}
			if resp.Status != 200 && (resp.Status != 400 || out.Type == "") {
				t.Errorf("%s %q: %d %s", operation, body, resp.Status, resp.Body)
			}
		}
	})
}

// TestSeedsReachTheirOperations keeps the seeds from becoming mere refusals.
func TestSeedsReachTheirOperations(t *testing.T) {
	for _, operation := range dynamodb.Operations {
		done := false
		for _, seed := range fuzzSeeds {
			s := service(t)
			serve(t, s, "CreateTable", fuzzTable)
			done = done || serve(t, s, operation, seed).Status == 200
		}
		if !done {
			t.Errorf("no seed is a proper input of %s", operation)
		}
	}
}

func benchmarkRows(b *testing.B) *dynamodb.Service {
	s := service(b)
	serve(b, s, "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"shard","AttributeType":"S"},{"AttributeName":"sort","AttributeType":"S"}],
		"GlobalSecondaryIndexes":[{"IndexName":"by_time","KeySchema":[{"AttributeName":"shard","KeyType":"HASH"},{"AttributeName":"sort","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["mean","client_id","status"]}}]}`)
	for i := range 100000 {
		serve(b, s, "PutItem", benchmarkItem(i))
	}
	return s
}

func benchmarkItem(i int) string {
	id := strconv.FormatUint(uint64(i)*0x9e3779b97f4a7c15, 16)
	return fmt.Sprintf(`{"TableName":"tab","ConditionExpression":"attribute_not_exists(id)","ReturnValuesOnConditionCheckFailure":"ALL_OLD","Item":{"id":{"S":"%s"},"shard":{"S":"2026-11-23#%02x"},"sort":{"S":"2026-11-23T04:15:02.123Z#%s"},"status":{"S":"ok"},"client_id":{"S":"lab"},"mean":{"N":"39.5"},"median":{"N":"31"},"sum":{"N":"158"},"count":{"N":"4"},"min":{"N":"7"},"max":{"N":"89"},"variance":{"N":"1569.6666666666667"},"input_sha256":{"S":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"ttl":{"N":"1795409040"}}}`, id, i%64, id)
}

// BenchmarkPut puts a new row into a table of 100,000 with an index.
func BenchmarkPut(b *testing.B) {
	s := benchmarkRows(b)
	i := 100000
	b.ReportAllocs()
	for b.Loop() {
		serve(b, s, "PutItem", benchmarkItem(i))
		i++
	}
}

// BenchmarkBatchInsert inserts 25 such rows in a batch.
func BenchmarkBatchInsert(b *testing.B) {
	s := benchmarkRows(b)
	i := 100000
	b.ReportAllocs()
	for b.Loop() {
		serve(b, s, "BatchExecuteStatement", benchmarkStatements(i, 25))
		i += 25
	}
}

// benchmarkStatements inserts n rows of twenty attributes, all with one text.
func benchmarkStatements(from, n int) string {
	names := "'id': ?, 'shard': ?, 'sort': ?, 'status': ?, 'client_id': ?, 'mean': ?, 'median': ?, 'sum': ?, 'count': ?, 'min': ?, 'max': ?, 'variance': ?, 'stddev': ?, 'q1': ?, 'q3': ?, 'input_sha256': ?, 'sent_at': ?, 'completed_at': ?, 'quantile_method': ?, 'ttl': ?"
	all := make([]string, n)
	for i := range all {
		id := strconv.FormatUint(uint64(from+i)*0x9e3779b97f4a7c15, 16)
		all[i] = fmt.Sprintf(`{"Statement":"INSERT INTO \"tab\" VALUE {%s}","Parameters":[{"S":"%s"},{"S":"2026-11-23#%02x"},{"S":"2026-11-23T04:15:02.123Z#%s"},{"S":"ok"},{"S":"lab"},{"N":"39.5"},{"N":"31"},{"N":"158"},{"N":"4"},{"N":"7"},{"N":"89"},{"N":"1569.6666666666667"},{"N":"39.619019001821165"},{"N":"7.75"},{"N":"62.75"},{"S":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},{"S":"2026-11-23T04:15:02.000Z"},{"S":"2026-11-23T04:15:02.123Z"},{"S":"R7"},{"N":"1795409040"}]}`, names, id, (from+i)%64, id)
	}
	return `{"ReturnConsumedCapacity":"TOTAL","Statements":[` + strings.Join(all, ",") + `]}`
}

func BenchmarkGet(b *testing.B) {
	s := benchmarkRows(b)
	id := strconv.FormatUint(0x9e3779b97f4a7c15, 16)
	b.ReportAllocs()
	for b.Loop() {
		serve(b, s, "GetItem", `{"TableName":"tab","Key":{"id":{"S":"`+id+`"}},"ConsistentRead":true}`)
	}
}

// BenchmarkQuery reads the newest 20 of a partition of the index.
func BenchmarkQuery(b *testing.B) {
	s := benchmarkRows(b)
	b.ReportAllocs()
	for b.Loop() {
		serve(b, s, "Query", `{"TableName":"tab","IndexName":"by_time","KeyConditionExpression":"shard = :s","ExpressionAttributeValues":{":s":{"S":"2026-11-23#0a"}},"ScanIndexForward":false,"Limit":20}`)
	}
}

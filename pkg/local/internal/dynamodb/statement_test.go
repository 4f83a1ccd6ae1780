package dynamodb_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// inserting is a statement with its parameters.
func inserting(text string, parameters ...types.AttributeValue) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(text), Parameters: parameters}
}

// row inserts an id and a number.
func row(id, n string) types.BatchStatementRequest {
	return inserting(`INSERT INTO "tab" VALUE {'id': ?, 'n': ?}`, str(id), num(n))
}

// batch is what became of each statement: "tab ok", or "tab CODE: MESSAGE", and
// then what was consumed.
func (e *endpoint) batch(t testing.TB, statements ...types.BatchStatementRequest) []string {
	t.Helper()
	out, err := e.BatchExecuteStatement(t.Context(), &dynamodb.BatchExecuteStatementInput{Statements: statements, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range out.Responses {
		said := "ok"
		if r.Error != nil {
			said = string(r.Error.Code) + ": " + aws.ToString(r.Error.Message)
		}
		got = append(got, aws.ToString(r.TableName)+" "+said)
	}
	for _, c := range out.ConsumedCapacity {
		got = append(got, fmt.Sprint(*c.TableName, " ", *c.CapacityUnits))
	}
	return got
}

// number is the attribute n of an item of the table tab.
func (e *endpoint) number(t testing.TB, id string) string {
	t.Helper()
	out, err := e.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("tab"), Key: attributes{"id": str(id)}})
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := out.Item["n"].(*types.AttributeValueMemberN); ok {
		return n.Value
	}
	return ""
}

const (
	duplicate = "tab DuplicateItem: Duplicate primary key exists in table"
	notWell   = " ValidationError: Statement wasn't well formed, can't be processed: "
)

func TestBatchExecuteStatement(t *testing.T) {
	full := make([]types.BatchStatementRequest, 25)
	for i := range full {
		full[i] = row(strconv.Itoa(i), strconv.Itoa(i))
	}
	long := strings.Repeat("x", 409600)
	tests := []struct {
		name       string
		statements []types.BatchStatementRequest
		want       []string
	}{
		{"as many as there may be", full, append(strings.Split(strings.Repeat("tab ok,", 24)+"tab ok", ","), "tab 25")},
		{"against the table", []types.BatchStatementRequest{row("there", "2"), row("new", "2")}, []string{duplicate, "tab ok", "tab 2"}},
		{"in one batch", []types.BatchStatementRequest{row("a", "1"), row("a", "2"), row("a", "1")}, []string{"tab ok", duplicate, duplicate, "tab 3"}},
		{"literals", []types.BatchStatementRequest{inserting(`insert into tab value {'id':'it''s','n':-1.50e1,'yes':TRUE,'no':false,'none':NULL}`)}, []string{"tab ok", "tab 1"}},
		{"a table's ARN", []types.BatchStatementRequest{inserting(`INSERT INTO "`+arn+`tab" VALUE {'id': ?}`, str("a"))}, []string{"tab ok", "tab 1"}},
		{"a large item", []types.BatchStatementRequest{inserting(`INSERT INTO tab VALUE {'id': ?, 'x': ?}`, str("a"), str(long[:5000]))}, []string{"tab ok", "tab 5"}},
		{"a large duplicate", []types.BatchStatementRequest{inserting(`INSERT INTO tab VALUE {'id': ?, 'x': ?}`, str("there"), str(long[:5000]))}, []string{duplicate, "tab 5"}},
		{"each in its own way", []types.BatchStatementRequest{
			row("a", "1"),
			row("there", "2"),
			inserting(`INSERT INTO "gone" VALUE {'id': ?}`, str("a")),
			inserting(`INSERT INTO "x" VALUE {'id': ?}`, str("a")),
			inserting(`INSERT INTO "tab" VALUE {'n': ?}`, num("1")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?}`, num("1")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?}`, str("")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?, 'x': ?}`, str("b"), str(long)),
			inserting(`INSERT INTO "tab" VALUE {'id': ?, 'n': ?}`, str("b"), num("nonsense")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?, 'n': 1e999}`, str("b")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?, 'n': ?}`, str("b")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?}`, str("b"), num("1")),
			inserting(`INSERT INTO "tab" VALUE {'id': ?}`),
			inserting(`INSERT INTO "tab" VALUE {'id': ?, '': ?}`, str("b"), num("1")),
			inserting(`INSERT INTO "tab" VALUE {'id': 'b', 'l': [1]}`),
			inserting(`UPDATE "tab" SET n = 1 WHERE id = 'there'`),
			inserting(`delete from "tab" where id = 'there'`),
			inserting(`MERGE INTO "tab"`),
			row("c", "1"),
		}, []string{
			"tab ok",
			duplicate,
			"gone ResourceNotFound: Requested resource not found",
			"x ValidationError: 1 validation error detected: Value 'x' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
			"tab ValidationError: One or more parameter values were invalid: Missing the key id in the item",
			"tab ValidationError: One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
			"tab ValidationError: One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
			"tab ValidationError: Item size has exceeded the maximum allowed size",
			"tab ValidationError: The parameter cannot be converted to a numeric value: nonsense",
			" ValidationError: Number overflow. Attempting to store a number with magnitude larger than supported range",
			"tab ValidationError: Number of parameters in request and statement don't match.",
			"tab ValidationError: Number of parameters in request and statement don't match.",
			"tab ValidationError: Number of parameters in request and statement don't match.",
			" ValidationError: One or more parameter values were invalid: Empty attribute name",
			" ValidationError: the local endpoint does not have lists, maps and sets in a statement: use parameters",
			" ValidationError: the local endpoint has BatchExecuteStatement with INSERT only, not with UPDATE",
			" ValidationError: the local endpoint has BatchExecuteStatement with INSERT only, not with DELETE",
			notWell + "Expected data manipulation",
			"tab ok",
			"tab 3",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := open(t, "")
			e.simple(t)
			e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"there"},"n":{"N":"1"}}}`)
			got := e.batch(t, test.statements...)
			if len(got) != len(test.want) {
				t.Fatalf("got %q", got)
			}
			for i, want := range test.want {
				if got[i] != want {
					t.Errorf("%d: got  %s\nwant %s", i, got[i], want)
				}
			}
			if n := e.number(t, "there"); n != "1" {
				t.Errorf("the item that was there has %q, want 1", n)
			}
		})
	}
}

// TestBatchExecuteStatementWrites is about what the statements leave behind, in
// the indexes and on disk as well.
func TestBatchExecuteStatementWrites(t *testing.T) {
	dir := t.TempDir()
	e, server := start(t, dir)
	e.indexed(t)
	e.simple(t)
	insert := func(s string) types.BatchStatementRequest {
		return inserting(`INSERT INTO "idx" VALUE {'p': 'it''s', 's': ?, 'c': ?, 'm': ?, 'n': 010.50}`,
			num(s), str("C"), &types.AttributeValueMemberM{Value: attributes{"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{str("?")}}}})
	}
	in := &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{insert("2"), row("a", "1"), insert("1"), row("a", "2")}, ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	out, err := e.BatchExecuteStatement(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if r := out.Responses; len(r) != 4 || r[0].Error != nil || r[1].Error != nil || r[2].Error != nil || r[3].Error == nil {
		t.Errorf("got %+v, want that the last one fails", r)
	}
	put := e.do(t, "PutItem", `{"TableName":"idx","Item":{"p":{"S":"it's"},"s":{"N":"3"},"c":{"S":"C"},"n":{"N":"10.5"},"m":{"M":{"l":{"L":[{"S":"?"}]}}}},"ReturnConsumedCapacity":"INDEXES"}`)
	if !sameJSON(t, string(put.Body), `{"ConsumedCapacity":{"TableName":"idx","CapacityUnits":3,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"by_c":{"CapacityUnits":1},"all":{"CapacityUnits":1}}}}`) {
		t.Errorf("a put consumes %s", put.Body)
	}
	c := out.ConsumedCapacity
	if len(c) != 2 || *c[0].TableName != "idx" || *c[0].CapacityUnits != 6 || *c[0].Table.CapacityUnits != 2 || *c[0].GlobalSecondaryIndexes["all"].CapacityUnits != 2 || *c[1].TableName != "tab" || *c[1].CapacityUnits != 2 {
		t.Errorf("consumed %s", quoteAny(c))
	}
	check := func() {
		t.Helper()
		const item = `{"p":{"S":"it's"},"s":{"N":"%d"},"c":{"S":"C"},"n":{"N":"10.5"},"m":{"M":{"l":{"L":[{"S":"?"}]}}}}`
		a := e.do(t, "Query", `{"TableName":"idx","IndexName":"all","KeyConditionExpression":"c = :c","ExpressionAttributeValues":{":c":{"S":"C"}}}`)
		want := `{"Count":3,"ScannedCount":3,"Items":[` + repeat(3, func(i int) string { return fmt.Sprintf(item, i+1) }) + `]}`
		if !sameJSON(t, string(a.Body), want) {
			t.Errorf("got %s\nwant %s", a.Body, want)
		}
		if n := e.number(t, "a"); n != "1" {
			t.Errorf("a has %q, want 1", n)
		}
	}
	check()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	check()
	if got := e.batch(t, row("a", "3")); got[0] != duplicate {
		t.Errorf("after a restart: %q, want a duplicate", got)
	}
}

func TestStatementsRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	one := func(i int) string {
		return fmt.Sprintf(`{"Statement":"INSERT INTO tab VALUE {'id': ?}","Parameters":[{"S":"%d"}]}`, i)
	}
	const failed = "1 validation error detected: Value "
	tests := []struct{ statements, want string }{
		{`[` + repeat(26, one) + `]`, failed + "'[26 statements]' at 'statements' failed to satisfy constraint: Member must have length less than or equal to 25"},
		{`[]`, failed + "'[0 statements]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{`null`, failed + "null at 'statements' failed to satisfy constraint: Member must not be null"},
		{`[` + one(1) + `,{"Parameters":[{"S":"1"}]}]`, failed + "null at 'statements.2.member.statement' failed to satisfy constraint: Member must not be null"},
		{`[` + one(1) + `,{"Statement":"INSERT INTO tab VALUE {'id': 'a'}","Parameters":[]}]`, failed + "'[]' at 'statements.2.member.parameters' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{`[{"Statement":"` + strings.Repeat("x", 8193) + `"}]`, failed + "'[statement of 8193 bytes]' at 'statements.1.member.statement' failed to satisfy constraint: Member must have length less than or equal to 8192"},
		{`[` + one(1) + `,{"Statement":"SELECT * FROM tab WHERE id = '1'"}]`, "Read and write requests together in the same batch is not supported."},
	}
	for _, test := range tests {
		e.invalid(t, "BatchExecuteStatement", `{"Statements":`+test.statements+`}`, test.want)
	}
	e.refused(t, "BatchExecuteStatement", `{"Statements":[`+one(1)+`,{"Statement":"INSERT INTO tab VALUE {'id': ?}","Parameters":[{"S":1}]}]}`, "SerializationException: NUMBER_VALUE cannot be converted to String")
	if got := e.batch(t, inserting(`SELECT * FROM tab WHERE id = '1'`)); got[0] != " ValidationError: the local endpoint has BatchExecuteStatement with INSERT only, not with SELECT" {
		t.Errorf("got %q", got)
	}
	var got found
	if e.call(t, "Scan", `{"TableName":"tab"}`).decode(t, &got); got.Count != 0 {
		t.Errorf("refused batches left %d rows", got.Count)
	}
}

func TestExecuteStatement(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	insert := func(n string) (*dynamodb.ExecuteStatementOutput, error) {
		return e.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{
			Statement: aws.String(`INSERT INTO "tab" VALUE {'id': 'a', 'n': ?}`), Parameters: []types.AttributeValue{num(n)}, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		})
	}
	out, err := insert("1")
	if err != nil || len(out.Items) != 0 || *out.ConsumedCapacity.CapacityUnits != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = insert("2")
	if _, ok := errors.AsType[*types.DuplicateItemException](err); !ok || e.number(t, "a") != "1" {
		t.Errorf("got %v, and the item has %s", err, e.number(t, "a"))
	}
	tests := []struct{ body, want string }{
		{`"Statement":"SELECT * FROM tab"`, "the local endpoint has ExecuteStatement with INSERT only, not with SELECT"},
		{`"Statement":"INSERT INTO tab VALUE {'id': ?}"`, "Number of parameters in request and statement don't match."},
		{`"Statement":"INSERT INTO tab VALUE {'n': 1}"`, "One or more parameter values were invalid: Missing the key id in the item"},
		{`"Statement":"INSERT INTO tab VALUE {'id': 'b'}","Limit":1`, "the local endpoint does not have Limit"},
		{`"Parameters":[{"S":"a"}]`, "1 validation error detected: Value null at 'statement' failed to satisfy constraint: Member must not be null"},
	}
	for _, test := range tests {
		e.invalid(t, "ExecuteStatement", `{`+test.body+`}`, test.want)
	}
	e.refused(t, "ExecuteStatement", `{"Statement":"INSERT INTO gone VALUE {'id': 'b'}"}`, "ResourceNotFoundException: Requested resource not found")
}

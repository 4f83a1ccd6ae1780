package dynamodb_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// modelRow is a row as the naive model keeps it: key p and s, index key c, which
// may be missing, and a counter.
type modelRow struct {
	p, c string
	s, n int
}

func (r modelRow) String() string { return fmt.Sprintf("%s/%d %s %d", r.p, r.s, r.c, r.n) }

// model is the table as a slice that is searched from end to end.
type model struct {
	e    *endpoint
	rows []modelRow
}

func (m *model) find(p string, s int) int {
	return slices.IndexFunc(m.rows, func(r modelRow) bool { return r.p == p && r.s == s })
}

func drawKey(t *rapid.T) (string, int) {
	return rapid.SampledFrom([]string{"a", "b"}).Draw(t, "p"), rapid.IntRange(-20, 20).Draw(t, "s")
}

func modelKey(p string, s int) attributes {
	return attributes{"p": str(p), "s": num(strconv.Itoa(s))}
}

// checkOutcome compares an error with whether the model's condition failed.
func checkOutcome(t *rapid.T, err error, fails bool) {
	_, failed := errors.AsType[*types.ConditionalCheckFailedException](err)
	if failed != fails || err != nil && !failed {
		t.Fatalf("got %v, want a failed condition: %v", err, fails)
	}
}

func (m *model) Put(t *rapid.T) {
	p, s := drawKey(t)
	row := modelRow{p, rapid.SampledFrom([]string{"", "C", "D"}).Draw(t, "c"), s, rapid.IntRange(0, 9).Draw(t, "n")}
	in := &dynamodb.PutItemInput{TableName: aws.String("idx"), Item: modelKey(p, s)}
	in.Item["n"] = num(strconv.Itoa(row.n))
	if row.c != "" {
		in.Item["c"] = str(row.c)
	}
	at := m.find(p, s)
	once := rapid.Bool().Draw(t, "once")
	if once {
		in.ConditionExpression = aws.String("attribute_not_exists(p)")
	}
	_, err := m.e.PutItem(context.Background(), in)
	checkOutcome(t, err, once && at >= 0)
	switch {
	case at < 0:
		m.rows = append(m.rows, row)
	case !once:
		m.rows[at] = row
	}
}

// Insert puts some rows in a batch, those that are there already in vain.
func (m *model) Insert(t *rapid.T) {
	in := &dynamodb.BatchExecuteStatementInput{}
	var exist []bool
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		p, s := drawKey(t)
		row := modelRow{p, rapid.SampledFrom([]string{"C", "D"}).Draw(t, "c"), s, rapid.IntRange(0, 9).Draw(t, "n")}
		in.Statements = append(in.Statements, types.BatchStatementRequest{
			Statement:  aws.String("INSERT INTO idx VALUE {'p': ?, 's': ?, 'c': ?, 'n': ?}"),
			Parameters: []types.AttributeValue{str(p), num(strconv.Itoa(s)), str(row.c), num(strconv.Itoa(row.n))},
		})
		exist = append(exist, m.find(p, s) >= 0)
		if !exist[len(exist)-1] {
			m.rows = append(m.rows, row)
		}
	}
	out, err := m.e.BatchExecuteStatement(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range out.Responses {
		if refused := r.Error != nil && r.Error.Code == types.BatchStatementErrorCodeEnumDuplicateItem; refused != exist[i] || r.Error != nil && !refused {
			t.Fatalf("statement %d: %+v, want a duplicate: %v", i, r.Error, exist[i])
		}
	}
}

func (m *model) Update(t *rapid.T) {
	p, s := drawKey(t)
	by, c := rapid.IntRange(-5, 5).Draw(t, "by"), rapid.SampledFrom([]string{"", "C", "D"}).Draw(t, "c")
	in := &dynamodb.UpdateItemInput{TableName: aws.String("idx"), Key: modelKey(p, s), ReturnValues: types.ReturnValueAllNew,
		UpdateExpression: aws.String("ADD n :by REMOVE c"), ConditionExpression: aws.String("attribute_not_exists(n) OR n >= :zero"),
		ExpressionAttributeValues: attributes{":by": num(strconv.Itoa(by)), ":zero": num("0")}}
	if c != "" {
		in.UpdateExpression = aws.String("SET c = :c ADD n :by")
		in.ExpressionAttributeValues[":c"] = str(c)
	}
	at := m.find(p, s)
	fails := at >= 0 && m.rows[at].n < 0
	out, err := m.e.UpdateItem(context.Background(), in)
	checkOutcome(t, err, fails)
	if fails {
		return
	}
	if at < 0 {
		m.rows = append(m.rows, modelRow{p: p, s: s})
		at = len(m.rows) - 1
	}
	m.rows[at].n += by
	m.rows[at].c = c
	if got := readRow(t, out.Attributes); got != m.rows[at] {
		t.Fatalf("updated to %s, want %s", got, m.rows[at])
	}
}

func (m *model) Delete(t *rapid.T) {
	p, s := drawKey(t)
	out, err := m.e.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("idx"), Key: modelKey(p, s), ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	at := m.find(p, s)
	if (out.Attributes != nil) != (at >= 0) {
		t.Fatalf("deleted %v, want %v", out.Attributes, at >= 0)
	}
	if at >= 0 {
		m.rows = slices.Delete(m.rows, at, at+1)
	}
}

// Query reads a partition of the table or of the index in pages.
func (m *model) Query(t *rapid.T) {
	in := &dynamodb.QueryInput{TableName: aws.String("idx"), ScanIndexForward: aws.Bool(rapid.Bool().Draw(t, "forward")), Limit: aws.Int32(rapid.Int32Range(1, 9).Draw(t, "limit"))}
	low, high := rapid.IntRange(-22, 22).Draw(t, "low"), rapid.IntRange(-22, 22).Draw(t, "high")
	key, partition := "p", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "partition")
	if rapid.Bool().Draw(t, "index") {
		key, partition = "c", map[string]string{"a": "C", "b": "D"}[partition]
		in.IndexName = aws.String("all")
	}
	condition, holds := drawRange(t, low, high)
	in.KeyConditionExpression = aws.String(key + " = :k" + condition)
	in.ExpressionAttributeValues = attributes{":k": str(partition)}
	if condition != "" {
		in.ExpressionAttributeValues[":l"] = num(strconv.Itoa(min(low, high)))
	}
	if condition == " AND s BETWEEN :l AND :h" {
		in.ExpressionAttributeValues[":h"] = num(strconv.Itoa(max(low, high)))
	}
	want := slices.DeleteFunc(slices.Clone(m.rows), func(r modelRow) bool {
		return key == "p" && r.p != partition || key == "c" && r.c != partition || !holds(r.s)
	})
	compareRows(t, m.pages(t, in), want, *in.ScanIndexForward)
}

// drawRange is a condition on the sort key with what it means.
func drawRange(t *rapid.T, low, high int) (condition string, holds func(s int) bool) {
	low, high = min(low, high), max(low, high)
	switch rapid.SampledFrom([]string{"", "=", "<", "<=", ">", ">=", "BETWEEN"}).Draw(t, "operator") {
	case "=":
		return " AND s = :l", func(s int) bool { return s == low }
	case "<":
		return " AND s < :l", func(s int) bool { return s < low }
	case "<=":
		return " AND s <= :l", func(s int) bool { return s <= low }
	case ">":
		return " AND s > :l", func(s int) bool { return s > low }
	case ">=":
		return " AND s >= :l", func(s int) bool { return s >= low }
	case "BETWEEN":
		return " AND s BETWEEN :l AND :h", func(s int) bool { return low <= s && s <= high }
	default:
		return "", func(int) bool { return true }
	}
}

func (m *model) pages(t *rapid.T, in *dynamodb.QueryInput) []modelRow {
	var got []modelRow
	for pages := dynamodb.NewQueryPaginator(m.e, in); pages.HasMorePages(); {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			got = append(got, readRow(t, it))
		}
	}
	return got
}

// compareRows wants the rows in order of s; rows with the same s, which only an
// index has, may come in any order.
func compareRows(t *rapid.T, got, want []modelRow, forward bool) {
	if !slices.IsSortedFunc(got, func(a, b modelRow) int {
		if forward {
			return cmp.Compare(a.s, b.s)
		}
		return cmp.Compare(b.s, a.s)
	}) {
		t.Fatalf("not in order: %v", got)
	}
	order := func(a, b modelRow) int { return cmp.Or(cmp.Compare(a.s, b.s), cmp.Compare(a.p, b.p)) }
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func readRow(t *rapid.T, it attributes) modelRow {
	row := modelRow{p: it["p"].(*types.AttributeValueMemberS).Value}
	if c, ok := it["c"].(*types.AttributeValueMemberS); ok {
		row.c = c.Value
	}
	for name, to := range map[string]*int{"s": &row.s, "n": &row.n} {
		n, err := strconv.Atoi(it[name].(*types.AttributeValueMemberN).Value)
		if err != nil {
			t.Fatal(err)
		}
		*to = n
	}
	return row
}

// Check compares single rows.
func (m *model) Check(t *rapid.T) {
	for _, row := range m.rows {
		out, err := m.e.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("idx"), Key: modelKey(row.p, row.s)})
		if err != nil {
			t.Fatal(err)
		}
		if got := readRow(t, out.Item); got != row {
			t.Fatalf("got %s, want %s", got, row)
		}
	}
}

func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{e: open(t, "")}
		m.e.indexed(t)
		rt.Repeat(map[string]func(*rapid.T){"put": m.Put, "insert": m.Insert, "update": m.Update, "delete": m.Delete, "query": m.Query, "check": m.Check})
	})
}

package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type search struct {
	what string
	in   dynamodb.QueryInput // of the partition :pk, which has been written to
	want string
	moto string
}

// The partition has the sort keys a1, a2, a3, b1 and b2, with n=1 to 5.
var searches = []search{
	{what: "all, in order", in: dynamodb.QueryInput{KeyConditionExpression: text("pk = :pk")}, want: "a1 a2 a3 b1 b2 (5 of 5)"},
	{what: "backwards", in: dynamodb.QueryInput{KeyConditionExpression: text("pk = :pk"), ScanIndexForward: new(bool)}, want: "b2 b1 a3 a2 a1 (5 of 5)"},
	{what: "begins_with", in: searchFor("pk = :pk AND begins_with(sk, :a)", item{":a": str("a")}), want: "a1 a2 a3 (3 of 3)"},
	{what: "between", in: searchFor("pk = :pk AND sk BETWEEN :a AND :b", item{":a": str("a2"), ":b": str("b1")}), want: "a2 a3 b1 (3 of 3)"},
	{what: "greater", in: searchFor("pk = :pk AND sk > :a", item{":a": str("a3")}), want: "b1 b2 (2 of 2)"},
	{what: "filter", in: filtered("n > :two", item{":two": num("2")}), want: "a3 b1 b2 (3 of 5)"},
	{what: "count", in: dynamodb.QueryInput{KeyConditionExpression: text("pk = :pk"), Select: types.SelectCount}, want: " (5 of 5)"},
	{what: "filter on the key", in: filtered("sk > :two", item{":two": str("2")}), want: refused, moto: "a1 a2 a3 b1 b2 (5 of 5)"},
	{what: "without a partition key", in: searchFor("sk = :pk", nil), want: refused},
	{what: "partition key that is not equal", in: searchFor("pk > :pk", nil), want: refused},
	{what: "condition beyond the key", in: searchFor("pk = :pk AND n = :n", item{":n": num("1")}), want: refused},
	{what: "limit of 0", in: limited(0), want: refused, moto: "HTTP 500"},
	{what: "index that is none", in: dynamodb.QueryInput{KeyConditionExpression: text("pk = :pk"), IndexName: text("nosuch")}, want: refused, moto: "ResourceNotFoundException"},
}

func searchFor(condition string, values item) dynamodb.QueryInput {
	return dynamodb.QueryInput{KeyConditionExpression: &condition, ExpressionAttributeValues: values}
}

func filtered(filter string, values item) dynamodb.QueryInput {
	in := searchFor("pk = :pk", values)
	in.FilterExpression = &filter
	return in
}

func limited(limit int32) dynamodb.QueryInput {
	in := searchFor("pk = :pk", nil)
	in.Limit = &limit
	return in
}

func queryCases() []testCase {
	const page = "Query, Amazon DynamoDB API Reference"
	cases := each(searches, func(s search) testCase {
		return testCase{name: "dynamodb/query/" + s.what, page: page, want: s.want, moto: s.moto, run: func(b *bench) string { return b.query(s.in, b.fiveItems()) }}
	})
	return append(cases, []testCase{
		{name: "dynamodb/query/by page", page: "Paginating table query results in DynamoDB", want: "a1 a2 | a3 b1 | b2", run: pages},
		{name: "dynamodb/query/keys in the order of their bytes", page: page, want: "B a é \U0001f600", run: byteOrder},
		{name: "dynamodb/scan/segment beyond the last", page: "Scan, Amazon DynamoDB API Reference", want: refused, run: func(b *bench) string {
			two := int32(2)
			return outcome(b.dynamodb.Scan(b.ctx, &dynamodb.ScanInput{TableName: b.table(), Segment: &two, TotalSegments: &two}))
		}},
		{name: "dynamodb/scan/filter", page: "Scan, Amazon DynamoDB API Reference", want: "5", run: func(b *bench) string {
			out, n := dynamodb.NewScanPaginator(b.dynamodb, &dynamodb.ScanInput{TableName: b.table(), ConsistentRead: yes(), FilterExpression: text("pk = :pk"),
				ExpressionAttributeValues: item{":pk": str(b.fiveItems())}}), 0
			for out.HasMorePages() {
				page, err := out.NextPage(b.ctx)
				b.must(err)
				n += len(page.Items)
			}
			return fmt.Sprint(n)
		}},
	}...)
}

// fiveItems writes a partition with five items and returns its key.
func (b *bench) fiveItems() string {
	k := fresh()
	for sk, n := range map[string]string{"a1": "1", "a2": "2", "a3": "3", "b1": "4", "b2": "5"} {
		b.mustPut(row(k, sk, "n", num(n)))
	}
	return k
}

// query queries consistently and words what is found: the sort keys, how many
// passed the filter and how many were looked at.
func (b *bench) query(in dynamodb.QueryInput, pk string) string {
	in.TableName, in.ConsistentRead = b.table(), yes()
	values := item{":pk": str(pk)}
	for name, v := range in.ExpressionAttributeValues {
		values[name] = v
	}
	in.ExpressionAttributeValues = values
	out, err := b.dynamodb.Query(b.ctx, &in)
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%s (%d of %d)", sortKeys(out.Items), out.Count, out.ScannedCount)
}

func sortKeys(items []item) string {
	var all []string
	for _, i := range items {
		all = append(all, word(i["sk"]))
	}
	return strings.Join(all, " ")
}

func pages(b *bench) string {
	two := int32(2)
	in := &dynamodb.QueryInput{TableName: b.table(), ConsistentRead: yes(), Limit: &two, KeyConditionExpression: text("pk = :pk"), ExpressionAttributeValues: item{":pk": str(b.fiveItems())}}
	var all []string
	for p := dynamodb.NewQueryPaginator(b.dynamodb, in); p.HasMorePages(); {
		out, err := p.NextPage(b.ctx)
		b.must(err)
		all = append(all, sortKeys(out.Items))
	}
	return strings.Join(all, " | ")
}

func byteOrder(b *bench) string {
	k := fresh()
	for _, sk := range []string{"\U0001f600", "a", "é", "B"} {
		b.mustPut(key(k, sk))
	}
	out, err := b.dynamodb.Query(b.ctx, &dynamodb.QueryInput{TableName: b.table(), ConsistentRead: yes(), KeyConditionExpression: text("pk = :pk"), ExpressionAttributeValues: item{":pk": str(k)}})
	b.must(err)
	return sortKeys(out.Items)
}

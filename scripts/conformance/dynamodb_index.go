package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func indexCases() []testCase {
	const page = "Using Global Secondary Indexes in DynamoDB"
	return []testCase{
		{name: "dynamodb/index/what it keeps, in the order of numbers", page: page, want: "at=9 kept=a; at=10 kept=b", run: func(b *bench) string {
			kind := b.indexed()
			return b.settles("at=9 kept=a; at=10 kept=b", func() string { return b.byKind(dynamodb.QueryInput{}, kind) })
		}},
		{name: "dynamodb/index/consistent read", page: page, want: refused, run: func(b *bench) string {
			return b.byKind(dynamodb.QueryInput{ConsistentRead: yes()}, "k")
		}},
		{name: "dynamodb/index/an attribute that it does not keep", page: page, want: refused, moto: "0 items", run: func(b *bench) string {
			return b.byKind(dynamodb.QueryInput{ProjectionExpression: text("kept, lost"), Select: types.SelectSpecificAttributes}, "k")
		}},
		{name: "dynamodb/index/all attributes", page: page, want: refused, moto: "0 items", run: func(b *bench) string {
			return b.byKind(dynamodb.QueryInput{Select: types.SelectAllAttributes}, "k")
		}},
		{name: "dynamodb/index/follows a change", page: page, want: "at=9 kept=a", run: func(b *bench) string {
			kind := b.indexed()
			_, err := b.dynamodb.UpdateItem(b.ctx, &dynamodb.UpdateItemInput{TableName: b.table(), Key: key(kind, "2"), UpdateExpression: text("REMOVE kind")})
			b.must(err)
			return b.settles("at=9 kept=a", func() string { return b.byKind(dynamodb.QueryInput{}, kind) })
		}},
	}
}

// indexed writes two items of a new kind, and a third without the index's sort
// key, which the index leaves out.
func (b *bench) indexed() string {
	kind := fresh()
	at := func(sk, n, kept string) item {
		return item{"pk": str(kind), "sk": str(sk), "kind": str(kind), "at": num(n), "kept": str(kept), "lost": str("x")}
	}
	b.mustPut(at("1", "9", "a"))
	b.mustPut(at("2", "10", "b"))
	b.mustPut(row(kind, "3", "kind", str(kind)))
	return kind
}

// byKind queries the index and words the items, without their kind.
func (b *bench) byKind(in dynamodb.QueryInput, kind string) string {
	in.TableName, in.IndexName, in.KeyConditionExpression = b.table(), text("by-kind"), text("kind = :kind")
	in.ExpressionAttributeValues = item{":kind": str(kind)}
	out, err := b.dynamodb.Query(b.ctx, &in)
	if err != nil {
		return code(err)
	}
	var all []string
	for _, i := range out.Items {
		delete(i, "kind")
		all = append(all, words(i))
	}
	if len(all) == 0 {
		return "0 items"
	}
	return strings.Join(all, "; ")
}

type definedTable struct {
	what, want, moto string
	change           func(*dynamodb.CreateTableInput)
}

// None of these tables is ever made.
var definedTables = []definedTable{
	{"name of 2 characters", refused, "ok", func(in *dynamodb.CreateTableInput) { in.TableName = text("ab") }},
	{"name with a space", refused, "ok", func(in *dynamodb.CreateTableInput) { in.TableName = text("conf a") }},
	{"key without a definition", refused, "", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions = in.AttributeDefinitions[1:] }},
	{"definition without a use", refused, "", func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, definition("z", "S"))
	}},
	{"key that is no scalar", refused, "ok", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "SS" }},
	{"capacity beside payment by request", refused, "", func(in *dynamodb.CreateTableInput) {
		in.ProvisionedThroughput = &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}
	}},
}

func tableCases() []testCase {
	const page = "CreateTable, Amazon DynamoDB API Reference"
	cases := each(definedTables, func(d definedTable) testCase {
		return testCase{name: "dynamodb/table/" + d.what, page: page, want: d.want, moto: d.moto, run: d.run}
	})
	return append(cases, []testCase{
		{name: "dynamodb/table/that exists", page: page, want: "ResourceInUseException", run: func(b *bench) string {
			return outcome(b.dynamodb.CreateTable(b.ctx, tableInput(*b.table())))
		}},
		{name: "dynamodb/table/described", page: "DescribeTable, Amazon DynamoDB API Reference", want: "ACTIVE PAY_PER_REQUEST by-kind ACTIVE INCLUDE", run: func(b *bench) string {
			out, err := b.dynamodb.DescribeTable(b.ctx, &dynamodb.DescribeTableInput{TableName: b.table()})
			b.must(err)
			t, index := out.Table, out.Table.GlobalSecondaryIndexes[0]
			return fmt.Sprint(t.TableStatus, " ", t.BillingModeSummary.BillingMode, " ", *index.IndexName, " ", index.IndexStatus, " ", index.Projection.ProjectionType)
		}},
		{name: "dynamodb/table/none is described", page: "DescribeTable, Amazon DynamoDB API Reference", want: "ResourceNotFoundException", run: func(b *bench) string {
			return outcome(b.dynamodb.DescribeTable(b.ctx, &dynamodb.DescribeTableInput{TableName: text(b.name())}))
		}},
		{name: "dynamodb/table/none is deleted", page: "DeleteTable, Amazon DynamoDB API Reference", want: "ResourceNotFoundException", run: func(b *bench) string {
			return outcome(b.dynamodb.DeleteTable(b.ctx, &dynamodb.DeleteTableInput{TableName: text(b.name())}))
		}},
		{name: "dynamodb/table/time to live", page: "UpdateTimeToLive, Amazon DynamoDB API Reference", want: "on expires", run: timeToLive},
		{name: "dynamodb/table/tags", page: "TagResource, Amazon DynamoDB API Reference", want: "a=1", run: tableTags},
	}...)
}

func (d definedTable) run(b *bench) string {
	in := tableInput(b.name())
	d.change(in)
	_, err := b.dynamodb.CreateTable(b.ctx, in)
	if err == nil {
		_, err := b.dynamodb.DeleteTable(b.ctx, &dynamodb.DeleteTableInput{TableName: in.TableName})
		b.must(err)
	}
	return code(err)
}

func timeToLive(b *bench) string {
	_, err := b.dynamodb.UpdateTimeToLive(b.ctx, &dynamodb.UpdateTimeToLiveInput{TableName: b.table(), TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: text("expires"), Enabled: yes()}})
	b.must(err)
	return b.settles("on expires", func() string {
		out, err := b.dynamodb.DescribeTimeToLive(b.ctx, &dynamodb.DescribeTimeToLiveInput{TableName: b.table()})
		b.must(err)
		d := out.TimeToLiveDescription
		on := d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling
		return verdict(on, "on ", "off ") + aws.ToString(d.AttributeName)
	})
}

func tableTags(b *bench) string {
	arn := b.arn("dynamodb", "table/"+*b.table())
	_, err := b.dynamodb.TagResource(b.ctx, &dynamodb.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: text("a"), Value: text("1")}}})
	b.must(err)
	return b.settles("a=1", func() string {
		out, err := b.dynamodb.ListTagsOfResource(b.ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: &arn})
		b.must(err)
		tags := map[string]string{}
		for _, t := range out.Tags {
			tags[*t.Key] = *t.Value
		}
		return pairs(tags)
	})
}

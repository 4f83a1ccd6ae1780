package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func putCases() []testCase {
	const page = "PutItem, Amazon DynamoDB API Reference"
	return []testCase{
		{name: "dynamodb/put/once", page: page, want: "ok, ConditionalCheckFailedException, v=1", run: func(b *bench) string {
			k := fresh()
			first, _ := b.putOnce(row(k, "s", "v", num("1")), false)
			second, _ := b.putOnce(row(k, "s", "v", num("2")), false)
			return first + ", " + second + ", " + words(b.get(key(k, "s")))
		}},
		{name: "dynamodb/put/once, and see what is there", page: page, want: "ConditionalCheckFailedException: v=1", run: func(b *bench) string {
			k := fresh()
			b.mustPut(row(k, "s", "v", num("1")))
			got, there := b.putOnce(row(k, "s", "v", num("2")), true)
			return got + ": " + words(there)
		}},
		{name: "dynamodb/put/once, without seeing", page: page, want: "ConditionalCheckFailedException: ", run: func(b *bench) string {
			k := fresh()
			b.mustPut(row(k, "s", "v", num("1")))
			got, there := b.putOnce(row(k, "s", "v", num("2")), false)
			return got + ": " + words(there)
		}},
		{name: "dynamodb/put/once by 8 at the same time", page: page, want: "1 wins, 7 are refused", run: racePuts},
		{name: "dynamodb/put/returns what was there", page: page, want: "v=1", run: func(b *bench) string {
			k := fresh()
			b.mustPut(row(k, "s", "v", num("1")))
			out, err := b.dynamodb.PutItem(b.ctx, &dynamodb.PutItemInput{TableName: b.table(), Item: key(k, "s"), ReturnValues: types.ReturnValueAllOld})
			b.must(err)
			return words(out.Attributes)
		}},
		{name: "dynamodb/put/into no table", page: page, want: "ResourceNotFoundException", run: func(b *bench) string {
			return outcome(b.dynamodb.PutItem(b.ctx, &dynamodb.PutItemInput{TableName: text(b.name()), Item: key("p", "s")}))
		}},
		{name: "dynamodb/get/none", page: "GetItem, Amazon DynamoDB API Reference", want: "no item", run: func(b *bench) string {
			return verdict(b.get(key(fresh(), "s")) == nil, "no item", "an item")
		}},
		{name: "dynamodb/get/some attributes", page: "Using projection expressions in DynamoDB", want: "a=1 m={x=1}", run: func(b *bench) string {
			k := fresh()
			b.mustPut(item{"pk": str(k), "sk": str("s"), "a": num("1"), "b": num("2"), "m": &types.AttributeValueMemberM{Value: item{"x": num("1"), "y": num("2")}}})
			out, err := b.dynamodb.GetItem(b.ctx, &dynamodb.GetItemInput{TableName: b.table(), Key: key(k, "s"), ProjectionExpression: text("a, m.x, nosuch"), ConsistentRead: yes()})
			b.must(err)
			return words(out.Item)
		}},
		{name: "dynamodb/get/with more than the key", page: "GetItem, Amazon DynamoDB API Reference", want: refused, run: func(b *bench) string {
			return outcome(b.dynamodb.GetItem(b.ctx, &dynamodb.GetItemInput{TableName: b.table(), Key: row("p", "s", "x", num("1"))}))
		}},
		{name: "dynamodb/delete/none", page: "DeleteItem, Amazon DynamoDB API Reference", want: "ok", run: func(b *bench) string {
			return outcome(b.dynamodb.DeleteItem(b.ctx, &dynamodb.DeleteItemInput{TableName: b.table(), Key: key(fresh(), "s")}))
		}},
		{name: "dynamodb/delete/on a condition that is not met", page: "DeleteItem, Amazon DynamoDB API Reference", want: "ConditionalCheckFailedException", run: func(b *bench) string {
			return outcome(b.dynamodb.DeleteItem(b.ctx, &dynamodb.DeleteItemInput{TableName: b.table(), Key: key(fresh(), "s"), ConditionExpression: text("attribute_exists(pk)")}))
		}},
	}
}

func yes() *bool { v := true; return &v }

// putOnce puts an item that must not be there, and returns what is where it is.
func (b *bench) putOnce(i item, see bool) (got string, there item) {
	in := &dynamodb.PutItemInput{TableName: b.table(), Item: i, ConditionExpression: text("attribute_not_exists(pk)")}
	if see {
		in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	_, err := b.dynamodb.PutItem(b.ctx, in)
	if e, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		there = e.Item
	}
	return code(err), there
}

func racePuts(b *bench) string {
	k := fresh()
	b.table() // which may end the case, on this goroutine alone
	var won, lost atomic.Int64
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			switch got, _ := b.putOnce(row(k, "s", "v", num(fmt.Sprint(n))), false); got {
			case "ok":
				won.Add(1)
			case "ConditionalCheckFailedException":
				lost.Add(1)
			}
		})
	}
	all.Wait()
	return fmt.Sprintf("%d wins, %d are refused", won.Load(), lost.Load())
}

type condition struct {
	what, expression string
	names            map[string]string
	values           item
	want, moto       string
}

// The conditions are checked against an item with v=5, s=abc and l=[a].
var conditions = []condition{
	{what: "every comparison", expression: "v > :one AND v >= :five AND v < :ten AND v <= :five AND v <> :one AND v BETWEEN :one AND :ten AND v IN (:one, :five)",
		values: item{":one": num("1"), ":five": num("5.0"), ":ten": num("10")}, want: "ok"},
	{what: "every function", expression: "attribute_exists(v) AND attribute_not_exists(z) AND attribute_type(v, :n) AND begins_with(s, :a) AND contains(s, :b) AND contains(l, :a) AND size(s) = :three",
		values: item{":n": str("N"), ":a": str("a"), ":b": str("b"), ":three": num("3")}, want: "ok"},
	{what: "precedence", expression: "v = :one AND v = :one OR NOT v = :one", values: item{":one": num("1")}, want: "ok"},
	{what: "comparison with another type", expression: "v < :a", values: item{":a": str("a")}, want: "ConditionalCheckFailedException", moto: "HTTP 500"},
	{what: "not met", expression: "v = :one", values: item{":one": num("1")}, want: "ConditionalCheckFailedException"},
	{what: "reserved word", expression: "count = :one", values: item{":one": num("1")}, want: refused},
	{what: "reserved word by a name", expression: "attribute_not_exists(#c)", names: map[string]string{"#c": "count"}, want: "ok"},
	{what: "unused value", expression: "attribute_exists(v)", values: item{":z": num("1")}, want: refused, moto: "ok"},
	{what: "unused name", expression: "attribute_exists(v)", names: map[string]string{"#z": "z"}, want: refused},
	{what: "value that is not given", expression: "v = :z", values: item{":y": num("1")}, want: refused, moto: "HTTP 500"},
	{what: "name that is not given", expression: "attribute_exists(#z)", names: map[string]string{"#y": "y"}, want: refused, moto: "HTTP 500"},
	{what: "bad syntax", expression: "v = = :one", values: item{":one": num("1")}, want: refused, moto: "HTTP 500"},
	{what: "empty expression", expression: "", want: refused, moto: "ok"},
}

func conditionCases() []testCase {
	return each(conditions, func(c condition) testCase {
		return testCase{name: "dynamodb/condition/" + c.what, page: "Condition and filter expressions, operators, and functions in DynamoDB", want: c.want, moto: c.moto, run: c.run}
	})
}

func (c condition) run(b *bench) string {
	k := fresh()
	i := item{"pk": str(k), "sk": str("s"), "v": num("5"), "s": str("abc"), "l": &types.AttributeValueMemberL{Value: []types.AttributeValue{str("a")}}}
	b.mustPut(i)
	return outcome(b.dynamodb.PutItem(b.ctx, &dynamodb.PutItemInput{
		TableName: b.table(), Item: i, ConditionExpression: &c.expression, ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
	}))
}

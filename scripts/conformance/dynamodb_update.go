package main

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type change struct {
	what, expression string
	values           item
	want, moto       string
}

// The changes are made to an item with v=5, l=[a,b] and m={x=1}, and the answer is
// all of the item.
var changes = []change{
	{what: "arithmetic", expression: "SET v = v + :one, w = v - :one", values: item{":one": num("0.1")}, want: "l=[a,b] m={x=1} v=5.1 w=4.9"},
	{what: "counter", expression: "ADD v :one, n :one", values: item{":one": num("1")}, want: "l=[a,b] m={x=1} n=1 v=6"},
	{what: "if_not_exists", expression: "SET v = if_not_exists(v, :z), z = if_not_exists(z, :z)", values: item{":z": num("0")}, want: "l=[a,b] m={x=1} v=5 z=0"},
	{what: "list_append", expression: "SET l = list_append(l, :c)", values: item{":c": &types.AttributeValueMemberL{Value: []types.AttributeValue{str("c")}}}, want: "l=[a,b,c] m={x=1} v=5"},
	{what: "remove", expression: "REMOVE v, l[0], m.x, nosuch", want: "l=[b] m={}"},
	{what: "beyond the end of a list", expression: "SET l[9] = :c", values: item{":c": str("c")}, want: "l=[a,b,c] m={x=1} v=5"},
	{what: "path that is not there", expression: "SET no.such = :c", values: item{":c": str("c")}, want: refused},
	{what: "sum with what is not there", expression: "SET v = nosuch + :one", values: item{":one": num("1")}, want: refused},
	{what: "sum with a text", expression: "SET v = v + :s", values: item{":s": str("1")}, want: refused},
	{what: "beyond 38 digits", expression: "SET v = v + :n", values: item{":n": num("1E-40")}, want: refused, moto: "HTTP 500"},
	{what: "key", expression: "SET pk = :c", values: item{":c": str("c")}, want: refused},
	{what: "same path twice", expression: "SET v = :c, v = :c", values: item{":c": str("c")}, want: refused},
	{what: "path and what is below it", expression: "SET m = :c, m.x = :c", values: item{":c": str("c")}, want: refused},
	{what: "reserved word", expression: "SET count = :c", values: item{":c": str("c")}, want: refused},
	{what: "unused value", expression: "SET v = :c", values: item{":c": num("1"), ":z": num("1")}, want: refused},
	{what: "expression of 4097 bytes", expression: "SET v = :c" + strings.Repeat(" ", 4097-len("SET v = :c")), values: item{":c": num("1")}, want: refused, moto: "l=[a,b] m={x=1} v=1"},
	{what: "index key to another type", expression: "SET kind = :c", values: item{":c": num("1")}, want: refused},
}

func updateCases() []testCase {
	cases := each(changes, func(c change) testCase {
		return testCase{name: "dynamodb/update/" + c.what, page: "Using update expressions in DynamoDB", want: c.want, moto: c.moto, run: c.run}
	})
	return append(cases, testCase{name: "dynamodb/update/makes the item", page: "UpdateItem, Amazon DynamoDB API Reference", want: "v=1", run: func(b *bench) string {
		k := key(fresh(), "s")
		_, err := b.dynamodb.UpdateItem(b.ctx, &dynamodb.UpdateItemInput{TableName: b.table(), Key: k, UpdateExpression: text("SET v = :v"), ExpressionAttributeValues: item{":v": num("1")}})
		b.must(err)
		return words(b.get(k))
	}})
}

func (c change) run(b *bench) string {
	k := fresh()
	b.mustPut(item{"pk": str(k), "sk": str("s"), "v": num("5"), "m": &types.AttributeValueMemberM{Value: item{"x": num("1")}},
		"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{str("a"), str("b")}}})
	out, err := b.dynamodb.UpdateItem(b.ctx, &dynamodb.UpdateItemInput{
		TableName: b.table(), Key: key(k, "s"), UpdateExpression: &c.expression, ExpressionAttributeValues: c.values, ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return code(err)
	}
	return words(out.Attributes)
}

package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func transactionCases() []testCase {
	const page, read = "TransactWriteItems, Amazon DynamoDB API Reference", "TransactGetItems, Amazon DynamoDB API Reference"
	return []testCase{
		{name: "dynamodb/transaction/all or nothing", page: page, want: "None, ConditionalCheckFailed v=1; first absent", run: rollBack},
		{name: "dynamodb/transaction/of every kind", page: page, want: "ok: v=6", run: everyKind},
		{name: "dynamodb/transaction/none", page: page, want: refused, moto: "ok", run: func(b *bench) string {
			return b.transact("")
		}},
		{name: "dynamodb/transaction/101", page: page, want: refused, run: func(b *bench) string {
			var all []types.TransactWriteItem
			for _, k := range keys(101) {
				all = append(all, b.newItem(k))
			}
			return b.transact("", all...)
		}},
		{name: "dynamodb/transaction/same item twice", page: page, want: refused, run: func(b *bench) string {
			k := key(fresh(), "s")
			return b.transact("", b.newItem(k), b.newItem(k))
		}},
		{name: "dynamodb/transaction/bad item in it", page: page, want: "refused", run: func(b *bench) string {
			got := b.transact("", b.newItem(key(fresh(), "s")), b.newItem(row(fresh(), "s", "kind", num("1"))))
			return verdict(got == refused || strings.HasPrefix(got, "None, ValidationError"), "refused", got)
		}, moto: "ok"},
		{name: "dynamodb/transaction/reads", page: read, want: "v=1; nothing", run: func(b *bench) string {
			k := fresh()
			b.mustPut(row(k, "s", "v", num("1")))
			out, err := b.dynamodb.TransactGetItems(b.ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{b.read(key(k, "s")), b.read(key(k, "t"))}})
			b.must(err)
			return words(out.Responses[0].Item) + "; " + verdict(len(out.Responses[1].Item) == 0, "nothing", "something")
		}},
	}
}

func (b *bench) newItem(i item) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: b.table(), Item: i, ConditionExpression: text("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}}
}

func (b *bench) read(k item) types.TransactGetItem {
	return types.TransactGetItem{Get: &types.Get{TableName: b.table(), Key: k}}
}

// transact writes all and returns the code or, of a cancelled transaction, the
// reasons with the items that they give.
func (b *bench) transact(token string, all ...types.TransactWriteItem) string {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: append([]types.TransactWriteItem{}, all...)} // the SDK itself refuses nil
	if token != "" {
		in.ClientRequestToken = &token
	}
	_, err := b.dynamodb.TransactWriteItems(b.ctx, in)
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		return code(err)
	}
	var reasons []string
	for _, r := range cancelled.CancellationReasons {
		reasons = append(reasons, strings.TrimSpace(aws.ToString(r.Code)+" "+words(r.Item)))
	}
	return strings.Join(reasons, ", ")
}

func rollBack(b *bench) string {
	k := fresh()
	b.mustPut(row(k, "there", "v", num("1")))
	got := b.transact("", b.newItem(key(k, "first")), b.newItem(key(k, "there")))
	return got + verdict(b.get(key(k, "first")) == nil, "; first absent", "; first written")
}

func everyKind(b *bench) string {
	k := fresh()
	b.mustPut(row(k, "update", "v", num("5")))
	b.mustPut(key(k, "delete"))
	b.mustPut(key(k, "check"))
	got := b.transact("", b.newItem(key(k, "put")),
		types.TransactWriteItem{Update: &types.Update{TableName: b.table(), Key: key(k, "update"), UpdateExpression: text("ADD v :one"), ExpressionAttributeValues: item{":one": num("1")}}},
		types.TransactWriteItem{Delete: &types.Delete{TableName: b.table(), Key: key(k, "delete")}},
		types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: b.table(), Key: key(k, "check"), ConditionExpression: text("attribute_exists(pk)")}})
	if b.get(key(k, "put")) == nil || b.get(key(k, "delete")) != nil {
		return got + ": not all was done"
	}
	return got + ": " + words(b.get(key(k, "update")))
}

// idempotencyCases are about the token that makes a transaction that is sent
// twice one.
func idempotencyCases() []testCase {
	const page = "TransactWriteItems, Amazon DynamoDB API Reference"
	return []testCase{
		{name: "dynamodb/token/same transaction twice", page: page, want: "ok, ok", moto: "ok, ConditionalCheckFailed", run: func(b *bench) string {
			k, token := key(fresh(), "s"), fresh()
			return b.transact(token, b.newItem(k)) + ", " + b.transact(token, b.newItem(k))
		}},
		{name: "dynamodb/token/another transaction", page: page, want: "ok, IdempotentParameterMismatchException", moto: "ok, ok", run: func(b *bench) string {
			token := fresh()
			return b.transact(token, b.newItem(key(fresh(), "s"))) + ", " + b.transact(token, b.newItem(key(fresh(), "s")))
		}},
		{name: "dynamodb/token/of 37 characters", page: page, want: refused, moto: "ok", run: func(b *bench) string {
			return b.transact(strings.Repeat("t", 37), b.newItem(key(fresh(), "s")))
		}},
	}
}

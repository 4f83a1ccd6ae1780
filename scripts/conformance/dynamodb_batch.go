package main

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type writes struct {
	what       string
	n          int
	same       bool // all with the same key, though they differ
	want, moto string
}

var allWrites = []writes{
	{what: "25", n: 25, want: "0 unprocessed"},
	{what: "26", n: 26, want: refused, moto: "0 unprocessed"},
	{what: "none", n: 0, want: refused, moto: "0 unprocessed"},
	{what: "same key twice", n: 2, same: true, want: refused, moto: "0 unprocessed"},
}

func batchWriteCases() []testCase {
	const read = "BatchGetItem, Amazon DynamoDB API Reference"
	cases := each(allWrites, func(w writes) testCase {
		return testCase{name: "dynamodb/batch write/" + w.what, page: "BatchWriteItem, Amazon DynamoDB API Reference", want: w.want, moto: w.moto, run: w.run}
	})
	return append(cases, []testCase{
		{name: "dynamodb/batch get/those that are there", page: read, want: "2", run: func(b *bench) string {
			k := fresh()
			b.mustPut(key(k, "a"))
			b.mustPut(key(k, "c"))
			return b.batchGet(key(k, "a"), key(k, "b"), key(k, "c"))
		}},
		{name: "dynamodb/batch get/101", page: read, want: refused, run: func(b *bench) string { return b.batchGet(keys(101)...) }},
		{name: "dynamodb/batch get/same key twice", page: read, want: refused, run: func(b *bench) string { return b.batchGet(key("p", "s"), key("p", "s")) }},
	}...)
}

func (w writes) run(b *bench) string {
	k := fresh()
	requests := []types.WriteRequest{}
	for i := range w.n {
		sk := strconv.Itoa(i)
		if w.same {
			sk = "s"
		}
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: row(k, sk, "n", num(strconv.Itoa(i)))}})
	}
	out, err := b.dynamodb.BatchWriteItem(b.ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*b.table(): requests}})
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%d unprocessed", len(out.UnprocessedItems))
}

// keys are n keys.
func keys(n int) []item {
	var all []item
	for i := range n {
		all = append(all, key("p", strconv.Itoa(i)))
	}
	return all
}

// batchGet is how many items are found.
func (b *bench) batchGet(keys ...item) string {
	table := *b.table()
	out, err := b.dynamodb.BatchGetItem(b.ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{table: {Keys: keys, ConsistentRead: yes()}}})
	if err != nil {
		return code(err)
	}
	return fmt.Sprint(len(out.Responses[table]))
}

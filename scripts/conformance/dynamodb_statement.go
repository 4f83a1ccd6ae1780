package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// statementCases are about PartiQL's INSERT, one by one and in batches. Moto does
// not insert parameters at all, and in a batch it writes over what is there.
func statementCases() []testCase {
	const (
		insert = "PartiQL insert statements for DynamoDB"
		page   = "BatchExecuteStatement, Amazon DynamoDB API Reference"
	)
	return []testCase{
		{name: "dynamodb/statement/once", page: insert, want: "ok, DuplicateItemException, v=1", moto: "HTTP 500, HTTP 500, ", run: func(b *bench) string {
			k := fresh()
			return b.execute(k, "1") + ", " + b.execute(k, "2") + ", " + words(b.get(key(k, "s")))
		}},
		{name: "dynamodb/batch statement/once", page: insert, want: "ok, DuplicateItem, v=1", moto: "HTTP 500, HTTP 500, ", run: func(b *bench) string {
			k := fresh()
			return b.inserts(b.insert(k, "s", "1")) + ", " + b.inserts(b.insert(k, "s", "2")) + ", " + words(b.get(key(k, "s")))
		}},
		{name: "dynamodb/batch statement/once, in literals", page: insert, want: "ok, DuplicateItem, v=1", moto: "ok, ok, v=2", run: func(b *bench) string {
			k := fresh()
			literal := func(v string) types.BatchStatementRequest {
				return types.BatchStatementRequest{Statement: text(`INSERT INTO "` + *b.table() + `" VALUE {'pk': '` + k + `', 'sk': 's', 'v': ` + v + `}`)}
			}
			return b.inserts(literal("1")) + ", " + b.inserts(literal("2")) + ", " + words(b.get(key(k, "s")))
		}},
		{name: "dynamodb/batch statement/same key twice", page: insert, want: "1 DuplicateItem, 1 ok", moto: "HTTP 500", run: func(b *bench) string {
			k := fresh()
			return tally(b.inserts(b.insert(k, "s", "1"), b.insert(k, "s", "2")))
		}},
		{name: "dynamodb/batch statement/literals", page: insert, want: "ok, a=it's b=-15 c=?", moto: "HTTP 500, ", run: func(b *bench) string {
			k := fresh()
			s := b.insert(k, "s", "1")
			s.Statement = text(`INSERT INTO "` + *b.table() + `" VALUE {'pk': ?, 'sk': 's', 'a': 'it''s', 'b': -1.5e1, 'c': '?'}`)
			s.Parameters = s.Parameters[:1]
			return b.inserts(s) + ", " + words(b.get(key(k, "s")))
		}},
		{name: "dynamodb/batch statement/each by itself", page: "BatchStatementError, Amazon DynamoDB API Reference", want: "ok, ResourceNotFound, ValidationError, ValidationError, ok", moto: "HTTP 500", run: func(b *bench) string {
			k := fresh()
			away, short, keyless := b.insert(k, "b", "1"), b.insert(k, "c", "1"), b.insert(k, "d", "1")
			away.Statement = text(strings.Replace(*away.Statement, *b.table(), b.name(), 1))
			short.Parameters = short.Parameters[:2]
			keyless.Statement = text(strings.Replace(*keyless.Statement, "'sk'", "'no'", 1))
			return b.inserts(b.insert(k, "a", "1"), away, short, keyless, b.insert(k, "e", "1"))
		}},
		{name: "dynamodb/batch statement/what it consumes", page: page, want: "3", moto: "HTTP 500", run: func(b *bench) string {
			k := fresh()
			indexed := b.insert(k, "a", "1")
			indexed.Statement = text(strings.Replace(*indexed.Statement, "'v': ?", "'at': ?, 'kind': 'k'", 1))
			out, err := b.dynamodb.BatchExecuteStatement(b.ctx, &dynamodb.BatchExecuteStatementInput{
				Statements: []types.BatchStatementRequest{indexed, b.insert(k, "b", "1")}, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
			})
			if err != nil {
				return code(err)
			}
			sum := 0.0
			for _, c := range out.ConsumedCapacity {
				sum += *c.CapacityUnits
			}
			return fmt.Sprint(sum)
		}},
		{name: "dynamodb/batch statement/25", page: page, want: "25 ok", moto: "HTTP 500", run: func(b *bench) string { return tally(b.inserts(b.manyInserts(25)...)) }},
		{name: "dynamodb/batch statement/26", page: page, want: refused, moto: "HTTP 500", run: func(b *bench) string { return tally(b.inserts(b.manyInserts(26)...)) }},
		{name: "dynamodb/batch statement/none", page: page, want: refused, moto: "nothing", run: func(b *bench) string { return tally(b.inserts(b.manyInserts(0)...)) }},
		{name: "dynamodb/batch statement/that reads and writes", page: "Running batch operations with PartiQL for DynamoDB", want: refused, moto: "HTTP 500", run: func(b *bench) string {
			return b.inserts(b.insert(fresh(), "s", "1"), types.BatchStatementRequest{Statement: text(`SELECT * FROM "` + *b.table() + `" WHERE pk = 'p' AND sk = 's'`)})
		}},
	}
}

// insert is a statement that adds a row.
func (b *bench) insert(pk, sk, v string) types.BatchStatementRequest {
	return types.BatchStatementRequest{
		Statement:  text(`INSERT INTO "` + *b.table() + `" VALUE {'pk': ?, 'sk': ?, 'v': ?}`),
		Parameters: []types.AttributeValue{str(pk), str(sk), num(v)},
	}
}

func (b *bench) manyInserts(n int) []types.BatchStatementRequest {
	k, all := fresh(), []types.BatchStatementRequest{}
	for i := range n {
		all = append(all, b.insert(k, strconv.Itoa(i), "1"))
	}
	return all
}

// execute runs a single statement and returns the code.
func (b *bench) execute(pk, v string) string {
	s := b.insert(pk, "s", v)
	return outcome(b.dynamodb.ExecuteStatement(b.ctx, &dynamodb.ExecuteStatementInput{Statement: s.Statement, Parameters: s.Parameters}))
}

// inserts runs a batch and returns the code of each statement, or that of the
// whole call.
func (b *bench) inserts(statements ...types.BatchStatementRequest) string {
	out, err := b.dynamodb.BatchExecuteStatement(b.ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err != nil {
		return code(err)
	}
	var all []string
	for _, r := range out.Responses {
		if r.Error != nil {
			all = append(all, string(r.Error.Code))
			continue
		}
		all = append(all, "ok")
	}
	return verdict(len(all) == 0, "nothing", strings.Join(all, ", "))
}

// tally counts the codes of a batch, whatever their order.
func tally(codes string) string {
	n := map[string]int{}
	for _, c := range strings.Split(codes, ", ") {
		n[c]++
	}
	if len(n) == 1 && n[codes] == 1 {
		return codes // that of the whole call
	}
	var all []string
	for _, c := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprint(n[c], " ", c))
	}
	return strings.Join(all, ", ")
}

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func dynamodbCases() []testCase {
	return slices.Concat(numberCases(), valueCases(), putCases(), conditionCases(), updateCases(), batchWriteCases(), statementCases(), transactionCases(),
		idempotencyCases(), queryCases(), indexCases(), tableCases())
}

// item is a row. The shared table has the key pk and sk, both texts, and the index
// by-kind with the key kind, a text, and at, a number, which keeps the attribute
// kept beside the keys.
type item = map[string]types.AttributeValue

func str(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func num(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }

// key is a key in the shared table.
func key(pk, sk string) item { return item{"pk": str(pk), "sk": str(sk)} }

// row is a key with one more attribute.
func row(pk, sk, name string, value types.AttributeValue) item {
	i := key(pk, sk)
	i[name] = value
	return i
}

// fresh is a partition key that no other case has.
func fresh() string { return rand.Text() }

// createTable makes the shared table.
func (f *fixtures) createTable() (string, error) {
	name := f.name()
	f.later(func(ctx context.Context) error {
		_, err := f.dynamodb.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		return err
	})
	_, err := f.dynamodb.CreateTable(f.ctx, tableInput(name))
	if err != nil {
		return "", fmt.Errorf("create table: %w", err)
	}
	if !f.eventually(func() bool {
		out, err := f.dynamodb.DescribeTable(f.ctx, &dynamodb.DescribeTableInput{TableName: &name})
		return err == nil && out.Table.TableStatus == types.TableStatusActive
	}) {
		return "", fmt.Errorf("table %s does not become active", name)
	}
	return name, nil
}

func tableInput(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			definition("pk", "S"), definition("sk", "S"), definition("kind", "S"), definition("at", "N"),
		},
		KeySchema: []types.KeySchemaElement{element("pk", types.KeyTypeHash), element("sk", types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  text("by-kind"),
			KeySchema:  []types.KeySchemaElement{element("kind", types.KeyTypeHash), element("at", types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"kept"}},
		}},
	}
}

func definition(name, kind string) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeType(kind)}
}

func element(name string, kind types.KeyType) types.KeySchemaElement {
	return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
}

// table is the name of the shared table.
func (b *bench) table() *string {
	name, err := b.shared.table()
	b.must(err)
	return &name
}

// put writes an item and returns the code.
func (b *bench) put(i item) string {
	return outcome(b.dynamodb.PutItem(b.ctx, &dynamodb.PutItemInput{TableName: b.table(), Item: i}))
}

// mustPut writes an item that must be accepted.
func (b *bench) mustPut(i item) {
	_, err := b.dynamodb.PutItem(b.ctx, &dynamodb.PutItemInput{TableName: b.table(), Item: i})
	b.must(err)
}

// get reads an item consistently; nil where there is none.
func (b *bench) get(k item) item {
	consistent := true
	out, err := b.dynamodb.GetItem(b.ctx, &dynamodb.GetItemInput{TableName: b.table(), Key: k, ConsistentRead: &consistent})
	b.must(err)
	return out.Item
}

// words words an item, in the order of its attributes' names, without the key.
func words(i item) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(i)) {
		if name != "pk" && name != "sk" {
			all = append(all, name+"="+word(i[name]))
		}
	}
	return strings.Join(all, " ")
}

func word(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberL:
		var all []string
		for _, member := range v.Value {
			all = append(all, word(member))
		}
		return "[" + strings.Join(all, ",") + "]"
	case *types.AttributeValueMemberM:
		return "{" + words(v.Value) + "}"
	default:
		return fmt.Sprintf("%T", v)
	}
}

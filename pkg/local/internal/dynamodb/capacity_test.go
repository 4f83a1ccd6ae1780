package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestWriteCapacity follows "DynamoDB read and write operations": a unit for
// each KB of the larger of two items, and what each index costs.
func TestWriteCapacity(t *testing.T) {
	e := open(t, "")
	e.indexed(t)
	text := func(n int) string { return `{"S":"` + strings.Repeat("x", n) + `"}` }
	const key = `"p":{"S":"1"},"s":{"N":"1"}` // 2 + 3 bytes
	write := func(operation, rest, want string) {
		t.Helper()
		a := e.do(t, operation, `{"TableName":"idx","ReturnConsumedCapacity":"INDEXES",`+rest+`}`)
		if !sameJSON(t, string(a.Body), `{"ConsumedCapacity":`+want+`}`) {
			t.Errorf("%.80s: got %s, want %s", rest, a.Body, want)
		}
	}
	table := func(units int) string {
		return fmt.Sprintf(`{"TableName":"idx","CapacityUnits":%d,"Table":{"CapacityUnits":%d}}`, units, units)
	}
	write("PutItem", `"Item":{`+key+`,"x":`+text(1018)+`}`, table(1))
	write("PutItem", `"Item":{`+key+`,"x":`+text(1019)+`}`, table(2))
	write("PutItem", `"Item":{`+key+`}`, table(2))
	write("DeleteItem", `"Key":{"p":{"S":"none"},"s":{"N":"1"}}`, table(1))
	indexed := func(total, table int, indexes string) string {
		return fmt.Sprintf(`{"TableName":"idx","CapacityUnits":%d,"Table":{"CapacityUnits":%d},"GlobalSecondaryIndexes":{%s}}`, total, table, indexes)
	}
	// by_c and all get the item; by_c projects nothing of x.
	write("PutItem", `"Item":{`+key+`,"c":{"S":"C"},"x":`+text(2000)+`}`, indexed(5, 2, `"by_c":{"CapacityUnits":1},"all":{"CapacityUnits":2}`))
	// A change that by_c does not see.
	write("PutItem", `"Item":{`+key+`,"c":{"S":"C"},"x":`+text(5)+`}`, indexed(4, 2, `"all":{"CapacityUnits":2}`))
	// A change that no index sees.
	write("PutItem", `"Item":{`+key+`,"c":{"S":"C"},"x":`+text(5)+`}`, table(1))
	// A change of by_c's key costs a removal and a new row.
	write("UpdateItem", `"Key":{`+key+`},"UpdateExpression":"SET c = :c","ExpressionAttributeValues":{":c":{"S":"D"}}`, indexed(5, 1, `"by_c":{"CapacityUnits":2},"all":{"CapacityUnits":2}`))
	write("DeleteItem", `"Key":{`+key+`}`, indexed(3, 1, `"by_c":{"CapacityUnits":1},"all":{"CapacityUnits":1}`))
}

func TestReadCapacity(t *testing.T) {
	e := open(t, "")
	e.indexed(t)
	for i := range 4 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"idx","Item":{"p":{"S":"a"},"s":{"N":"%d"},"c":{"S":"C"},"x":{"S":"%s"}}}`, i+1, strings.Repeat("x", 3000)))
	}
	const query = `"KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Select":"COUNT"`
	tests := []struct{ operation, rest, want string }{
		{"GetItem", `"Key":{"p":{"S":"a"},"s":{"N":"1"}},"ProjectionExpression":"s"`, `{"CapacityUnits":0.5,"TableName":"idx"}`},
		{"GetItem", `"Key":{"p":{"S":"a"},"s":{"N":"1"}},"ProjectionExpression":"s","ConsistentRead":true`, `{"CapacityUnits":1,"TableName":"idx"}`},
		{"GetItem", `"Key":{"p":{"S":"a"},"s":{"N":"99"}},"ConsistentRead":true`, `{"CapacityUnits":1,"TableName":"idx"}`},
		{"Query", query, `{"CapacityUnits":1.5,"TableName":"idx"}`},
		{"Query", query + `,"ConsistentRead":true`, `{"CapacityUnits":3,"TableName":"idx"}`},
		{"Query", query + `,"Limit":1`, `{"CapacityUnits":0.5,"TableName":"idx"}`},
		{"Query", strings.Replace(query, `"a"`, `"none"`, 1), `{"CapacityUnits":0.5,"TableName":"idx"}`},
		{"Scan", `"Select":"COUNT","FilterExpression":"attribute_exists(gone)"`, `{"CapacityUnits":1.5,"TableName":"idx"}`},
		{"Scan", `"Select":"COUNT","IndexName":"by_c"`, `{"CapacityUnits":0.5,"TableName":"idx"}`},
	}
	for _, test := range tests {
		var got struct{ ConsumedCapacity any }
		e.call(t, test.operation, `{"TableName":"idx","ReturnConsumedCapacity":"TOTAL",`+test.rest+`}`).decode(t, &got)
		if text := quoteAny(got.ConsumedCapacity); text != test.want {
			t.Errorf("%s %s: got %s, want %s", test.operation, test.rest, text, test.want)
		}
	}
	var got struct{ ConsumedCapacity any }
	e.call(t, "Scan", `{"TableName":"idx","ReturnConsumedCapacity":"INDEXES","IndexName":"all"}`).decode(t, &got)
	if text := quoteAny(got.ConsumedCapacity); text != `{"CapacityUnits":1.5,"GlobalSecondaryIndexes":{"all":{"CapacityUnits":1.5}},"Table":{"CapacityUnits":0},"TableName":"idx"}` {
		t.Errorf("an index: %s", text)
	}
}

package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
)

// repeat is n texts, each from its number, divided by commas.
func repeat(n int, text func(i int) string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = text(i)
	}
	return strings.Join(all, ",")
}

func putRequest(i int) string {
	return fmt.Sprintf(`{"PutRequest":{"Item":{"id":{"S":"%d"}}}}`, i)
}

func TestBatchWrite(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	a := e.do(t, "BatchWriteItem", `{"RequestItems":{"tab":[`+repeat(25, putRequest)+`]},"ReturnConsumedCapacity":"TOTAL"}`)
	if !sameJSON(t, string(a.Body), `{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":25}]}`) {
		t.Errorf("got %s", a.Body)
	}
	e.do(t, "BatchWriteItem", `{"RequestItems":{"tab":[{"DeleteRequest":{"Key":{"id":{"S":"3"}}}},{"DeleteRequest":{"Key":{"id":{"S":"gone"}}}},{"PutRequest":{"Item":{"id":{"S":"4"},"new":{"S":"x"}}}}]}}`)
	var got found
	e.call(t, "Scan", `{"TableName":"tab"}`).decode(t, &got)
	if got.Count != 24 {
		t.Errorf("%d rows, want 24", got.Count)
	}
}

func TestBatchWriteRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "CreateTable", `{"TableName":"two","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}`)
	const length = "' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"
	tests := []struct{ items, want string }{
		{`{"tab":[` + repeat(26, putRequest) + `]}`, "1 validation error detected: Value '{tab=[26 requests]}" + length},
		{`{"tab":[]}`, "1 validation error detected: Value '{tab=[0 requests]}" + length},
		{`{"tab":[` + repeat(13, putRequest) + `],"two":[` + repeat(13, putRequest) + `]}`, "Too many items requested for the BatchWriteItem call"},
		{`{}`, "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{`null`, "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null"},
		{`{"tab":[{}]}`, "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"},
		{`{"tab":[` + putRequest(1) + `,{"DeleteRequest":{"Key":{"id":{"S":"1"}}}}]}`, "Provided list of item keys contains duplicates"},
		{`{"tab":[` + putRequest(1) + `,{"PutRequest":{"Item":{"x":{"S":"1"}}}}]}`, "The provided key element does not match the schema"},
		{`{"tab":[` + putRequest(1) + `,{"PutRequest":{"Item":{"id":{"S":"` + strings.Repeat("x", 409600) + `"}}}}]}`, "Item size has exceeded the maximum allowed size"},
		{`{"tab":[{"PutRequest":{}}]}`, "1 validation error detected: Value null at 'requestItems.tab.member.item' failed to satisfy constraint: Member must not be null"},
	}
	for _, test := range tests {
		e.invalid(t, "BatchWriteItem", `{"RequestItems":`+test.items+`}`, test.want)
	}
	e.refused(t, "BatchWriteItem", `{"RequestItems":{"gone":[`+putRequest(1)+`],"tab":[`+putRequest(1)+`]}}`, "ResourceNotFoundException: Requested resource not found")
	var got found
	if e.call(t, "Scan", `{"TableName":"tab"}`).decode(t, &got); got.Count != 0 {
		t.Errorf("refused batches left %d rows", got.Count)
	}
}

func TestBatchGet(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	for i := range 3 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"%d"},"x":{"N":"%d"},"y":{"S":"z"}}}`, i, i))
	}
	a := e.do(t, "BatchGetItem", `{"RequestItems":{"tab":{"Keys":[{"id":{"S":"2"}},{"id":{"S":"gone"}},{"id":{"S":"0"}}],"ProjectionExpression":"#x","ExpressionAttributeNames":{"#x":"x"},"ConsistentRead":true}},"ReturnConsumedCapacity":"INDEXES"}`)
	if !sameJSON(t, string(a.Body), `{"Responses":{"tab":[{"x":{"N":"2"}},{"x":{"N":"0"}}]},"UnprocessedKeys":{},"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":3,"Table":{"CapacityUnits":3}}]}`) {
		t.Errorf("got %s", a.Body)
	}
	key := func(i int) string { return fmt.Sprintf(`{"id":{"S":"%d"}}`, i) }
	tests := []struct{ items, want string }{
		{`{"tab":{"Keys":[` + repeat(101, key) + `]}}`, "1 validation error detected: Value '[101 keys]' at 'requestItems.tab.member.keys' failed to satisfy constraint: Member must have length less than or equal to 100"},
		{`{"tab":{"Keys":[` + repeat(60, key) + `]},"two":{"Keys":[` + repeat(60, key) + `]}}`, "Too many items requested for the BatchGetItem call"},
		{`{"tab":{"Keys":[` + key(1) + `,` + key(1) + `]}}`, "Provided list of item keys contains duplicates"},
		{`{"tab":{"Keys":[null]}}`, "1 validation error detected: Value null at 'requestItems.tab.member.keys' failed to satisfy constraint: Member must not be null"},
		{`{"tab":{}}`, "1 validation error detected: Value null at 'requestItems.tab.member.keys' failed to satisfy constraint: Member must not be null"},
		{`{"tab":{"Keys":[{"id":{"N":"1"}}]}}`, "The provided key element does not match the schema"},
		{`{"tab":{"Keys":[{"id":{}}]}}`, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{`{"tab":{"Keys":[` + key(1) + `],"AttributesToGet":["x"]}}`, "the local endpoint does not have the legacy parameters {AttributesToGet}: use expressions"},
		{`{"tab":{"Keys":[` + key(1) + `],"ExpressionAttributeNames":{"#x":"x"}}}`, "ExpressionAttributeNames can only be specified when using expressions"},
	}
	for _, test := range tests {
		e.invalid(t, "BatchGetItem", `{"RequestItems":`+test.items+`}`, test.want)
	}
}

// TestBatchGetOfTooMuch reads 45 items of 390 KB, of which 16 MiB hold 42.
func TestBatchGetOfTooMuch(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	big := strings.Repeat("x", 399000)
	for i := range 45 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"%02d"},"x":{"S":"%s"}}}`, i, big))
	}
	var got struct {
		Responses       map[string][]any
		UnprocessedKeys map[string]struct {
			Keys           []any
			ConsistentRead bool
		}
	}
	e.call(t, "BatchGetItem", `{"RequestItems":{"tab":{"ConsistentRead":true,"Keys":[`+repeat(45, func(i int) string { return fmt.Sprintf(`{"id":{"S":"%02d"}}`, i) })+`]}}}`).decode(t, &got)
	if left := got.UnprocessedKeys["tab"]; len(got.Responses["tab"]) != 42 || len(left.Keys) != 3 || !left.ConsistentRead {
		t.Errorf("%d items, %d keys left", len(got.Responses["tab"]), len(left.Keys))
	}
}

package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestValuesRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const parameter = "One or more parameter values were invalid: "
	const empty = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
	const many = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
	const deep = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
	tests := []struct{ value, want string }{
		{`{}`, empty}, {`{"S":null}`, empty}, {`{"X":"a"}`, empty}, {`{"X":{"a":[1,"]"]},"Y":2}`, empty}, {`{"S":"a","N":"1"}`, many}, {`{"M":{"a":{}}}`, empty}, {`{"L":[{"S":"a"},{}]}`, empty},
		{`{"N":""}`, "The parameter cannot be converted to a numeric value"}, {`{"N":"NaN"}`, "The parameter cannot be converted to a numeric value: NaN"}, {`{"L":[{"N":"1e126"}]}`, "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{`{"NULL":false}`, parameter + "Null attribute value types must have the value of true"},
		{`{"SS":[]}`, parameter + "An string set  may not be empty"}, {`{"NS":[]}`, parameter + "An number set  may not be empty"}, {`{"BS":[]}`, parameter + "Binary sets should not be empty"},
		{`{"SS":["a","b","a"]}`, parameter + "Input collection [a, b, a] contains duplicates."}, {`{"NS":["1","1.0"]}`, "Input collection contains duplicates"}, {`{"BS":["AQ==","AQ=="]}`, parameter + "Input collection [AQ==, AQ==]of type BS contains duplicates."},
		{nested(33), deep}, {nested(2000), deep},
		{`{"M":{"":{"S":"a"}}}`, parameter + "Empty attribute name"},
	}
	for _, test := range tests {
		e.invalid(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"a":`+test.value+`}}`, test.want)
	}
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"a":`+nested(32)+`}}`)
}

func TestValuesOfWrongJSON(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	tests := []struct{ value, want string }{
		{`{"S":1}`, "NUMBER_VALUE cannot be converted to String"}, {`{"N":1}`, "NUMBER_VALUE cannot be converted to String"}, {`{"S":true}`, "TRUE_VALUE cannot be converted to String"},
		{`{"S":["a"]}`, "Start of structure or map found where not expected"}, {`{"S":{}}`, "Start of structure or map found where not expected"},
		{`{"BOOL":"maybe"}`, "Unexpected token received from parser"}, {`{"NULL":{}}`, "Unexpected token received from parser"},
		{`{"B":1}`, "only base-64-encoded strings are convertible to bytes"}, {`{"B":"a"}`, "Invalid base64: illegal base64 data at input byte 0"},
		{`{"L":"a"}`, "Unexpected field type"}, {`{"M":[]}`, "Unexpected field type"}, {`{"SS":"a"}`, "Unexpected field type"}, {`{"SS":[1]}`, "NUMBER_VALUE cannot be converted to String"},
		{`"a"`, "Unexpected value type in payload"}, {`[]`, "Unexpected value type in payload"}, {`{"L":[1]}`, "Unexpected value type in payload"}, {`{"L":[null]}`, "Unexpected value type in payload"},
	}
	for _, test := range tests {
		e.refused(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"a":`+test.value+`}}`, "SerializationException: "+test.want)
	}
	for body, want := range map[string]string{
		`{"TableName":5}`: "NUMBER_VALUE cannot be converted to String", `{"TableName":{}}`: "Start of structure or map found where not expected", `{"ExpressionAttributeNames":5}`: "Unexpected field type",
	} {
		e.refused(t, "PutItem", body, "SerializationException: "+want)
	}
	for _, body := range []string{``, `[`, `"a"`, `[]`, `{"TableName":5}`, `{"TableName":"tab","Item":[]}`, `{"TableName":"tab","Item":{"id":{"S":"1"}},"ExpressionAttributeNames":{"#a":5}}`} {
		if a := e.call(t, "PutItem", body); a.Status != 400 || a.Type != "SerializationException" || a.Message == "" {
			t.Errorf("%s: %d %s: %s", body, a.Status, a.Type, a.Message)
		}
	}
}

// TestItemSize follows "DynamoDB item sizes and formats": the largest item of
// each kind of value is taken, and refused with one byte more.
func TestItemSize(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const limit = 409600 - 3 // "id" and its value
	tests := []struct {
		name, value string
		size        int // with the name
	}{
		{"s", `{"S":"é"}`, 3}, {"n", `{"N":"-12.5"}`, 1 + 4}, {"b", `{"B":"AQID"}`, 4}, {"t", `{"BOOL":true}`, 2}, {"z", `{"NULL":true}`, 2},
		{"ss", `{"SS":["ab","c"]}`, 5}, {"ns", `{"NS":["1","100"]}`, 6}, {"bs", `{"BS":["AQID"]}`, 5},
		{"l", `{"L":[{"S":"ab"},{"NULL":true}]}`, 1 + 3 + 3 + 2}, {"m", `{"M":{"key":{"S":"ab"}}}`, 1 + 3 + 1 + 3 + 2}, {"none", `{"L":[]}`, 4 + 3},
	}
	for _, test := range tests {
		rest := limit - test.size - 1 // for the name "x"
		item := func(n int) string {
			return fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"1"},"%s":%s,"x":{"S":"%s"}}}`, test.name, test.value, strings.Repeat("x", n))
		}
		e.do(t, "PutItem", item(rest))
		e.invalid(t, "PutItem", item(rest+1), "Item size has exceeded the maximum allowed size")
	}
}

func TestKeysRefused(t *testing.T) {
	e := open(t, "")
	e.indexed(t)
	const parameter = "One or more parameter values were invalid: "
	const notEmpty = "One or more parameter values are not valid. "
	puts := []struct{ item, want string }{
		{`{"s":{"N":"1"}}`, parameter + "Missing the key p in the item"}, {`{"p":{"S":"1"}}`, parameter + "Missing the key s in the item"},
		{`{"p":{"N":"1"},"s":{"N":"1"}}`, parameter + "Type mismatch for key p expected: S actual: N"}, {`{"p":{"S":"1"},"s":{"S":"1"}}`, parameter + "Type mismatch for key s expected: N actual: S"},
		{`{"p":{"S":""},"s":{"N":"1"}}`, notEmpty + "The AttributeValue for a key attribute cannot contain an empty string value. Key: p"},
		{`{"p":{"S":"` + strings.Repeat("x", 2049) + `"},"s":{"N":"1"}}`, parameter + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{`{"p":{"S":"1"},"s":{"N":"1"},"c":{"N":"1"}}`, parameter + "Type mismatch for Index Key c Expected: S Actual: N IndexName: by_c"},
		{`{"p":{"S":"1"},"s":{"N":"1"},"c":{"S":""}}`, notEmpty + "A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by_c, IndexKey: c"},
		{`{"p":{"S":"1"},"s":{"N":"1"},"e":{"B":""}}`, notEmpty + "A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty binary value. IndexName: by_d, IndexKey: e"},
		{`{"p":{"S":"1"},"s":{"N":"1"},"e":{"S":"x"}}`, parameter + "Type mismatch for Index Key e Expected: B Actual: S IndexName: by_d"},
		{`{"p":{"S":"1"},"s":{"N":"1"},"d":{"S":"` + strings.Repeat("x", 2049) + `"}}`, parameter + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
	}
	for _, test := range puts {
		e.invalid(t, "PutItem", `{"TableName":"idx","Item":`+test.item+`}`, test.want)
	}
	e.do(t, "PutItem", `{"TableName":"idx","Item":{"p":{"S":"`+strings.Repeat("x", 2048)+`"},"s":{"N":"1"}}}`)
	const mismatch = "The provided key element does not match the schema"
	keys := []struct{ key, want string }{
		{`{}`, mismatch}, {`{"p":{"S":"1"}}`, mismatch}, {`{"p":{"S":"1"},"x":{"N":"1"}}`, mismatch}, {`{"p":{"S":"1"},"s":{"S":"1"}}`, mismatch}, {`{"p":{"S":"1"},"s":{"N":"1"},"x":{"N":"1"}}`, mismatch},
		{`{"p":{"S":""},"s":{"N":"1"}}`, parameter + "The AttributeValue for a key attribute cannot contain an empty string value. Key: p"},
		{`{"p":{"S":"1"},"s":{"N":"x"}}`, "The parameter cannot be converted to a numeric value: x"},
	}
	for _, test := range keys {
		for _, operation := range []string{"GetItem", "DeleteItem", "UpdateItem"} {
			e.invalid(t, operation, `{"TableName":"idx","Key":`+test.key+`}`, test.want)
		}
	}
	const update = "The update expression attempted to update "
	updates := []struct{ expression, value, want string }{
		{"SET c = :v", `{"N":"1"}`, parameter + "Type mismatch for Index Key c Expected: S Actual: N IndexName: by_c"},
		{"SET c = if_not_exists(c, :v)", `{"N":"1"}`, update + "the secondary index key to unsupported type"},
		{"ADD c :v", `{"N":"1"}`, update + "the secondary index key to unsupported type"},
		{"SET c = :v", `{"S":""}`, notEmpty + update[:len(update)-1] + " a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."},
		{"SET c.x = :v", `{"S":"x"}`, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: c"},
		{"SET e = :v", `{"B":"` + strings.Repeat("AAAA", 342) + `"}`, parameter + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
	}
	for _, test := range updates {
		e.invalid(t, "UpdateItem", `{"TableName":"idx","Key":{"p":{"S":"1"},"s":{"N":"1"}},"UpdateExpression":"`+test.expression+`","ExpressionAttributeValues":{":v":`+test.value+`}}`, test.want)
	}
}

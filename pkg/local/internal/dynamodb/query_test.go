package dynamodb_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// keyed makes a table whose sort key is of the kind, with a row for each value
// in partition "a" and one more partition.
func keyed(t *testing.T, kind string, values ...string) *endpoint {
	t.Helper()
	e := open(t, "")
	e.do(t, "CreateTable", `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"`+kind+`"}]}`)
	for i, v := range values {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"p":{"S":"a"},"s":{"%s":%s},"x":{"N":"%d"}}}`, kind, quote(v), i%3))
	}
	e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"p":{"S":"other"},"s":{"%s":%s}}}`, kind, quote(values[0])))
	return e
}

type found struct {
	Items               []map[string]map[string]any
	Count, ScannedCount int
	LastEvaluatedKey    map[string]map[string]any
}

// sorts are the values of the attribute s in the items found.
func (f found) sorts() string {
	var all []string
	for _, item := range f.Items {
		for _, v := range item["s"] {
			all = append(all, v.(string))
		}
	}
	return strings.Join(all, " ")
}

func TestKeyConditions(t *testing.T) {
	numbers := keyed(t, "N", "-100", "-1.5", "-1", "0", "1E-100", "2", "10", "100")
	strs := keyed(t, "S", "a", "a\u0000", "a\u0000b", "aa", "ab", "b", "ba", "\u00e9")
	bins := keyed(t, "B", "AA==", "AAA=", "AAE=", "w/8=", "xAE=", "/w==", "//8=")
	tests := []struct {
		e                 *endpoint
		condition, values string
		want              string
	}{
		{numbers, "p = :p", ``, "-100 -1.5 -1 0 0." + strings.Repeat("0", 99) + "1 2 10 100"},
		{numbers, "p = :p AND s = :a", `{"N":"1E1"}`, "10"}, {numbers, "s = :a and p = :p", `{"N":"3"}`, ""}, {numbers, ":p = p AND :a < s", `{"N":"2"}`, "10 100"},
		{numbers, "p = :p AND s < :a", `{"N":"-1"}`, "-100 -1.5"}, {numbers, "p = :p AND s <= :a", `{"N":"-1"}`, "-100 -1.5 -1"}, {numbers, "p = :p AND s > :a", `{"N":"2"}`, "10 100"}, {numbers, "p = :p AND s >= :a", `{"N":"2"}`, "2 10 100"},
		{numbers, "p = :p AND s BETWEEN :a AND :b", `{"N":"-1"},":b":{"N":"0"}`, "-1 0"}, {numbers, "((p = :p) AND (s >= :a))", `{"N":"100"}`, "100"}, {numbers, "p = :p AND :a >= s", `{"N":"-100"}`, "-100"},
		{strs, "p = :p AND s > :a", `{"S":"a"}`, "a\x00 a\x00b aa ab b ba é"}, {strs, "p = :p AND s < :a", `{"S":"aa"}`, "a a\x00 a\x00b"}, {strs, "p = :p AND begins_with(s, :a)", `{"S":"a"}`, "a a\x00 a\x00b aa ab"},
		{strs, "p = :p AND begins_with(s, :a)", `{"S":"a\u0000"}`, "a\x00 a\x00b"}, {strs, "p = :p AND begins_with(s, :a)", `{"S":""}`, "a a\x00 a\x00b aa ab b ba é"}, {strs, "p = :p AND s BETWEEN :a AND :b", `{"S":"a\u0000"},":b":{"S":"aa"}`, "a\x00 a\x00b aa"},
		{bins, "p = :p", ``, "AA== AAA= AAE= w/8= xAE= /w== //8="}, {bins, "p = :p AND begins_with(s, :a)", `{"B":"AA=="}`, "AA== AAA= AAE="}, {bins, "p = :p AND begins_with(s, :a)", `{"B":"/w=="}`, "/w== //8="}, {bins, "p = :p AND s > :a", `{"B":"/w=="}`, "//8="},
		{bins, "p = :p AND begins_with(s, :a)", `{"B":"w/8="}`, "w/8="}, {bins, "p = :p AND begins_with(s, :a)", `{"B":"ww=="}`, "w/8="},
	}
	for _, test := range tests {
		values := `":p":{"S":"a"}`
		if test.values != "" {
			values += `,":a":` + test.values
		}
		for _, forward := range []bool{true, false} {
			var got found
			test.e.call(t, "Query", fmt.Sprintf(`{"TableName":"tab","KeyConditionExpression":%q,"ExpressionAttributeValues":{%s},"ScanIndexForward":%v}`, test.condition, values, forward)).decode(t, &got)
			want := strings.Fields(test.want)
			if !forward {
				slices.Reverse(want)
			}
			if got.sorts() != strings.Join(want, " ") || got.Count != len(want) || got.ScannedCount != len(want) || got.LastEvaluatedKey != nil {
				t.Errorf("%s %s: got %q, want %q (%+v)", test.condition, test.values, got.sorts(), want, got)
			}
		}
	}
}

func TestKeyConditionsRefused(t *testing.T) {
	e := keyed(t, "N", "1")
	const badCondition = "Invalid condition in KeyConditionExpression: "
	tests := []struct{ condition, want string }{
		{"", "Invalid KeyConditionExpression: The expression can not be empty;"}, {"p =", `Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "="`},
		{"p = :p OR s = :n", "Invalid operator used in KeyConditionExpression: OR"}, {"NOT p = :p AND s = :n", "Invalid operator used in KeyConditionExpression: NOT"}, {"p = :p AND s IN (:n)", "Invalid operator used in KeyConditionExpression: IN"}, {"p = :p AND s <> :n", "Invalid operator used in KeyConditionExpression: <>"},
		{"p = :p AND attribute_exists(s)", "Invalid operator used in KeyConditionExpression: attribute_exists"}, {"p = :p AND dog(s)", "Invalid KeyConditionExpression: Invalid function name; function: dog"},
		{"p = :p AND size(s) = :n", "KeyConditionExpressions cannot contain nested operations"}, {"p = :p AND s.x = :n", "KeyConditionExpressions cannot have conditions on nested attributes"},
		{"p = :p AND :n BETWEEN s AND :n", badCondition + "BETWEEN operator must have the key attribute as its first operand"}, {"p = :p AND begins_with(:p, s)", badCondition + "begins_with operator must have the key attribute as its first operand"},
		{"p = :p AND s = x", badCondition + "Multiple attribute names used in one condition"}, {"p = :p AND :n = :n", badCondition + "No key attribute specified"},
		{"p = :p AND p = :p", "KeyConditionExpressions must only contain one condition per key"}, {"p = :p AND s > :n AND s < :n", "KeyConditionExpressions must only contain one condition per key"},
		{"p = :p AND s = :n AND x = :n", "Conditions can be of length 1 or 2 only"}, {"s = :n", "Query condition missed key schema element: p"}, {"p = :p AND x = :n", "Query condition missed key schema element: s"}, {"p > :p", "Query key condition not supported"},
		{"p = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"}, {"p = :p AND s = :p", "One or more parameter values were invalid: Condition parameter type does not match schema type"},
		{"p = :p AND begins_with(s, :n)", "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"p = :empty", "One or more parameter values were invalid: The AttributeValue for a key attribute cannot contain an empty string value. Key: p"},
		{"p = :p AND s BETWEEN :n AND :less", "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {N:0}"},
	}
	all := map[string]string{":p": `{"S":"a"}`, ":n": `{"N":"1"}`, ":empty": `{"S":""}`, ":less": `{"N":"0"}`}
	for _, test := range tests {
		var used []string
		for key, v := range all {
			if refers(test.condition, key) {
				used = append(used, fmt.Sprintf("%q:%s", key, v))
			}
		}
		body := fmt.Sprintf(`{"TableName":"tab","KeyConditionExpression":%q`, test.condition)
		if used != nil {
			body += `,"ExpressionAttributeValues":{` + strings.Join(used, ",") + `}`
		}
		e.invalid(t, "Query", body+`}`, test.want)
	}
}

func TestSearchesRefused(t *testing.T) {
	e := open(t, "")
	e.indexed(t)
	const query = `"KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}}`
	const byC = `"IndexName":"by_c","KeyConditionExpression":"c = :c","ExpressionAttributeValues":{":c":{"S":"a"}}`
	const starting = "The provided starting key is invalid"
	tests := []struct{ operation, rest, want string }{
		{"Query", `"Limit":1`, "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."},
		{"Query", query + `,"IndexName":"none"`, "The table does not have the specified index: none"},
		{"Query", byC + `,"ConsistentRead":true`, "Consistent reads are not supported on global secondary indexes"},
		{"Query", byC + `,"Select":"ALL_ATTRIBUTES"`, "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index by_c because its projection type is not ALL"},
		{"Query", byC + `,"ProjectionExpression":"mean, x, y.z"`, "One or more parameter values were invalid: Global secondary index by_c does not project [x, y]"},
		{"Query", query + `,"Select":"SPECIFIC_ATTRIBUTES"`, "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"},
		{"Query", query + `,"Select":"ALL_PROJECTED_ATTRIBUTES"`, "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		{"Query", query + `,"Select":"COUNT","ProjectionExpression":"x"`, "Cannot specify the ProjectionExpression when choosing to get COUNT"},
		{"Query", query + `,"FilterExpression":"p = :p"`, "Filter Expression can only contain non-primary key attributes: Primary key attribute: p"},
		{"Query", query + `,"FilterExpression":"size(s) > :p"`, "Filter Expression can only contain non-primary key attributes: Primary key attribute: s"},
		{"Query", query + `,"ProjectionExpression":"p.x"`, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: p"},
		{"Query", query + `,"ProjectionExpression":"x, x.y"`, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x, y]"},
		{"Query", query + `,"ProjectionExpression":"x,"`, `Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","`},
		{"Query", query + `,"ProjectionExpression":"x y"`, `Invalid ProjectionExpression: Syntax error; token: "y", near: "x y"`},
		{"Query", query + `,"Limit":0,"Select":"SOME"`, "2 validation errors detected: Value 'SOME' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]; Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"Query", query + `,"ExclusiveStartKey":{"p":{"S":"a"}}`, starting},
		{"Query", query + `,"ExclusiveStartKey":{"p":{"S":"a"},"x":{"N":"1"}}`, starting},
		{"Query", query + `,"ExclusiveStartKey":{"p":{"S":"a"},"s":{"S":"1"}}`, starting + ": The provided key element does not match the schema"},
		{"Query", query + `,"ExclusiveStartKey":{"p":{"S":"a"},"s":{}}`, starting + ": Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{"Query", query + `,"ExclusiveStartKey":{"p":{"S":"b"},"s":{"N":"1"}}`, "The provided starting key is outside query boundaries based on provided conditions"},
		{"Query", `"KeyConditionExpression":"p = :p AND s > :s","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"N":"5"}},"ExclusiveStartKey":{"p":{"S":"a"},"s":{"N":"1"}}`, "The provided starting key does not match the range key predicate"},
		{"Query", byC + `,"ExclusiveStartKey":{"p":{"S":"a"},"s":{"N":"1"}}`, starting},
		{"Query", byC + `,"ExclusiveStartKey":{"p":{"S":"a"},"s":{"N":"1"},"c":{"N":"1"}}`, starting + ": The provided key element does not match the schema"},
		{"Scan", `"Segment":0`, "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"},
		{"Scan", `"TotalSegments":2`, "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"},
		{"Scan", `"TotalSegments":2,"Segment":2`, "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2"},
		{"Scan", `"IndexName":"by_c","ConsistentRead":true`, "Consistent reads are not supported on global secondary indexes"},
		{"Scan", `"ExpressionAttributeValues":{":a":{"S":"a"}},"ProjectionExpression":"p"`, "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"},
		{"GetItem", `"Key":{"p":{"S":"a"},"s":{"N":"1"}},"ProjectionExpression":"a, b, a"`, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"},
		{"GetItem", `"Key":{"p":{"S":"a"},"s":{"N":"1"}},"ProjectionExpression":"a[0], a.b"`, "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]"},
	}
	for _, test := range tests {
		e.invalid(t, test.operation, `{"TableName":"idx",`+test.rest+`}`, test.want)
	}
}

func TestIndexesAreSparseAndProject(t *testing.T) {
	e := open(t, "")
	e.indexed(t)
	e.do(t, "PutItem", `{"TableName":"idx","Item":{"p":{"S":"1"},"s":{"N":"1"},"c":{"S":"C"},"d":{"S":"D"},"e":{"B":"AQ=="},"mean":{"N":"1.50"},"x":{"S":"y"}}}`)
	e.do(t, "PutItem", `{"TableName":"idx","Item":{"p":{"S":"2"},"s":{"N":"1"},"d":{"S":"D"},"x":{"S":"y"}}}`)
	check := func(index, key string, want ...string) {
		t.Helper()
		a := e.do(t, "Query", fmt.Sprintf(`{"TableName":"idx","IndexName":%q,"KeyConditionExpression":"%s = :k","ExpressionAttributeValues":{":k":{"S":%q}}}`, index, key, strings.ToUpper(key)))
		if !sameJSON(t, string(a.Body), fmt.Sprintf(`{"Items":[%s],"Count":%d,"ScannedCount":%d}`, strings.Join(want, ","), len(want), len(want))) {
			t.Errorf("%s: got %s, want %v", index, a.Body, want)
		}
	}
	check("by_c", "c", `{"p":{"S":"1"},"s":{"N":"1"},"c":{"S":"C"},"mean":{"N":"1.5"}}`)
	check("by_d", "d", `{"p":{"S":"1"},"s":{"N":"1"},"d":{"S":"D"},"e":{"B":"AQ=="}}`)
	check("all", "c", `{"p":{"S":"1"},"s":{"N":"1"},"c":{"S":"C"},"d":{"S":"D"},"e":{"B":"AQ=="},"mean":{"N":"1.5"},"x":{"S":"y"}}`)
	e.do(t, "UpdateItem", `{"TableName":"idx","Key":{"p":{"S":"1"},"s":{"N":"1"}},"UpdateExpression":"REMOVE c SET e = :e","ExpressionAttributeValues":{":e":{"B":"Ag=="}}}`)
	check("by_c", "c")
	check("by_d", "d", `{"p":{"S":"1"},"s":{"N":"1"},"d":{"S":"D"},"e":{"B":"Ag=="}}`)
	e.do(t, "DeleteItem", `{"TableName":"idx","Key":{"p":{"S":"1"},"s":{"N":"1"}}}`)
	check("by_d", "d")
}

// rows is how many rows the paging tests read.
const rows = 1205

func filled(t *testing.T) *endpoint {
	t.Helper()
	e := open(t, "")
	e.indexed(t)
	for i := 0; i < rows; i += 25 {
		var writes []types.WriteRequest
		for j := i; j < min(i+25, rows); j++ {
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: attributes{
				"p": str("a"), "s": num(strconv.Itoa(j - 600)), "c": str("C"), "d": str("D"), "e": &types.AttributeValueMemberB{Value: []byte{byte(j % 7)}}, "even": &types.AttributeValueMemberBOOL{Value: j%2 == 0},
			}}})
		}
		if _, err := e.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"idx": writes}}); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func number(t *testing.T, item attributes, name string) int {
	t.Helper()
	n, err := strconv.Atoi(item[name].(*types.AttributeValueMemberN).Value)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestQueryPages(t *testing.T) {
	e := filled(t)
	for _, test := range []struct {
		index     *string
		condition string
	}{{nil, "p = :k"}, {aws.String("all"), "c = :k"}, {aws.String("by_c"), "c = :k"}, {aws.String("by_d"), "d = :k"}} {
		for _, forward := range []bool{true, false} {
			for _, limit := range []int32{1, 7, 241, 5000} {
				in := &dynamodb.QueryInput{TableName: aws.String("idx"), IndexName: test.index, KeyConditionExpression: &test.condition, Limit: &limit, ScanIndexForward: &forward,
					ExpressionAttributeValues: attributes{":k": str(map[string]string{"p = :k": "a", "c = :k": "C", "d = :k": "D"}[test.condition])}}
				name := fmt.Sprintf("%s %v %d", aws.ToString(test.index), forward, limit)
				t.Run(name, func(t *testing.T) { checkPages(t, e, in) })
			}
		}
	}
}

// checkPages reads all pages, which must hold every row once and, but for the
// indexes that sort by something else, in order.
func checkPages(t *testing.T, e *endpoint, in *dynamodb.QueryInput) {
	t.Helper()
	pages, forward, index := dynamodb.NewQueryPaginator(e, in), *in.ScanIndexForward, aws.ToString(in.IndexName)
	seen, last, first := map[int]bool{}, 0, true
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			at := number(t, item, "s")
			if seen[at] {
				t.Fatalf("row %d twice", at)
			}
			seen[at] = true
			place := at
			if index == "by_d" {
				place = int(item["e"].(*types.AttributeValueMemberB).Value[0])
			}
			if !first && index != "by_c" && (forward && place < last || !forward && place > last) {
				t.Fatalf("%d after %d", place, last)
			}
			last, first = place, false
		}
	}
	if len(seen) != rows {
		t.Errorf("%d rows, want %d", len(seen), rows)
	}
}

func TestFilterCountsWhatItReads(t *testing.T) {
	e := filled(t)
	var got found
	e.call(t, "Query", `{"TableName":"idx","KeyConditionExpression":"p = :p","FilterExpression":"even = :t","ExpressionAttributeValues":{":p":{"S":"a"},":t":{"BOOL":true}},"Limit":100,"Select":"COUNT"}`).decode(t, &got)
	if got.Count != 50 || got.ScannedCount != 100 || got.Items != nil || got.LastEvaluatedKey == nil {
		t.Errorf("got %+v, want 50 of 100 and no items", got)
	}
}

func TestScanSegments(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	for i := range 300 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"%d"}}}`, i))
	}
	for _, segments := range []int32{1, 2, 3, 8} {
		seen := map[string]int32{}
		for segment := range segments {
			pages := dynamodb.NewScanPaginator(e, &dynamodb.ScanInput{TableName: aws.String("tab"), Segment: &segment, TotalSegments: &segments, Limit: aws.Int32(11)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range page.Items {
					id := item["id"].(*types.AttributeValueMemberS).Value
					if other, twice := seen[id]; twice {
						t.Fatalf("%s is in segments %d and %d", id, other, segment)
					}
					seen[id] = segment
				}
			}
		}
		if len(seen) != 300 {
			t.Errorf("%d segments: %d rows, want 300", segments, len(seen))
		}
		share := 0
		for _, segment := range seen {
			if segment == 0 {
				share++
			}
		}
		if fair := 300 / int(segments); share < fair/2 {
			t.Errorf("%d segments: the first has %d rows of a fair %d", segments, share, fair)
		}
	}
	e.invalid(t, "Scan", `{"TableName":"tab","Segment":0,"TotalSegments":1000000,"ExclusiveStartKey":{"id":{"S":"1"}}}`, "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 1000000 Segment: 0")
}

func TestPagesEndAtOneMegabyte(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	for i := range 30 {
		e.do(t, "PutItem", fmt.Sprintf(`{"TableName":"tab","Item":{"id":{"S":"%02d"},"x":{"S":"%s"}}}`, i, strings.Repeat("x", 100<<10)))
	}
	pages, total := dynamodb.NewScanPaginator(e, &dynamodb.ScanInput{TableName: aws.String("tab")}), 0
	var sizes []int32
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		total += len(page.Items)
		sizes = append(sizes, page.Count)
	}
	if total != 30 || sizes[0] != 11 { // the eleventh row of 100 KB passes 1 MB
		t.Errorf("%d rows in pages of %v, want 30 and 11 first", total, sizes)
	}
}

func TestProjections(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"a":{"M":{"b":{"S":"x"},"c":{"L":[{"N":"0"},{"N":"1"},{"M":{"d":{"S":"y"},"e":{"S":"z"}}}]}}},"f":{"S":"w"}}}`)
	tests := []struct{ expression, want string }{
		{"f", `{"f":{"S":"w"}}`}, {"f, id", `{"f":{"S":"w"},"id":{"S":"1"}}`}, {"a.b", `{"a":{"M":{"b":{"S":"x"}}}}`}, {"a.c[2].d, a.c[0]", `{"a":{"M":{"c":{"L":[{"N":"0"},{"M":{"d":{"S":"y"}}}]}}}}`},
		{"a.c[1], a.b, gone", `{"a":{"M":{"b":{"S":"x"},"c":{"L":[{"N":"1"}]}}}}`}, {"gone", `{}`}, {"a.c[9], a.gone.x, f[0]", `{}`}, {"f.x", `{}`}, {"a.c[10], a.c[2].e", `{"a":{"M":{"c":{"L":[{"M":{"e":{"S":"z"}}}]}}}}`},
	}
	for _, test := range tests {
		a := e.do(t, "GetItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"ProjectionExpression":`+quote(test.expression)+`}`)
		if !sameJSON(t, string(a.Body), `{"Item":`+test.want+`}`) {
			t.Errorf("%s: got %s, want %s", test.expression, a.Body, test.want)
		}
	}
}

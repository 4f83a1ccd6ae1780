package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
)

// conditions run against this item.
const subject = `{"id":{"S":"1"},"n":{"N":"5"},"t":{"S":"hello"},"b":{"B":"AQID"},"yes":{"BOOL":true},"nil":{"NULL":true},
	"tags":{"SS":["x","y"]},"nums":{"NS":["1","2"]},"bins":{"BS":["AQ==","Ag=="]},"l":{"L":[{"N":"1"},{"S":"two"},{"L":[{"S":"deep"}]}]},"m":{"M":{"k":{"N":"7"},"a.b":{"S":"dot"}}},"n2":{"N":"5.0"}}`

// values are what a condition may refer to; those that it does not are left out
// of the request.
var values = map[string]string{
	":five": `{"N":"5"}`, ":fiveS": `{"S":"5"}`, ":three": `{"N":"3"}`, ":nine": `{"N":"9"}`, ":hello": `{"S":"hello"}`, ":he": `{"S":"he"}`, ":ell": `{"S":"ell"}`,
	":x": `{"S":"x"}`, ":xy": `{"SS":["y","x"]}`, ":b": `{"B":"AQID"}`, ":b1": `{"B":"AQ=="}`, ":b2": `{"B":"AgM="}`, ":true": `{"BOOL":true}`, ":null": `{"NULL":true}`,
	":one": `{"N":"1"}`, ":two": `{"S":"two"}`, ":deep": `{"L":[{"S":"deep"}]}`, ":m": `{"M":{"k":{"N":"7.0"},"a.b":{"S":"dot"}}}`, ":S": `{"S":"S"}`, ":N": `{"S":"N"}`, ":bad": `{"S":"X"}`, ":l": `{"L":[]}`,
}

var placeholders = map[string]string{"#n": "n", "#dot": "a.b", "#m": "m", "#1": "id"}

// withPlaceholders are the members of a request that an expression refers to.
func withPlaceholders(expression string) string {
	var used []string
	add := func(member string, all map[string]string, quote func(string) string) {
		var fields []string
		for key, v := range all {
			if refers(expression, key) {
				fields = append(fields, `"`+key+`":`+quote(v))
			}
		}
		if fields != nil {
			used = append(used, `,"`+member+`":{`+strings.Join(fields, ",")+"}")
		}
	}
	add("ExpressionAttributeValues", values, func(v string) string { return v })
	add("ExpressionAttributeNames", placeholders, func(v string) string { return `"` + v + `"` })
	return strings.Join(used, "")
}

// refers says whether the expression holds the placeholder as a whole word.
func refers(expression, key string) bool {
	for rest := expression; ; {
		at := strings.Index(rest, key)
		if at < 0 {
			return false
		}
		rest = rest[at+len(key):]
		if rest == "" || !strings.ContainsAny(rest[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") {
			return true
		}
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestConditions(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "PutItem", `{"TableName":"tab","Item":`+subject+`}`)
	tests := map[bool][]string{
		true: {
			"n = :five", "n = n2", "#n=:five", "n <> :three", "n <> :fiveS", "gone <> :five", "gone <> gone2", "n < :nine", "n <= :five", "n > :three", "n >= :five",
			":nine > n", "t >= :he", "b = :b", "b > :b1", "tags = :xy", "m = :m", "l[2] = :deep", "yes = :true", "nil = :null",
			"n BETWEEN :three AND :nine", "n between :five and :five", "n IN (:one, :five)", "n in(:five)", "t IN (:he, :hello)", "yes IN (:true)",
			"attribute_exists(n)", "attribute_exists(m.k)", "attribute_exists(m.#dot)", "attribute_exists(l[2][0])", "attribute_not_exists(gone)", "attribute_not_exists(l[3])", "attribute_not_exists(m.k.z)", "attribute_not_exists(m[0])", "attribute_not_exists(l.k)",
			"attribute_type(t, :S)", "attribute_type(n, :N)", "begins_with(t, :he)", "begins_with(b, :b1)", "contains(t, :ell)", "contains(tags, :x)", "contains(b, :b2)", "contains(nums, :one)", "contains(bins, :b1)", "contains(l, :one)", "contains(l, :two)", "contains(l, :deep)", "contains(:hello, t)",
			"size(t) = :five", "size(l) = :three", "size(b) = :three", "size(tags) < :three", "size(m) < size(l)", "size(:hello) = n",
			"NOT n = :three", "NOT NOT n = :five", "NOT (n = :three)", "not n = :three AND n = :five", "n = :three OR n = :five AND t = :hello", "(n = :three OR n = :five) AND t = :hello", "n = :five OR n = :three AND n = :nine",
			"((n = :five) AND (t = :hello))", "(n) = (:five)", "n = :five\n\tAND\r\nt=:hello", "n BETWEEN :three AND :nine AND t = :hello", "m.k > n", "#m.k > #n",
		},
		false: {
			"n = :three", "n = :fiveS", "gone = :five", "gone = gone2", "n <> :five", "n < :five", "t < :he", "gone < :five", "gone >= :five", "n > :fiveS",
			"n BETWEEN :nine AND :nine", "gone BETWEEN :three AND :nine", "t BETWEEN :three AND :nine", "n IN (:one, :three)", "gone IN (:one)", "attribute_exists(gone)", "attribute_not_exists(id)",
			"attribute_type(t, :N)", "attribute_type(gone, :S)", "begins_with(t, :ell)", "begins_with(n, :he)", "begins_with(gone, :he)", "contains(t, :x)", "contains(gone, :x)", "contains(n, :five)", "contains(yes, :true)", "contains(tags, :one)", "contains(m, :one)",
			"size(n) = :five", "size(gone) = :five", "size(yes) > :one", "NOT n = :five", "NOT n = :five OR n = :three", "(n = :three OR n = :five) AND t = :he", "attribute_exists(l[9])", "attribute_exists(l.k)", "attribute_exists(t.k)",
		},
	}
	for holds, expressions := range tests {
		for _, expression := range expressions {
			a := e.call(t, "Scan", `{"TableName":"tab","FilterExpression":`+quote(expression)+withPlaceholders(expression)+`}`)
			var found struct{ Count int }
			a.decode(t, &found)
			if (found.Count == 1) != holds {
				t.Errorf("%s: %v, want %v", expression, !holds, holds)
			}
		}
	}
}

func TestConditionsRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	misused := "The function is not allowed to be used this way in an expression; function: "
	tests := []struct{ expression, want string }{
		{"", "The expression can not be empty;"},
		{strings.Repeat("a", 4097), "Expression size has exceeded the maximum allowed size; expression size: 4097"},
		{"   ", `Syntax error; token: "<EOF>", near: ""`},
		{"n", `Syntax error; token: "<EOF>", near: "n"`},
		{"n =", `Syntax error; token: "<EOF>", near: "="`},
		{"n != :five", `Syntax error; token: "!", near: "n !="`},
		{"n = 5", `Syntax error; token: "5", near: "= 5"`},
		{"_n = :five", `Syntax error; token: "_", near: "_n"`},
		{"n = :five AND", `Syntax error; token: "<EOF>", near: "AND"`},
		{"n = :five :five", `Syntax error; token: ":five", near: ":five :five"`},
		{"(n = :five", `Syntax error; token: "<EOF>", near: ":five"`},
		{"n = :five)", `Syntax error; token: ")", near: ":five)"`},
		{"n IN ()", `Syntax error; token: ")", near: "()"`},
		{"n IN :five", `Syntax error; token: ":five", near: "IN :five"`},
		{"n BETWEEN :three, :nine", `Syntax error; token: ",", near: ":three, :nine"`},
		{"l[x] = :five", `Syntax error; token: "x", near: "[x]"`},
		{"l[1 = :five", `Syntax error; token: "=", near: "1 = :five"`},
		{"m. = :five", `Syntax error; token: "=", near: ". = :five"`},
		{"AND = :five", `Syntax error; token: "AND", near: "AND ="`},
		{"(n = :five) = :five", `Syntax error; token: "=", near: ") = :five"`},
		{"# = :five", `Syntax error; token: "#", near: "# ="`},
		{"attribute_exists()", `Syntax error; token: ")", near: "()"`},
		{"((n = :five))", "The expression has redundant parentheses;"},
		{"t = :hello AND ((n = :five))", "The expression has redundant parentheses;"},
		{"((n)) = :five", "The expression has redundant parentheses;"},
		{"dog(n)", "Invalid function name; function: dog"},
		{"Size(n) = :five", "Invalid function name; function: Size"},
		{"list_append(n, :l) = :l", "The function is not allowed in a condition expression; function: list_append"},
		{"size(t)", misused + "size"}, {"NOT size(t)", misused + "size"}, {"n = :five OR size(t)", misused + "size"},
		{"attribute_exists(n) = :true", misused + "attribute_exists"}, {"contains(t, begins_with(t, :he))", misused + "begins_with"}, {"begins_with(t, :he) IN (:true)", misused + "begins_with"},
		{"count = :five", "Attribute name is a reserved keyword; reserved keyword: count"},
		{"m.Status = :five", "Attribute name is a reserved keyword; reserved keyword: Status"},
		{"attribute_exists(set)", "Attribute name is a reserved keyword; reserved keyword: set"},
		{"#gone = :five", "An expression attribute name used in the document path is not defined; attribute name: #gone"},
		{"n = :gone", "An expression attribute value used in expression is not defined; attribute value: :gone"},
		{"l[99999999999] = :five", "List index is not within the allowable range; index: [99999999999]"},
		{"a" + strings.Repeat(".a", 32) + " = :five", "The document path has too many nesting levels; nesting levels: 33"},
		{"attribute_exists(n, t)", "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"},
		{"contains(t)", "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1"},
		{"size(t, n) = :five", "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2"},
		{"n = n", "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]"},
		{"l[1].k < l[1].k", "The first operand must be distinct from the remaining operands for this operator or function; operator: <, first operand: [l, [1], k]"},
		{"begins_with(t, #t)", "An expression attribute name used in the document path is not defined; attribute name: #t"},
		{"contains(m.k, m.k)", "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [m, k]"},
		{"n IN (:five, n)", "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [n]"},
		{"attribute_exists(:five)", "Operator or function requires a document path; operator or function: attribute_exists"},
		{"begins_with(t, :five)", "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"begins_with(t, size(t))", "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"attribute_type(t, :five)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N"},
		{"attribute_type(t, n)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
		{"attribute_type(t, :bad)", "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
		{"size(:five) = :five", "Incorrect operand type for operator or function; operator or function: size, operand type: N"},
		{"n < :true", "Incorrect operand type for operator or function; operator: <, operand type: BOOL"},
		{"n BETWEEN :l AND :l", "Incorrect operand type for operator or function; operator: BETWEEN, operand type: L"},
		{"n BETWEEN :nine AND :three", "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {N:3}"},
		{"n BETWEEN :three AND :he", "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:3}, upper bound operand: AttributeValue: {S:he}"},
		{"n IN (" + strings.Repeat(":five,", 100) + ":five)", "The IN operator is provided with too many operands; number of operands: 101"},
	}
	for _, test := range tests {
		e.invalid(t, "Scan", `{"TableName":"tab","FilterExpression":`+quote(test.expression)+withPlaceholders(test.expression)+`}`, "Invalid FilterExpression: "+test.want)
	}
}

func TestPlaceholdersRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const condition = `"ConditionExpression":"attribute_exists(id)"`
	tests := []struct{ rest, want string }{
		{`"ExpressionAttributeNames":{"#a":"a"}`, "ExpressionAttributeNames can only be specified when using expressions"},
		{`"ExpressionAttributeValues":{":a":{"S":"a"}}`, "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"},
		{condition + `,"ExpressionAttributeNames":{}`, "ExpressionAttributeNames must not be empty"},
		{condition + `,"ExpressionAttributeValues":{}`, "ExpressionAttributeValues must not be empty"},
		{condition + `,"ExpressionAttributeNames":{"a":"a"}`, `ExpressionAttributeNames contains invalid key: Syntax error; key: "a"`},
		{condition + `,"ExpressionAttributeNames":{"#":"a"}`, `ExpressionAttributeNames contains invalid key: Syntax error; key: "#"`},
		{condition + `,"ExpressionAttributeValues":{":a-b":{"S":"a"}}`, `ExpressionAttributeValues contains invalid key: Syntax error; key: ":a-b"`},
		{condition + `,"ExpressionAttributeValues":{":a":{"N":"dog"}}`, "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: dog for key :a"},
		{condition + `,"ExpressionAttributeValues":{":a":{}}`, "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a"},
		{condition + `,"ExpressionAttributeNames":{"#b":"b","#a":"a"}`, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"},
		{condition + `,"ExpressionAttributeValues":{":a":{"S":"a"},":b":{"S":"b"}}`, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :b}"},
	}
	for _, test := range tests {
		e.invalid(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"}},`+test.rest+`}`, test.want)
	}
	e.invalid(t, "UpdateItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"ExpressionAttributeValues":{":a":{"S":"a"}}}`, "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null")
}

func TestLegacyParametersRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	const have = "the local endpoint does not have the legacy parameters {%s}: use expressions"
	tests := []struct{ operation, rest, want string }{
		{"PutItem", `"Item":{"id":{"S":"1"}},"Expected":{}`, fmt.Sprintf(have, "Expected")},
		{"DeleteItem", `"Key":{"id":{"S":"1"}},"Expected":{},"ConditionalOperator":"AND"`, fmt.Sprintf(have, "Expected, ConditionalOperator")},
		{"UpdateItem", `"Key":{"id":{"S":"1"}},"AttributeUpdates":{}`, fmt.Sprintf(have, "AttributeUpdates")},
		{"UpdateItem", `"Key":{"id":{"S":"1"}},"AttributeUpdates":{},"UpdateExpression":"REMOVE a"`, "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"},
		{"GetItem", `"Key":{"id":{"S":"1"}},"AttributesToGet":["a"]`, fmt.Sprintf(have, "AttributesToGet")},
		{"Query", `"KeyConditions":{}`, fmt.Sprintf(have, "KeyConditions")},
		{"Query", `"KeyConditionExpression":"id = :a","QueryFilter":{}`, "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {QueryFilter} Expression parameters: {KeyConditionExpression}"},
		{"Scan", `"ScanFilter":{}`, fmt.Sprintf(have, "ScanFilter")},
	}
	for _, test := range tests {
		e.invalid(t, test.operation, `{"TableName":"tab",`+test.rest+`}`, test.want)
	}
}

func TestReservedWords(t *testing.T) {
	words := strings.Fields(dynamodb.ReservedWords)
	if len(words) != 573 {
		t.Errorf("there are %d reserved words, want 573", len(words))
	}
	for _, word := range words {
		if !dynamodb.Reserved(word) || !dynamodb.Reserved(strings.ToLower(word)) {
			t.Errorf("%s is not reserved", word)
		}
	}
	for _, word := range []string{"id", "request_id", "mean", "median", "ZON", "stddev", "q1", "variance_"} {
		if dynamodb.Reserved(word) {
			t.Errorf("%s is reserved", word)
		}
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"a = :a AND NOT (b[0].c <> #a OR size(d) BETWEEN :a AND :a)", "a IN (:a, b)", "contains(a, :a)", "SET a = if_not_exists(b, :a) + :a, #a.b[1] = list_append(c, :a) REMOVE d ADD e :a DELETE g :a",
		"a, b.c[3], #a", "((((((((", "NOT NOT NOT", "a[99999999999999999999]", "a = = b", "SET (a)", ":a = :a", "\xff\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, what := range []string{"ConditionExpression", "UpdateExpression", "ProjectionExpression"} {
			err := dynamodb.ParseExpression(what, source)
			if err != nil && !strings.HasPrefix(err.Error(), "ValidationException: Invalid "+what+": ") {
				t.Errorf("%s %q: %v", what, source, err)
			}
		}
	})
}

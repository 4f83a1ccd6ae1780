package dynamodb_test

import (
	"strings"
	"testing"
)

func TestUpdates(t *testing.T) {
	const before = `{"id":{"S":"1"},"n":{"N":"5"},"s":{"S":"text"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"N":"4"}]},"m":{"M":{"k":{"N":"7"},"deep":{"M":{}}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]}}`
	tests := []struct{ expression, values, attribute, want string }{
		{"SET n = :v", `{":v":{"S":"new"}}`, "n", `{"S":"new"}`},
		{"set n = n + :v", `{":v":{"N":"1.5"}}`, "n", `{"N":"6.5"}`},
		{"SET n = :v - n", `{":v":{"N":"1"}}`, "n", `{"N":"-4"}`},
		{"SET n = (n + :v)", `{":v":{"N":"1"}}`, "n", `{"N":"6"}`},
		{"SET n = (n) - (:v)", `{":v":{"N":"5"}}`, "n", `{"N":"0"}`},
		{"SET n = m.k + l[4]", ``, "n", `{"N":"11"}`},
		{"SET x = if_not_exists(x, :v)", `{":v":{"N":"1"}}`, "x", `{"N":"1"}`},
		{"SET n = if_not_exists(n, :v) + :v", `{":v":{"N":"1"}}`, "n", `{"N":"6"}`},
		{"SET x = if_not_exists(x, n) + :v", `{":v":{"N":"1"}}`, "x", `{"N":"6"}`},
		{"SET x = list_append(:v, l)", `{":v":{"L":[{"S":"first"}]}}`, "x", `{"L":[{"S":"first"},{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"N":"4"}]}`},
		{"SET x = list_append(if_not_exists(x, :v), :v)", `{":v":{"L":[{"S":"a"}]}}`, "x", `{"L":[{"S":"a"},{"S":"a"}]}`},
		{"SET m.k = :v, m.#new = :v", `{":v":{"S":"v"}}`, "m", `{"M":{"k":{"S":"v"},"deep":{"M":{}},"new.name":{"S":"v"}}}`},
		{"SET m.deep.x = :v", `{":v":{"S":"v"}}`, "m", `{"M":{"k":{"N":"7"},"deep":{"M":{"x":{"S":"v"}}}}}`},
		{"SET l[1] = :v, l[9] = l[0], l[7] = l[2]", `{":v":{"S":"v"}}`, "l", `{"L":[{"N":"0"},{"S":"v"},{"N":"2"},{"N":"3"},{"N":"4"},{"N":"2"},{"N":"0"}]}`},
		{"REMOVE l[1], l[2], l[99]", ``, "l", `{"L":[{"N":"0"},{"N":"3"},{"N":"4"}]}`},
		{"SET l[3] = :v REMOVE l[0]", `{":v":{"S":"v"}}`, "l", `{"L":[{"N":"1"},{"N":"2"},{"S":"v"},{"N":"4"}]}`},
		{"REMOVE n", ``, "n", ``}, {"REMOVE gone, n", ``, "n", ``}, {"REMOVE m.k", ``, "m", `{"M":{"deep":{"M":{}}}}`},
		{"ADD n :v", `{":v":{"N":"-0.5"}}`, "n", `{"N":"4.5"}`}, {"ADD x :v", `{":v":{"N":"3"}}`, "x", `{"N":"3"}`}, {"ADD m.k :v", `{":v":{"N":"1"}}`, "m", `{"M":{"k":{"N":"8"},"deep":{"M":{}}}}`},
		{"ADD ss :v", `{":v":{"SS":["c","a"]}}`, "ss", `{"SS":["a","b","c"]}`}, {"ADD x :v", `{":v":{"SS":["c"]}}`, "x", `{"SS":["c"]}`}, {"ADD ns :v", `{":v":{"NS":["2.0","0"]}}`, "ns", `{"NS":["0","1","2"]}`},
		{"DELETE ss :v", `{":v":{"SS":["a","z"]}}`, "ss", `{"SS":["b"]}`}, {"DELETE ns :v", `{":v":{"NS":["1.00"]}}`, "ns", `{"NS":["2"]}`}, {"DELETE ss :v", `{":v":{"SS":["a","b"]}}`, "ss", ``}, {"DELETE gone :v", `{":v":{"SS":["a"]}}`, "gone", ``},
		{"REMOVE s SET n = :v ADD x :v DELETE ss :d", `{":v":{"N":"1"},":d":{"SS":["a"]}}`, "x", `{"N":"1"}`},
		{"SET s = n, n = :v", `{":v":{"N":"1"}}`, "s", `{"N":"5"}`},
	}
	for _, test := range tests {
		t.Run(test.expression, func(t *testing.T) {
			e := open(t, "")
			e.simple(t)
			e.do(t, "PutItem", `{"TableName":"tab","Item":`+before+`}`)
			body := `{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":` + quote(test.expression)
			if test.values != "" {
				body += `,"ExpressionAttributeValues":` + test.values
			}
			if strings.Contains(test.expression, "#new") {
				body += `,"ExpressionAttributeNames":{"#new":"new.name"}`
			}
			e.do(t, "UpdateItem", body+`}`)
			got := e.do(t, "GetItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"ProjectionExpression":`+quote(test.attribute)+`}`)
			want := `{"Item":{}}`
			if test.want != "" {
				want = `{"Item":{"` + test.attribute + `":` + test.want + `}}`
			}
			if !sameJSON(t, string(got.Body), want) {
				t.Errorf("got %s, want %s", got.Body, want)
			}
		})
	}
}

func TestUpdatesRefused(t *testing.T) {
	e := open(t, "")
	e.simple(t)
	e.do(t, "PutItem", `{"TableName":"tab","Item":{"id":{"S":"1"},"n":{"N":"5"},"big":{"N":"9E125"},"huge":{"N":"1E50"},"s":{"S":"x"},"l":{"L":[]},"m":{"M":{}}}}`)
	const wrongOperand = "An operand in the update expression has an incorrect data type"
	const wrongPath = "The document path provided in the update expression is invalid for update"
	const overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range"
	const kind = "Invalid UpdateExpression: Incorrect operand type for operator or function; "
	tests := []struct{ expression, value, want string }{
		{"", ``, "Invalid UpdateExpression: The expression can not be empty;"},
		{"n = :v", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "n", near: "n ="`},
		{"SET n", ``, `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "n"`},
		{"SET", ``, `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"`},
		{"SET n = :v,", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","`},
		{"SET n = n + :v + :v", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "+", near: ":v + :v"`},
		{"SET n = (n + :v) + :v", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "+", near: ") + :v"`},
		{"SET _n = :v", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "_", near: "SET _n"`},
		{"ADD n 5", ``, `Invalid UpdateExpression: Syntax error; token: "5", near: "n 5"`},
		{"ADD n n", ``, `Invalid UpdateExpression: Syntax error; token: "n", near: "n n"`},
		{"SET n = :v SET s = :v", `{"N":"1"}`, `Invalid UpdateExpression: The "SET" section can only be used once in an update expression;`},
		{"SET n = :v, REMOVE s", `{"N":"1"}`, `Invalid UpdateExpression: Syntax error; token: "REMOVE", near: ", REMOVE s"`},
		{"SET count = :v", `{"N":"1"}`, "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: count"},
		{"SET n = dog(:v)", `{"N":"1"}`, "Invalid UpdateExpression: Invalid function name; function: dog"},
		{"SET n = size(:v)", `{"N":"1"}`, "Invalid UpdateExpression: The function is not allowed in an update expression; function: size"},
		{"SET n = if_not_exists(n)", ``, "Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"},
		{"SET n = if_not_exists(:v, n)", `{"N":"1"}`, "Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists"},
		{"SET n = list_append(l, :v)", `{"N":"1"}`, kind + "operator or function: list_append, operand type: N"},
		{"SET n = n + :v", `{"S":"1"}`, kind + "operator or function: +, operand type: S"},
		{"ADD n :v", `{"S":"1"}`, kind + "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		{"DELETE n :v", `{"N":"1"}`, kind + "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
		{"SET n = :v, n = :v", `{"N":"1"}`, "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]"},
		{"SET m.a = :v, m = :v", `{"N":"1"}`, "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]"},
		{"SET m.a = :v REMOVE m[0]", `{"N":"1"}`, "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]"},
		{"SET n = :w", ``, "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w"},
		{"SET #n = n", ``, "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #n"},
		{"SET id = :v", `{"S":"1"}`, "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"},
		{"REMOVE id", ``, "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"},
		{"SET n = id.x", ``, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id"},
		{"SET n = gone", ``, "The provided expression refers to an attribute that does not exist in the item"},
		{"SET x = :v, y = x", `{"N":"1"}`, "The provided expression refers to an attribute that does not exist in the item"},
		{"SET n = s + :v", `{"N":"1"}`, wrongOperand}, {"SET n = list_append(s, l)", ``, wrongOperand}, {"ADD s :v", `{"N":"1"}`, wrongOperand}, {"ADD n :v", `{"SS":["1"]}`, wrongOperand}, {"DELETE n :v", `{"SS":["1"]}`, wrongOperand},
		{"SET gone.x = :v", `{"N":"1"}`, wrongPath}, {"SET s.x = :v", `{"N":"1"}`, wrongPath}, {"SET m[0] = :v", `{"N":"1"}`, wrongPath}, {"SET l.x = :v", `{"N":"1"}`, wrongPath}, {"SET l[5].x = :v", `{"N":"1"}`, wrongPath}, {"REMOVE gone.x", ``, wrongPath},
		{"SET n = big + :v", `{"N":"9e125"}`, overflow}, {"ADD huge :v", `{"N":"1"}`, overflow},
		{"SET x = n + :v, y = n - :w", `{"N":"1"}`, "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w"},
		{"SET m.x = :v", nested(32), "Nesting Levels have exceeded supported limits"},
		{"SET big = :v", `{"S":"` + strings.Repeat("x", 409600) + `"}`, "Item size to update has exceeded the maximum allowed size"},
	}
	for _, test := range tests {
		body := `{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":` + quote(test.expression)
		if test.value != "" {
			body += `,"ExpressionAttributeValues":{":v":` + test.value + `}`
		}
		e.invalid(t, "UpdateItem", body+`}`, test.want)
	}
	var sets []string
	for i := range 301 {
		sets = append(sets, "x"+string(rune('a'+i%26))+string(rune('a'+i/26))+"=n+:v")
	}
	e.invalid(t, "UpdateItem", `{"TableName":"tab","Key":{"id":{"S":"1"}},"UpdateExpression":"SET `+strings.Join(sets, ",")+`","ExpressionAttributeValues":{":v":{"N":"1"}}}`, "Invalid UpdateExpression: The expression contains too many operators; operator count: 301")
}

// nested is a value of lists in lists, depth of them.
func nested(depth int) string {
	return strings.Repeat(`{"L":[`, depth) + `{"S":"x"}` + strings.Repeat(`]}`, depth)
}

package dynamodb_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
)

func TestParseInsert(t *testing.T) {
	tests := []struct{ source, table, item, refusal string }{
		{source: `INSERT INTO "tab" VALUE {'a': ?, 'b': ?}`, table: "tab", item: `{"a":{"S":"first"},"b":{"S":"second"}}`},
		{source: "\tinsert\ninto tab_2 value{'b':?,'a':?}\r\n", table: "tab_2", item: `{"a":{"S":"second"},"b":{"S":"first"}}`},
		{source: `INSERT INTO "a.b-c" VALUE {}`, table: "a.b-c", item: `{}`},
		{source: `INSERT INTO "a""b" VALUE {'it''s': '''', 'empty': '', 'mark': '?', 'two': 'a "b"'}`, table: `a"b`, item: `{"empty":{"S":""},"it's":{"S":"'"},"mark":{"S":"?"},"two":{"S":"a \"b\""}}`},
		{source: `INSERT INTO tab VALUE {'a': 1, 'b': -0.5, 'c': 1e-3, 'd': +2.50E+2}`, table: "tab", item: `{"a":{"N":"1"},"b":{"N":"-0.5"},"c":{"N":"0.001"},"d":{"N":"250"}}`},
		{source: `INSERT INTO tab VALUE {'a': true, 'b': False, 'c': NULL}`, table: "tab", item: `{"a":{"BOOL":true},"b":{"BOOL":false},"c":{"NULL":true}}`},
		{source: ``, refusal: "Expected data manipulation"},
		{source: `"INSERT" INTO tab VALUE {}`, refusal: "Expected data manipulation"},
		{source: `INSERT`, refusal: "Expected INTO at the end"},
		{source: `INSERT tab`, refusal: `Expected INTO, not "tab"`},
		{source: `INSERT INTO 'tab' VALUE {}`, refusal: `Expected a table's name, not "tab"`},
		{source: `INSERT INTO "tab VALUE {}`, refusal: `Expected a table's name, not "\""`},
		{source: `INSERT INTO "tab"."index" VALUE {}`, refusal: `Expected VALUE, not "."`},
		{source: `INSERT INTO tab VALUES {}`, refusal: `Expected VALUE, not "VALUES"`},
		{source: `INSERT INTO tab VALUE ?`, refusal: `Expected {, not "?"`},
		{source: `INSERT INTO tab VALUE {a: ?}`, refusal: `Expected an attribute's name in single quotes, not "a"`},
		{source: `INSERT INTO tab VALUE {'a' ?}`, refusal: `Expected :, not "?"`},
		{source: `INSERT INTO tab VALUE {'a': }`, refusal: `Expected a value, not "}"`},
		{source: `INSERT INTO tab VALUE {'a': 'b}`, refusal: `Expected a value, not "'"`},
		{source: `INSERT INTO tab VALUE {'a': ??}`, refusal: `Expected }, not "?"`},
		{source: `INSERT INTO tab VALUE {'a': ?,}`, refusal: `Expected an attribute's name in single quotes, not "}"`},
		{source: `INSERT INTO tab VALUE {'a': ?`, refusal: `Expected } at the end`},
		{source: `INSERT INTO tab VALUE {'a': ?, 'a': ?}`, refusal: `The attribute "a" is there twice`},
		{source: `INSERT INTO tab VALUE {'a': ?} RETURNING ALL OLD *`, refusal: `Expected the end, not "RETURNING"`},
		{source: `INSERT INTO tab VALUE {'a': 1.2.3}`, refusal: "The parameter cannot be converted to a numeric value: 1.2.3"},
		{source: `INSERT INTO tab VALUE {'a': -}`, refusal: "The parameter cannot be converted to a numeric value: -"},
		{source: `INSERT INTO tab VALUE {'a': << 1 >>}`, refusal: "the local endpoint does not have lists, maps and sets in a statement: use parameters"},
		{source: `INSERT INTO tab VALUE {'a': {'b': 1}}`, refusal: "the local endpoint does not have lists, maps and sets in a statement: use parameters"},
	}
	for _, test := range tests {
		table, _, item, err := dynamodb.ParseInsert(test.source, "first", "second")
		switch {
		case test.refusal != "":
			if err == nil || !strings.HasSuffix(err.Error(), test.refusal) {
				t.Errorf("%s: got %v, want %s", test.source, err, test.refusal)
			}
		case err != nil || table != test.table || string(item) != test.item:
			t.Errorf("%s: got %s %s, %v", test.source, table, item, err)
		}
	}
}

// quoteSQL is a text between quotes.
func quoteSQL(text, quote string) string {
	return quote + strings.ReplaceAll(text, quote, quote+quote) + quote
}

// FuzzParseInsert parses any statement. One that can be parsed means the same
// when it is written anew; and any text survives as a literal and as a name.
func FuzzParseInsert(f *testing.F) {
	for _, seed := range []string{
		`INSERT INTO "tab" VALUE {'a': ?, 'b': 'it''s', 'c': -1.5e-3, 'd': null}`, `insert into t value {}`, `INSERT INTO "a""b" VALUE {'': 1`, `SELECT`, `'`, `INSERT INTO t VALUE {'a': << ? >>}`,
	} {
		f.Add(seed, "it's \"so\"")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		text = text[:min(len(text), 60_000)] // names have a limit
		table, names, _, err := dynamodb.ParseInsert(source)
		if err != nil && dynamodb.ErrorCode(err) != "ValidationException" {
			t.Errorf("%q: %v", source, err)
		}
		if err == nil {
			marks := make([]string, len(names))
			for i, name := range names {
				marks[i] = quoteSQL(name, "'") + ": ?"
			}
			again := "INSERT INTO " + quoteSQL(table, `"`) + " VALUE {" + strings.Join(marks, ", ") + "}"
			if table2, names2, _, err := dynamodb.ParseInsert(again); err != nil || table2 != table || !slices.Equal(names2, names) {
				t.Errorf("%q, written anew as %q: %q %q, %v", source, again, table2, names2, err)
			}
		}
		literal := "INSERT INTO tab VALUE {" + quoteSQL("x"+text, "'") + ": " + quoteSQL(text, "'") + "}"
		_, names, item, err := dynamodb.ParseInsert(literal)
		if err != nil || names[0] != "x"+text {
			t.Fatalf("%q: %q, %v", literal, names, err)
		}
		if want := quoteItem(t, "x"+text, text); !sameJSON(t, string(item), want) {
			t.Errorf("%q: got %s, want %s", literal, item, want)
		}
	})
}

func quoteItem(t *testing.T, name, text string) string {
	b, err := json.Marshal(map[string]map[string]string{name: {"S": text}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

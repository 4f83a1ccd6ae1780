package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type number struct{ what, in, want, moto string }

const refused = "ValidationException"

// A number has up to 38 digits and is 0 or between 1E-130 and 9.99...E+125 either
// way.
var numbers = []number{
	{"38 digits", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678", ""},
	{"38 digits behind the point", "0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678", ""},
	{"39 digits", strings.Repeat("1", 39), refused, strings.Repeat("1", 39)},
	{"40 digits", strings.Repeat("1", 40), refused, strings.Repeat("1", 40)},
	{"1E+126", "1E+126", refused, "1E+126"},
	{"-1E+126", "-1E+126", refused, "-1E+126"},
	{"1E-131", "1E-131", refused, ""},
	{"zeros around", "0012.500", "12.5", "0012.500"},
	{"NaN", "NaN", refused, ""},
	{"Infinity", "Infinity", refused, ""},
	{"empty", "", refused, ""},
	{"word", "one", refused, ""},
	{"hexadecimal", "0x10", refused, ""},
}

func numberCases() []testCase {
	const page = "Supported data types and naming rules in Amazon DynamoDB"
	cases := each(numbers, func(n number) testCase {
		return testCase{name: "dynamodb/number/" + n.what, page: page, want: n.want, moto: n.moto, run: func(b *bench) string {
			k := fresh()
			if got := b.put(row(k, "n", "n", num(n.in))); got != "ok" {
				return got
			}
			return word(b.get(key(k, "n"))["n"])
		}}
	})
	return append(cases, testCase{name: "dynamodb/number/from least to greatest", page: page, want: "ok, ok, ok, ok", run: func(b *bench) string {
		var got []string
		for _, n := range []string{"1E-130", "-1E-130", "9.9999999999999999999999999999999999999E+125", "-9.9999999999999999999999999999999999999E+125"} {
			got = append(got, b.put(row(fresh(), "n", "n", num(n))))
		}
		return strings.Join(got, ", ")
	}})
}

// itemLimit is the most bytes that an item may have, its attributes' names
// included.
const itemLimit = 400 << 10

type value struct {
	what       string
	item       item
	want, moto string
}

// sized is an item of so many bytes.
func sized(bytes int) item {
	return row("p", "s", "x", str(strings.Repeat("x", bytes-len("pkp"+"sks"+"x"))))
}

var values = []value{
	{"item of 400 KiB", sized(itemLimit), "ok", "ValidationException"},
	{"item of 400 KiB and a byte", sized(itemLimit + 1), refused, ""},
	{"key that is empty", key("", "s"), refused, ""},
	{"sort key that is empty", key("p", ""), refused, ""},
	{"key of 2048 bytes", key(strings.Repeat("k", 2048), "s"), "ok", ""},
	{"key of 2049 bytes", key(strings.Repeat("k", 2049), "s"), refused, ""},
	{"sort key of 1024 bytes", key("p", strings.Repeat("k", 1024)), "ok", ""},
	{"sort key of 1025 bytes", key("p", strings.Repeat("k", 1025)), refused, ""},
	{"key of another type", item{"pk": num("1"), "sk": str("s")}, refused, ""},
	{"no sort key", item{"pk": str("p")}, refused, ""},
	{"index key of another type", row("p", "s", "kind", num("1")), refused, "ok"},
	{"index key that is empty", row("p", "s", "kind", str("")), refused, ""},
	{"text that is empty", row("p", "s", "x", str("")), "ok", ""},
	{"set that is empty", row("p", "s", "x", &types.AttributeValueMemberSS{Value: []string{}}), refused, ""},
	{"set with a text twice", row("p", "s", "x", &types.AttributeValueMemberSS{Value: []string{"a", "a"}}), refused, "ok"},
	{"set with a number twice", row("p", "s", "x", &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}}), refused, "ok"},
	{"30 levels", row("p", "s", "x", nested(30)), "ok", ""},
	{"40 levels, of at most 32", row("p", "s", "x", nested(40)), refused, "ok"},
}

// nested is a list in a list and so on, of so many levels.
func nested(levels int) types.AttributeValue {
	v := types.AttributeValue(&types.AttributeValueMemberL{Value: []types.AttributeValue{}})
	for range levels - 1 {
		v = &types.AttributeValueMemberL{Value: []types.AttributeValue{v}}
	}
	return v
}

// everyValue has an attribute of every type.
var everyValue = item{
	"s": str(edges + "\x00\uffff"), "n": num("-1.5"), "b": &types.AttributeValueMemberB{Value: []byte{0, 0xff}},
	"bool": &types.AttributeValueMemberBOOL{Value: true}, "null": &types.AttributeValueMemberNULL{Value: true},
	"l": &types.AttributeValueMemberL{Value: []types.AttributeValue{str(""), num("0")}},
	"m": &types.AttributeValueMemberM{Value: item{"a": num("1"), "b": str("x")}},
}

func valueCases() []testCase {
	const page = "Quotas in Amazon DynamoDB"
	cases := each(values, func(v value) testCase {
		return testCase{name: "dynamodb/item/" + v.what, page: page, want: v.want, moto: v.moto, run: func(b *bench) string { return b.put(v.item) }}
	})
	return append(cases, testCase{
		name: "dynamodb/item/every type", page: "Supported data types and naming rules in Amazon DynamoDB", want: "as it was put",
		run: func(b *bench) string {
			k := key(fresh(), "s")
			i := item{"pk": k["pk"], "sk": k["sk"]}
			for name, v := range everyValue {
				i[name] = v
			}
			b.mustPut(i)
			got := b.get(k)
			return verdict(reflect.DeepEqual(got, i), "as it was put", fmt.Sprintf("changed: %s", words(got)))
		},
	})
}

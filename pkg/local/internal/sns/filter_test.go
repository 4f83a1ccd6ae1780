package sns_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// passes publishes a message through a subscription with the filter policy, and
// says whether it arrives.
func passes(t *testing.T, scope, policy, body string, attributes map[string]types.MessageAttributeValue) bool {
	t.Helper()
	f := open(t)
	f.queue("q")
	f.subscribe("q", "RawMessageDelivery", "true", "FilterPolicy", policy, "FilterPolicyScope", scope)
	must(f.Publish(t.Context(), &sns.PublishInput{TopicArn: f.topic, Message: &body, MessageAttributes: attributes}))(t)
	return f.bodies("q") == body
}

func TestFilterOnAttributes(t *testing.T) {
	attributes := map[string]types.MessageAttributeValue{
		"s": attribute("String", "shirt"), "n": attribute("Number", "100.0"), "list": attribute("String.Array", `["red",2,true,null]`), "b": attribute("Binary", "x"),
	}
	for policy, want := range map[string]bool{
		`{}`: true, `{"s":["shirt"]}`: true, `{"s":["hat","shirt"]}`: true, `{"s":["Shirt"]}`: false, `{"none":["shirt"]}`: false,
		`{"s":["shirt"],"n":[100]}`: true, `{"s":["shirt"],"n":[101]}`: false, `{"n":["100.0"]}`: false, `{"n":[1e2]}`: true,
		`{"s":[{"prefix":"sh"}]}`: true, `{"s":[{"prefix":"x"}]}`: false, `{"s":[{"suffix":"irt"}]}`: true, `{"s":[{"suffix":"sh"}]}`: false,
		`{"s":[{"equals-ignore-case":"SHIRT"}]}`: true, `{"s":[{"equals-ignore-case":"hat"}]}`: false, `{"n":[{"prefix":"1"}]}`: false,
		`{"s":[{"anything-but":"hat"}]}`: true, `{"s":[{"anything-but":["hat","shirt"]}]}`: false, `{"n":[{"anything-but":[100]}]}`: false,
		`{"s":[{"anything-but":{"prefix":"sh"}}]}`: false, `{"s":[{"anything-but":{"suffix":"x"}}]}`: true, `{"none":[{"anything-but":"x"}]}`: false,
		`{"n":[{"numeric":["=",100]}]}`: true, `{"n":[{"numeric":[">",0,"<=",100]}]}`: true, `{"n":[{"numeric":["<",100]}]}`: false,
		`{"n":[{"numeric":[">=",100.0]}]}`: true, `{"n":[{"numeric":[">",99,"<",100]}]}`: false, `{"s":[{"numeric":[">",0]}]}`: false,
		`{"s":[{"exists":true}]}`: true, `{"none":[{"exists":true}]}`: false, `{"none":[{"exists":false}]}`: true, `{"s":[{"exists":false}]}`: false,
		`{"list":["red"]}`: true, `{"list":[2]}`: true, `{"list":[true]}`: true, `{"list":[null]}`: true, `{"list":["blue"]}`: false, `{"list":[{"anything-but":"red"}]}`: true,
		`{"b":["x"]}`: false,
	} {
		if got := passes(t, "MessageAttributes", policy, "m", attributes); got != want {
			t.Errorf("%s: got %v, want %v", policy, got, want)
		}
	}
}

func TestFilterOnBody(t *testing.T) {
	const body = `{"kind":"order","price":12.5,"open":true,"note":null,"who":{"name":"Ann","tags":["x","y"]},"lines":[{"sku":1},{"sku":2,"deep":{"n":[3]}}]}`
	for policy, want := range map[string]bool{
		`{"kind":["order"]}`: true, `{"kind":["quote"]}`: false, `{"price":[12.50]}`: true, `{"open":[true]}`: true, `{"open":[false]}`: false, `{"note":[null]}`: true,
		`{"who":{"name":["Ann"]}}`: true, `{"who":{"name":["Bob"]}}`: false, `{"who":{"tags":["y"]}}`: true, `{"who":["Ann"]}`: false,
		`{"lines":{"sku":[2]}}`: true, `{"lines":{"sku":[3]}}`: false, `{"lines":{"deep":{"n":[{"numeric":[">",2]}]}}}`: true, `{"kind":{"x":["order"]}}`: false,
		`{"gone":[{"exists":false}]}`: true, `{"gone":{"deeper":[{"exists":false}]}}`: true, `{"kind":[{"exists":true}],"price":[{"exists":false}]}`: false,
	} {
		if got := passes(t, "MessageBody", policy, body, nil); got != want {
			t.Errorf("%s: got %v, want %v", policy, got, want)
		}
	}
	for _, body := range []string{`no JSON`, `["order"]`, `"order"`, `{"kind":"order"} x`} {
		if passes(t, "MessageBody", `{"kind":["order"]}`, body, nil) {
			t.Errorf("%s passes", body)
		}
	}
}

// What the endpoint does not have is refused, never taken for something else.
func TestRefusedFilters(t *testing.T) {
	f := open(t)
	values := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"x",`, n), ",") + "]" }
	for i, c := range []struct{ scope, policy, text string }{
		{"", `x`, "JSON"}, {"", `[]`, "object"}, {"", `null`, "object"}, {"", `{} {}`, "more than one"}, {"", `{"a":"x"}`, "array"}, {"", `{"a":[]}`, "empty"}, {"", `{"a":[[1]]}`, "value"},
		{"", `{"a":[{}]}`, "one key"}, {"", `{"a":[{"prefix":"x","suffix":"y"}]}`, "one key"}, {"", `{"a":{"b":["x"]}}`, "nested"},
		{"", `{"a":[{"wildcard":"x*"}]}`, "wildcard"}, {"", `{"a":[{"cidr":"10.0.0.0/8"}]}`, "cidr"}, {"", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, ""},
		{"", `{"$or":["x"]}`, "$or"}, {"", `{"a":[{"prefix":1}]}`, "string"}, {"", `{"a":[{"exists":"yes"}]}`, "true or false"}, {"", `{"a":[{"anything-but":[]}]}`, "empty"},
		{"", `{"a":[{"anything-but":{"wildcard":"x"}}]}`, "wildcard"}, {"", `{"a":[{"numeric":["=","1"]}]}`, "number"}, {"", `{"a":[{"numeric":["!=",1]}]}`, "!="},
		{"", `{"a":[{"numeric":["="]}]}`, "pairs"}, {"", `{"a":[1e10]}`, "10^9"}, {"", `{"a":[1e999]}`, "10^9"},
		{"", `{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}`, "5 keys"}, {"", `{"a":` + values(151) + `}`, "combinations"},
		{"MessageBody", `{"a":{"b":` + values(76) + `}}`, "combinations"}, {"MessageBody", `{"a":{}}`, "empty"}, {"Other", `{"a":["x"]}`, "MessageBody"},
	} {
		_, err := f.trySubscribe(queueARNs+fmt.Sprint("q", i), "FilterPolicy", c.policy, "FilterPolicyScope", c.scope)
		f.refused(c.policy, err, "InvalidParameter", c.text)
	}
	f.subscribe("q", "FilterPolicy", `{"a":`+values(150)+`}`)
}

package sns

import (
	"testing"

	"github.com/statline/statline/pkg/local/internal/sqs"
)

// A filter policy that is taken decides about any message without a panic, the
// same way each time.
func FuzzFilter(f *testing.F) {
	f.Add(`{"a":["x",1,true,null,{"prefix":"y"}],"b":[{"numeric":[">=",0,"<",1e3]}]}`, onAttributes, `{"a":"x"}`)
	f.Add(`{"a":{"b":[{"anything-but":{"suffix":"x"}}],"c":[{"exists":false}]}}`, onBody, `{"a":[{"b":"y"},[{"b":1e999}]]}`)
	f.Add(`{"a":[{"equals-ignore-case":"X"},{"anything-but":[1,"y"]}]}`, onBody, `{"a":[[["x"]]]}`)
	f.Fuzz(func(t *testing.T, doc, scope, message string) {
		filter, err := parseFilter(doc, scope)
		if err != nil {
			return
		}
		m := sqs.Message{Body: message, Attributes: map[string]sqs.Attribute{
			"a": {DataType: "String", StringValue: message}, "b": {DataType: "Number", StringValue: message}, "c": {DataType: "String.Array", StringValue: message},
		}}
		first := filter.passes(m)
		for range 3 {
			if filter.passes(m) != first {
				t.Fatalf("%s decides both ways about %s", doc, message)
			}
		}
	})
}

package main

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

type filter struct {
	what, policy, scope string
	no, yes             sns.PublishInput
}

func with(message, kind, value string) sns.PublishInput {
	return sns.PublishInput{Message: &message, MessageAttributes: snsAttributes{"k": snsAttribute(kind, value)}}
}

var filters = []filter{
	{"exact text", `{"k":["a","b"]}`, "MessageAttributes", with("no", "String", "c"), with("yes", "String", "b")},
	{"prefix", `{"k":[{"prefix":"ab"}]}`, "MessageAttributes", with("no", "String", "ac"), with("yes", "String", "abc")},
	{"anything but", `{"k":[{"anything-but":["a"]}]}`, "MessageAttributes", with("no", "String", "a"), with("yes", "String", "b")},
	{"number in a range", `{"k":[{"numeric":[">",1,"<=",2.5]}]}`, "MessageAttributes", with("no", "Number", "1"), with("yes", "Number", "2.50")},
	{"is there", `{"k":[{"exists":true}]}`, "MessageAttributes", sns.PublishInput{Message: text("no")}, with("yes", "String", "v")},
	{"in the body", `{"a":{"k":["v"]}}`, "MessageBody", sns.PublishInput{Message: text(`{"a":{"k":"w"},"b":"no"}`)}, sns.PublishInput{Message: text(`{"a":{"k":"v"},"b":"yes"}`)}},
}

// badFilters are JSON, but no filter policies.
var badFilters = []struct{ what, policy, moto string }{
	{"list in a list", `{"k":[["v"]]}`, ""},
	{"empty list", `{"k":[]}`, "ok"},
	{"value that is no list", `{"k":"v"}`, ""},
	{"unknown operator", `{"k":[{"sounds-like":"v"}]}`, ""},
	{"prefix that is a number", `{"k":[{"prefix":1}]}`, "ok"},
	{"number that is a text", `{"k":[{"numeric":["=","1"]}]}`, ""},
	{"range without an end", `{"k":[{"numeric":[">="]}]}`, ""},
}

func filterCases() []testCase {
	const page = "Amazon SNS subscription filter policies"
	cases := each(filters, func(f filter) testCase {
		return testCase{name: "sns/filter/" + f.what, page: page, want: "only what passes", run: f.run}
	})
	for _, bad := range badFilters {
		cases = append(cases, testCase{name: "sns/filter/" + bad.what, page: page, want: "InvalidParameter", moto: bad.moto, run: func(b *bench) string {
			topic := b.topic()
			_, err := b.subscribe(topic, b.inbox(topic), map[string]string{"FilterPolicy": bad.policy})
			return code(err)
		}})
	}
	return cases
}

// run publishes what may not pass before what may. A filter takes a while to
// work, so what passes at first says nothing.
func (f filter) run(b *bench) string {
	topic, url := b.subscribed(map[string]string{"RawMessageDelivery": "true", "FilterPolicy": f.policy, "FilterPolicyScope": f.scope})
	return b.settles("only what passes", func() string {
		for _, in := range []sns.PublishInput{f.no, f.yes} {
			in.TopicArn = &topic
			_, err := b.sns.Publish(b.ctx, &in)
			b.must(err)
		}
		yes, no := false, false
		for range 2 {
			for _, m := range b.poll(url) {
				yes = yes || strings.Contains(*m.Body, "yes")
				no = no || strings.Contains(*m.Body, "no")
			}
		}
		return verdict(no, "what may not pass", verdict(yes, "only what passes", "nothing"))
	})
}

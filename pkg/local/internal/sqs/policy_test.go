package sqs

import (
	"encoding/json"
	"testing"
)

const (
	topicARN = "arn:aws:sns:us-east-1:000000000000:t"
	queueARN = "arn:aws:sqs:us-east-1:000000000000:q"
)

func fromTopic() access {
	return access{service: service, action: "sqs:SendMessage", resource: queueARN, keys: map[string]string{
		"aws:sourcearn": topicARN, "aws:sourceaccount": "000000000000", "aws:securetransport": "true",
	}}
}

// allow is a statement that lets SNS in, with a condition.
func allow(condition string) string {
	return `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queueARN + `","Condition":` + condition + `}`
}

// but is a policy that lets SNS in, but for what a statement denies.
func but(deny string) string {
	return `{"Statement":[` + allow(`{}`) + `,{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"` + deny + `}]}`
}

func TestPolicy(t *testing.T) {
	one := func(s string) string { return `{"Version":"2012-10-17","Statement":` + s + `}` }
	for _, c := range []struct {
		name, doc string
		want      bool
	}{
		{"service", one(allow(`{}`)), true},
		{"topic", one(allow(`{"ArnEquals":{"aws:SourceArn":"` + topicARN + `"}}`)), true},
		{"key in another case", one(allow(`{"ArnLike":{"AWS:SOURCEARN":["x","` + topicARN + `"]}}`)), true},
		{"topic by pattern", one(allow(`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t*"}}`)), true},
		{"topic by text", one(allow(`{"StringLike":{"aws:SourceArn":"*:t"},"StringEquals":{"aws:SourceAccount":"000000000000"}}`)), true},
		{"another topic", one(allow(`{"ArnEquals":{"aws:SourceArn":"` + topicARN + `2"}}`)), false},
		{"wildcard across colons", one(allow(`{"ArnLike":{"aws:SourceArn":"arn:*:t"}}`)), false},
		{"another account", one(allow(`{"StringEquals":{"aws:SourceAccount":"111111111111"}}`)), false},
		{"one of two conditions", one(allow(`{"StringEquals":{"aws:SourceAccount":"000000000000","aws:SourceArn":"x"}}`)), false},
		{"unknown operator", one(allow(`{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`)), false},
		{"unknown key", one(allow(`{"StringEquals":{"aws:PrincipalOrgID":"o"}}`)), false},
		{"unknown key if there", one(allow(`{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o"}}`)), true},
		{"null", one(allow(`{"Null":{"aws:PrincipalOrgID":"true","aws:SourceArn":false}}`)), true},
		{"not null", one(allow(`{"Null":{"aws:SourceArn":"true"}}`)), false},
		{"secure", one(allow(`{"Bool":{"aws:SecureTransport":true}}`)), true},
		{"insecure", one(allow(`{"Bool":{"aws:SecureTransport":"false"}}`)), false},
		{"everyone", one(`[{"Effect":"Allow","Principal":"*","Action":"SQS:Send*","Resource":["x","arn:aws:sqs:*:*:q"]}]`), true},
		{"everyone as an account", one(`{"Effect":"Allow","Principal":{"AWS":["1","*"]},"Action":["x","*"],"Resource":"*"}`), true},
		{"an account", one(`{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"*","Resource":"*"}`), false},
		{"another service", one(`{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"}`), false},
		{"another action", one(`{"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*"}`), false},
		{"another queue", one(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"` + queueARN + `2"}`), false},
		{"resource in another case", one(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"ARN:AWS:SQS:*:*:q"}`), false},
		{"no resource", one(`{"Effect":"Allow","Principal":"*","Action":"*"}`), false},
		{"not another action", one(`{"Effect":"Allow","Principal":"*","NotAction":"sqs:Receive*","NotResource":"x"}`), true},
		{"not this action", one(`{"Effect":"Allow","Principal":"*","NotAction":"sqs:Send*","Resource":"*"}`), false},
		{"not a principal", one(`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"*","Resource":"*"}`), false},
		{"no statement", `{"Statement":[]}`, false},

		{"denied", but(``), false},
		{"denied without TLS", but(`,"Condition":{"Bool":{"aws:SecureTransport":"false"}}`), true},
		{"other topics denied", but(`,"Condition":{"ArnNotEquals":{"aws:SourceArn":"` + topicARN + `"}}`), true},
		{"other topics denied, and ours is one", but(`,"Condition":{"ArnNotLike":{"aws:SourceArn":"` + topicARN + `x*"}}`), false},
		{"denied to those not in the organisation", but(`,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}`), false},
		{"denied by an unknown operator", but(`,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePolicy(c.doc)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.allows(fromTopic()); got != c.want {
				t.Errorf("got %v, want %v for %s", got, c.want, c.doc)
			}
		})
	}
	if (*policy)(nil).allows(fromTopic()) {
		t.Error("no policy allows")
	}
}

func TestMalformedPolicy(t *testing.T) {
	for _, doc := range []string{
		``, `[]`, `"x"`, `{}`, `{"Statement":1}`, `{"Statement":[1]}`, `{"Statement":{"Effect":"allow","Principal":"*"}}`,
		`{"Statement":{"Effect":"Allow"}}`, `{"Statement":{"Effect":"Allow","Principal":"x"}}`, `{"Statement":{"Effect":"Allow","Principal":["*"]}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","NotPrincipal":"*"}}`, `{"Statement":{"Effect":"Allow","Principal":"*","Action":{}}}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":[null]}}`, `{"Statement":{"Effect":"Allow","Principal":"*","Condition":[]}}`,
	} {
		if _, err := parsePolicy(doc); err == nil {
			t.Errorf("%s is taken for a policy", doc)
		}
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"**", "abc", true}, {"a*c", "abc", true}, {"a*c", "abcd", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"*b*b", "abab", true}, {"*b*b", "abba", false}, {"abc", "abc", true}, {"ab", "abc", false},
	} {
		if got := like(c.pattern, c.s); got != c.want {
			t.Errorf("like(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

// A policy that is taken decides without a panic, and a Deny of everything added
// to it always wins.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"Statement":[` + allow(`{"ArnLike":{"aws:SourceArn":"arn:*"},"Null":{"x":true}}`) + `]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":{"Service":["a"]},"NotAction":"*?","NotResource":[]}}`)
	f.Add(but(`,"Condition":{"StringNotLikeIfExists":{"a":[1,true]}}`))
	f.Fuzz(func(t *testing.T, doc string) {
		p, err := parsePolicy(doc)
		if err != nil {
			return
		}
		if !json.Valid([]byte(doc)) {
			t.Fatalf("%q is no JSON", doc)
		}
		p.allows(fromTopic())
		p.statements = append(p.statements, statement{deny: true, principal: principal{everyone: true}, actions: patterns{is: texts{"*"}}, resources: patterns{is: texts{"*"}}})
		if p.allows(fromTopic()) {
			t.Errorf("%s allows what is denied", doc)
		}
	})
}

// Both documents about dead letters, and receipt handles: no input makes them
// panic, and what is taken means something.
func FuzzDocuments(f *testing.F) {
	q := new(Service).newQueue(address{"r", "q"}, record{}, settings{})
	f.Add(`{"deadLetterTargetArn":"`+queueARN+`","maxReceiveCount":"3"}`, q.handle("id", 1))
	f.Add(`{"redrivePermission":"byQueue","sourceQueueArns":["x"]}`, "AAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, doc, handle string) {
		if r, err := parseRedrive(doc); err == nil && (r.most < 1 || !IsARN(r.target)) {
			t.Errorf("%s is taken as %+v", doc, r)
		}
		if a, err := parseRedriveAllow(doc); err == nil && a.denyAll && a.allows(queueARN) {
			t.Errorf("%s allows", doc)
		}
		if r, err := q.parseHandle(handle); err == nil && q.handle(r.id, r.receives) != handle {
			t.Errorf("handle %s is read as %+v", handle, r)
		}
	})
}

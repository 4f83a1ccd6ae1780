package iam

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	topicARN = "arn:aws:sns:us-east-1:000000000000:t"
	queueARN = "arn:aws:sqs:us-east-1:000000000000:q"
	userARN  = "arn:aws:iam::000000000000:user/u"
	otherARN = "arn:aws:iam::000000000000:user/other"
	service  = "sns.amazonaws.com"
)

// fromTopic is a delivery by SNS.
func fromTopic() Request {
	return Request{Principal: Principal{Service: service}, Action: "sqs:SendMessage", Resource: queueARN, Keys: map[string][]string{
		"aws:sourcearn": {topicARN}, "aws:sourceaccount": {"000000000000"}, "aws:securetransport": {"true"},
	}}
}

// fromUser is a call by a user.
func fromUser() Request {
	return Request{Principal: Principal{ARN: userARN}, Action: "sqs:SendMessage", Resource: queueARN, Keys: map[string][]string{
		"aws:principalarn": {userARN}, "aws:securetransport": {"true"}, "aws:calledvia": {"a", "b"},
	}}
}

// letIn is a statement that lets SNS in, with a condition.
func letIn(condition string) string {
	return `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queueARN + `","Condition":` + condition + `}`
}

// but is a policy that lets SNS in, but for what a statement denies.
func but(deny string) string {
	return `{"Statement":[` + letIn(`{}`) + `,{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"` + deny + `}]}`
}

// TestResource is the policy of a queue, asked by SNS.
func TestResource(t *testing.T) {
	one := func(s string) string { return `{"Version":"2012-10-17","Id":"i","Statement":` + s + `}` }
	for _, c := range []struct {
		name, doc string
		want      bool
	}{
		{"service", one(letIn(`{}`)), true},
		{"topic", one(letIn(`{"ArnEquals":{"aws:SourceArn":"` + topicARN + `"}}`)), true},
		{"key in another case", one(letIn(`{"ArnLike":{"AWS:SOURCEARN":["x","` + topicARN + `"]}}`)), true},
		{"topic by pattern", one(letIn(`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t*"}}`)), true},
		{"topic by text", one(letIn(`{"StringLike":{"aws:SourceArn":"*:t"},"StringEquals":{"aws:SourceAccount":"000000000000"}}`)), true},
		{"topic in any case", one(letIn(`{"StringEqualsIgnoreCase":{"aws:SourceArn":"` + strings.ToUpper(topicARN) + `"}}`)), true},
		{"topic in another case", one(letIn(`{"StringEquals":{"aws:SourceArn":"` + strings.ToUpper(topicARN) + `"}}`)), false},
		{"another topic", one(letIn(`{"ArnEquals":{"aws:SourceArn":"` + topicARN + `2"}}`)), false},
		{"wildcard across colons", one(letIn(`{"ArnLike":{"aws:SourceArn":"arn:*:t"}}`)), false},
		{"another account", one(letIn(`{"StringEquals":{"aws:SourceAccount":"111111111111"}}`)), false},
		{"one of two conditions", one(letIn(`{"StringEquals":{"aws:SourceAccount":"000000000000","aws:SourceArn":"x"}}`)), false},
		{"absent key", one(letIn(`{"StringEquals":{"aws:PrincipalOrgID":"o"}}`)), false},
		{"absent key if there", one(letIn(`{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o"}}`)), true},
		{"wrong key if there", one(letIn(`{"StringEqualsIfExists":{"aws:SourceAccount":"o"}}`)), false},
		{"absent key is not", one(letIn(`{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}`)), true},
		{"none of two", one(letIn(`{"StringNotEquals":{"aws:SourceAccount":["1","2"]}}`)), true},
		{"not none of two", one(letIn(`{"StringNotEquals":{"aws:SourceAccount":["1","000000000000"]}}`)), false},
		{"null", one(letIn(`{"Null":{"aws:PrincipalOrgID":"true","aws:SourceArn":false}}`)), true},
		{"not null", one(letIn(`{"Null":{"aws:SourceArn":"true"}}`)), false},
		{"secure", one(letIn(`{"Bool":{"aws:SecureTransport":true}}`)), true},
		{"insecure", one(letIn(`{"Bool":{"aws:SecureTransport":"false"}}`)), false},
		{"everyone", one(`[{"Effect":"Allow","Principal":"*","Action":"SQS:Send*","Resource":["arn:x","arn:aws:sqs:*:*:q"]}]`), true},
		{"everyone as an account", one(`{"Effect":"Allow","Principal":{"AWS":["111111111111","*"]},"Action":["s3:x","*"],"Resource":"*"}`), true},
		{"an account", one(`{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"*","Resource":"*"}`), false},
		{"another service", one(`{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"}`), false},
		{"other kinds", one(`{"Effect":"Allow","Principal":{"Federated":"accounts.google.com","CanonicalUser":"7"},"Action":"*","Resource":"*"}`), false},
		{"another action", one(`{"Effect":"Allow","Principal":"*","Action":"sqs:ReceiveMessage","Resource":"*"}`), false},
		{"another queue", one(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"` + queueARN + `2"}`), false},
		{"resource in another case", one(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:SQS:*:*:q"}`), false},
		{"not another action", one(`{"Effect":"Allow","Principal":"*","NotAction":"sqs:Receive*","NotResource":"arn:x"}`), true},
		{"not this action", one(`{"Effect":"Allow","Principal":"*","NotAction":"sqs:Send*","Resource":"*"}`), false},
		{"not this resource", one(`{"Effect":"Allow","Principal":"*","Action":"*","NotResource":["arn:x","` + queueARN + `"]}`), false},
		{"no statement", `{"Statement":[]}`, false},

		{"denied", but(``), false},
		{"denied without TLS", but(`,"Condition":{"Bool":{"aws:SecureTransport":"false"}}`), true},
		{"other topics denied", but(`,"Condition":{"ArnNotEquals":{"aws:SourceArn":"` + topicARN + `"}}`), true},
		{"other topics denied, and ours is one", but(`,"Condition":{"ArnNotLike":{"aws:SourceArn":"` + topicARN + `x*"}}`), false},
		{"denied to those not in the organisation", but(`,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}`), false},
		{"denied, then let in", `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"},` + letIn(`{}`) + `]}`, false},
		{"all but one service denied", `{"Statement":[` + letIn(`{}`) + `,{"Effect":"Deny","NotPrincipal":{"Service":"sns.amazonaws.com"},"Action":"*","Resource":"*"}]}`, true},
		{"all but another service denied", `{"Statement":[` + letIn(`{}`) + `,{"Effect":"Deny","NotPrincipal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"}]}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParseResource(c.doc)
			if err != nil {
				t.Fatal(err)
			}
			err = Decide(fromTopic(), nil, p)
			if _, denied := errors.AsType[*Denial](err); denied == c.want {
				t.Errorf("got %v, want %v for %s", err, c.want, c.doc)
			}
		})
	}
}

// TestWithin is the policies of a user and of a queue together, within one account.
func TestWithin(t *testing.T) {
	mine := func(effect string) string {
		return `{"Statement":{"Effect":"` + effect + `","Action":"sqs:Send*","Resource":"` + queueARN + `"}}`
	}
	its := func(effect, principal string) string {
		return `{"Statement":{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"sqs:*","Resource":"*"}}`
	}
	const root = `{"AWS":"arn:aws:iam::000000000000:root"}`
	const denied, denies = "no identity-based policy", "explicit deny in a"
	for _, c := range []struct {
		name          string
		identity      []string
		resource, why string // empty where it may
	}{
		{"nothing", nil, "", denied},
		{"the user's", []string{mine("Allow")}, "", ""},
		{"one of the user's", []string{mine("Allow"), `{"Statement":[]}`}, "", ""},
		{"one of the user's denies", []string{mine("Allow"), mine("Deny")}, "", denies + "n identity"},
		{"the queue's", nil, its("Allow", `{"AWS":"`+userARN+`"}`), ""},
		{"the queue's, for everyone", nil, its("Allow", `"*"`), ""},
		{"the queue's, for another", nil, its("Allow", `{"AWS":"`+otherARN+`"}`), denied},
		{"the queue's, for a service", nil, its("Allow", `{"Service":"sns.amazonaws.com"}`), denied},
		{"the queue's, for the account", nil, its("Allow", root), denied},
		{"both", []string{mine("Allow")}, its("Allow", root), ""},
		{"the queue denies the user", []string{mine("Allow")}, its("Deny", `{"AWS":"`+userARN+`"}`), denies + " resource"},
		{"the queue denies the account", []string{mine("Allow")}, its("Deny", root), denies + " resource"},
		{"the queue denies the account by its number", []string{mine("Allow")}, its("Deny", `{"AWS":["000000000000"]}`), denies + " resource"},
		{"the queue denies another account", []string{mine("Allow")}, its("Deny", `{"AWS":"111111111111"}`), ""},
		{"the queue denies another", []string{mine("Allow")}, its("Deny", `{"AWS":"`+otherARN+`"}`), ""},
		{"the queue denies a service", []string{mine("Allow")}, its("Deny", `{"Service":"sns.amazonaws.com"}`), ""},
		{"any of several", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":["b","c"]}}}}`}, "", ""},
		{"none of several", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"c"}}}}`}, "", denied},
		{"any of none", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:SourceArn":"*"}}}}`}, "", denied},
		{"all of several", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:CalledVia":["a","b","c"]}}}}`}, "", ""},
		{"not all of several", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:CalledVia":["a","c"]}}}}`}, "", denied},
		{"all of none", []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:SourceArn":"x"}}}}`}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var identity []*Policy
			for _, doc := range c.identity {
				p, err := ParseIdentity(doc)
				if err != nil {
					t.Fatal(err)
				}
				identity = append(identity, p)
			}
			var resource *Policy
			if c.resource != "" {
				var err error
				if resource, err = ParseResource(c.resource); err != nil {
					t.Fatal(err)
				}
			}
			err := Decide(fromUser(), identity, resource)
			if c.why == "" && err != nil || c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)) {
				t.Errorf("got %v, want %q", err, c.why)
			}
		})
	}
}

// TestNobody: who has not signed is let in by a policy for everyone alone.
func TestNobody(t *testing.T) {
	r := fromUser()
	r.Principal = Principal{}
	for doc, want := range map[string]bool{
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`:                                                                                          true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}}`:                                                                                  true,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"*","Resource":"*"}}`:                                                                       false,
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + userARN + `"},"Action":"*","Resource":"*"}}`:                                                                    false,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","NotPrincipal":{"AWS":"` + userARN + `"},"Action":"*","Resource":"*"}]}`: false,
	} {
		p, err := ParseResource(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := Decide(r, nil, p); (err == nil) != want {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// TestRefused: what no policy says, and what is not evaluated here, is an error that
// names the place.
func TestRefused(t *testing.T) {
	in := func(members string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{` + members + `}]}`
	}
	with := func(members string) string {
		return in(`"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*",` + members)
	}
	for _, c := range []struct{ doc, place string }{
		{``, ""}, {`[]`, ""}, {`"x"`, ""}, {`{"Statement":[]} x`, ""}, {"{\"Statement\":[{\"Sid\":\"\xff\"}]}", ""},
		{`{}`, "Statement"}, {`{"Statement":1}`, "Statement[0]"}, {`{"Statement":[1]}`, "Statement[0]"}, {`{"Statement":null}`, "Statement[0]"},
		{`{"Statement":[],"Statement":[]}`, "Statement"}, {`{"Statement":[],"statement":[]}`, "statement"}, {`{"Statement":[],"Comment":""}`, "Comment"},
		{`{"Version":"2012-10-18","Statement":[]}`, "Version"}, {`{"Version":1,"Statement":[]}`, "Version"}, {`{"Id":1,"Statement":[]}`, "Id"},
		{in(`"Effect":"allow","Principal":"*","Action":"*","Resource":"*"`), "Statement[1].Effect"},
		{in(`"Principal":"*","Action":"*","Resource":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Action":"*","Resource":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Principal":"*","Resource":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Principal":"*","Action":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Principal":"*","Action":"*","NotAction":"*","Resource":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","NotResource":"*"`), "Statement[1]"},
		{in(`"Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"*","Resource":"*"`), "Statement[1]"},
		{in(`"Effect":"Allow","NotPrincipal":{"AWS":"000000000000"},"Action":"*","Resource":"*"`), "Statement[1].NotPrincipal"},
		{in(`"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), "Statement[1].Effect"},
		{in(`"Effect":"Deny","Principal":"x","Action":"*","Resource":"*"`), "Statement[1].Principal"},
		{in(`"Effect":"Deny","Principal":["*"],"Action":"*","Resource":"*"`), "Statement[1].Principal"},
		{in(`"Effect":"Deny","Principal":{},"Action":"*","Resource":"*"`), "Statement[1].Principal"},
		{in(`"Effect":"Deny","Principal":{"AWS":[]},"Action":"*","Resource":"*"`), "Statement[1].Principal.AWS"},
		{in(`"Effect":"Deny","Principal":{"AWS":"1"},"Action":"*","Resource":"*"`), "Statement[1].Principal.AWS"},
		{in(`"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/*"},"Action":"*","Resource":"*"`), "Statement[1].Principal.AWS"},
		{in(`"Effect":"Deny","Principal":{"Service":"sns"},"Action":"*","Resource":"*"`), "Statement[1].Principal.Service"},
		{in(`"Effect":"Deny","Principal":{"Aws":"*"},"Action":"*","Resource":"*"`), "Statement[1].Principal.Aws"},
		{in(`"Effect":"Deny","Principal":"*","Action":"SendMessage","Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":"sqs:","Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":"sqs:Send Message","Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":[],"Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":{},"Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":[null],"Resource":"*"`), "Statement[1].Action"},
		{in(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"queue"`), "Statement[1].Resource"},
		{in(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:sqs:*:*:${aws:username}"`), "Statement[1].Resource"},
		{`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:${x}"},"Version":"2012-10-17"}`, "Statement[0].Resource"},
		{with(`"Sid":1`), "Statement[1].Sid"}, {with(`"Comment":"x"`), "Statement[1].Comment"}, {with(`"Condition":[]`), "Statement[1].Condition"},
		{with(`"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), "Statement[1].Condition.IpAddress"},
		{with(`"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`), "Statement[1].Condition.DateGreaterThan"},
		{with(`"Condition":{"NullIfExists":{"aws:SourceArn":"true"}}`), "Statement[1].Condition.NullIfExists"},
		{with(`"Condition":{"ForAllValues:Null":{"aws:SourceArn":"true"}}`), "Statement[1].Condition.ForAllValues:Null"},
		{with(`"Condition":{"Null":{"aws:SourceArn":"yes"}}`), "Statement[1].Condition.Null.aws:SourceArn"},
		{with(`"Condition":{"Bool":{"aws:SecureTranport":"false"}}`), "Statement[1].Condition.Bool.aws:SecureTranport"},
		{with(`"Condition":{"Bool":{"aws:SecureTransport":[]}}`), "Statement[1].Condition.Bool.aws:SecureTransport"},
		{with(`"Condition":{"Bool":{"aws:SecureTransport":"true","aws:SecureTransport":"false"}}`), "Statement[1].Condition.Bool.aws:SecureTransport"},
		{with(`"Condition":{"Bool":["aws:SecureTransport"]}`), "Statement[1].Condition.Bool"},
	} {
		p, err := ParseResource(c.doc)
		refusal, ok := errors.AsType[*Error](err)
		if !ok || p != nil || refusal.Place != c.place || refusal.Reason == "" {
			t.Errorf("%s: %v, want an error at %q", c.doc, err, c.place)
		}
	}
	if _, err := ParseIdentity(in(`"Effect":"Deny","Action":"*","Resource":"*"`)); err == nil || !strings.Contains(err.Error(), "Statement[0]: ") {
		t.Errorf("a principal in the policy of one: %v", err)
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

// TestMatch compares both kinds of patterns with the regular expressions that they
// stand for.
func TestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab:*?")), 0, 12, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab:")), 0, 12, -1).Draw(t, "s")
		anywhere, parts := "", ""
		for i, c := range pattern {
			switch {
			case c == '?':
				anywhere, parts = anywhere+".", parts+"[^:]"
			case c == '*' && i+1 < len(pattern) && pattern[i+1] != ':':
				anywhere, parts = anywhere+".*", parts+"[^:]*"
			case c == '*':
				anywhere, parts = anywhere+".*", parts+".*"
			default:
				anywhere, parts = anywhere+string(c), parts+string(c)
			}
		}
		if got, want := like(pattern, s), regexp.MustCompile("^"+anywhere+"$").MatchString(s); got != want {
			t.Errorf("like(%q, %q) = %v", pattern, s, got)
		}
		if got, want := resourceLike(pattern, s), regexp.MustCompile("^"+parts+"$").MatchString(s); got != want {
			t.Errorf("resourceLike(%q, %q) = %v", pattern, s, got)
		}
	})
}

// FuzzPolicy: a policy that is taken decides without a panic, and a Deny of everything
// added to it always wins.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"Statement":[` + letIn(`{"ArnLike":{"aws:SourceArn":"arn:*"},"Null":{"aws:SourceArn":true}}`) + `]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":{"Service":["a.amazonaws.com"]},"NotAction":"s:*?","NotResource":["arn:*"]}}`)
	f.Add(but(`,"Condition":{"StringNotLikeIfExists":{"aws:SourceArn":[1,true]}}`))
	f.Add(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"c"}}}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		for kind, parse := range map[string]func(string) (*Policy, error){"identity": ParseIdentity, "resource": ParseResource} {
			p, err := parse(doc)
			if err != nil {
				if refusal, ok := errors.AsType[*Error](err); !ok || refusal.Reason == "" || p != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				continue
			}
			if !json.Valid([]byte(doc)) {
				t.Fatalf("%q is no JSON", doc)
			}
			all := statement{effect: deny, actions: patterns{values: []string{"*"}}, resources: patterns{values: []string{"*"}}}
			for _, r := range []Request{fromTopic(), fromUser()} {
				denied := *p
				denied.statements = append(denied.statements, all)
				if kind == "identity" {
					Decide(r, []*Policy{p}, nil)
					err = Decide(r, []*Policy{&denied}, nil)
				} else {
					Decide(r, nil, p)
					err = Decide(r, nil, &denied)
				}
				if err == nil {
					t.Errorf("%s allows what is denied", doc)
				}
			}
		}
	})
}

package main

import (
	"errors"
	"strings"
	"testing"
)

// TestAllowsTopic: what a policy lets SNS do.
func TestAllowsTopic(t *testing.T) {
	d := delivery{topic: "arn:aws:sns:eu-west-1:123456789012:a-requests", queue: "arn:aws:sqs:eu-west-1:123456789012:a-stats", account: "123456789012"}
	const (
		sns   = `"Principal":{"Service":"sns.amazonaws.com"}`
		send  = `"Action":"sqs:SendMessage"`
		here  = `"Resource":"arn:aws:sqs:eu-west-1:123456789012:a-stats"`
		topic = `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:123456789012:a-requests"}}`
		tls   = `{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	)
	allow := func(parts ...string) string { return `{"Effect":"Allow",` + strings.Join(parts, ",") + `}` }
	condition := func(c string) string { return `"Condition":` + c }
	whole := allow(sns, send, here, condition(topic))
	tests := []struct {
		name, statements string
		want             string // yes, no, unsure
	}{
		{"as Terraform writes it", "[" + whole + "," + tls + "]", "yes"},
		{"one statement", whole, "yes"},
		{"several of each", allow(`"Principal":{"Service":["events.amazonaws.com","sns.amazonaws.com"]}`, `"Action":["SQS:ReceiveMessage","SQS:SendMessage"]`, `"Resource":["x","arn:aws:sqs:*:*:a-*"]`), "yes"},
		{"everybody", allow(`"Principal":"*"`, `"Action":"sqs:*"`, `"Resource":"*"`), "yes"},
		{"everybody, as AWS", allow(`"Principal":{"AWS":"*"}`, `"Action":"*"`, `"Resource":"*"`), "yes"},
		{"of the account", allow(sns, send, here, condition(`{"StringEquals":{"AWS:SourceAccount":"123456789012"}}`)), "yes"},
		{"with TLS, unquoted", allow(sns, send, here, condition(`{"Bool":{"aws:SecureTransport":true}}`)), "yes"},
		{"like", allow(sns, send, here, condition(`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:a-*"}}`)), "yes"},
		{"none", `[]`, "no"},
		{"another topic", allow(sns, send, here, condition(`{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:123456789012:b-requests"}}`)), "no"},
		{"a prefix of the topic", allow(sns, send, here, condition(`{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:123456789012:a"}}`)), "no"},
		{"another account", allow(sns, send, here, condition(`{"StringEquals":{"aws:SourceAccount":"999999999999"}}`)), "no"},
		{"no wildcard where none is one", allow(sns, send, here, condition(`{"StringEquals":{"aws:SourceArn":"*"}}`)), "no"},
		{"both conditions must hold", allow(sns, send, here, condition(`{"ArnLike":{"aws:SourceArn":"*"},"StringEquals":{"aws:SourceAccount":"1"}}`)), "no"},
		{"another queue", allow(sns, send, `"Resource":"arn:aws:sqs:eu-west-1:123456789012:a-audit"`), "no"},
		{"another action", allow(sns, `"Action":"sqs:ReceiveMessage"`, here), "no"},
		{"another service", allow(`"Principal":{"Service":"s3.amazonaws.com"}`, send, here), "no"},
		{"a role", allow(`"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`, send, here), "no"},
		{"a deny before", "[" + `{"Effect":"Deny","Principal":"*","Action":"sqs:Send*","Resource":"*"},` + whole + "]", "no"},
		{"a deny after", "[" + whole + `,{"Effect":"Deny",` + sns + `,"Action":"*","Resource":"*"}]`, "no"},
		{"a deny of others", "[" + whole + `,{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"*","Resource":"*"}]`, "yes"},
		{"a condition on something else", allow(sns, send, here, condition(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)), "unsure"},
		{"an operator that is not known", allow(sns, send, here, condition(`{"Null":{"aws:SourceArn":"false"}}`)), "unsure"},
		{"NotAction", allow(sns, `"NotAction":"sqs:DeleteQueue"`, here), "unsure"},
		{"a deny that is not understood", "[" + whole + `,{"Effect":"Deny","NotPrincipal":{"AWS":"x"},"Action":"*","Resource":"*"}]`, "unsure"},
	}
	for _, tt := range tests {
		allowed, err := allowsTopic(`{"Version":"2012-10-17","Statement":`+tt.statements+`}`, d)
		got := map[bool]string{true: "yes", false: "no"}[allowed]
		if _, unsure := errors.AsType[*unchecked](err); unsure && !allowed {
			got, err = "unsure", nil
		}
		if got != tt.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	if allowed, err := allowsTopic("", d); allowed || err != nil {
		t.Errorf("no policy: %v, %v", allowed, err)
	}
	if allowed, err := allowsTopic("{", d); allowed || err == nil {
		t.Errorf("no JSON: %v, %v", allowed, err)
	}
}

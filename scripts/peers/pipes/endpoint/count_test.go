package main

import (
	"testing"

	"github.com/statline/statline/pkg/local"
)

func TestEntries(t *testing.T) {
	for _, tc := range []struct {
		operation, request, response string
		want                         int
	}{
		{"SendMessage", `{"QueueUrl":"u","MessageBody":"m"}`, `{}`, 1},
		{"SendMessageBatch", `{"Entries":[{"Id":"0","MessageBody":"{\"MessageBody\":1}"},{"Id":"1","MessageBody":"b"}]}`, `{}`, 2},
		{"ReceiveMessage", `{"QueueUrl":"u"}`, `{"Messages":[{"ReceiptHandle":"r","Body":"\"ReceiptHandle\":"}]}`, 1},
		{"ReceiveMessage", `{"QueueUrl":"u"}`, `{}`, 0},
		{"DeleteMessageBatch", `{"Entries":[{"Id":"0","ReceiptHandle":"r"},{"Id":"1","ReceiptHandle":"s"}]}`, `{}`, 2},
		{"PublishBatch", `Action=PublishBatch&PublishBatchRequestEntries.member.1.Message=a%3D.Message%3D&PublishBatchRequestEntries.member.2.Message=b`, ``, 2},
		{"BatchExecuteStatement", `{"Statements":[{"Statement":"s"},{"Statement":"s"},{"Statement":"s"}]}`, `{}`, 3},
	} {
		got := entries(&local.Call{Operation: tc.operation, Body: []byte(tc.request)}, &local.Response{Body: []byte(tc.response)})
		if got != tc.want {
			t.Errorf("%s: %d entries in %s and %s, want %d", tc.operation, got, tc.request, tc.response, tc.want)
		}
	}
}

func TestWho(t *testing.T) {
	if got := who("AWS4-HMAC-SHA256 Credential=audit/20261123/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"); got != "audit" {
		t.Errorf("got %q", got)
	}
	if got := who(""); got != "" {
		t.Errorf("got %q for no signature", got)
	}
}

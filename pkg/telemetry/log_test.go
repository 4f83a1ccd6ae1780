package telemetry

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// TestText: an error says in the log what went wrong where, and nothing that was sent.
func TestText(t *testing.T) {
	api := func(code, message string) error { return &smithy.GenericAPIError{Code: code, Message: message} }
	quoted := "the receipt handle AQEBsecret"
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("plain"), "plain"},
		{api("ThrottlingException", "Rate exceeded"), "api error ThrottlingException: Rate exceeded"},
		{api("AccessDenied", "User: arn:x is not authorized to perform: s3:PutObject"), "api error AccessDenied: User: arn:x is not authorized to perform: s3:PutObject"},
		{api("ReceiptHandleIsInvalid", quoted), "api error ReceiptHandleIsInvalid"},
		{api("SomethingNew", quoted), "api error SomethingNew"},
		{api("SomethingNew", ""), "api error SomethingNew: "},
		{&types.ReceiptHandleIsInvalid{Message: &quoted}, "ReceiptHandleIsInvalid"},
		{fmt.Errorf("delete: %w", &smithy.OperationError{ServiceID: "SQS", OperationName: "DeleteMessage", Err: api("ValidationException", "1234 is no number")}), "delete: operation error SQS: DeleteMessage, api error ValidationException"},
		{errors.Join(api("SomethingNew", quoted), fmt.Errorf("store: %w", api("Other", "4321"))), "api error SomethingNew\nstore: api error Other"},
		{fmt.Errorf("it says %s: %w", quoted, api("SomethingNew", quoted)), "api error SomethingNew"},
		{&url.Error{Op: "Get", URL: "http://169.254.170.2/v2/credentials/secret", Err: errors.New("refused")}, `Get "http://169.254.170.2": refused`},
		{fmt.Errorf("sign: %w", &url.Error{Op: "Get", URL: "://", Err: errors.New("refused")}), `sign: Get "its URL": refused`},
		{EntryError("InvalidMessageContents", quoted), "InvalidMessageContents"},
	} {
		if got := Text(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
	if a := Err(api("SomethingNew", quoted)); a.String() != "err=api error SomethingNew" {
		t.Errorf("%v", a)
	}
}

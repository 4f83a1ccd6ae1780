package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// code is what came of a call: "ok" or the code of the error. SQS's codes are
// those of its Query protocol, which current SDKs still see, without what all of
// them begin with. A server that has failed has no code but the status.
func code(err error) string {
	if err == nil {
		return "ok"
	}
	if n := status(err); n >= http.StatusInternalServerError {
		return fmt.Sprintf("HTTP %d", n)
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return strings.TrimPrefix(e.ErrorCode(), "AWS.SimpleQueueService.")
	}
	if n := status(err); n != 0 {
		return fmt.Sprintf("HTTP %d, unreadable", n)
	}
	return err.Error()
}

// status is the HTTP status of a call that failed, 0 where there was no answer.
func status(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// brief is the code of an error of the service, and the text of another.
func brief(err error) string { return shorten(code(err), 200) }

// outcome is the code of a call whose output does not matter.
func outcome[Output any](_ Output, err error) string { return code(err) }

// refusal is "refused" for a call that the service has found wrong, where AWS
// documents that it does but not with which code.
func refusal[Output any](_ Output, err error) string {
	switch c := code(err); c {
	case "ok", "AccessDenied", "AccessDeniedException", "UnknownOperationException", "InvalidAction", "NotImplemented":
		return c
	default:
		return verdict(status(err)/100 == 4, "refused", c)
	}
}

// verdict words a yes or no.
func verdict(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

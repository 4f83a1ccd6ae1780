// Package wire holds what the services of the endpoint share of AWS's wire
// protocols: the call, the response and the error, in JSON 1.0 (SQS, DynamoDB),
// Query (SNS, STS) and REST-XML (S3).
package wire

import (
	"context"
	"net/http"
	"net/url"
)

// Call is one API call.
type Call struct {
	Service   string // "sqs", "sns", "dynamodb", "s3" or "sts"
	Operation string // as AWS names it, "ReceiveMessage"
	Region    string // of the request's credential scope, or the endpoint's own
	Account   string // of the endpoint, 12 digits
	BaseURL   string // "http://127.0.0.1:4566": how the client addressed the endpoint
	Method    string
	URL       *url.URL
	Header    http.Header
	Body      []byte // whole, as it came

	// Caller is the ARN of who calls, where the endpoint enforces policies; empty for
	// somebody who did not sign.
	Caller string
	// May says why the caller may not have an access: nil where it may. Where the
	// endpoint enforces no policies, there is none.
	May func(Access) error
}

// Access is what a call does to one resource, as IAM sees it ("Actions, resources, and
// condition keys for AWS services", Service Authorization Reference).
type Access struct {
	Action   string              // "sqs:SendMessage"
	Resource string              // an ARN, or "*" for an action that knows no resource
	Policy   string              // of the resource itself, empty where it has none
	Keys     map[string][]string // the service's own condition keys, in lower case
}

// Check is the refusal of the first of some accesses that the caller may not have.
func (c *Call) Check(all ...Access) error {
	for _, a := range all {
		if err := c.Denied(a); err != nil {
			return err
		}
	}
	return nil
}

// Denied is the refusal of an access that the caller may not have, in the words of the
// call's service ("Common Errors" in the API Reference of each).
func (c *Call) Denied(a Access) error {
	if c.May == nil {
		return nil
	}
	err := c.May(a)
	if err == nil {
		return nil
	}
	switch c.Service {
	case "sns":
		return &Error{Status: http.StatusForbidden, Code: "AuthorizationError", Message: err.Error()}
	case "sqs":
		return &Error{Status: http.StatusForbidden, Code: "AccessDeniedException", Query: "AccessDenied", Message: err.Error()}
	case "dynamodb":
		return &Error{Code: "AccessDeniedException", Message: err.Error()}
	default:
		return &Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: err.Error()}
	}
}

// Response is what a call is answered with.
type Response struct {
	Status int
	Header http.Header // may be nil
	Body   []byte
}

// A Handler performs the calls of one service. It must be safe for concurrent
// use. An error that is no [*Error] is an internal failure, HTTP 500.
type Handler interface {
	Serve(ctx context.Context, c *Call) (*Response, error)
}

// Error is a refusal in AWS's terms.
type Error struct {
	Status  int    // HTTP status; 0 means 400
	Code    string // "QueueDoesNotExist"
	Message string
	// Query is the code of the service's older Query protocol, which SQS still
	// sends in x-amzn-query-error; empty where there is none.
	Query string
	// Members are further members of a JSON error, such as the Item of a failed
	// condition.
	Members map[string]any
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HTTPStatus is the status that e is sent with.
func (e *Error) HTTPStatus() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

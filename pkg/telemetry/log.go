package telemetry

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// RequestIDKey is the key of the AWS request ID of a Lambda invocation in the lines
// that are written in it.
const RequestIDKey = "aws_request_id"

// Err is the attribute "err" of a log line: [Text] of an error.
func Err(err error) slog.Attr { return slog.String("err", Text(err)) }

// Text is the text of an error as it may stand in a log. Of an error of AWS's it has
// the code, the operation and AWS's request ID, but its message only where that is
// known not to quote what was sent: others quote receipt handles
// (ReceiptHandleIsInvalid), numbers (ValidationException), or the whole signed request
// with its session token (SignatureDoesNotMatch). Of a URL it has no more than the
// host: those that give out credentials are secrets.
func Text(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, e := range parts(err) {
		switch e := e.(type) {
		case smithy.APIError:
			if !slices.Contains(plain, e.ErrorCode()) {
				text = without(text, e)
			}
		case *url.Error:
			if u, err := url.Parse(e.URL); err == nil {
				text = strings.ReplaceAll(text, e.URL, u.Scheme+"://"+u.Host)
			} else {
				text = strings.ReplaceAll(text, e.URL, "its URL")
			}
		}
	}
	return text
}

// plain are the codes of errors whose messages say who may not do what with which
// resource, or the same each time ("Common errors" in the API References of SNS, SQS
// and DynamoDB; "Error responses", Amazon S3 API Reference).
var plain = []string{
	"AccessDenied", "AccessDeniedException", "AuthorizationError", "AllAccessDisabled", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
	"UnrecognizedClientException", "KMS.AccessDeniedException", "KmsAccessDenied", "KMSAccessDenied", "KMS.DisabledException", "KmsDisabled", "KMSDisabled",
	"NoSuchBucket", "NotFound", "NotFoundException", "ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "QueueDeletedRecently",
	"InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "SlowDown", "RequestTimeout",
	"RequestThrottled", "RequestThrottledException", "Throttled", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded",
	"ProvisionedThroughputExceededException", "LimitExceededException", "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted",
	"ConditionalCheckFailedException", "TransactionConflictException",
}

// without is a text without the message of an error of AWS's.
func without(text string, e smithy.APIError) string {
	if e.ErrorMessage() == "" {
		return text
	}
	text = strings.ReplaceAll(text, e.ErrorCode()+": "+e.ErrorMessage(), e.ErrorCode())
	if strings.Contains(text, e.ErrorMessage()) {
		return "api error " + e.ErrorCode()
	}
	return text
}

// parts are an error and all that it wraps.
func parts(err error) []error {
	all := []error{err}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			all = append(all, parts(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, parts(inner)...)
		}
	}
	return all
}

// EntryError is the failure of one entry of a batch call, an error of AWS's as that of
// a whole call is.
func EntryError(code, message string) error {
	return &entryError{smithy.GenericAPIError{Code: code, Message: message}}
}

type entryError struct{ smithy.GenericAPIError }

func (e *entryError) Error() string { return e.Code + ": " + e.Message }

package sqs

import (
	"fmt"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// The errors have the names of the shapes in the service's JSON protocol, which
// current SDKs turn into types, and beside them the code of the older Query
// protocol ("Common Errors" and the actions' own lists, Amazon SQS API
// Reference).

const prefix = "AWS.SimpleQueueService."

func noQueue() error {
	return &wire.Error{Code: "QueueDoesNotExist", Query: prefix + "NonExistentQueue", Message: "The specified queue does not exist."}
}

func invalidAddress(queueURL string) error {
	return &wire.Error{Code: "InvalidAddress", Query: "InvalidAddress", Status: 404, Message: "The address " + queueURL + " is not valid for this endpoint."}
}

func missing(parameter string) error {
	return &wire.Error{Code: "MissingRequiredParameterException", Query: "MissingParameter", Message: "The request must contain the parameter " + parameter + "."}
}

func invalid(format string, args ...any) error {
	return &wire.Error{Code: "InvalidParameterValueException", Query: "InvalidParameterValue", Message: fmt.Sprintf(format, args...)}
}

// outside refuses a value that is not between min and max.
func outside(parameter string, value, min, max int) error {
	return invalid("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", value, parameter, min, max)
}

func unknownAttribute(name string) error {
	return &wire.Error{Code: "InvalidAttributeName", Query: "InvalidAttributeName", Message: "Unknown Attribute " + name + "."}
}

func invalidAttribute(name, reason string) error {
	m := "Invalid value for the parameter " + name + "."
	if reason != "" {
		m += " Reason: " + reason
	}
	return &wire.Error{Code: "InvalidAttributeValue", Query: "InvalidAttributeValue", Message: m}
}

func invalidContents(where string) error {
	return &wire.Error{Code: "InvalidMessageContents", Query: "InvalidMessageContents",
		Message: "Invalid characters found in " + where + ". Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"}
}

func invalidHandle() error {
	return &wire.Error{Code: "ReceiptHandleIsInvalid", Query: "ReceiptHandleIsInvalid", Message: "The input receipt handle is invalid."}
}

func noResource(message string) error {
	return &wire.Error{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Query: "ResourceNotFoundException", Message: message}
}

func purgeInProgress(queue string) error {
	return &wire.Error{Status: http.StatusForbidden, Code: "PurgeQueueInProgress", Query: prefix + "PurgeQueueInProgress",
		Message: "Only one PurgeQueue operation on " + queue + " is allowed every 60 seconds."}
}

// refusal is an error whose Query code is AWS.SimpleQueueService. and its name.
func refusal(code, format string, args ...any) error {
	return &wire.Error{Code: code, Query: prefix + code, Message: fmt.Sprintf(format, args...)}
}

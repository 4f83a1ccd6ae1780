package dynamodb

import (
	"fmt"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// refuse is a refusal in DynamoDB's terms; with no args, format is the message
// as it stands.
func refuse(code, format string, args ...any) error {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &wire.Error{Code: code, Message: format}
}

func invalid(format string, args ...any) error {
	return refuse("ValidationException", format, args...)
}

func invalidParameter(format string, args ...any) error {
	return refuse("ValidationException", "One or more parameter values were invalid: "+format, args...)
}

func unserializable(format string, args ...any) error {
	return refuse("SerializationException", format, args...)
}

func notFound(format string, args ...any) error {
	return refuse("ResourceNotFoundException", "Requested resource not found"+format, args...)
}

// code and text take a refusal apart; an error of another kind has no code.
func code(err error) string {
	if e, ok := err.(*wire.Error); ok {
		return e.Code
	}
	return ""
}

func text(err error) string {
	if e, ok := err.(*wire.Error); ok {
		return e.Message
	}
	return err.Error()
}

package sqs

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxAttributes is how many attributes a message may have ("Amazon SQS message
// metadata").
const maxAttributes = 10

// decimal is the notation of a Number attribute; any number of up to 38 digits
// between 10^-128 and 10^126 can be one, what is beyond is not told apart here.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

// base is the type without its label: "Number" of "Number.float".
func (a Attribute) base() string {
	base, _, _ := strings.Cut(a.DataType, ".")
	return base
}

func (a Attribute) isBinary() bool { return a.base() == "Binary" }

// Problem says what is wrong with the attribute under that name, in AWS's
// words; empty where nothing is. The rules, which SNS shares: names of up to 256 letters, digits, hyphens, underscores and periods, without
// the prefixes AWS. and Amazon., without a period at either end or two in a row;
// a known type; a value that is not empty and fits its type ("Amazon SQS message
// metadata").
func (a Attribute) Problem(name string) string {
	if problem := nameProblem(name); problem != "" {
		return problem
	}
	if a.DataType != "" && !wire.IsName(strings.ReplaceAll(a.DataType, ".", "-"), 256) {
		return fmt.Sprintf("The message attribute '%s' has an invalid message attribute type.", name)
	}
	switch a.base() {
	case "String", "Number":
		return a.textProblem(name)
	case "Binary":
		if len(a.BinaryValue) == 0 || a.StringValue != "" {
			return fmt.Sprintf("The message attribute '%s' must contain a non-empty binary value.", name)
		}
		return ""
	case "":
		return fmt.Sprintf("The message attribute '%s' must contain a non-empty message attribute type.", name)
	default:
		return fmt.Sprintf("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	}
}

func (a Attribute) textProblem(name string) string {
	switch {
	case a.StringValue == "" || len(a.BinaryValue) > 0:
		return fmt.Sprintf("The message attribute '%s' must contain a non-empty string value.", name)
	case !wire.IsText(a.StringValue):
		return fmt.Sprintf("The message attribute '%s' has characters that are not allowed.", name)
	case a.base() == "Number" && !decimal.MatchString(a.StringValue):
		return fmt.Sprintf("Can't cast the value of message attribute '%s' to a number.", name)
	default:
		return ""
	}
}

func nameProblem(name string) string {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "The name of a message attribute must not be empty."
	case len(name) > 256:
		return fmt.Sprintf("The name of message attribute '%s' is longer than 256 characters.", name)
	case !wire.IsName(strings.ReplaceAll(name, ".", "-"), 256):
		return fmt.Sprintf("The name of message attribute '%s' has characters that are not allowed.", name)
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, "."), strings.Contains(name, ".."):
		return fmt.Sprintf("The name of message attribute '%s' must not begin or end with a period or have two in a row.", name)
	case strings.HasPrefix(lower, "aws."), strings.HasPrefix(lower, "amazon."):
		return fmt.Sprintf("The name of message attribute '%s' has a reserved prefix.", name)
	default:
		return ""
	}
}

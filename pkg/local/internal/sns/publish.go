package sns

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// notice is a message as it is published.
type notice struct {
	sqs.Message
	id      string
	subject string
	// queues is what goes to queues where MessageStructure is json; Body is then
	// the whole document.
	queues string
}

type publishResult struct{ MessageId string }

func (s *Service) publish(tx *store.Tx, r request) (any, error) {
	parameter := "TopicArn"
	switch {
	case r.has("PhoneNumber"):
		return nil, invalid("PhoneNumber", "the local endpoint publishes to topics alone")
	case r.has("TargetArn"):
		parameter = "TargetArn"
	}
	t, err := s.topic(r, parameter)
	if err != nil {
		return nil, err
	}
	n, err := readNotice(r.form, r.Header)
	if err != nil {
		return nil, err
	}
	if n.Size() > t.maxSize() {
		return nil, invalid("Message too long", "")
	}
	s.fanOut(tx, t, n)
	return publishResult{n.id}, nil
}

// readNotice reads a message, alone or as an entry of a batch, and applies the
// rules of "Publish" (Amazon SNS API Reference) but for the size.
func readNotice(f form, h http.Header) (notice, error) {
	n := notice{id: wire.UUID(), subject: f.get("Subject"), queues: f.get("Message")}
	n.Message = sqs.Message{Body: f.get("Message"), Group: f.get("MessageGroupId"), Trace: h.Get("X-Amzn-Trace-Id")}
	switch {
	case n.Body == "":
		return notice{}, invalid("Empty message", "")
	case !wire.IsText(n.Body):
		return notice{}, invalid("Message", "Invalid characters found in the message")
	case f.has("Subject") && !isSubject(n.subject):
		return notice{}, invalid("Subject", "")
	case f.has("MessageDeduplicationId"):
		return notice{}, invalid("MessageDeduplicationId", "The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	case n.Group != "" && !sqs.IsToken(n.Group):
		return notice{}, invalid("MessageGroupId", "")
	}
	if structure := f.get("MessageStructure"); structure != "" {
		if err := n.structure(structure); err != nil {
			return notice{}, err
		}
	}
	var err error
	n.Attributes, err = readAttributes(f)
	return n, err
}

// isSubject says whether s is 1 to 100 characters of printable ASCII that begin
// with no space.
func isSubject(s string) bool {
	return s != "" && len(s) <= 100 && s[0] != ' ' && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f })
}

// structure picks what is for queues out of a document with a message per
// protocol.
func (n *notice) structure(structure string) error {
	if structure != "json" {
		return invalid("MessageStructure", "")
	}
	var messages map[string]any
	if err := json.Unmarshal([]byte(n.Body), &messages); err != nil {
		return invalid("Message Structure", "JSON message body failed to parse")
	}
	text, ok := messages["default"].(string)
	if !ok {
		return invalid("Message Structure", "No default entry in JSON message body")
	}
	if own, ok := messages["sqs"].(string); ok {
		text = own
	}
	if text == "" {
		return invalid("Empty message", "")
	}
	n.queues = text
	return nil
}

// readAttributes reads MessageAttributes. Beside SQS's types there is
// String.Array, a JSON array of strings, numbers, truth values and null ("Amazon
// SNS message attributes").
func readAttributes(f form) (map[string]sqs.Attribute, error) {
	entries := f.list("MessageAttributes.entry")
	if len(entries) == 0 {
		return nil, nil
	}
	attributes := make(map[string]sqs.Attribute, len(entries))
	for _, e := range entries {
		name := e.get("Name")
		a := sqs.Attribute{DataType: e.get("Value.DataType"), StringValue: e.get("Value.StringValue")}
		var err error
		if a.BinaryValue, err = base64.StdEncoding.DecodeString(e.get("Value.BinaryValue")); err != nil {
			return nil, invalidAttribute("The message attribute '" + name + "' has a binary value that is not base64.")
		}
		if _, ok := attributes[name]; ok {
			return nil, invalidAttribute("The message attribute '" + name + "' is repeated.")
		}
		problem := a.Problem(name)
		if problem == "" && a.DataType == "String.Array" && !isArray(a.StringValue) {
			problem = "The message attribute '" + name + "' is not a JSON array of strings, numbers, truth values and null."
		}
		if problem != "" {
			return nil, invalidAttribute(problem)
		}
		attributes[name] = a
	}
	return attributes, nil
}

func invalidAttribute(problem string) error {
	return &wire.Error{Code: "ParameterValueInvalid", Message: problem}
}

func isArray(doc string) bool {
	v, err := decode(doc)
	list, ok := v.([]any)
	if err != nil || !ok {
		return false
	}
	for _, item := range list {
		switch item.(type) {
		case []any, map[string]any:
			return false
		}
	}
	return true
}

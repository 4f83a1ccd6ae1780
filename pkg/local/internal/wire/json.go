package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// JSON encodes v as the result of a call in the JSON 1.0 protocol. Characters
// that HTML treats specially stay as they are.
func JSON(v any) (*Response, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	return &Response{Status: http.StatusOK, Header: jsonHeader(), Body: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, nil
}

// DecodeJSON reads the input of a call in the JSON 1.0 protocol into in. Members
// that in does not know are ignored, as AWS does. What is no Unicode is refused.
func DecodeJSON(body []byte, in any) error {
	if !isUnicode(body) {
		return &Error{Code: "SerializationException", Message: "the request has text that is not Unicode"}
	}
	if err := json.Unmarshal(body, in); err != nil {
		return &Error{Code: "SerializationException", Message: err.Error()}
	}
	return nil
}

// jsonError encodes e for a JSON 1.0 client; namespace is that of the service's
// shapes, "com.amazonaws.sqs".
func jsonError(e *Error, namespace string) *Response {
	doc := map[string]any{"__type": namespace + "#" + e.Code, "message": e.Message}
	for k, v := range e.Members {
		doc[k] = v
	}
	body, err := json.Marshal(doc)
	if err != nil {
		body = []byte(`{"__type":"` + namespace + `#InternalFailure"}`)
	}
	h := jsonHeader()
	if e.Query != "" {
		h.Set("X-Amzn-Query-Error", e.Query+";Sender")
	}
	return &Response{Status: e.HTTPStatus(), Header: h, Body: body}
}

func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-amz-json-1.0"}}
}

package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// Query encodes result as the answer to operation in the Query protocol: its
// fields within OPERATIONResult within OPERATIONResponse. A nil result is an
// operation that answers nothing but its request ID.
func Query(operation, namespace string, result any) (*Response, error) {
	var b bytes.Buffer
	enc := xml.NewEncoder(&b)
	root := xml.StartElement{Name: xml.Name{Local: operation + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}}
	err := enc.EncodeToken(root)
	if err == nil && result != nil {
		err = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: operation + "Result"}})
	}
	if err == nil {
		err = enc.EncodeElement(struct{ RequestId string }{RequestID}, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	}
	if err == nil {
		err = enc.EncodeToken(root.End())
	}
	if err == nil {
		err = enc.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s response: %w", operation, err)
	}
	return &Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: b.Bytes()}, nil
}

// RequestID is what every response names as its request: the endpoint keeps no
// record of requests to look one up in.
const RequestID = "00000000-0000-0000-0000-000000000000"

func queryError(e *Error) *Response {
	doc := struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		Error   struct{ Type, Code, Message string }
		ID      string `xml:"RequestId"`
	}{ID: RequestID}
	doc.Error.Type, doc.Error.Code, doc.Error.Message = "Sender", e.Code, e.Message
	if e.HTTPStatus() >= 500 {
		doc.Error.Type = "Receiver"
	}
	return xmlResponse(e.HTTPStatus(), doc)
}

func restError(e *Error) *Response {
	return xmlResponse(e.HTTPStatus(), struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
		ID      string `xml:"RequestId"`
	}{Code: e.Code, Message: e.Message, ID: RequestID})
}

// XML encodes v as the answer to an S3 call.
func XML(status int, v any) *Response { return xmlResponse(status, v) }

func xmlResponse(status int, v any) *Response {
	body, err := xml.Marshal(v)
	if err != nil {
		return &Response{Status: http.StatusInternalServerError, Body: []byte(err.Error())}
	}
	return &Response{Status: status, Header: http.Header{"Content-Type": {"application/xml"}}, Body: append([]byte(xml.Header), body...)}
}

// ErrorResponse encodes e in the protocol of the service.
func ErrorResponse(service string, e *Error) *Response {
	switch service {
	case "sqs":
		return jsonError(e, "com.amazonaws.sqs")
	case "dynamodb":
		return jsonError(e, "com.amazonaws.dynamodb.v20120810")
	case "s3":
		return restError(e)
	default:
		return queryError(e)
	}
}

// ErrorTo encodes e for the caller of c. A call to a service that the endpoint does
// not have came as a form, which the Query protocol answers in XML, or in one of
// the protocols that answer in JSON.
func ErrorTo(c *Call, e *Error) *Response {
	switch c.Service {
	case "sqs", "dynamodb", "s3", "sns", "sts":
		return ErrorResponse(c.Service, e)
	}
	if strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return queryError(e)
	}
	return jsonError(e, c.Service)
}

// Unknown is the refusal of an operation that the endpoint does not have: HTTP
// 400, because clients retry a 5xx (Terraform 25 times), in the service's own
// code for it.
func Unknown(service, operation string) *Error {
	message := fmt.Sprintf("the local endpoint does not have %s %s", service, operation)
	switch service {
	case "sqs", "dynamodb":
		return &Error{Code: "UnknownOperationException", Message: message}
	case "s3":
		return &Error{Code: "NotImplemented", Message: message}
	default:
		return &Error{Code: "InvalidAction", Message: message}
	}
}

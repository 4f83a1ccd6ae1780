package local

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/statline/statline/pkg/local/internal/s3"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// identify finds out what a request asks for. Each protocol says it elsewhere:
// JSON 1.0 in X-Amz-Target, Query in the form's Action and Version, S3 in
// method, path and query. What none of them is goes to a service that the
// server does not have, under the name in its credential scope.
func (s *Server) identify(r *http.Request, body []byte) *wire.Call {
	region, service := scope(r.Header.Get("Authorization"))
	if region == "" {
		region = s.region
	}
	c := &wire.Call{
		Region: region, Account: s.account, BaseURL: "http://" + r.Host,
		Method: r.Method, URL: r.URL, Header: r.Header, Body: body,
	}
	target := r.Header.Get("X-Amz-Target")
	switch form := queryForm(r, body); {
	case target != "":
		c.Service, c.Operation = byTarget(target)
	case form != nil:
		c.Service, c.Operation = byVersion(form, service)
	case service == "" || service == "s3":
		c.Service, c.Operation = "s3", s3.Operation(r.Method, r.URL)
	default:
		c.Service, c.Operation = service, r.Method+" "+r.URL.Path
	}
	return c
}

// scope reads region and service from a signature's credential scope,
// KEY/DATE/REGION/SERVICE/aws4_request ("Create a signed AWS API request", IAM
// User Guide).
func scope(authorization string) (region, service string) {
	_, credential, ok := strings.Cut(authorization, "Credential=")
	if !ok {
		return "", ""
	}
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return "", ""
	}
	return parts[len(parts)-3], parts[len(parts)-2]
}

func byTarget(target string) (service, operation string) {
	prefix, operation, _ := strings.Cut(target, ".")
	switch prefix {
	case "AmazonSQS":
		return "sqs", operation
	case "DynamoDB_20120810":
		return "dynamodb", operation
	default:
		return prefix, operation
	}
}

// queryForm is the form of a Query request, nil where it is none.
func queryForm(r *http.Request, body []byte) url.Values {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !form.Has("Action") {
		return nil
	}
	return form
}

func byVersion(form url.Values, scoped string) (service, operation string) {
	switch form.Get("Version") {
	case "2010-03-31":
		return "sns", form.Get("Action")
	case "2011-06-15":
		return "sts", form.Get("Action")
	default:
		return scoped + " (version " + form.Get("Version") + ")", form.Get("Action")
	}
}

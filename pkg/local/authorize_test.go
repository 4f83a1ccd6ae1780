package local_test

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local"
)

const (
	anyone = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	root   = "arn:aws:iam::000000000000:"
)

// wireCall is a call as it goes over the wire.
type wireCall struct {
	service, operation string
	body               string            // JSON, or the form without Action; empty for S3
	path               string            // of S3, after its method
	header             map[string]string // of S3
}

func (c wireCall) request(t *testing.T, key string) *http.Request {
	t.Helper()
	method, path, body := "POST", "/", c.body
	header := map[string]string{}
	switch c.service {
	case "sqs":
		header["X-Amz-Target"] = "AmazonSQS." + c.operation
	case "dynamodb":
		header["X-Amz-Target"] = "DynamoDB_20120810." + c.operation
	case "s3":
		method, path, _ = strings.Cut(c.path, " ")
		header = c.header
	default:
		header["Content-Type"] = "application/x-www-form-urlencoded"
		body = "Version=" + map[string]string{"sns": "2010-03-31", "sts": "2011-06-15"}[c.service] + "&Action=" + c.operation + "&" + c.body
	}
	r, err := http.NewRequestWithContext(t.Context(), method, local.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	if key != "" {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261123/us-east-1/"+c.service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	return r
}

// answer performs the call as the principal with a key.
func (c wireCall) answer(t *testing.T, server *local.Server, key string) (status int, body string) {
	t.Helper()
	resp, err := server.Client().Do(c.request(t, key))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (c wireCall) name() string { return c.service + " " + c.operation + c.path }

func jsonCall(service, operation, body string) wireCall {
	return wireCall{service: service, operation: operation, body: body}
}

func s3Call(path string, header ...string) wireCall {
	c := wireCall{service: "s3", path: path, header: map[string]string{}}
	for i := 0; i < len(header); i += 2 {
		c.header[header[i]] = header[i+1]
	}
	return c
}

// TestNeeds: a call needs leave for just what the Service Authorization Reference says.
func TestNeeds(t *testing.T) {
	statement := func(need string) string {
		action, resource, _ := strings.Cut(need, " ")
		return fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q}`, action, resource)
	}
	principals := map[string]local.Principal{}
	allow := func(key string, needs ...string) {
		var statements []string
		for _, need := range needs {
			statements = append(statements, statement(need))
		}
		doc := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
		principals[key] = local.Principal{ARN: root + "user/" + key, Policies: []string{doc}}
	}
	for i, c := range needs {
		allow(fmt.Sprint(i), c.needs...)
		for j := range c.needs {
			allow(fmt.Sprint(i, "-", j), append(append([]string{}, c.needs[:j]...), c.needs[j+1:]...)...)
		}
	}
	server := open(t, local.Config{Principals: principals})
	for i, c := range needs {
		t.Run(c.name(), func(t *testing.T) {
			for j, need := range c.needs {
				action, _, _ := strings.Cut(need, " ")
				status, body := c.answer(t, server, fmt.Sprint(i, "-", j))
				if code := denials[c.service]; status != code.status && c.operation != "BatchExecuteStatement" || !strings.HasPrefix(c.path, "HEAD") && (!strings.Contains(body, code.code) || !strings.Contains(body, action)) {
					t.Errorf("without %s: %d %s", need, status, body)
				}
			}
			status, body := c.answer(t, server, fmt.Sprint(i))
			if status == http.StatusForbidden || strings.Contains(body, "AccessDenied") {
				t.Errorf("with all of %v: %d %s", c.needs, status, body)
			}
		})
	}
}

// denials are how the services refuse who may not.
var denials = map[string]struct {
	status int
	code   string
}{
	"sqs": {403, "#AccessDeniedException"}, "sns": {403, "<Code>AuthorizationError</Code>"},
	"dynamodb": {400, "AccessDenied"}, "s3": {403, "<Code>AccessDenied</Code>"},
}

// TestAccessKey: who calls shows in the access key, which somebody must have, wherever
// it stands.
func TestAccessKey(t *testing.T) {
	server := open(t, local.Config{Principals: map[string]local.Principal{"key": {ARN: root + "role/r", Policies: []string{anyone}}}})
	identity := jsonCall("sts", "GetCallerIdentity", "")
	for _, c := range []struct {
		call   wireCall
		key    string
		status int
		says   string
	}{
		{identity, "key", 200, "<Arn>arn:aws:iam::000000000000:role/r</Arn>"}, {identity, "", 403, "MissingAuthenticationToken"}, {identity, "other", 403, "InvalidClientTokenId"},
		{jsonCall("sqs", "ListQueues", "{}"), "key", 200, "{"}, {jsonCall("sqs", "ListQueues", "{}"), "", 403, "anonymous is not authorized to perform: sqs:ListQueues"},
		{jsonCall("sqs", "ListQueues", "{}"), "other", 403, "InvalidClientTokenId"}, {jsonCall("sns", "ListTopics", ""), "other", 403, "InvalidClientTokenId"},
		{jsonCall("dynamodb", "ListTables", "{}"), "other", 400, "UnrecognizedClientException"}, {s3Call("GET /"), "other", 403, "InvalidAccessKeyId"},
		{s3Call("GET /?X-Amz-Credential=key/20261123/us-east-1/s3/aws4_request"), "", 200, "<Buckets"}, {s3Call("GET /"), "", 403, "AccessDenied"},
	} {
		status, body := c.call.answer(t, server, c.key)
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s as %q: %d %s, want %d with %s", c.call.name(), c.key, status, body, c.status, c.says)
		}
	}
}

// TestResourcePolicies: the policies of queue, topic and bucket let in and keep out, and
// one that is not understood keeps out everybody.
func TestResourcePolicies(t *testing.T) {
	server := open(t, local.Config{Principals: map[string]local.Principal{
		"admin": {ARN: root + "user/admin", Policies: []string{anyone}}, "nobody": {ARN: root + "user/nobody"},
	}})
	admin := func(c wireCall) {
		t.Helper()
		if status, body := c.answer(t, server, "admin"); status >= 300 {
			t.Fatalf("%s: %d %s", c.name(), status, body)
		}
	}
	put := s3Call("PUT /buck/k")
	makes := map[string]func(policy string) wireCall{
		"sqs": func(policy string) wireCall {
			return ofQueue("SetQueueAttributes", fmt.Sprintf(`,"Attributes":{"Policy":%q}`, policy))
		},
		"sns": func(policy string) wireCall {
			return ofTopic("SetTopicAttributes", "&AttributeName=Policy&AttributeValue="+strings.ReplaceAll(policy, "+", "%2B"))
		},
		"s3": func(policy string) wireCall { c := s3Call("PUT /buck?policy"); c.body = policy; return c },
	}
	uses := map[string]wireCall{"sqs": ofQueue("SendMessage", `,"MessageBody":"m"`), "sns": ofTopic("Publish", "&Message=m"), "s3": put}
	resources := map[string]string{"sqs": queue[1:], "sns": topic[1:], "s3": bucket[1:] + "/*"}
	actions := map[string]string{"sqs": "sqs:SendMessage", "sns": "sns:Publish", "s3": "s3:PutObject"}
	admin(jsonCall("sqs", "CreateQueue", `{"QueueName":"q"}`))
	admin(jsonCall("sns", "CreateTopic", "Name=t"))
	admin(s3Call("PUT /buck"))
	for _, c := range []struct {
		name, effect, principal, condition string
		header                             []string // of the call
		nobody, admin                      bool
	}{
		{"let in", "Allow", `{"AWS":"` + root + `user/nobody"}`, `{}`, nil, true, true},
		{"kept out", "Deny", `"*"`, `{}`, nil, false, false},
		{"the account", "Allow", `{"AWS":"` + root + `root"}`, `{}`, nil, false, true},
		{"with TLS", "Deny", `"*"`, `{"Bool":{"aws:SecureTransport":"false"}}`, nil, false, true},
		{"without TLS", "Deny", `"*"`, `{"Bool":{"aws:SecureTransport":"false"}}`, []string{"X-Forwarded-Proto", "http"}, false, false},
		{"one of us", "Allow", `"*"`, `{"ArnLike":{"aws:PrincipalArn":"` + root + `user/*"},"StringEquals":{"aws:PrincipalAccount":"000000000000","aws:PrincipalType":"User","aws:RequestedRegion":"us-east-1"}}`, nil, true, true},
	} {
		for service, call := range uses {
			t.Run(c.name+"/"+service, func(t *testing.T) {
				admin(makes[service](fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Principal":%s,"Action":%q,"Resource":%q,"Condition":%s}]}`, c.effect, c.principal, actions[service], resources[service], c.condition)))
				for key, want := range map[string]bool{"nobody": c.nobody, "admin": c.admin} {
					r := call.request(t, key)
					for i := 0; i < len(c.header); i += 2 {
						r.Header.Set(c.header[i], c.header[i+1])
					}
					resp, err := server.Client().Do(r)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if got := resp.StatusCode < 300; got != want {
						t.Errorf("%s: %s, want leave %v", key, resp.Status, want)
					}
				}
			})
		}
	}
	const odd = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`
	if status, body := makes["sqs"](odd).answer(t, server, "admin"); status != 400 || !strings.Contains(body, "Statement[0].Condition.IpAddress") {
		t.Errorf("a queue takes the policy: %d %s", status, body)
	}
	for _, service := range []string{"sns", "s3"} {
		admin(makes[service](odd))
		if status, body := uses[service].answer(t, server, "admin"); status != 403 || !strings.Contains(body, "Statement[0].Condition.IpAddress") {
			t.Errorf("%s: %d %s", service, status, body)
		}
	}
}

// TestNotOverAnother: the condition keys with which a bucket has no object overwritten.
func TestNotOverAnother(t *testing.T) {
	server := open(t, local.Config{Principals: map[string]local.Principal{"admin": {ARN: root + "user/admin", Policies: []string{anyone}}}})
	policy := s3Call("PUT /buck?policy")
	policy.body = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::buck/*","Condition":{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}]}`
	for _, c := range []struct {
		call   wireCall
		status int
	}{
		{s3Call("PUT /buck"), 200}, {policy, 204}, {s3Call("PUT /buck/k"), 403}, {s3Call("PUT /buck/k", "If-None-Match", "*"), 200},
		{s3Call("PUT /buck/k", "If-None-Match", "*"), 412}, {s3Call("PUT /buck/c", "X-Amz-Copy-Source", "buck/k"), 403}, {s3Call("GET /buck/k"), 200},
	} {
		if status, body := c.call.answer(t, server, "admin"); status != c.status {
			t.Errorf("%s: %d %s, want %d", c.call.name(), status, body, c.status)
		}
	}
}

// TestDeletesEach: of several deletions in one call, those that are not allowed are
// refused alone.
func TestDeletesEach(t *testing.T) {
	const some = `{"Statement":{"Effect":"Allow","Action":["s3:CreateBucket","s3:PutObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::buck","arn:aws:s3:::buck/mine/*"]}}`
	server := open(t, local.Config{Principals: map[string]local.Principal{"key": {ARN: root + "user/u", Policies: []string{some}}}})
	all := s3Call("POST /buck?delete")
	all.body = `<Delete><Object><Key>mine/1</Key></Object><Object><Key>its</Key></Object><Object><Key>mine/2</Key><VersionId>null</VersionId></Object></Delete>`
	sum := md5.Sum([]byte(all.body))
	all.header["Content-Md5"] = base64.StdEncoding.EncodeToString(sum[:])
	s3Call("PUT /buck").answer(t, server, "key")
	status, body := all.answer(t, server, "key")
	if status != 200 || strings.Count(body, "<Deleted>") != 1 || strings.Count(body, "<Code>AccessDenied</Code>") != 2 || !strings.Contains(body, "<Key>mine/1</Key></Deleted>") {
		t.Errorf("%d %s", status, body)
	}
}

// TestPrincipals: what is no principal, and a policy that is not understood, opens
// nothing.
func TestPrincipals(t *testing.T) {
	for _, c := range []struct {
		principal local.Principal
		says      string
	}{
		{local.Principal{ARN: "u"}, `key k: "u" is no ARN`}, {local.Principal{ARN: "arn:aws:iam::111111111111:user/u"}, "in account 000000000000"},
		{local.Principal{ARN: root + "group/g"}, "neither a user nor a role"}, {local.Principal{ARN: "arn:aws:sns:us-east-1:000000000000:t"}, "no ARN of IAM"},
		{local.Principal{ARN: root + "user/u", Policies: []string{anyone, `{"Statement":[{"Effect":"Allow"}]}`}}, "key k: policy 1: policy: Statement[0]: "},
	} {
		server, err := local.Open(local.Config{Principals: map[string]local.Principal{"k": c.principal}})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, %v; want %q", c.principal, server, err, c.says)
		}
		if _, ok := errors.AsType[*local.PolicyError](err); ok != (len(c.principal.Policies) > 0) {
			t.Errorf("%+v: %T", c.principal, err)
		}
	}
}

package local

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/statline/statline/pkg/local/internal/iam"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Principal is a user or a role that calls with an access key of its own.
type Principal struct {
	ARN      string   // arn:aws:iam::ACCOUNT:user/NAME or …:role/NAME, of the endpoint's account
	Policies []string // its identity policies, as JSON documents
}

// PolicyError is what is wrong with a policy, or what of it the endpoint does not
// evaluate, and where that stands: "Statement[1].Condition.IpAddress".
type PolicyError = iam.Error

// principal is a Principal whose policies are read.
type principal struct {
	arn, kind string
	policies  []*iam.Policy
}

// authority knows who may do what, where policies are enforced.
type authority struct {
	principals map[string]*principal // by access key

	mu       sync.Mutex
	policies map[string]parsedPolicy // of resources, by their text
}

type parsedPolicy struct {
	*iam.Policy
	err error
}

// newAuthority reads the policies of principals. It is nil where there are none.
func newAuthority(all map[string]Principal, account string) (*authority, error) {
	if all == nil {
		return nil, nil
	}
	a := &authority{principals: map[string]*principal{}, policies: map[string]parsedPolicy{}}
	for key, given := range all {
		p := &principal{arn: given.ARN}
		parts := strings.SplitN(given.ARN, ":", 6)
		if len(parts) < 6 || parts[0] != "arn" || parts[2] != "iam" || parts[4] != account {
			return nil, fmt.Errorf("principal of key %s: %q is no ARN of IAM in account %s", key, given.ARN, account)
		}
		switch kind, _, _ := strings.Cut(parts[5], "/"); kind {
		case "user":
			p.kind = "User"
		case "role":
			p.kind = "AssumedRole"
		default:
			return nil, fmt.Errorf("principal of key %s: %q is neither a user nor a role", key, given.ARN)
		}
		for i, doc := range given.Policies {
			policy, err := iam.ParseIdentity(doc)
			if err != nil {
				return nil, fmt.Errorf("principal of key %s: policy %d: %w", key, i, err)
			}
			p.policies = append(p.policies, policy)
		}
		a.principals[key] = p
	}
	return a, nil
}

// attend finds out who makes a call, and has its service ask here what that one may.
// The error is the refusal of a key that nobody has.
func (a *authority) attend(c *wire.Call) error {
	key := accessKey(c)
	who, known := a.principals[key]
	if key != "" && !known {
		return unknownKey(c.Service)
	}
	if !known {
		who = &principal{kind: "Anonymous"}
	}
	c.Caller = who.arn
	c.May = func(access wire.Access) error { return a.decide(c, who, access) }
	return nil
}

func (a *authority) decide(c *wire.Call, who *principal, access wire.Access) error {
	r := iam.Request{Principal: iam.Principal{ARN: who.arn}, Action: access.Action, Resource: access.Resource, Keys: map[string][]string{
		"aws:principaltype": {who.kind}, "aws:requestedregion": {c.Region}, "aws:resourceaccount": {c.Account},
		"aws:securetransport": {"true"}, "aws:viaawsservice": {"false"}, "aws:principalisawsservice": {"false"},
	}}
	if who.arn != "" {
		r.Keys["aws:principalarn"], r.Keys["aws:principalaccount"] = []string{who.arn}, []string{c.Account}
	}
	// TLS ends before the endpoint, if anywhere.
	if c.Header.Get("X-Forwarded-Proto") == "http" {
		r.Keys["aws:securetransport"] = []string{"false"}
	}
	for key, values := range access.Keys {
		r.Keys[key] = values
	}
	policy, err := a.policy(access.Policy)
	if err != nil {
		return fmt.Errorf("%s: %w", access.Resource, err)
	}
	return iam.Decide(r, who.policies, policy)
}

// policy reads the policy of a resource, each text once.
func (a *authority) policy(doc string) (*iam.Policy, error) {
	if doc == "" {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.policies[doc]
	if !ok {
		if len(a.policies) > 1000 {
			clear(a.policies) // resources that come and go
		}
		p.Policy, p.err = iam.ParseResource(doc)
		a.policies[doc] = p
	}
	return p.Policy, p.err
}

// accessKey is the access key that a call was signed with, in its header or, where it
// was presigned, in its URL; empty where it was not signed.
func accessKey(c *wire.Call) string {
	_, credential, ok := strings.Cut(c.Header.Get("Authorization"), "Credential=")
	if !ok {
		credential = c.URL.Query().Get("X-Amz-Credential")
	}
	key, _, _ := strings.Cut(credential, "/")
	return key
}

func unknownKey(service string) error {
	const message = "The security token included in the request is invalid."
	switch service {
	case "dynamodb":
		return &wire.Error{Code: "UnrecognizedClientException", Message: message}
	case "s3":
		return &wire.Error{Status: http.StatusForbidden, Code: "InvalidAccessKeyId", Message: "The AWS Access Key Id you provided does not exist in our records."}
	default:
		return &wire.Error{Status: http.StatusForbidden, Code: "InvalidClientTokenId", Message: message}
	}
}

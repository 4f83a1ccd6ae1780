// Package iam evaluates IAM policies: those of a principal and that of a resource,
// within one account ("Policy evaluation logic", IAM User Guide).
//
// Of the policy language ("IAM JSON policy elements reference") it has all elements,
// and of the condition operators those for strings, ARNs, truth values and presence.
// It does not have policy variables, the operators for numbers, dates, addresses and
// bytes, and an Allow with NotPrincipal, which AWS advises against. What it does not
// have, and what no policy may say, is an [*Error] when the policy is parsed: nothing
// that stands in a policy is ever passed over.
package iam

import "fmt"

// Principal is who makes a request: a user or a role by its ARN, or an AWS service by
// its name. The zero Principal is somebody who did not sign.
type Principal struct{ ARN, Service string }

// Request is what a policy is asked.
type Request struct {
	Principal Principal
	Action    string // "sqs:SendMessage"
	Resource  string // an ARN, or "*" for an action that knows no resource
	// Keys are the condition keys of the request, in lower case. A key that is not
	// there has no value.
	Keys map[string][]string
}

// Denial says why a request may not be made, in the words of AWS ("Troubleshoot
// access denied error messages", IAM User Guide).
type Denial struct {
	Request
	reason string
}

func (d *Denial) Error() string {
	who := "User: " + d.Principal.ARN
	switch {
	case d.Principal.Service != "":
		who = "Service: " + d.Principal.Service
	case d.Principal.ARN == "":
		who = "User: anonymous"
	}
	return fmt.Sprintf("%s is not authorized to perform: %s on resource: %s %s", who, d.Action, d.Resource, d.reason)
}

// Decide says whether a request may be made: nil where a policy allows it and none
// denies it, else a [*Denial]. Identity are the policies of the principal; resource is
// that of the resource, nil where it has none.
func Decide(r Request, identity []*Policy, resource *Policy) error {
	allowed := false
	for _, p := range identity {
		switch p.says(r) {
		case deny:
			return &Denial{r, "with an explicit deny in an identity-based policy"}
		case allow:
			allowed = true
		}
	}
	if resource != nil {
		switch resource.says(r) {
		case deny:
			return &Denial{r, "with an explicit deny in a resource-based policy"}
		case allow:
			allowed = true
		}
	}
	if !allowed {
		kind := "identity"
		if r.Principal.ARN == "" {
			kind = "resource"
		}
		return &Denial{r, "because no " + kind + "-based policy allows the " + r.Action + " action"}
	}
	return nil
}

// Policy is a policy document.
type Policy struct{ statements []statement }

// effect is what a policy says of a request.
type effect int

const (
	silent effect = iota
	allow
	deny
)

func (p *Policy) says(r Request) effect {
	said := silent
	for _, s := range p.statements {
		if s.applies(r) {
			said = max(said, s.effect)
		}
	}
	return said
}

// statement is one statement of a policy.
type statement struct {
	effect     effect
	principals *principals // nil in the policy of an identity
	actions    patterns
	resources  patterns
	conditions []condition
}

func (s *statement) applies(r Request) bool {
	if s.principals != nil && !s.principals.match(r.Principal, s.effect) {
		return false
	}
	if !s.actions.match(r.Action, actionLike) || !s.resources.match(r.Resource, resourceLike) {
		return false
	}
	for _, c := range s.conditions {
		if !c.met(r.Keys) {
			return false
		}
	}
	return true
}

package sqs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// policy is a queue's access policy, as far as it decides what another AWS
// service may send: "Policy evaluation logic" and "IAM JSON policy elements
// reference" (IAM User Guide). It errs on the side of no: what an Allow says and
// is not understood here allows nothing, what a Deny says and is not understood
// denies.
type policy struct{ statements []statement }

type statement struct {
	deny       bool
	principal  principal
	actions    patterns
	resources  patterns
	conditions []condition
}

// access is what a policy is asked: may the service do the action on the
// resource? Keys are the condition keys of the request, in lower case.
type access struct {
	service, action, resource string
	keys                      map[string]string
}

// allows says whether a statement allows the access and none denies it. A nil
// policy allows nothing.
func (p *policy) allows(a access) bool {
	if p == nil {
		return false
	}
	allowed := false
	for _, s := range p.statements {
		if !s.applies(a) {
			continue
		}
		if s.deny {
			return false
		}
		allowed = true
	}
	return allowed
}

func (s *statement) applies(a access) bool {
	if !s.principal.matches(a.service, s.deny) || !s.actions.match(a.action, true) || !s.resources.match(a.resource, false) {
		return false
	}
	for _, c := range s.conditions {
		if !c.met(a.keys, s.deny) {
			return false
		}
	}
	return true
}

// parsePolicy reads a policy document. The error says what of its structure no
// policy has.
func parsePolicy(doc string) (*policy, error) {
	var in struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(doc), &in); err != nil {
		return nil, fmt.Errorf("the policy is not valid JSON: %w", err)
	}
	raw := []json.RawMessage{in.Statement}
	if bytes.HasPrefix(in.Statement, []byte("[")) {
		if err := json.Unmarshal(in.Statement, &raw); err != nil {
			return nil, err
		}
	}
	p := &policy{}
	for i, r := range raw {
		s, err := parseStatement(r)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func parseStatement(raw json.RawMessage) (statement, error) {
	if len(raw) == 0 {
		return statement{}, errors.New("there is none")
	}
	var in struct {
		Effect                  string
		Principal, NotPrincipal json.RawMessage
		Action, NotAction       texts
		Resource, NotResource   texts
		Condition               map[string]map[string]texts
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return statement{}, err
	}
	if in.Effect != "Allow" && in.Effect != "Deny" {
		return statement{}, fmt.Errorf("effect %q is neither Allow nor Deny", in.Effect)
	}
	s := statement{deny: in.Effect == "Deny", actions: patterns{in.Action, in.NotAction}, resources: patterns{in.Resource, in.NotResource}}
	var err error
	if s.principal, err = parsePrincipal(in.Principal, in.NotPrincipal); err != nil {
		return statement{}, err
	}
	for operator, keys := range in.Condition {
		for key, values := range keys {
			s.conditions = append(s.conditions, condition{operator, strings.ToLower(key), values})
		}
	}
	return s, nil
}

// principal is who a statement is about: everyone, services, or others, that an
// access by a service never is.
type principal struct {
	everyone bool
	services []string
	not      bool // all but these
}

func parsePrincipal(is, not json.RawMessage) (principal, error) {
	if len(is) == 0 && len(not) == 0 || len(is) > 0 && len(not) > 0 {
		return principal{}, errors.New("it needs either Principal or NotPrincipal")
	}
	p := principal{not: len(not) > 0}
	raw := append(is, not...)
	if bytes.HasPrefix(raw, []byte(`"`)) {
		p.everyone = string(raw) == `"*"`
		if !p.everyone {
			return principal{}, fmt.Errorf("principal %s is not *", raw)
		}
		return p, nil
	}
	var kinds map[string]texts
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return principal{}, err
	}
	p.everyone = slices.Contains(kinds["AWS"], "*")
	p.services = kinds["Service"]
	return p, nil
}

// matches leaves an Allow with NotPrincipal out: AWS advises against it.
func (p principal) matches(service string, deny bool) bool {
	named := p.everyone || slices.Contains(p.services, service)
	if p.not {
		return deny && !named
	}
	return named
}

// patterns are the values of Action or Resource, or of their negations.
type patterns struct{ is, not texts }

func (p patterns) match(s string, foldCase bool) bool {
	if len(p.not) > 0 {
		return !p.not.like(s, foldCase)
	}
	return p.is.like(s, foldCase)
}

// texts is a string or a list of them; numbers and truth values stand for their
// texts.
type texts []string

// UnmarshalJSON reads one value or a list.
func (t *texts) UnmarshalJSON(b []byte) error {
	raw := []json.RawMessage{b}
	if bytes.HasPrefix(b, []byte("[")) {
		if err := json.Unmarshal(b, &raw); err != nil {
			return err
		}
	}
	*t = make(texts, 0, len(raw))
	for _, r := range raw {
		var s string
		switch {
		case bytes.HasPrefix(r, []byte(`"`)):
			if err := json.Unmarshal(r, &s); err != nil {
				return err
			}
		case bytes.ContainsAny(r[:1], "{[n"):
			return fmt.Errorf("%s is no string", r)
		default:
			s = string(r)
		}
		*t = append(*t, s)
	}
	return nil
}

func (t texts) like(s string, foldCase bool) bool {
	if foldCase {
		s = strings.ToLower(s)
	}
	return slices.ContainsFunc(t, func(pattern string) bool {
		if foldCase {
			pattern = strings.ToLower(pattern)
		}
		return like(pattern, s)
	})
}

// like matches s against a pattern in which * stands for any characters and ?
// for one.
func like(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

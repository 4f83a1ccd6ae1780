package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// delivery is what SNS asks SQS for: to send a topic's message to a queue.
type delivery struct{ topic, queue, account string }

// texts is a string or several, as policies write them.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = texts{one}
		return nil
	}
	if json.Unmarshal(b, (*[]string)(t)) != nil {
		*t = texts{string(b)} // a number or a boolean
	}
	return nil
}

// principal is "*", or names by their kind.
type principal map[string]texts

func (p *principal) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*p = principal{"AWS": {one}}
		return nil
	}
	return json.Unmarshal(b, (*map[string]texts)(p))
}

type policyStatement struct {
	Effect                               string
	Principal                            principal
	Action, Resource                     texts
	NotPrincipal, NotAction, NotResource json.RawMessage
	Condition                            map[string]map[string]texts
}

// readPolicy reads the statements of a policy, of which there are none where there is no
// policy.
func readPolicy(policy string) (statements []policyStatement, err error) {
	if policy == "" {
		return nil, nil
	}
	var doc struct{ Statement json.RawMessage }
	err = json.Unmarshal([]byte(policy), &doc)
	if err == nil {
		if text := strings.TrimSpace(string(doc.Statement)); strings.HasPrefix(text, "{") {
			doc.Statement = json.RawMessage("[" + text + "]")
		}
		err = json.Unmarshal(doc.Statement, &statements)
	}
	if err != nil {
		return nil, fmt.Errorf("its policy: %w", err)
	}
	return statements, nil
}

// allowsTopic says whether a queue's policy lets SNS deliver ("Policy evaluation
// logic", AWS IAM User Guide: a deny goes before every allow). The error is an
// [*unchecked] where that hangs on something that is not understood here.
func allowsTopic(policy string, d delivery) (bool, error) {
	statements, err := readPolicy(policy)
	if err != nil {
		return false, err
	}
	allowed := false
	var unsure error
	for _, s := range statements {
		applies, err := s.appliesTo(d)
		switch {
		case err != nil:
			unsure = err
		case applies && s.Effect == "Deny":
			return false, nil
		case applies && s.Effect == "Allow":
			allowed = true
		}
	}
	return allowed && unsure == nil, unsure
}

func (s policyStatement) appliesTo(d delivery) (bool, error) {
	if s.NotPrincipal != nil || s.NotAction != nil || s.NotResource != nil {
		return false, &unchecked{"its policy has NotPrincipal, NotAction or NotResource, which are not understood here"}
	}
	who := anyMatches(s.Principal["Service"], "sns.amazonaws.com") || slices.Contains(s.Principal["AWS"], "*")
	if !who || !anyMatches(lower(s.Action), "sqs:sendmessage") || !anyMatches(s.Resource, d.queue) {
		return false, nil
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			holds, err := d.holds(operator, strings.ToLower(key), values)
			if err != nil || !holds {
				return false, err
			}
		}
	}
	return true, nil
}

// holds says whether a condition does when SNS delivers.
func (d delivery) holds(operator, key string, values texts) (bool, error) {
	context := map[string]string{"aws:sourcearn": d.topic, "aws:sourceaccount": d.account, "aws:securetransport": "true", "aws:principalisawsservice": "true"}
	value, known := context[key]
	if !known {
		return false, &unchecked{fmt.Sprintf("its policy has a condition on %s, which is not understood here", key)}
	}
	switch strings.TrimSuffix(operator, "IfExists") {
	case "ArnEquals", "ArnLike", "StringLike":
		return anyMatches(values, value), nil
	case "StringEquals", "Bool":
		return slices.Contains(values, value), nil
	default:
		return false, &unchecked{fmt.Sprintf("its policy has the condition %s, which is not understood here", operator)}
	}
}

func lower(all texts) texts {
	low := make(texts, len(all))
	for i, t := range all {
		low[i] = strings.ToLower(t)
	}
	return low
}

// anyMatches says whether one of some patterns, in which * stands for anything, matches
// a value.
func anyMatches(patterns texts, value string) bool {
	for _, p := range patterns {
		if matches(p, value) {
			return true
		}
	}
	return false
}

func matches(pattern, value string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	value, ok := strings.CutPrefix(value, first)
	if !ok || !wild {
		return ok && value == ""
	}
	for i := range len(value) + 1 {
		if matches(rest, value[i:]) {
			return true
		}
	}
	return false
}

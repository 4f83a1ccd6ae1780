package pkg_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// policies are those that Terraform renders, as terraform/tests/policies.json has them,
// of the stack shop-7 with the clients lab and lab-2, the second of which lists results.
type policies struct {
	Services, Clients map[string]*policy // by stats and audit, and by client ID
	Operator, Auditor *policy
	Topic, Bucket     *policy
	Queues            map[string]*policy // by their names without the stack's
}

type policy struct {
	Version   string
	Statement []statement
}

// statement is a statement; its Action is one text or a list.
type statement map[string]any

func (s statement) sid() string { return s["Sid"].(string) }

// actions are the actions of a statement.
func (s statement) actions() (actions []string) {
	switch a := s["Action"].(type) {
	case string:
		return []string{a}
	case []any:
		for _, action := range a {
			actions = append(actions, action.(string))
		}
	}
	return actions
}

// without takes an action away, and the statement with its last one.
func (p *policy) without(sid, action string) {
	kept := []statement{}
	for _, s := range p.Statement {
		if s.sid() != sid {
			kept = append(kept, s)
			continue
		}
		var left []any
		for _, a := range s.actions() {
			if a != action {
				left = append(left, a)
			}
		}
		if len(left) > 0 {
			s["Action"] = left
			kept = append(kept, s)
		}
	}
	p.Statement = kept
}

// text is the policy as a document.
func (p *policy) text() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // it was JSON before
	}
	return string(b)
}

// readPolicies reads them anew: who changes them changes nobody else's.
func readPolicies(t *testing.T) *policies {
	t.Helper()
	b, err := os.ReadFile("../terraform/tests/policies.json")
	if err != nil {
		t.Fatal(err)
	}
	var in struct{ Always policies }
	if err := json.Unmarshal(b, &in); err != nil {
		t.Fatal(err)
	}
	return &in.Always
}

// each calls do with every policy that is enforced on what runs here, and where it is.
func (p *policies) each(do func(where string, p *policy)) {
	for name, policy := range p.Services {
		do("service "+name, policy)
	}
	for name, policy := range p.Clients {
		do("client "+name, policy)
	}
	do("topic", p.Topic)
	do("bucket", p.Bucket)
	for name, policy := range p.Queues {
		do("queue "+name, policy)
	}
}

// find is the policy at a place.
func (p *policies) find(where string) (found *policy) {
	p.each(func(at string, policy *policy) {
		if at == where {
			found = policy
		}
	})
	if found == nil {
		panic(fmt.Sprintf("there is no policy of %s", where))
	}
	return found
}

package pkg_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// right is an action that a statement allows or denies.
type right struct{ where, sid, action string }

func (r right) String() string { return r.where + " " + r.sid + " " + r.action }

// rightsOf are all rights of the policies that are enforced on what runs here.
func rightsOf(p *policies) (rights []right) {
	p.each(func(where string, policy *policy) {
		for _, s := range policy.Statement {
			for _, action := range s.actions() {
				rights = append(rights, right{where, s.sid(), action})
			}
		}
	})
	slices.SortFunc(rights, func(a, b right) int { return strings.Compare(a.String(), b.String()) })
	return rights
}

const noKMS = "the endpoint encrypts nothing, so that nobody needs a key"

// idle are the rights that make no difference on the endpoint, and why.
var idle = map[string]string{
	"topic AccountPublishes sns:Publish": "in one account the policy of a client alone is enough; it says that others have nothing to expect",

	"service stats KeyOfSqs kms:Decrypt": noKMS, "service stats KeyOfDynamodb kms:Decrypt": noKMS,
	"service audit KeyOfSqs kms:Decrypt": noKMS, "service audit KeyOfS3 kms:Decrypt": noKMS, "service audit KeyOfS3 kms:GenerateDataKey": noKMS,
	"client lab KeyOfSns kms:Decrypt": noKMS, "client lab KeyOfSns kms:GenerateDataKey": noKMS, "client lab KeyOfDynamodb kms:Decrypt": noKMS,
	"client lab-2 KeyOfSns kms:Decrypt": noKMS, "client lab-2 KeyOfSns kms:GenerateDataKey": noKMS, "client lab-2 KeyOfDynamodb kms:Decrypt": noKMS,
}

// TestEachRight: with any one right less, work that services and clients do fails, or
// something is let in that must not be. Without those that are idle here, nothing is
// amiss.
func TestEachRight(t *testing.T) {
	unused := maps.Clone(idle)
	rest := readPolicies(t)
	for _, r := range rightsOf(readPolicies(t)) {
		if _, is := idle[r.String()]; is {
			delete(unused, r.String())
			rest.find(r.where).without(r.sid, r.action)
			continue
		}
		t.Run(r.String(), func(t *testing.T) {
			p := readPolicies(t)
			p.find(r.where).without(r.sid, r.action)
			if err := underPolicies(t, p, normalWork); err == nil {
				t.Error("nothing fails without it: is it needed?")
			} else {
				t.Logf("%.300v", err)
			}
		})
	}
	for r := range unused {
		t.Errorf("there is no right %q", r)
	}
	if err := underPolicies(t, rest, normalWork); err != nil {
		t.Errorf("without what is idle: %v", err)
	}
}

// beyond are the actions of the policies that only AWS itself can hold to anything, by
// where they are rendered, and why.
var beyond = map[string]string{
	"lambda trust sts:AssumeRole": "the endpoint runs no functions", "fargate trust sts:AssumeRole": "nor tasks",
	"lambda lines logs:CreateLogStream": "it keeps no logs", "lambda lines logs:PutLogEvents": "it keeps no logs",
	"fargate start logs:CreateLogStream": "it keeps no logs", "fargate start logs:PutLogEvents": "it keeps no logs",
	"fargate start ecr:GetAuthorizationToken": "it has no images", "fargate start ecr:BatchCheckLayerAvailability": "it has no images",
	"fargate start ecr:BatchGetImage": "it has no images", "fargate start ecr:GetDownloadUrlForLayer": "it has no images",
	"lambda key kms:*": noKMS, "lambda key kms:Decrypt": noKMS, "lambda key kms:GenerateDataKey*": noKMS,
	"lambda key kms:Encrypt": noKMS, "lambda key kms:ReEncrypt*": noKMS, "lambda key kms:DescribeKey": noKMS,
	"fargate key kms:*": noKMS, "fargate key kms:Decrypt": noKMS, "fargate key kms:GenerateDataKey*": noKMS,
	"fargate key kms:Encrypt": noKMS, "fargate key kms:ReEncrypt*": noKMS, "fargate key kms:DescribeKey": noKMS,
}

// TestBeyond: what is rendered beside the policies that are enforced here is known, and
// so is why it is not.
func TestBeyond(t *testing.T) {
	b, err := os.ReadFile("../terraform/tests/policies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(all["always"])); !slices.Equal(got, []string{"auditor", "bucket", "clients", "operator", "queues", "services", "topic"}) {
		t.Errorf("policies of %v", got)
	}
	found := map[string]bool{}
	for compute, kinds := range all {
		if compute == "always" {
			continue
		}
		for kind, tree := range kinds {
			statementsIn(tree, func(s statement) {
				for _, action := range s.actions() {
					found[compute+" "+kind+" "+action] = true
				}
			})
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(beyond)); !slices.Equal(got, want) {
		t.Errorf("rendered is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// statementsIn calls do with every statement of the policies in a tree.
func statementsIn(tree any, do func(statement)) {
	switch v := tree.(type) {
	case map[string]any:
		if v["Effect"] != nil {
			do(v)
			return
		}
		for _, below := range v {
			statementsIn(below, do)
		}
	case []any:
		for _, below := range v {
			statementsIn(below, do)
		}
	}
}

package main

import (
	"slices"
	"strings"
)

// deed is what somebody may want to do.
type deed struct{ action, resource string }

// guard is what a resource's policy must see to, whatever IAM allows.
type guard struct {
	deeds []deed
	// holds says whether the conditions of a denial are those that are meant and no more.
	holds func(map[string]map[string]texts) bool
}

// withoutTLS is the condition of whoever comes without TLS.
func withoutTLS(conditions map[string]map[string]texts) bool {
	return only(conditions, map[string]string{"bool aws:securetransport": "false"})
}

// overAnother is the condition of a write that may go over what is there; those of an
// upload in parts make no object ("Enforce conditional writes on Amazon S3 buckets",
// Amazon S3 User Guide).
func overAnother(conditions map[string]map[string]texts) bool {
	const absent, making = "null s3:if-none-match", "bool s3:objectcreationoperation"
	return only(conditions, map[string]string{absent: "true"}) || only(conditions, map[string]string{absent: "true", making: "true"})
}

// only says whether conditions are these, by operator and key in lower case, and no
// others.
func only(conditions map[string]map[string]texts, want map[string]string) bool {
	n := 0
	for operator, keys := range conditions {
		for key, values := range keys {
			n++
			value, wanted := want[strings.ToLower(operator+" "+key)]
			if !wanted || len(values) != 1 || values[0] != value {
				return false
			}
		}
	}
	return n == len(want)
}

// refused says whether a policy denies everybody all of the deeds. What it does not
// understand it does not count.
func (g guard) refused(policy string) (bool, error) {
	statements, err := readPolicy(policy)
	if err != nil {
		return false, err
	}
	for _, d := range g.deeds {
		if !slices.ContainsFunc(statements, func(s policyStatement) bool {
			return s.Effect == "Deny" && s.concerns(d) && g.holds(s.Condition)
		}) {
			return false, nil
		}
	}
	return true, nil
}

// concerns says whether a statement is about everybody who does that.
func (s policyStatement) concerns(d deed) bool {
	return s.NotPrincipal == nil && s.NotAction == nil && s.NotResource == nil && slices.Contains(s.Principal["AWS"], "*") &&
		anyMatches(lower(s.Action), d.action) && anyMatches(s.Resource, d.resource)
}

// everybodys says whether a policy allows a deed to anybody in the world, or denies it to
// all, on no condition.
func everybodys(policy, effect string, d deed) (bool, error) {
	statements, err := readPolicy(policy)
	return slices.ContainsFunc(statements, func(s policyStatement) bool {
		return s.Effect == effect && s.concerns(d) && len(s.Condition) == 0
	}), err
}

// guarded checks that a policy refuses who comes without TLS, and neither allows nor
// denies everybody anything else.
func guarded(policy, fix string, deeds ...deed) (string, error) {
	for _, d := range deeds {
		for effect, what := range map[string]string{"Allow": "it lets everybody do ", "Deny": "it lets nobody do "} {
			applies, err := everybodys(policy, effect, d)
			if err != nil {
				return "", err
			}
			if applies {
				return "", &fault{what + d.action, fix}
			}
		}
	}
	refused, err := guard{deeds, withoutTLS}.refused(policy)
	if err != nil {
		return "", err
	}
	if !refused {
		return "", &fault{"it does not refuse what comes without TLS", fix}
	}
	return "nothing without TLS", nil
}

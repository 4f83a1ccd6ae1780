package iam

import (
	"slices"
	"strings"
)

// patterns are the values of Action or Resource or, where not is set, of NotAction or
// NotResource.
type patterns struct {
	values []string
	not    bool
}

func (p patterns) match(s string, like func(pattern, s string) bool) bool {
	return slices.ContainsFunc(p.values, func(v string) bool { return like(v, s) }) != p.not
}

// actionLike compares actions, whose case does not matter.
func actionLike(pattern, action string) bool {
	return like(strings.ToLower(pattern), strings.ToLower(action))
}

// resourceLike compares ARNs. A wildcard stays within one of the parts that colons
// separate, but a star at the end of a part reaches beyond it ("IAM JSON policy
// elements: Resource", IAM User Guide).
func resourceLike(pattern, resource string) bool { return match(pattern, resource, true) }

// arnLike compares the six parts of an ARN one by one, as the condition operators for
// ARNs do: a wildcard does not reach across a colon, but in the last part.
func arnLike(pattern, arn string) bool {
	want, have := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(want) != 6 || len(have) != 6 {
		return false
	}
	for i := range want {
		if !like(want[i], have[i]) {
			return false
		}
	}
	return true
}

// like matches s against a pattern in which * stands for any characters and ? for one.
func like(pattern, s string) bool { return match(pattern, s, false) }

// match is like or, where parts is set, [resourceLike].
func match(pattern, s string, parts bool) bool {
	stays := func(star int) bool { return parts && star+1 < len(pattern) && pattern[star+1] != ':' }
	type place struct{ pattern, s int }
	// Where a star may take one character more. What an earlier star could take, a
	// later one can, save that one which stays in its part cannot go beyond it for one
	// that does not. So there are never more than these two.
	var far, near *place
	p, i := 0, 0
	for {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star := &place{p, i}
			if near = star; !stays(p) {
				far, near = star, nil
			}
			p++
		case p == len(pattern) && i == len(s):
			return true
		case p < len(pattern) && i < len(s) && (pattern[p] == s[i] || pattern[p] == '?' && !(parts && s[i] == ':')):
			p, i = p+1, i+1
		default:
			star := near
			if star == nil || star.s == len(s) || s[star.s] == ':' {
				star, near = far, nil
			}
			if star == nil || star.s == len(s) {
				return false
			}
			star.s++
			p, i = star.pattern+1, star.s
		}
	}
}

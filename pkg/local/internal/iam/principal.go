package iam

import (
	"slices"
	"strings"
)

// principals is who a statement is about. Federated and canonical users are not among
// those who call here, so that they never match.
type principals struct {
	everyone bool
	arns     []string
	accounts []string
	services []string
	not      bool // all but these
}

// match says whether a principal is one of these. To name an account in an Allow is to
// leave it to the policies of its principals, which alone then allow; in a Deny it is
// all of them ("AWS JSON policy elements: Principal", IAM User Guide).
func (p *principals) match(who Principal, e effect) bool {
	switch {
	case p.everyone:
		return !p.not
	case who.Service != "":
		return slices.Contains(p.services, who.Service) != p.not
	case who.ARN == "":
		return p.not
	}
	named := slices.Contains(p.arns, who.ARN)
	if e == deny {
		named = named || slices.Contains(p.accounts, accountOf(who.ARN))
	}
	return named != p.not
}

// accountOf is the account in an ARN.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// add takes in a principal of a kind. The reason says what is wrong with it.
func (p *principals) add(kind, name string) (reason string) {
	switch kind {
	case "AWS":
		account, isRoot := rootOf(name)
		switch {
		case name == "*":
			p.everyone = true
		case isRoot:
			p.accounts = append(p.accounts, account)
		case strings.ContainsAny(name, "*?"):
			return "an ARN with a wildcard is no principal"
		case !strings.HasPrefix(name, "arn:") || accountOf(name) == "":
			return "it is neither *, an account, nor the ARN of a principal"
		default:
			p.arns = append(p.arns, name)
		}
	case "Service":
		if !strings.Contains(name, ".amazonaws.com") {
			return "it is no service principal"
		}
		p.services = append(p.services, name)
	case "Federated", "CanonicalUser":
	default:
		return "there is no such kind of principal"
	}
	return ""
}

// rootOf is the account that a principal stands for: by its number, or as
// arn:aws:iam::ACCOUNT:root.
func rootOf(name string) (account string, ok bool) {
	account = name
	if strings.HasPrefix(name, "arn:") {
		if !strings.HasSuffix(name, ":root") {
			return "", false
		}
		account = accountOf(name)
	}
	return account, len(account) == 12 && strings.Trim(account, "0123456789") == ""
}

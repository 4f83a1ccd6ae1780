package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a policy, or what of it is not evaluated here.
type Error struct {
	Place  string // "Statement[1].Condition.Bool"; empty for the whole document
	Reason string
}

func (e *Error) Error() string {
	if e.Place == "" {
		return "policy: " + e.Reason
	}
	return "policy: " + e.Place + ": " + e.Reason
}

// ParseIdentity reads a policy that is attached to a principal. The error is an
// [*Error].
func ParseIdentity(doc string) (*Policy, error) { return parse(doc, false) }

// ParseResource reads the policy of a resource, which says whom it is about. The error
// is an [*Error].
func ParseResource(doc string) (*Policy, error) { return parse(doc, true) }

func parse(doc string, ofResource bool) (p *Policy, err error) {
	r := reader{ofResource: ofResource}
	defer func() {
		if err = r.err(); err != nil {
			p = nil
		}
	}()
	if !utf8.ValidString(doc) || !json.Valid([]byte(doc)) {
		r.fail("", "it is no JSON")
		return nil, nil
	}
	return r.policy([]byte(doc)), nil
}

// reader reads a policy. It keeps the first mistake, and reads on.
type reader struct {
	ofResource bool
	variables  bool // ${...} is one
	first      *Error
}

func (r *reader) fail(place, format string, args ...any) {
	if r.first == nil {
		r.first = &Error{place, fmt.Sprintf(format, args...)}
	}
}

func (r *reader) err() error {
	if r.first == nil {
		return nil
	}
	return r.first
}

func (r *reader) policy(doc []byte) *Policy {
	var raw json.RawMessage
	members := r.object("", doc)
	for _, m := range members {
		if m.name == "Version" { // which says how to read what stands before it, too
			version := r.text(m.name, m.value)
			if version != "2012-10-17" && version != "2008-10-17" {
				r.fail(m.name, "%q is neither 2012-10-17 nor 2008-10-17", version)
			}
			r.variables = version == "2012-10-17"
		}
	}
	for _, m := range members {
		switch m.name {
		case "Version":
		case "Id":
			r.text(m.name, m.value)
		case "Statement":
			raw = m.value
		default:
			r.fail(m.name, "a policy has no such element")
		}
	}
	if raw == nil {
		r.fail("Statement", "it is missing")
		return nil
	}
	p := &Policy{}
	for i, s := range r.list(raw) {
		p.statements = append(p.statements, r.statement(fmt.Sprintf("Statement[%d]", i), s))
	}
	return p
}

func (r *reader) statement(place string, raw json.RawMessage) (s statement) {
	seen := map[string]bool{}
	for _, m := range r.object(place, raw) {
		at := place + "." + m.name
		seen[m.name] = true
		switch m.name {
		case "Sid":
			r.text(at, m.value)
		case "Effect":
			effects := map[string]effect{"Allow": allow, "Deny": deny}
			text := r.text(at, m.value)
			if s.effect = effects[text]; s.effect == silent {
				r.fail(at, "%q is neither Allow nor Deny", text)
			}
		case "Principal", "NotPrincipal":
			s.principals = r.principals(at, m.value, m.name == "NotPrincipal")
		case "Action", "NotAction":
			s.actions = patterns{r.patterns(at, m.value, isAction, "is no action, SERVICE:NAME"), m.name == "NotAction"}
		case "Resource", "NotResource":
			s.resources = patterns{r.patterns(at, m.value, isResource, "is no ARN"), m.name == "NotResource"}
		case "Condition":
			s.conditions = r.conditions(at, m.value)
		default:
			r.fail(at, "a statement has no such element")
		}
	}
	r.check(place, seen, s.effect)
	return s
}

// check holds that a statement has what it must have, and one of what excludes the other.
func (r *reader) check(place string, seen map[string]bool, e effect) {
	if !seen["Effect"] {
		r.fail(place, "it has no Effect")
	}
	for _, name := range []string{"Principal", "Action", "Resource"} {
		is, not := seen[name], seen["Not"+name]
		switch {
		case is && not:
			r.fail(place, "it has both %s and Not%[1]s", name)
		case name == "Principal" && !r.ofResource:
			if is || not {
				r.fail(place, "the policy of a principal names none")
			}
		case !is && !not:
			r.fail(place, "it has neither %s nor Not%[1]s", name)
		}
	}
	if seen["NotPrincipal"] && e == allow {
		r.fail(place+".NotPrincipal", "the local endpoint does not have it in an Allow")
	}
}

func (r *reader) principals(place string, raw json.RawMessage, not bool) *principals {
	p := &principals{not: not}
	if bytes.HasPrefix(raw, []byte(`"`)) {
		if p.everyone = r.text(place, raw) == "*"; !p.everyone {
			r.fail(place, "%s is not *", raw)
		}
		return p
	}
	kinds := r.object(place, raw)
	if len(kinds) == 0 {
		r.fail(place, "it names nobody")
	}
	for _, m := range kinds {
		for _, name := range r.texts(place+"."+m.name, m.value) {
			if reason := p.add(m.name, name); reason != "" {
				r.fail(place+"."+m.name, "%q: %s", name, reason)
			}
		}
	}
	return p
}

func (r *reader) patterns(place string, raw json.RawMessage, ok func(string) bool, reason string) []string {
	values := r.texts(place, raw)
	for _, v := range values {
		if !ok(v) {
			r.fail(place, "%q %s", v, reason)
		}
	}
	return values
}

func isAction(s string) bool {
	service, name, ok := strings.Cut(s, ":")
	return s == "*" || ok && plain(service, "-") && plain(name, "*?")
}

// plain says whether s is letters, digits and some more characters, and not empty.
func plain(s, more string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"+more) == ""
}

func isResource(s string) bool { return s == "*" || strings.HasPrefix(s, "arn:") }

func (r *reader) conditions(place string, raw json.RawMessage) (all []condition) {
	for _, operator := range r.object(place, raw) {
		at := place + "." + operator.name
		o, ok := parseOperator(operator.name)
		if !ok {
			r.fail(at, "the local endpoint does not have this operator")
			continue
		}
		for _, m := range r.object(at, operator.value) {
			c := condition{o, strings.ToLower(m.name), r.texts(at+"."+m.name, m.value)}
			if !knownKey(c.key) {
				r.fail(at+"."+m.name, "the local endpoint does not have this condition key")
			}
			if o.null && (len(c.values) != 1 || c.values[0] != "true" && c.values[0] != "false") {
				r.fail(at+"."+m.name, "it is neither true nor false")
			}
			all = append(all, c)
		}
	}
	return all
}

// member is a member of an object.
type member struct {
	name  string
	value json.RawMessage
}

// object is what an object holds. No name may be there twice.
func (r *reader) object(place string, raw json.RawMessage) (members []member) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, _ := d.Token(); start != json.Delim('{') { // raw is valid JSON
		r.fail(place, "it is no object")
		return nil
	}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			r.fail(place, "%v", err)
			return nil
		}
		m := member{name.(string), value}
		if slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
			r.fail(strings.TrimPrefix(place+"."+m.name, "."), "it is there twice")
		}
		members = append(members, m)
	}
	return members
}

// list is a list or, where there is one value alone, that.
func (r *reader) list(raw json.RawMessage) (values []json.RawMessage) {
	if bytes.HasPrefix(raw, []byte("[")) && json.Unmarshal(raw, &values) == nil {
		return values
	}
	return []json.RawMessage{raw}
}

// texts are one text or several; numbers and truth values stand for their texts.
func (r *reader) texts(place string, raw json.RawMessage) (texts []string) {
	for _, value := range r.list(raw) {
		if bytes.ContainsAny(value[:1], "-0123456789tf") {
			texts = append(texts, string(value))
			continue
		}
		texts = append(texts, r.text(place, value))
	}
	if len(texts) == 0 {
		r.fail(place, "it is empty")
	}
	return texts
}

func (r *reader) text(place string, raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil || !bytes.HasPrefix(raw, []byte(`"`)) {
		r.fail(place, "%s is no text", raw)
	}
	if r.variables && strings.Contains(s, "${") {
		r.fail(place, "the local endpoint does not have policy variables: %s", s)
	}
	return s
}

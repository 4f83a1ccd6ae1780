package dynamodb

import (
	"slices"
	"strconv"
)

// update is a parsed UpdateExpression.
type update struct {
	tree    pathTree
	targets []path // what it sets, removes, adds to or deletes from
	paths   []path // all that it names
	adds    bool   // whether it has a SET or an ADD, and so makes an item that is not there
}

// updateAction is what an update does at the end of a path.
type updateAction struct {
	section string   // "SET", "REMOVE", "ADD" or "DELETE"
	set     setValue // of SET
	operand value    // of ADD and DELETE
}

// setValue is what stands to the right of SET's equals sign.
type setValue interface {
	// eval gives the value for the item as it is before the update.
	eval(it item) (value, error)
}

// maxOperators is how many operators and functions an update may have ("Quotas
// in Amazon DynamoDB": expression operators).
const maxOperators = 300

// updateParser is a parser that counts operators.
type updateParser struct {
	*parser
	update    *update
	operators int
}

// parseUpdate reads an UpdateExpression ("Using update expressions in
// DynamoDB").
func parseUpdate(source string, refs *placeholders) (*update, error) {
	p, err := newParser("UpdateExpression", source, refs)
	if err != nil {
		return nil, err
	}
	u := updateParser{parser: p, update: &update{}}
	seen := map[string]bool{}
	for first := true; first || p.peek().kind != tokenEnd; first = false {
		section := u.section()
		if seen[section] {
			p.issues.note(issueSection, `The "`+section+`" section can only be used once in an update expression;`)
		}
		seen[section] = true
		u.actions(section)
	}
	if u.operators > maxOperators {
		p.issues.note(issueLimit, "The expression contains too many operators; operator count: "+strconv.Itoa(u.operators))
	}
	u.update.paths = p.paths
	u.update.adds = seen["SET"] || seen["ADD"]
	return u.update, p.finish()
}

func (u *updateParser) section() string {
	for _, section := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
		if u.keyword(section) {
			return section
		}
	}
	u.fail()
	return ""
}

func (u *updateParser) actions(section string) {
	for first := true; first || u.sign(","); first = false {
		if u.atKeyword("SET", "REMOVE", "ADD", "DELETE") {
			u.fail()
			return
		}
		target := u.path()
		action := u.action(section)
		u.update.targets = append(u.update.targets, target)
		if err := u.update.tree.add(target, action); err != nil {
			u.issues.note(issueOverlap, text(err))
		}
	}
}

func (u *updateParser) action(section string) *updateAction {
	action := &updateAction{section: section}
	switch section {
	case "SET":
		u.expect(u.sign("="))
		action.set = u.value()
	case "ADD", "DELETE":
		if u.peek().kind != tokenValue {
			u.fail()
			break
		}
		action.operand = u.constant()
		u.checkOperand(section, kindOf(action.operand))
	}
	return action
}

// checkOperand notes what ADD and DELETE cannot take: ADD takes numbers and
// sets, DELETE takes sets.
func (u *updateParser) checkOperand(section, kind string) {
	names := map[string]string{"S": "STRING", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}
	if section == "DELETE" {
		names["N"] = "NUMBER"
	}
	if name := names[kind]; name != "" {
		u.issues.note(issueOperandType, "Incorrect operand type for operator or function; operator: "+section+", operand type: "+name+", typeSet: ALLOWED_FOR_"+section+"_OPERAND")
	}
}

// value reads a sum, a difference or a single operand, which may stand in
// parentheses. A sum is no operand of another.
func (u *updateParser) value() setValue {
	var left setValue
	if u.sign("(") {
		left = u.value()
		u.expect(u.sign(")"))
		if _, whole := left.(arithmetic); whole {
			return left
		}
	} else {
		left = u.setOperand()
	}
	for _, operator := range []string{"+", "-"} {
		if u.sign(operator) {
			u.operators++
			right := u.setOperand()
			u.checkKinds(operator, "N", left, right)
			return arithmetic{operator, left, right}
		}
	}
	return left
}

func (u *updateParser) setOperand() setValue {
	switch {
	case u.sign("("):
		inner := u.setOperand()
		u.expect(u.sign(")"))
		return inner
	case u.peek().kind == tokenValue:
		return fixed{u.constant()}
	case u.atFunction():
		return u.call()
	default:
		return attribute{u.path()}
	}
}

// call reads a function of updates.
func (u *updateParser) call() setValue {
	name := u.next().text
	u.next()
	args := []setValue{u.setOperand()}
	for u.sign(",") {
		args = append(args, u.setOperand())
	}
	u.expect(u.sign(")"))
	u.operators++
	switch {
	case name != "if_not_exists" && name != "list_append":
		u.issues.note(issueUnknownFunction, unknownFunction(name, "an update"))
		return fixed{}
	case len(args) != 2:
		u.issues.note(issueOperandCount, operandCount(name, len(args)))
		return fixed{}
	case name == "list_append":
		u.checkKinds(name, "L", args...)
		return listAppend{args[0], args[1]}
	}
	at, ok := args[0].(attribute)
	if !ok {
		u.issues.note(issueOperandType, "Operator or function requires a document path; operator or function: "+name)
	}
	return ifNotExists{at.path, args[1]}
}

// checkKinds notes constants that are not of the kind that operator takes.
func (u *updateParser) checkKinds(operator, kind string, args ...setValue) {
	for _, a := range args {
		if got := setKind(a); got != "" && got != kind {
			u.issues.note(issueOperandType, operandKind(operator, got))
		}
	}
}

// setKind is the kind of a value that is known before there is an item.
func setKind(v setValue) string {
	switch v := v.(type) {
	case fixed:
		return kindOf(v.value)
	case arithmetic:
		return "N"
	case listAppend:
		return "L"
	default:
		return ""
	}
}

// names says whether one of paths begins with the attribute; nested, whether
// one leads into it.
func names(paths []path, attribute string, nested bool) bool {
	return slices.ContainsFunc(paths, func(p path) bool {
		return p[0].name == attribute && (!nested || len(p) > 1)
	})
}

package dynamodb

import (
	"strings"
)

// insert is a PartiQL statement that adds one item to a table ("PartiQL insert
// statements for DynamoDB"):
//
//	INSERT INTO "table" VALUE {'name': ?, 'other': 'text', 'third': 1.5}
type insert struct {
	table      string
	names      []string
	values     []value // nil where a parameter stands
	parameters int
}

// item is the item to insert, with the parameters in their places.
func (s *insert) item(parameters []value) (item, error) {
	if len(parameters) != s.parameters {
		return nil, invalid("Number of parameters in request and statement don't match.")
	}
	it := make(item, len(s.names))
	for i, name := range s.names {
		v := s.values[i]
		if v == nil {
			v, parameters = parameters[0], parameters[1:]
		}
		it[name] = v
	}
	return it, nil
}

// statementParser reads a statement from left to right. After the first mistake
// it reads nothing but the end.
type statementParser struct {
	source string
	pos    int
	next   pqToken
	err    error
}

// parseStatement reads a statement, which this endpoint has to be an INSERT. The
// refusal of another names the operation that it is for.
func parseStatement(operation, source string) (*insert, error) {
	p := &statementParser{source: source}
	p.advance()
	switch verb := verbOf(p.next); verb {
	case "INSERT":
		p.advance()
		s := p.insert()
		return s, p.err
	case "SELECT", "UPDATE", "DELETE", "EXISTS":
		return nil, invalid("the local endpoint has %s with INSERT only, not with %s", operation, verb)
	default:
		return nil, malformed("Expected data manipulation")
	}
}

// reads says whether a statement is one that reads.
func reads(source string) bool {
	p := &statementParser{source: source}
	p.advance()
	return verbOf(p.next) == "SELECT"
}

func verbOf(t pqToken) string {
	if t.kind != pqWord {
		return ""
	}
	return strings.ToUpper(t.text)
}

func malformed(format string, args ...any) error {
	return invalid("Statement wasn't well formed, can't be processed: "+format, args...)
}

func (p *statementParser) fail(err error) {
	if p.err == nil {
		p.err, p.next = err, pqToken{}
	}
}

// unexpected is the mistake of what comes next.
func (p *statementParser) unexpected(wanted string) {
	if p.next.kind == pqEnd {
		p.fail(malformed("Expected %s at the end", wanted))
		return
	}
	p.fail(malformed("Expected %s, not %.40q", wanted, p.next.text))
}

func (p *statementParser) advance() {
	if p.err == nil {
		p.next, p.pos = lexStatement(p.source, p.pos)
	}
}

// take moves past a token of a kind and gives its text.
func (p *statementParser) take(kind pqKind, wanted string) string {
	if p.next.kind != kind {
		p.unexpected(wanted)
		return ""
	}
	text := p.next.text
	p.advance()
	return text
}

// keyword moves past a keyword, which may be written in any case.
func (p *statementParser) keyword(word string) {
	if p.next.kind != pqWord || !strings.EqualFold(p.next.text, word) {
		p.unexpected(word)
		return
	}
	p.advance()
}

// sign moves past a sign where it is what comes next.
func (p *statementParser) sign(text string) bool {
	if p.next.kind != pqSign || p.next.text != text {
		return false
	}
	p.advance()
	return true
}

// insert reads what follows the word INSERT.
func (p *statementParser) insert() *insert {
	s := &insert{}
	p.keyword("INTO")
	if p.next.kind == pqWord {
		s.table = p.take(pqWord, "")
	} else {
		s.table = p.take(pqName, "a table's name")
	}
	p.keyword("VALUE")
	if !p.sign("{") {
		p.unexpected("{")
	}
	seen := map[string]bool{}
	for more := !p.sign("}"); more && p.err == nil; {
		p.attribute(s, seen)
		more = p.sign(",")
		if !more && !p.sign("}") {
			p.unexpected("}")
		}
	}
	if p.err == nil && p.next.kind != pqEnd {
		p.unexpected("the end")
	}
	return s
}

// attribute reads 'name': value.
func (p *statementParser) attribute(s *insert, seen map[string]bool) {
	name := p.take(pqText, "an attribute's name in single quotes")
	if !p.sign(":") {
		p.unexpected(":")
	}
	v := p.value()
	if v == nil {
		s.parameters++
	}
	if p.err == nil && seen[name] {
		p.fail(malformed("The attribute %.40q is there twice", name))
	}
	if err := checkName(name); err != nil {
		p.fail(err)
	}
	seen[name] = true
	s.names, s.values = append(s.names, name), append(s.values, v)
}

// value reads a value; it is nil where a parameter stands.
func (p *statementParser) value() value {
	t := p.next
	switch {
	case p.sign("?"):
		return nil
	case t.kind == pqText:
		p.advance()
		return stringValue(t.text)
	case t.kind == pqNumber:
		p.advance()
		n, err := parseNumber(t.text)
		if err != nil {
			p.fail(err)
		}
		return n
	case t.kind == pqWord && strings.EqualFold(t.text, "true"), t.kind == pqWord && strings.EqualFold(t.text, "false"):
		p.advance()
		return boolValue(strings.EqualFold(t.text, "true"))
	case t.kind == pqWord && strings.EqualFold(t.text, "null"):
		p.advance()
		return nullValue{}
	case t.kind == pqSign && strings.Contains("{[<", t.text):
		p.fail(invalid("the local endpoint does not have lists, maps and sets in a statement: use parameters"))
	default:
		p.unexpected("a value")
	}
	return nullValue{}
}

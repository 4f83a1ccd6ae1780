package dynamodb

import (
	"strconv"
	"strings"
)

// parser reads one expression. A syntax error ends the reading: what is left is
// then only the end. Everything else that is wrong is noted in issues, because
// DynamoDB looks for some mistakes before others.
type parser struct {
	what   string // "ConditionExpression" and so on
	source string
	tokens []token
	pos    int
	refs   *placeholders
	syntax error
	issues issues
	paths  []path // all that the expression names
}

func newParser(what, source string, refs *placeholders) (*parser, error) {
	switch {
	case source == "":
		return nil, invalid("Invalid %s: The expression can not be empty;", what)
	case len(source) > maxExpression:
		return nil, invalid("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", what, len(source))
	}
	return &parser{what: what, source: source, tokens: lex(source), refs: refs}, nil
}

// finish is the refusal of the whole expression, if there is one.
func (p *parser) finish() error {
	if p.syntax == nil && p.peek().kind != tokenEnd {
		p.fail()
	}
	if p.syntax != nil {
		return p.syntax
	}
	if issue := p.issues.first(); issue != "" {
		return invalid("Invalid %s: %s", p.what, issue)
	}
	return nil
}

func (p *parser) peek() token { return p.tokens[p.pos] }

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != tokenEnd {
		p.pos++
	}
	return t
}

// fail notes that the next token does not belong there and goes to the end.
func (p *parser) fail() {
	if p.syntax == nil {
		t := p.peek()
		from, to := t.start, t.end
		if p.pos > 0 {
			from = p.tokens[p.pos-1].start
		}
		if p.pos+1 < len(p.tokens) {
			to = p.tokens[p.pos+1].end
		}
		near := strings.TrimRight(p.source[from:to], " \t\r\n")
		p.syntax = invalid(`Invalid %s: Syntax error; token: "%s", near: "%s"`, p.what, t.text, near)
	}
	p.pos = len(p.tokens) - 1
}

// sign takes the given punctuation if it comes next.
func (p *parser) sign(text string) bool {
	t := p.peek()
	if t.kind != tokenSign || t.text != text {
		return false
	}
	p.pos++
	return true
}

// keyword takes the given word, in capitals or not, if it comes next.
func (p *parser) keyword(word string) bool {
	if !p.atKeyword(word) {
		return false
	}
	p.pos++
	return true
}

func (p *parser) atKeyword(words ...string) bool {
	t := p.peek()
	for _, word := range words {
		if t.kind == tokenWord && strings.EqualFold(t.text, word) {
			return true
		}
	}
	return false
}

func (p *parser) expect(ok bool) {
	if !ok {
		p.fail()
	}
}

// atFunction says whether a function's name comes next.
func (p *parser) atFunction() bool {
	if p.peek().kind != tokenWord {
		return false
	}
	after := p.tokens[p.pos+1]
	return after.kind == tokenSign && after.text == "("
}

// constant reads :value. It is nil where the value is not defined.
func (p *parser) constant() value {
	key := p.next().text
	v, ok := p.refs.value(key)
	if !ok {
		p.issues.note(issueUndefined, "An expression attribute value used in expression is not defined; attribute value: "+key)
	}
	return v
}

// maxPath is how many steps a path may have ("Quotas in Amazon DynamoDB": depth
// for a document path).
const maxPath = 32

// path reads a.#b[3].
func (p *parser) path() path {
	read := path{{name: p.pathName()}}
	for {
		switch {
		case p.sign("."):
			read = append(read, step{name: p.pathName()})
		case p.sign("["):
			read = append(read, step{index: p.pathIndex()})
			p.expect(p.sign("]"))
		default:
			if len(read) > maxPath {
				p.issues.note(issueUndefined, "The document path has too many nesting levels; nesting levels: "+strconv.Itoa(len(read)))
			}
			p.paths = append(p.paths, read)
			return read
		}
	}
}

func (p *parser) pathName() string {
	switch t := p.peek(); t.kind {
	case tokenWord:
		p.pos++
		if reserved(t.text) {
			p.issues.note(issueReserved, "Attribute name is a reserved keyword; reserved keyword: "+t.text)
		}
		return t.text
	case tokenName:
		p.pos++
		name, ok := p.refs.name(t.text)
		if !ok {
			p.issues.note(issueUndefined, "An expression attribute name used in the document path is not defined; attribute name: "+t.text)
		}
		return name
	default:
		p.fail()
		return ""
	}
}

func (p *parser) pathIndex() int {
	t := p.peek()
	if t.kind != tokenNumber {
		p.fail()
		return 0
	}
	p.pos++
	index, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		p.issues.note(issueUndefined, "List index is not within the allowable range; index: ["+t.text+"]")
	}
	return int(index)
}

// parseProjection reads a ProjectionExpression ("Using projection expressions in
// DynamoDB").
func parseProjection(source string, refs *placeholders) (*projection, error) {
	p, err := newParser("ProjectionExpression", source, refs)
	if err != nil {
		return nil, err
	}
	read := &projection{}
	for first := true; first || p.sign(","); first = false {
		at := p.path()
		if err := read.add(at, nil); err != nil {
			p.issues.note(issueOverlap, text(err))
		}
	}
	read.paths = p.paths
	return read, p.finish()
}

// projection is what a ProjectionExpression asks for.
type projection struct {
	pathTree
	paths []path
}

// of is the projection of it; a nil projection asks for everything.
func (p *projection) of(it item) item {
	if p == nil || it == nil {
		return it
	}
	return p.projectItem(it)
}

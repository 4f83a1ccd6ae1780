package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// exchanged are the operators that stand in for one another.
var exchanged = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
	token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.INC: {token.DEC}, token.DEC: {token.INC},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
}

// words are the names that stand in for one another.
var words = map[string]string{"true": "false", "false": "true", "min": "max", "max": "min"}

// visit finds the mutants of a node and says whether to look into it.
func (f *finder) visit(n ast.Node) bool {
	if n == nil || f.skip[n] {
		return false
	}
	switch n := n.(type) {
	case ast.Expr:
		f.expression(n)
	case ast.Stmt:
		return f.statement(n)
	}
	return true
}

func (f *finder) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		f.operator(e, e.OpPos, e.Op)
	case *ast.BasicLit:
		f.integer(e)
	case *ast.Ident:
		if other, ok := words[e.Name]; ok && f.info.Uses[e] == types.Universe.Lookup(e.Name) {
			f.replace(e, other, other)
		}
	case *ast.CompositeLit:
		f.composite(e)
	}
}

func (f *finder) statement(s ast.Stmt) bool {
	if f.logs(s) {
		return false
	}
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt:
		f.remove(s, s.Pos(), s.End())
	case *ast.AssignStmt:
		f.assignment(s)
	case *ast.IncDecStmt:
		f.operator(s, s.TokPos, s.Tok)
		f.remove(s, s.Pos(), s.End())
	case *ast.BranchStmt:
		f.remove(s, s.Pos(), s.End())
	case *ast.ForStmt:
		f.loop(s)
	case *ast.IfStmt:
		f.branch(s)
	case *ast.SwitchStmt:
		if s.Tag == nil {
			f.cases(s)
		}
	case *ast.CaseClause:
		f.body(s, s.Body)
	case *ast.CommClause:
		f.skip[s.Comm] = true
		f.body(s, s.Body)
	case *ast.ReturnStmt:
		f.results(s)
	}
	return true
}

// operator exchanges the operator at pos in a node, where it works on what it may.
func (f *finder) operator(n ast.Node, pos token.Pos, op token.Token) {
	if e, ok := n.(*ast.BinaryExpr); ok && op == token.ADD && !f.is(e, types.IsNumeric) {
		return
	}
	for _, other := range exchanged[op] {
		f.replace(span{pos, pos + token.Pos(len(op.String()))}, other.String(), other.String())
	}
}

// span is a piece of code that is no node.
type span struct{ from, to token.Pos }

func (s span) Pos() token.Pos { return s.from }
func (s span) End() token.Pos { return s.to }

// is says whether an expression is of a basic type of some kind.
func (f *finder) is(e ast.Expr, kind types.BasicInfo) bool {
	t := f.info.TypeOf(e)
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&kind != 0
}

// integer is off by one: 1 is 0, and any other n is n + 1.
func (f *finder) integer(e *ast.BasicLit) {
	if e.Kind != token.INT {
		return
	}
	text := "0"
	if e.Value != "1" {
		text = fmt.Sprintf("(%s + 1)", e.Value)
	}
	f.replace(e, text, text)
}

// composite leaves out each field of a literal, with the comma that follows.
func (f *finder) composite(e *ast.CompositeLit) {
	for i, element := range e.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		end := pair.End()
		if i+1 < len(e.Elts) {
			end = e.Elts[i+1].Pos()
		} else if rest := f.text(span{pair.End(), e.Rbrace}); strings.HasPrefix(rest, ",") {
			end++
		}
		s := f.source
		cut := edit{s, s.offset(pair.Pos()), s.offset(end), ""}
		f.add(cut, f.text(pair), "(left out)")
	}
}

// remove leaves out the code from one place to another. It still stands where it
// cannot run, so that what it uses is used.
func (f *finder) remove(n ast.Node, from, to token.Pos) {
	code := f.text(span{from, to})
	s := f.source
	f.add(edit{s, s.offset(from), s.offset(to), "if false {\n" + code + "\n}"}, f.text(n), "(left out)")
}

func (f *finder) assignment(s *ast.AssignStmt) {
	if s.Tok != token.DEFINE {
		f.operator(s, s.TokPos, s.Tok)
		f.remove(s, s.Pos(), s.End())
	}
	for _, e := range s.Rhs {
		f.condition(e)
	}
}

func (f *finder) loop(s *ast.ForStmt) {
	f.condition(s.Cond)
	if s.Post == nil {
		return
	}
	f.skip[s.Post] = true
	if step, ok := s.Post.(*ast.IncDecStmt); ok {
		f.operator(step, step.TokPos, step.Tok)
		return
	}
	ast.Inspect(s.Post, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			f.expression(e)
		}
		return true
	})
}

// branch leaves alone the condition of what only logs.
func (f *finder) branch(s *ast.IfStmt) {
	if s.Else == nil && f.onlyLogs(s.Body.List) {
		f.skip[s.Cond] = true
		return
	}
	f.condition(s.Cond)
	if s.Else == nil {
		return
	}
	f.body(s.Body, s.Body.List)
	if other, ok := s.Else.(*ast.BlockStmt); ok {
		f.body(other, other.List)
	}
}

func (f *finder) cases(s *ast.SwitchStmt) {
	for _, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			f.condition(e)
		}
	}
}

// body leaves out all of a body, unless it only logs.
func (f *finder) body(n ast.Node, list []ast.Stmt) {
	if len(list) > 0 && !f.onlyLogs(list) {
		f.remove(n, list[0].Pos(), list[len(list)-1].End())
	}
}

// results makes the error that a function returns nil.
func (f *finder) results(s *ast.ReturnStmt) {
	for _, e := range s.Results {
		f.condition(e)
	}
	if len(s.Results) == 0 {
		return
	}
	last := s.Results[len(s.Results)-1]
	if t := f.info.TypeOf(last); t != nil && t != types.Typ[types.UntypedNil] && isError(t) {
		f.replace(last, "nil", "nil")
	}
}

func isError(t types.Type) bool {
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// condition forces and negates a condition and both sides of its operators.
func (f *finder) condition(e ast.Expr) {
	if e == nil || !f.is(e, types.IsBoolean) || f.info.Types[e].Value != nil {
		return
	}
	f.force(e, true)
	f.force(e, false)
	f.sides(e)
}

func (f *finder) sides(e ast.Expr) {
	e = ast.Unparen(e)
	b, ok := e.(*ast.BinaryExpr)
	switch {
	case !ok:
		f.replace(e, "!("+f.text(e)+")", "!("+f.text(e)+")")
	case b.Op == token.LAND || b.Op == token.LOR:
		// The other value of a side is that of the whole.
		f.force(b.X, b.Op == token.LAND)
		f.force(b.Y, b.Op == token.LAND)
		f.sides(b.X)
		f.sides(b.Y)
	}
}

// force has a condition be evaluated as ever, but come out as value.
func (f *finder) force(e ast.Expr, value bool) {
	if value {
		f.replace(e, "(("+f.text(e)+") || true)", "true")
	} else {
		f.replace(e, "(("+f.text(e)+") && false)", "false")
	}
}

// onlyLogs says whether statements do nothing but log.
func (f *finder) onlyLogs(list []ast.Stmt) bool {
	for _, s := range list {
		if !f.logs(s) {
			return false
		}
	}
	return len(list) > 0
}

// logs says whether a statement is a call of a logger.
func (f *finder) logs(s ast.Stmt) bool {
	statement, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := statement.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	t := f.info.TypeOf(method.X)
	return t != nil && t.String() == "*log/slog.Logger"
}

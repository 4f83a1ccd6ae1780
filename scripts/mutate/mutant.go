package main

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// edit puts text in the place of the bytes from start to end.
type edit struct {
	source     *source
	start, end int
	text       string
}

// mutant is a fault in one function, or in a constant and with it in all functions
// that use it.
type mutant struct {
	number int
	dir    string // of its package
	line   int
	key
	edits []edit
}

// key says which mutant is meant, whatever its line: the file and the function, the
// code as it is, and the code as the mutant has it. The nth of those that are the
// same in all of this is told by n, from 1.
type key struct {
	file, function string
	before, after  string
	n              int
}

func (m mutant) String() string {
	return fmt.Sprintf("%d %s:%d %s: %s → %s", m.number, m.file, m.line, m.function, m.before, m.after)
}

// find makes the mutants of the packages in dirs, those that compile, in the order
// of the code.
func find(ctx context.Context, dirs []string) ([]mutant, []*source, error) {
	units, err := load(ctx, dirs)
	if err != nil {
		return nil, nil, err
	}
	var mutants []mutant
	var sources []*source
	for _, u := range units {
		found := u.mutants()
		found = slices.DeleteFunc(found, func(m mutant) bool { return !u.compiles(m) })
		mutants = append(mutants, found...)
		sources = append(sources, u.sources...)
	}
	seen := map[key]int{}
	for i := range mutants {
		m := &mutants[i]
		seen[m.key]++
		m.number, m.n = i+1, seen[m.key]
	}
	return mutants, sources, nil
}

// mutants are the mutants of a package, the same code once.
func (u *unit) mutants() []mutant {
	var all []mutant
	for _, s := range u.sources {
		f := &finder{unit: u, source: s, skip: map[ast.Node]bool{}}
		for _, d := range s.file.Decls {
			f.declaration(d)
		}
		all = append(all, f.found...)
	}
	slices.SortStableFunc(all, func(a, b mutant) int { return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line)) })
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(m mutant) bool {
		id := fmt.Sprint(m.edits)
		again := seen[id]
		seen[id] = true
		return again
	})
}

// compiles says whether the package with m in it compiles.
func (u *unit) compiles(m mutant) bool {
	instead := map[*source]*ast.File{}
	for _, e := range m.edits {
		file, err := parser.ParseFile(u.files, e.source.path, apply(e.source, 0, len(e.source.text), m.edits), parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		instead[e.source] = file
	}
	return u.check(instead, nil) == nil
}

// apply is the text of s from start to end with those edits that lie in it.
func apply(s *source, start, end int, edits []edit) string {
	var b strings.Builder
	for _, e := range edits {
		if e.source == s && e.start >= start && e.end <= end {
			b.Write(s.text[start:e.start])
			b.WriteString(e.text)
			start = e.end
		}
	}
	b.Write(s.text[start:end])
	return b.String()
}

// finder finds the mutants of a file.
type finder struct {
	*unit
	source   *source
	function string
	skip     map[ast.Node]bool
	found    []mutant
}

// declaration finds the mutants of a function, or of constants.
func (f *finder) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		f.function = functionName(d)
		ast.Inspect(d, f.visit)
	case *ast.GenDecl:
		if d.Tok != token.CONST {
			return
		}
		for _, spec := range d.Specs {
			f.constant(spec.(*ast.ValueSpec))
		}
	}
}

// functionName is the name of a function, after its type and a dot for a method.
func functionName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	return t.(*ast.Ident).Name + "." + d.Name.Name
}

// constant finds the mutants of a constant. A constant cannot change as the program
// runs, so they stand where it is used.
func (f *finder) constant(spec *ast.ValueSpec) {
	if len(spec.Values) != 1 || len(spec.Names) != 1 {
		return
	}
	in := &finder{unit: f.unit, source: f.source, function: spec.Names[0].Name, skip: f.skip}
	ast.Inspect(spec.Values[0], in.visit)
	value := spec.Values[0]
	for _, m := range in.found {
		text := "(" + apply(f.source, f.source.offset(value.Pos()), f.source.offset(value.End()), m.edits) + ")"
		if spec.Type != nil {
			text = f.text(spec.Type) + text
		}
		if m.edits = f.uses(spec.Names[0], text); len(m.edits) > 0 && !strings.Contains(text, "iota") {
			f.found = append(f.found, m)
		}
	}
}

// uses puts text in the place of a constant wherever a function of the package uses
// it.
func (f *finder) uses(name *ast.Ident, text string) []edit {
	var edits []edit
	for _, s := range f.sources {
		for _, d := range s.file.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && f.info.Uses[id] == f.info.Defs[name] {
					edits = append(edits, edit{s, s.offset(id.Pos()), s.offset(id.End()), text})
				}
				return true
			})
		}
	}
	return edits
}

// text is the code of a node.
func (f *finder) text(n ast.Node) string {
	return string(f.source.text[f.source.offset(n.Pos()):f.source.offset(n.End())])
}

// replace makes the mutant that has text in the place of a node, and shows it as the
// lines of the node before and after. Shown is what stands there to the reader.
func (f *finder) replace(n ast.Node, text, shown string) {
	s := f.source
	start, end := s.offset(n.Pos()), s.offset(n.End())
	from := strings.LastIndexByte(string(s.text[:start]), '\n') + 1
	to := end + strings.IndexByte(string(s.text[end:]), '\n')
	before := string(s.text[from:to])
	after := string(s.text[from:start]) + shown + string(s.text[end:to])
	f.add(edit{s, start, end, text}, before, after)
}

// add makes a mutant of an edit.
func (f *finder) add(e edit, before, after string) {
	line := f.files.Position(f.source.file.FileStart + token.Pos(e.start)).Line
	k := key{file: f.source.path, function: f.function, before: oneLine(before), after: oneLine(after)}
	f.found = append(f.found, mutant{dir: f.dir, line: line, key: k, edits: []edit{e}})
}

// oneLine is code on one line, cut where it is long.
func oneLine(code string) string {
	const longest = 160
	runes := []rune(strings.Join(strings.Fields(code), " "))
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(runes)
}

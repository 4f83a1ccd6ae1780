package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// variable is what tells a test binary which mutant to run.
const variable = "STATLINE_MUTANT"

// runtimeText is the package that the instrumented code asks which mutant to run. It
// exists in the overlay alone.
//
//go:embed mutant.go.txt
var runtimeText []byte

// runtimePath is where that package would be.
const runtimePath = "pkg/internal/mutant"

// lab is a directory with the test binaries that hold all mutants.
type lab struct {
	dir   string
	tests map[string]*test // by the directory of their package
}

// build makes the lab.
func build(ctx context.Context, mutants []mutant, sources []*source) (*lab, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, tests: map[string]*test{}}
	overlay, err := l.write(mutants, sources)
	if err == nil {
		err = l.compile(ctx, overlay)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return l, nil
}

func (l *lab) remove() {
	if err := os.RemoveAll(l.dir); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
}

// write writes the overlay and returns the name of the file that describes it.
func (l *lab) write(mutants []mutant, sources []*source) (string, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	put := func(name string, text []byte) error {
		file := filepath.Join(l.dir, strings.ReplaceAll(name, "/", "-"))
		overlay.Replace[filepath.Join(root, filepath.FromSlash(name))] = file
		return os.WriteFile(file, text, 0o600)
	}
	if err := put(runtimePath+"/mutant.go", runtimeText); err != nil {
		return "", err
	}
	for _, s := range sources {
		if err := put(s.path, instrument(s, mutants)); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	name := filepath.Join(l.dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// instrument is the text of s with all mutants in their functions.
func instrument(s *source, mutants []mutant) []byte {
	var edits []edit
	for _, d := range s.file.Decls {
		function, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if text := variants(s, function, mutants); text != "" {
			at := s.offset(function.Body.Lbrace) + 1
			edits = append(edits, edit{s, at, at, text})
		}
	}
	if edits == nil {
		return s.text
	}
	at := s.offset(s.file.Name.End())
	edits = slices.Insert(edits, 0, edit{s, at, at, fmt.Sprintf("; import %q", module+"/"+runtimePath)})
	return []byte(apply(s, 0, len(s.text), edits))
}

// variants is the beginning of a function that has one of its mutants run in its
// place. That a mutant ends as its function must was made sure when it compiled
// alone.
func variants(s *source, d *ast.FuncDecl, mutants []mutant) string {
	start, end := s.offset(d.Body.Lbrace)+1, s.offset(d.Body.Rbrace)
	last := "\nreturn\n"
	if d.Type.Results != nil {
		last = "\npanic(\"a mutant without its end\")\n"
	}
	var b strings.Builder
	for _, m := range mutants {
		if slices.ContainsFunc(m.edits, func(e edit) bool { return e.source == s && e.start >= start && e.end <= end }) {
			fmt.Fprintf(&b, "case %d: {\n%s\n}%s", m.number, apply(s, start, end, m.edits), last)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nswitch mutant.Active {\n" + b.String() + "}\n"
}

// compile builds the test binaries of the mutated packages, those that have tests,
// and of the whole system.
func (l *lab) compile(ctx context.Context, overlay string) error {
	args := []string{"test", "-c", "-vet=off", "-overlay", overlay, "-o", l.dir + string(filepath.Separator)}
	packages := append([]string{"pkg"}, all...)
	for _, p := range packages {
		args = append(args, "./"+p)
	}
	compile := exec.CommandContext(ctx, "go", args...)
	compile.Stdout, compile.Stderr = os.Stderr, os.Stderr
	compile.Env = append(os.Environ(), "CGO_ENABLED=0") // with cgo, the runtime does not look for deadlocks
	if err := compile.Run(); err != nil {
		return fmt.Errorf("build the test binaries: %w", err)
	}
	for _, p := range packages {
		binary := filepath.Join(l.dir, path.Base(p)+".test")
		if _, err := os.Stat(binary); err == nil {
			l.tests[p] = &test{dir: p, binary: binary}
		}
	}
	return nil
}

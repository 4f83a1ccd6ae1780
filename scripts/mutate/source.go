package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is the path of the module that is mutated.
const module = "github.com/statline/statline"

// source is a file of production code.
type source struct {
	path string // below the root, with slashes
	text []byte
	file *ast.File
}

// offset is the place of pos in the text.
func (s *source) offset(pos token.Pos) int { return int(pos - s.file.FileStart) }

// unit is a package of production code with its types.
type unit struct {
	dir      string
	sources  []*source
	files    *token.FileSet
	importer types.Importer
	info     *types.Info
}

// load reads and checks the packages in directories below the root.
func load(ctx context.Context, dirs []string) ([]*unit, error) {
	var packages []string
	for _, dir := range dirs {
		packages = append(packages, "./"+dir)
	}
	exports, err := exportData(ctx, packages)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var units []*unit
	for _, dir := range dirs {
		u := &unit{dir: dir, files: files, importer: imports}
		if err := u.read(); err != nil {
			return nil, err
		}
		units = append(units, u)
	}
	return units, nil
}

// exportData asks the go command where it keeps the compiled form of packages and of
// all that they import.
func exportData(ctx context.Context, packages []string) (map[string]string, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, packages...)
	list := exec.CommandContext(ctx, "go", args...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	exports := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return exports, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		exports[p.ImportPath] = p.Export
	}
}

// read reads the files of the package, without its tests, and checks its types.
func (u *unit) read() error {
	paths, err := filepath.Glob(filepath.Join(filepath.FromSlash(u.dir), "*.go"))
	if err != nil {
		return err
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	if len(paths) == 0 {
		return fmt.Errorf("%s holds no Go files: run from the root of the module", u.dir)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := u.add(filepath.ToSlash(path), text); err != nil {
			return err
		}
	}
	return u.checkAll()
}

// checkAll checks the types of the package and keeps them.
func (u *unit) checkAll() error {
	u.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	return u.check(nil, u.info)
}

// add adds a file to the package.
func (u *unit) add(path string, text []byte) error {
	file, err := parser.ParseFile(u.files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	u.sources = append(u.sources, &source{path, text, file})
	return nil
}

// check checks the types of the package, with other files in the place of some. An
// import that is not used is no error: it is used in the function that a mutant
// stands beside.
func (u *unit) check(instead map[*source]*ast.File, info *types.Info) error {
	var files []*ast.File
	for _, s := range u.sources {
		file, ok := instead[s]
		if !ok {
			file = s.file
		}
		files = append(files, file)
	}
	var first error
	config := types.Config{Importer: u.importer, Error: func(err error) {
		if first == nil && !strings.Contains(err.Error(), "imported and not used") {
			first = err
		}
	}}
	// What Check returns is the first of the errors above, be it one or not.
	_, _ = config.Check(module+"/"+u.dir, u.files, files, info)
	return first
}

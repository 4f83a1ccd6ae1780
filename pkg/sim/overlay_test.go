package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The package that switches bugs exists only in an overlay: what is built without
// one has neither a bug nor a switch.
const (
	zooFile   = "pkg/sim/zoo/zoo.go"
	zooImport = `import "github.com/statline/statline/pkg/sim/zoo"`
	zooSource = `// Package zoo says which bug is on.
package zoo

import "os"

var on = os.Getenv("STATLINE_BUG")

// On says whether the named bug is on.
func On(name string) bool { return name == on }
`
)

// writeOverlay plants bugs into copies of the sources, all at once and switched off,
// and returns the path of a file for go test -vet=off -overlay: vet would enter the
// directory of package zoo, which is not there. A process that is built with it has
// the bug on that STATLINE_BUG names. What it writes is in dir.
func writeOverlay(dir string, bugs []bug) (path string, err error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	sources, err := planted(root, bugs)
	if err != nil {
		return "", err
	}
	sources[zooFile] = zooSource
	replace := map[string]string{}
	for file, text := range sources {
		replacement := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(replacement, []byte(text), 0o644); err != nil {
			return "", err
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = replacement
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o644)
}

// repository is the directory of this module.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			return "", fmt.Errorf("find the module: %w", err)
		}
		dir = parent
	}
}

// planted returns the text of every file that has a bug, by its path in the
// repository.
func planted(root string, bugs []bug) (map[string]string, error) {
	all := map[string][]cut{}
	for _, b := range bugs {
		for _, e := range b.edits {
			all[e.file] = append(all[e.file], cut{edit: e, bug: b.name})
		}
	}
	sources := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(all)) {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return nil, fmt.Errorf("bug %s: %w", all[file][0].bug, err)
		}
		if sources[file], err = plant(string(text), all[file]); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// cut is an edit and where its text begins.
type cut struct {
	edit
	bug string
	at  int
}

// plant makes edits of one file. Each is to a text that stands exactly once in the
// original, and no two are to the same place.
func plant(text string, cuts []cut) (string, error) {
	for i, c := range cuts {
		if n := strings.Count(text, c.old); n != 1 {
			return "", fmt.Errorf("bug %s: %s holds %d times, not once: %q", c.bug, c.file, n, c.old)
		}
		cuts[i].at = strings.Index(text, c.old)
	}
	slices.SortFunc(cuts, func(a, b cut) int { return a.at - b.at })
	var b strings.Builder
	end := 0
	for i, c := range cuts {
		if c.at < end {
			return "", fmt.Errorf("bug %s: %s: its edit overlaps with one of bug %s: %q", c.bug, c.file, cuts[i-1].bug, c.old)
		}
		b.WriteString(text[end:c.at])
		b.WriteString(c.new)
		end = c.at + len(c.old)
	}
	b.WriteString(text[end:])
	return importZoo(b.String())
}

// importZoo adds the import on the line of the package clause, so that the lines
// after it keep their numbers.
func importZoo(text string) (string, error) {
	start := strings.Index("\n"+text, "\npackage ")
	if start < 0 {
		return "", errors.New("a file without a package clause")
	}
	line := start + strings.Index(text[start:], "\n")
	return text[:line] + "; " + zooImport + text[line:], nil
}

// TestOverlay plants edits into a file and finds those that do not fit.
func TestOverlay(t *testing.T) {
	const text = "// Package p does.\npackage p\n\nfunc f() { a(); b(); a() }\n"
	got, err := plant(text, []cut{{edit: edit{"p.go", "b()", "c()"}}, {edit: edit{"p.go", "{ ", "{ d(); "}}})
	want := "// Package p does.\npackage p; " + zooImport + "\n\nfunc f() { d(); a(); c(); a() }\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for name, cuts := range map[string][]cut{
		"none":  {{edit: edit{"p.go", "e()", ""}}},
		"twice": {{edit: edit{"p.go", "a()", ""}}},
		"same":  {{edit: edit{"p.go", "a(); b()", ""}}, {edit: edit{"p.go", "b(); a()", ""}}},
	} {
		if got, err := plant(text, cuts); err == nil {
			t.Errorf("%s: %q, want an error", name, got)
		}
	}
}

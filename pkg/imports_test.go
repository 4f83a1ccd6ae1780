package pkg_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/statline/statline/"

// imports says which packages of this module each package may import. A package
// that is not listed fails the test: a new one is a decision. What is below
// pkg/local is its own affair, as long as it imports nothing else of ours.
var imports = map[string][]string{
	"pkg/stats":               {},
	"pkg/stats/statstest":     {},
	"pkg/batch":               {},
	"pkg/telemetry":           {},
	"pkg/local":               {"pkg/local/internal"},
	"pkg/message":             {"pkg/stats"},
	"pkg/message/messagetest": {},
	"pkg/queue":               {"pkg/batch", "pkg/telemetry"},
	"pkg/results":             {"pkg/batch", "pkg/message", "pkg/stats", "pkg/telemetry"},
	"pkg/audit":               {"pkg/batch", "pkg/message", "pkg/queue", "pkg/stats", "pkg/telemetry"},
	"pkg/responder":           {"pkg/batch", "pkg/message", "pkg/queue", "pkg/results", "pkg/telemetry"},
	"pkg/requester":           {"pkg/batch", "pkg/message", "pkg/results", "pkg/telemetry"},
	"pkg/inboxes":             {"pkg/message", "pkg/telemetry"},
	"pkg/cloud":               {"pkg/queue", "pkg/telemetry"},
	"services/stats":          {"pkg/cloud", "pkg/inboxes", "pkg/message", "pkg/queue", "pkg/responder", "pkg/results"},
	"services/audit":          {"pkg/audit", "pkg/cloud", "pkg/message", "pkg/queue"},
	"scripts/conformance":     {"pkg/cloud"},
	"scripts/mutate":          {},
	"scripts/pack":            {},
	"scripts/peers/gonum":     {},
	"scripts/peers/speed":     {"pkg/stats"},
	"scripts/restore":         {"pkg/audit", "pkg/cloud", "pkg/message", "pkg/results"},
	"scripts/scale":           {"pkg/cloud"},
	"scripts/statline":        {"pkg/audit", "pkg/cloud", "pkg/inboxes", "pkg/local", "pkg/message", "pkg/queue", "pkg/requester", "pkg/responder", "pkg/results", "pkg/stats"},

	"scripts/peers/pipes":          {"scripts/peers/pipes/tally"},
	"scripts/peers/pipes/endpoint": {"pkg/cloud", "pkg/local", "scripts/peers/pipes/tally"},
	"scripts/peers/pipes/floor":    {"pkg/cloud", "scripts/peers/pipes/loopback", "scripts/peers/pipes/tally"},
	"scripts/peers/pipes/gocloud":  {"scripts/peers/pipes/plain"},
	"scripts/peers/pipes/idiom":    {"scripts/peers/pipes/plain"},
	"scripts/peers/pipes/load":     {"pkg/cloud", "pkg/message", "pkg/requester", "pkg/results", "pkg/stats", "scripts/peers/pipes/loopback", "scripts/peers/pipes/plain", "scripts/peers/pipes/tally"},
	"scripts/peers/pipes/loopback": {},
	"scripts/peers/pipes/plain":    {"scripts/peers/pipes/loopback"},
	"scripts/peers/pipes/tally":    {},
}

// TestImports reads the files itself: what a go list in a subprocess finds is not
// known to the test cache.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, root := range []string{"../pkg", "../services", "../scripts"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name := packageOf(path)
			seen[name] = true
			allowed, listed := imports[name]
			if !listed {
				t.Errorf("package %s is not in the table", name)
				return nil
			}
			checkFile(t, path, name, allowed)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range imports {
		if !seen[name] {
			t.Errorf("package %s is in the table but not in the tree", name)
		}
	}
}

// packageOf is the package of a file; everything below pkg/local counts as that.
func packageOf(path string) string {
	name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../"))
	if strings.HasPrefix(name, "pkg/local/") {
		return "pkg/local"
	}
	return name
}

func checkFile(t *testing.T, path, name string, allowed []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		ours, isOurs := strings.CutPrefix(imported, module)
		if isOurs && !slices.ContainsFunc(allowed, func(a string) bool { return ours == a || strings.HasPrefix(ours, a+"/") }) {
			t.Errorf("%s: package %s may not import %s", path, name, ours)
		}
		if name == "pkg/local" && strings.HasPrefix(imported, "github.com/aws/") {
			t.Errorf("%s: the endpoint may not use the SDK that it is there to test", path)
		}
	}
}

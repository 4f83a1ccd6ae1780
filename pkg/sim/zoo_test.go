package sim

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// bug is a fault that other systems had, planted into this one.
type bug struct {
	name  string
	issue string // where it was reported or repaired, owner/repository#number
	about string // what goes wrong
	edits []edit
}

// edit replaces a text that stands exactly once in a file. All edits are made at
// once, so the new text has the bug under its switch, zoo.On.
type edit struct{ file, old, new string }

// zoo is every bug that the simulation has to find.
var zoo = slices.Concat(queueBugs, answerBugs, logBugs, clientBugs)

// TestZooFits: every bug can still be planted, and says what it is.
func TestZooFits(t *testing.T) {
	issue := regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+#[0-9]+$`)
	seen := map[string]bool{}
	for _, b := range zoo {
		if seen[b.name] {
			t.Errorf("bug %s: there are two", b.name)
		}
		seen[b.name] = true
		if !issue.MatchString(b.issue) || !strings.HasSuffix(b.about, ".") {
			t.Errorf("bug %s: issue %q, about %q", b.name, b.issue, b.about)
		}
		checkSwitches(t, b)
	}
	overlay, err := writeOverlay(t.TempDir(), zoo)
	if err != nil {
		t.Fatal(err)
	}
	for file, replacement := range replacements(t, overlay) {
		if _, err := parser.ParseFile(token.NewFileSet(), replacement, nil, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s is no Go any more: %v", file, err)
		}
	}
}

// checkSwitches finds a bug that is always on, or that another's switch turns on.
func checkSwitches(t *testing.T, b bug) {
	own := 0
	for _, e := range b.edits {
		n := strings.Count(e.new, `zoo.On("`+b.name+`")`)
		if n != strings.Count(e.new, "zoo.On(") {
			t.Errorf("bug %s: %s: the switch is another's: %s", b.name, e.file, e.new)
		}
		own += n
	}
	if own == 0 {
		t.Errorf("bug %s: no switch", b.name)
	}
}

func replacements(t *testing.T, overlay string) map[string]string {
	text, err := os.ReadFile(overlay)
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read.Replace
}

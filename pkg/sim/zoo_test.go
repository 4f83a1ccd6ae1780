package sim

import (
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
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planted(root, zoo); err != nil {
		t.Error(err)
	}
	issue := regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+#[0-9]+$`)
	seen := map[string]bool{}
	for _, b := range zoo {
		if seen[b.name] {
			t.Errorf("bug %s: there are two", b.name)
		}
		seen[b.name] = true
		if !issue.MatchString(b.issue) || !strings.HasSuffix(b.about, ".") || len(b.edits) == 0 {
			t.Errorf("bug %s: incomplete: issue %q, about %q, %d edits", b.name, b.issue, b.about, len(b.edits))
		}
		for _, e := range b.edits {
			if strings.Contains(e.new, "zoo.On(") && !strings.Contains(e.new, `zoo.On("`+b.name+`")`) {
				t.Errorf("bug %s: %s: the switch is another's: %s", b.name, e.file, e.new)
			}
		}
	}
}

package message

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/message/messagetest"
)

var update = flag.Bool("update", false, "write what comes of the cases of messagetest into its files")

// TestRefused holds every refusal to its code, its place and its words, and to the
// request ID that it is kept under.
func TestRefused(t *testing.T) {
	cases := messagetest.Cases()
	if len(cases) < 300 {
		t.Errorf("there are %d cases", len(cases))
	}
	got := map[string][]messagetest.Outcome{}
	for _, c := range cases {
		if _, twice := got[c.Name]; twice {
			t.Errorf("%q names two cases", c.Name)
		}
		got[c.Name] = outcomes(t, c)
		if want := c.Want; !*update && !slices.Equal(got[c.Name], want) {
			t.Errorf("%s:\n got %q\nwant %q", c.Name, got[c.Name], want)
		}
	}
	if *update {
		rewrite(t, got)
	}
}

// outcomes is what comes of a case, of which at least one request is refused.
func outcomes(t *testing.T, c messagetest.Case) []messagetest.Outcome {
	t.Helper()
	var all []messagetest.Outcome
	refused := false
	for _, in := range Parse("statline", c.Body) {
		check(t, in)
		got := messagetest.Outcome{Keep: in.ID, Code: "ok"}
		if own := refusedPrefix + in.Digest[:32]; in.ID == own {
			got.Keep = refusedPrefix
		}
		if f := in.Fault; f != nil {
			refused = true
			got.Code, got.Path, got.Says = string(f.Code), f.Path, f.Message
			if !strings.HasPrefix(f.Message, f.Path) || f.Message == "" {
				t.Errorf("%s: %q does not begin with the path %q", c.Name, f.Message, f.Path)
			}
			if len(f.Message) > 250 {
				t.Errorf("%s: %q is long", c.Name, f.Message)
			}
		}
		all = append(all, got)
	}
	if !refused {
		t.Errorf("%s: %.200q is accepted", c.Name, c.Body)
	}
	return all
}

// rewrite writes the outcomes into the files of messagetest.
func rewrite(t *testing.T, got map[string][]messagetest.Outcome) {
	names, err := filepath.Glob("messagetest/refused/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(strings.TrimRight(string(text), "\n"), "\n\n")
		for i, block := range blocks {
			blocks[i] = rewritten(block, got)
		}
		if err := os.WriteFile(name, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func rewritten(block string, got map[string][]messagetest.Outcome) string {
	input, _, _ := strings.Cut(block, "\nkeep ")
	_, name, found := strings.Cut("\n"+input, "\nname ")
	if !found {
		return block
	}
	name, _, _ = strings.Cut(name, "\n")
	for _, o := range got[name] {
		input += fmt.Sprintf("\nkeep %s\ncode %s", o.Keep, o.Code)
		if o.Path != "" {
			input += "\npath " + o.Path
		}
		if o.Says != "" {
			input += "\nsays " + o.Says
		}
	}
	return input
}

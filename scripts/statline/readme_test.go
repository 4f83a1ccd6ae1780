package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// TestREADME runs the commands that the README shows with their output, and holds
// it to that: but for request IDs, and for how many answers a shared queue happens
// to cross.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Index(string(readme), "```console")
	if lines := strings.Count(string(readme[:max(first, 0)]), "\n"); first < 0 || lines > 20 {
		t.Errorf("the first output of a real run is on line %d of the README, want it by line 20", lines)
	}
	c := newCLI(t)
	shown := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllSubmatch(readme, -1) {
		for _, run := range strings.Split(string(block[1]), "$ go run ./scripts/statline ")[1:] {
			command, want, _ := strings.Cut(run, "\n")
			shown++
			if got := c.output(strings.Fields(command)); general(got) != general(want) {
				t.Errorf("statline %s prints\n%s\nthe README shows\n%s", command, got, want)
			}
		}
	}
	if shown < 2 {
		t.Errorf("the README shows %d commands", shown)
	}
}

// output runs a command. The demo, which is all in memory, runs in virtual time.
func (c *cli) output(args []string) string {
	if args[0] != "demo" {
		return c.ok(args...)
	}
	var out, errs bytes.Buffer
	synctest.Test(c.t, func(t *testing.T) {
		if code := run(t.Context(), args, nil, &out, &errs); code != 0 {
			t.Errorf("exit code %d: %s", code, &errs)
		}
	})
	return out.String()
}

var (
	idForm     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	sharedForm = regexp.MustCompile(`(?m)^(shared queue .*?) +\d+ +\d+ +\d+$`)
)

// general takes out of an output what differs from run to run.
func general(output string) string {
	return sharedForm.ReplaceAllString(idForm.ReplaceAllString(output, "ID"), "$1 N")
}

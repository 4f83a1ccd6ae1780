package cloud_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/telemetry"
)

const terraform = "../../terraform/"

// TestTerraformTables holds the tables in terraform/README.md to what the
// configuration says: each variable with its default, each output, and each action
// that a policy names.
func TestTerraformTables(t *testing.T) {
	readme := readText(t, terraform+"README.md")
	code := ""
	for _, file := range configuration(t) {
		code += readText(t, file)
	}

	t.Run("variables", func(t *testing.T) {
		same(t, rows(t, readme, "variable", 2), variables(t, code))
	})
	t.Run("outputs", func(t *testing.T) {
		var outputs []string
		for _, m := range regexp.MustCompile(`(?m)^output "(\w+)"`).FindAllStringSubmatch(code, -1) {
			outputs = append(outputs, m[1])
		}
		same(t, rows(t, readme, "output", 1), outputs)
	})
}

// TestRunbooks holds that every alarm has its part in runbooks.md, and every part an
// alarm.
func TestRunbooks(t *testing.T) {
	var want, got []string
	for _, m := range regexp.MustCompile(`runbook\s*=\s*"([a-z-]+)"`).FindAllStringSubmatch(readText(t, terraform+"alarms.tf"), -1) {
		want = append(want, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(readText(t, terraform+"runbooks.md"), -1) {
		got = append(got, strings.ReplaceAll(strings.ToLower(m[1]), " ", "-"))
	}
	same(t, got, want)
}

// TestMetricNames holds that each metric of the services is explained, and on the
// dashboard, where SQS's own figure does not stand for it, and no other.
func TestMetricNames(t *testing.T) {
	quoted := func(quote, text string) (names []string) {
		for _, m := range regexp.MustCompile(quote+`([A-Z][A-Za-z]+(?:\.[a-z_]+)?)`+quote).FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
		return names
	}
	section, _, _ := strings.Cut(after(t, readText(t, terraform+"README.md"), "| metric | of | counts |\n"), "\n\n")
	var explained []string
	for row := range strings.Lines(section) {
		explained = append(explained, quoted("`", strings.Split(row, "|")[1])...)
	}
	same(t, explained, telemetry.Names())
	shown := quoted(`"`, readText(t, terraform+"dashboard.tf"))
	for _, name := range telemetry.Names() {
		if name != telemetry.Messages.String() && !slices.Contains(shown, name) {
			t.Errorf("%s is not on the dashboard", name)
		}
	}
}

func configuration(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(terraform + "*.tf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no configuration: %v", err)
	}
	return files
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// variables are "name default" of each variable, the default as it is written and
// without quotes.
func variables(t *testing.T, code string) []string {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile(`(?ms)^variable "(\w+)" \{\n(.*?)^\}`).FindAllStringSubmatch(code, -1) {
		value := regexp.MustCompile(`(?m)^  default\s*= (.*)$`).FindStringSubmatch(m[2])
		if value == nil {
			t.Fatalf("variable %s has no default, or one of several lines", m[1])
		}
		found = append(found, m[1]+" "+strings.Trim(value[1], `"`))
	}
	return found
}

// rows are the first columns of the table whose first column has that heading, of each
// row what stands between backquotes.
func rows(t *testing.T, text, heading string, columns int) []string {
	t.Helper()
	table, _, _ := strings.Cut(after(t, text, "\n| "+heading+" |"), "\n\n")
	var found []string
	for _, line := range strings.Split(table, "\n")[2:] {
		var cells []string
		for _, cell := range strings.Split(line, "|")[1 : columns+1] {
			cells = append(cells, strings.Trim(cell, " `"))
		}
		found = append(found, strings.Join(cells, " "))
	}
	return found
}

func after(t *testing.T, text, mark string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, mark)
	if !found {
		t.Fatalf("no %q", mark)
	}
	return rest
}

// same compares sets.
func same(t *testing.T, got, want []string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("nothing to compare with")
	}
	for _, s := range got {
		if !slices.Contains(want, s) {
			t.Errorf("%q is documented and not there", s)
		}
	}
	for _, s := range want {
		if !slices.Contains(got, s) {
			t.Errorf("%q is there and not documented", s)
		}
	}
}

// TestRetention holds what operating.md says of how long things are kept to what sets
// it.
func TestRetention(t *testing.T) {
	table, _, _ := strings.Cut(after(t, readText(t, terraform+"operating.md"), "## What is kept how long\n"), "\n## ")
	defaults := map[string]string{}
	for _, v := range variables(t, readText(t, terraform+"variables.tf")) {
		name, value, _ := strings.Cut(v, " ")
		defaults[name] = value
	}
	for what, want := range map[string]struct{ says, file, sets string }{
		"results":                  {defaults["keep_days"] + " days", "", ""},
		"lines of the services":    {defaults["log_days"] + " days", "", ""},
		"the log":                  {map[string]string{"0": "for ever"}[defaults["audit_expire_days"]], "", ""},
		"the log against deletion": {map[string]string{"0": "not at all"}[defaults["audit_lock_days"]], "", ""},
		"requests that wait":       {"14 days", "../terraform/queues.tf", "retention_seconds = 14 * 24 * 60 * 60"},
		"replies in an inbox":      {"an hour", "requester/inbox.go", `MessageRetentionPeriod):        "3600"`},
		"inboxes":                  {"a week", "inboxes/inboxes.go", "7 * 24 * time.Hour"},
	} {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(what) + ` \| ([^|]*) \|`).FindStringSubmatch(table)
		if row == nil || want.says == "" || !strings.HasPrefix(row[1], want.says) {
			t.Errorf("%s: operating.md says %q, want %q", what, row, want.says)
		}
		if want.sets != "" && !strings.Contains(readText(t, "../"+want.file), want.sets) {
			t.Errorf("%s: %s does not say %s", what, want.file, want.sets)
		}
	}
}

package main

import (
	"errors"
	"strings"
	"testing"
)

const entry = `# A remark.

pkg/a/a.go T.f
  - if a < b {
  + if a <= b {
  + if true {
  - m++
  + m-- (2nd)
  They are never
  the same.
`

func TestParseExcuses(t *testing.T) {
	excuses, err := parseExcuses(entry + "\n" + strings.ReplaceAll(entry, "T.f", "g"))
	if err != nil || len(excuses) != 6 {
		t.Fatalf("%v, %v", excuses, err)
	}
	for _, k := range []key{
		{"pkg/a/a.go", "T.f", "if a < b {", "if a <= b {", 1},
		{"pkg/a/a.go", "T.f", "if a < b {", "if true {", 1},
		{"pkg/a/a.go", "g", "m++", "m--", 2},
	} {
		if excuses[k].reason != "They are never the same." {
			t.Errorf("%s: %+v", k, excuses[k])
		}
		again, err := parseExcuses(k.String() + "\n  Because.\n")
		if err != nil || again[k].reason != "Because." {
			t.Errorf("%s is read as %v, %v", k, again, err)
		}
	}
}

func TestParseExcusesFails(t *testing.T) {
	for text, want := range map[string]string{
		"pkg/a/a.go\n  - a\n  + b\n  Why.\n":                     "1: the first line",
		"# A remark.\n\npkg/a/a.go f\n  Why.\n":                  "3: an entry has lines",
		"pkg/a/a.go f\n  - a\n  + b\n":                           "1: an entry has lines",
		"pkg/a/a.go f\n  + b\n  Why.\n":                          "1: an entry has lines",
		entry + "\n" + entry:                                     "14: excuses pkg/a/a.go T.f",
		"pkg/a/a.go f\n  - a\n  + b\n  Why.\n\npkg/a/a.go\n\n\n": "6: the first line",
	} {
		if _, err := parseExcuses(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestReport: what is wrong with a run is said, and nothing else.
func TestReport(t *testing.T) {
	var mutants []mutant
	for i := range 20 {
		mutants = append(mutants, mutant{number: i + 1, dir: "pkg/a", key: key{file: "pkg/a/a.go", function: "f", before: "a", after: "b", n: i + 1}})
	}
	of := func(numbers ...int) map[int]bool {
		all := map[int]bool{}
		for _, n := range numbers {
			all[n] = true
		}
		return all
	}
	stranger := key{file: "pkg/a/a.go", function: "gone", before: "a", after: "b", n: 1}
	elsewhere := key{file: "pkg/b/b.go", function: "gone", before: "a", after: "b", n: 1}
	tests := []struct {
		name      string
		survivors map[int]bool
		excused   []key
		want      []string
	}{
		{"all killed", nil, nil, nil},
		{"excused", of(1, 2), []key{mutants[0].key, mutants[1].key}, nil},
		{"not excused", of(1, 2), []key{mutants[0].key}, []string{"1 mutants survive without an excuse"}},
		{"too many", of(1, 2, 3), []key{mutants[0].key, mutants[1].key, mutants[2].key}, []string{"17 of 20 mutants are killed, fewer than nine of ten"}},
		{"killed after all", of(1), []key{mutants[0].key, mutants[1].key}, []string{"the mutant is killed: 2 "}},
		{"no such mutant", nil, []key{stranger}, []string{"there is no such mutant: pkg/a/a.go gone"}},
		{"a package that was not run", nil, []key{elsewhere}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			excuses := map[key]excuse{}
			for _, k := range tt.excused {
				excuses[k] = excuse{"Why.", 1}
			}
			err := errors.Join(report(t.Output(), mutants, tt.survivors, excuses), judge(mutants, tt.survivors, excuses))
			if len(tt.want) == 0 && err != nil {
				t.Errorf("error %v", err)
			}
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\nsurv") {
					t.Errorf("error %v, want %s", err, want)
				}
			}
		})
	}
}

// TestSurvivors: survivors.txt names mutants that there are.
func TestSurvivors(t *testing.T) {
	t.Chdir("../..")
	mutants, _, err := find(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	excuses, err := readExcuses("scripts/mutate/survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range unknown(mutants, excuses) {
		t.Error(err)
	}
}

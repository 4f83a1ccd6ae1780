package main

import (
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a package of one file with this text after its imports.
func sample(t *testing.T, text string) *unit {
	t.Helper()
	exports, err := exportData(t.Context(), []string{"errors", "log/slog"})
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	u := &unit{dir: "pkg/sample", files: files, importer: importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	if err := u.add("pkg/sample/sample.go", []byte("package sample\n\nimport (\n\"errors\"\n\"log/slog\"\n)\n\n"+text+"\n")); err != nil {
		t.Fatal(err)
	}
	if err := u.checkAll(); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestMutants: the faults that are made in each kind of code. Those that do not
// compile are not made.
func TestMutants(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // before → after
	}{
		{"comparison", "func f(a, b int) {\nif a < b {\nprintln()\n}\n}", []string{
			"if a < b { → if true {", "if a < b { → if false {", "if a < b { → if a <= b {", "if a < b { → if a >= b {", "println() → (left out)",
		}},
		{"sides", "func f(a, b bool) bool {\nreturn a || b\n}", []string{
			"return a || b → return true", "return a || b → return false", "return a || b → return false || b", "return a || b → return a || false",
			"return a || b → return !(a) || b", "return a || b → return a || !(b)", "return a || b → return a && b",
		}},
		{"arithmetic", "func f(a int, s string) (int, string) {\nreturn a*2 + 1, s + s\n}", []string{
			"return a*2 + 1, s + s → return a*2 - 1, s + s", "return a*2 + 1, s + s → return a/2 + 1, s + s",
			"return a*2 + 1, s + s → return a*(2 + 1) + 1, s + s", "return a*2 + 1, s + s → return a*2 + 0, s + s",
		}},
		{"statements", "func f(n int) int {\nm := n\nm++\nm = n\ndefer f(m)\nreturn min(n, m)\n}", []string{
			"m++ → m--", "m++ → (left out)", "m = n → (left out)", "defer f(m) → (left out)", "return min(n, m) → return max(n, m)",
		}},
		{"loop", "func f(all []int) {\nfor i := 0; i < 9; i++ {\nif all[i] > 0 {\ncontinue\n}\nprintln()\n}\n}", []string{
			"for i := 0; i < 9; i++ { → for i := 0; true; i++ {", "for i := 0; i < 9; i++ { → for i := 0; false; i++ {",
			"for i := 0; i < 9; i++ { → for i := 0; i < 9; i-- {", "for i := 0; i < 9; i++ { → for i := (0 + 1); i < 9; i++ {",
			"for i := 0; i < 9; i++ { → for i := 0; i <= 9; i++ {", "for i := 0; i < 9; i++ { → for i := 0; i >= 9; i++ {",
			"for i := 0; i < 9; i++ { → for i := 0; i < (9 + 1); i++ {",
			"if all[i] > 0 { → if true {", "if all[i] > 0 { → if false {", "if all[i] > 0 { → if all[i] >= 0 {", "if all[i] > 0 { → if all[i] <= 0 {", "if all[i] > 0 { → if all[i] > (0 + 1) {",
			"continue → (left out)", "println() → (left out)",
		}},
		{"cases", "func f(s string) {\nswitch s {\ncase \"a\":\nprintln()\n}\n}", []string{"case \"a\": println() → (left out)"}},
		{"errors", "func f(n int) (int, error) {\nif n == 2 {\nreturn 2, errors.New(\"two\")\n}\nreturn n, nil\n}", []string{
			"if n == 2 { → if true {", "if n == 2 { → if false {", "if n == 2 { → if n != 2 {", "if n == 2 { → if n == (2 + 1) {",
			`return 2, errors.New("two") → return 2, nil`, `return 2, errors.New("two") → return (2 + 1), errors.New("two")`,
		}},
		{"fields", "type point struct{ x, y int }\n\nfunc f(a int) point {\nreturn point{\nx: a,\ny: a,\n}\n}", []string{"x: a → (left out)", "y: a → (left out)"}},
		{"constants", "const size = 4 * width\n\nconst width = 5\n\nfunc f() int {\nreturn size\n}", []string{
			"const size = 4 * width → const size = 4 / width", "const size = 4 * width → const size = (4 + 1) * width",
		}},
		{"logs", "func f(log *slog.Logger, n int) {\nif n > 0 {\nlog.Warn(\"much\", \"n\", n+1)\n}\n}", nil},
		{"branches", "func f(a bool) {\nif a {\nprintln(1)\n} else {\nprintln(2)\n}\n}", []string{
			"if a { → if true {", "if a { → if false {", "{ println(1) } → (left out)", "if a { → if !(a) {", "println(1) → println(0)",
			"{ println(2) } → (left out)", "println(2) → println((2 + 1))",
		}},
		{"booleans", "func f() (int, bool) {\nreturn 3, true\n}", []string{"return 3, true → return (3 + 1), true", "return 3, true → return 3, false"}},
		{"what does not compile", "func f() [1]int {\nvar a [1]int\nreturn a\n}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := sample(t, tt.text)
			var got []string
			for _, m := range u.mutants() {
				if u.compiles(m) {
					got = append(got, m.before+" → "+m.after)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tt.want))
			if !slices.Equal(got, want) {
				t.Errorf("mutants\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestInstrument: the code with its mutants does what the environment says.
func TestInstrument(t *testing.T) {
	u := sample(t, "const five = 5\n\ntype number int\n\nfunc (n number) Add(m int) (sum int) {\nsum = int(n) + m\nreturn sum\n}\n\nfunc Five() int {\nreturn five\n}\n\nvar _, _ = errors.New(\"\"), slog.Default\n")
	mutants := u.mutants()
	for i := range mutants {
		mutants[i].number = i + 1
	}
	text := string(instrument(u.sources[0], mutants))
	text = strings.Replace(text, "package sample", "package main", 1)
	text = strings.Replace(text, module+"/"+runtimePath, "sample/mutant", 1)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module sample\n\ngo 1.26\n", "main.go": text, "mutant/mutant.go": string(runtimeText),
		"run.go": "package main\n\nfunc main() { print(number(3).Add(4), \" \", Five()) }\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "sample.exe", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	want := map[string]string{"": "7 5", "sum = int(n) + m → sum = int(n) - m": "-1 5", "sum = int(n) + m → (left out)": "0 5", "const five = 5 → const five = (5 + 1)": "7 6"}
	for _, m := range append(mutants, mutant{}) {
		change := m.before + " → " + m.after
		if m.number == 0 {
			change = ""
		}
		out, err := (&test{binary: filepath.Join(dir, "sample.exe")}).command(t.Context(), m.number).CombinedOutput()
		if err != nil || string(out) != want[change] {
			t.Errorf("%q prints %q, %v, want %q", change, out, err, want[change])
		}
		delete(want, change)
	}
	if len(want) > 0 {
		t.Errorf("no such mutants: %v", want)
	}
}

package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/stats"
)

// TestCalcPrintsEveryStatistic: what is registered is in the text, in JSON, in CSV
// and in the help, with the same figure.
func TestCalcPrintsEveryStatistic(t *testing.T) {
	c := newCLI(t)
	list := []string{"7", "8", "54", "89", "7"}
	text, help := c.ok(append([]string{"calc"}, list...)...), c.ok("calc", "--help")
	rows, err := csv.NewReader(strings.NewReader(c.ok(append([]string{"calc", "-o", "csv"}, list...)...))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(c.ok(append([]string{"calc", "-o", "json"}, list...)...)), &object); err != nil {
		t.Fatal(err)
	}
	first := len(csvHeader)
	for i, s := range stats.Statistics() {
		value := string(object[s.Name])
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			t.Errorf("%s in JSON: %q", s.Name, value)
		}
		if rows[0][first+i] != s.Name || rows[1][first+i] != value {
			t.Errorf("%s in CSV: %s is %q, want %s", s.Name, rows[0][first+i], rows[1][first+i], value)
		}
		line := ""
		for l := range strings.Lines(text) {
			if name, rest, _ := strings.Cut(strings.TrimSpace(l), " "); name == s.Name {
				line = strings.TrimSpace(rest)
			}
		}
		if line != value {
			t.Errorf("%s in the text: %q, want %s", s.Name, line, value)
		}
		if !strings.Contains(help, s.Doc) {
			t.Errorf("%s is not in the help", s.Name)
		}
	}
}

func TestCalcText(t *testing.T) {
	const want = `count       5
sum         165
minimum     7
maximum     89
mean        33
median      8
variance    1388.5
stddev      37.26258176777342
q1          7
q3          54
range       82
iqr         47
distinct    4
mode        7
mode_count  2
modes       1
skewness    1.0799377189080892
kurtosis    -0.651742559936948
histogram
  [0, 20)    3  ███
  [20, 40)   0
  [40, 60)   1  █
  [60, 80)   0
  [80, 100]  1  █
`
	if got := newCLI(t).ok("calc", "7", "8", "54", "89", "7"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCalcBars: the fullest bin has the longest bar, and one in a million is seen.
func TestCalcBars(t *testing.T) {
	for _, test := range []struct{ n, most, want int }{
		{0, 5, 0}, {1, 5, 1}, {5, 5, 5}, {40, 40, 40}, {41, 41, 40}, {0, 41, 0}, {1, 1_000_000, 1}, {500_000, 1_000_000, 20}, {500_001, 1_000_000, 21}, {1_000_000, 1_000_000, 40},
	} {
		if got := barLength(test.n, test.most); got != test.want {
			t.Errorf("%d of %d: %d, want %d", test.n, test.most, got, test.want)
		}
	}
}

func TestCalcForms(t *testing.T) {
	c := newCLI(t)
	const prices = "\uFEFFdate, price ,qty\r\n2026-01-01,\"1.50\",3\r\n\r\n2026-01-02, 2.50 ,4\r\n"
	if err := os.WriteFile("prices.csv", []byte(prices), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"lines of numbers", "1\n2\n3\n", []string{"-"}, `{"count":3,"sum":6,`},
		{"rows of numbers", "1,2\n3,4\n", []string{"-"}, `{"count":4,"sum":10,`},
		{"a JSON array", "[1, 2.5]\n", []string{"-f", "-"}, `{"count":2,"sum":3.5,`},
		{"a column by name", "", []string{"-f", "prices.csv", "--column", "price"}, `{"count":2,"sum":4,`},
		{"a column by number, with a header", "", []string{"-f", "prices.csv", "--column", "3"}, `{"count":2,"sum":7,`},
		{"a column by number, without", "1,2\n3,4\n", []string{"-", "--column", "2"}, `{"count":2,"sum":6,`},
		{"a column to the last digit", "x\n12345678901234567890\n0.1\n", []string{"-", "--column", "x"}, `{"count":2,"sum":12345678901234567890.1,`},
		{"another method", "1 2 3 4 10", []string{"-", "--quantile-method", "R8"}, `"q1":1.6666666666666667,"q3":6,"quantile_method":"R8","range":9,"iqr":4.333333333333333,`},
	}
	for _, tt := range tests {
		out, errs, code := c.run(tt.stdin, append([]string{"calc", "-o", "json"}, tt.args...)...)
		if code != 0 || !strings.Contains(out, tt.want) || !json.Valid([]byte(out)) {
			t.Errorf("%s: exit code %d, %s%s; want %s", tt.name, code, out, errs, tt.want)
		}
	}
}

// TestCalcRefusals: a fault in CSV is named by line and column.
func TestCalcRefusals(t *testing.T) {
	c := newCLI(t)
	const few = "a,b\n1,2\n"
	tests := []struct {
		stdin string
		args  []string
		want  string
	}{
		{"price\n1\n", []string{"-"}, "numbers[0]: price is not a number\nif this is CSV, --column NAME or --column NUMBER reads one column"},
		{few, []string{"-", "--column", "c"}, `--column c: the header has "a", "b"`},
		{"\x1b[2J\n1\n", []string{"-", "--column", "c"}, `--column c: the header has "\x1b[2J"`},
		{"a,a\n1,2\n", []string{"-", "--column", "a"}, "--column a: the header has it twice; give its number"},
		{few, []string{"-", "--column", "3"}, "--column 3: the input has 2 columns"},
		{few, []string{"-", "--column", "-1"}, "--column -1: the input has 2 columns"},
		{"a,b\n1,2\n3,\n", []string{"-", "--column", "b"}, "line 3, column b: an empty text is not a number"},
		{"1,2\n\n3,x\n", []string{"-", "--column", "2"}, "line 3, column 2: x is not a number"},
		{"a\n\"1\n2\"\n", []string{"-", "--column", "a"}, `line 2, column a: 1\n2 is not a number`},
		{"a,b\n1\n", []string{"-", "--column", "a"}, "read CSV: record on line 2: wrong number of fields"},
		{"a,b\n", []string{"-", "--column", "a"}, "numbers: the list is empty"},
		{"", []string{"-", "--column", "a"}, "the input is empty"},
		{"", []string{"1", "--column", "a"}, "--column reads a file (-f FILE) or standard input (-)"},
		{"", []string{"1", "--lines"}, "--lines reads a file (-f FILE) or standard input (-)"},
		{few, []string{"-", "--lines", "--column", "a"}, "both --lines and --column are given"},
	}
	for _, tt := range tests {
		out, errs, code := c.run(tt.stdin, append([]string{"calc"}, tt.args...)...)
		if want := "statline: " + tt.want + "\n"; code != exitUsage || errs != want || out != "" {
			t.Errorf("%q of %q: exit code %d, %q%q; want %q", tt.args, tt.stdin, code, out, errs, want)
		}
	}
}

func TestCalcLines(t *testing.T) {
	c := newCLI(t)
	const in = "1 2 3\nx\n\n[4, 4]\n"
	out, errs, code := c.run(in, "calc", "--lines", "-", "-o", "jsonl")
	if code != exitPartly || strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, `{"count":3,`) || !strings.Contains(errs, "line 2: numbers[0]: x is not a number") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
	if out, _, _ := c.run(in, "calc", "--lines", "-", "-o", "csv"); strings.Count(out, "\n") != 3 || strings.Count(out, "request_id") != 1 {
		t.Errorf("as CSV: %s", out)
	}
	if out, _, _ := c.run(in, "calc", "--lines", "-"); strings.Count(out, "\n\ncount") != 1 || !strings.HasPrefix(out, "count") {
		t.Errorf("as text: %s", out)
	}
}

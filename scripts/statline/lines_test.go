package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// The window of the tests is a small one.
const (
	testLines = 60
	testBytes = 1 << 20
)

// linesRun is send --lines on a stack in memory, in virtual time.
type linesRun struct {
	sender
	t      *testing.T
	server *local.Server
	out    io.Writer
	text   bytes.Buffer // stdout
	errs   sharedBuffer // stderr, to which the services log too
	free   func()       // lets go what a hook holds, when the run has ended
}

// sharedBuffer is a buffer that several write to at once.
type sharedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *sharedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// withLines calls do with a run that is set up and not started.
func withLines(t *testing.T, do func(t *testing.T, l *linesRun)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := local.Open(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		l := &linesRun{t: t, server: server, free: func() {}}
		l.app = &app{started: true, stack: "statline", data: t.TempDir(), timeout: 30 * time.Second, format: "csv", err: &l.errs}
		l.out = &l.text
		l.lines = true
		do(t, l)
	})
}

// run runs the command to its end and returns the exit code.
func (l *linesRun) run(ctx context.Context, in io.Reader) int {
	l.t.Helper()
	l.app.out = l.out
	s, err := l.openEmbedded(l.t.Context(), l.server)
	if err != nil {
		l.t.Fatal(err)
	}
	config := s.requesterConfig(l.app, "")
	config.Grace = l.grace()
	r, err := newRequester(config)
	if err != nil {
		l.t.Fatal(err)
	}
	err = l.newStream(r, newWindow(testLines, testBytes)).run(ctx, in)
	l.free()
	if failure := errors.Join(r.Close(l.t.Context()), s.close()); failure != nil {
		l.t.Error(failure)
	}
	if err == nil {
		return 0
	}
	return l.fail(ctx, err)
}

// rows are the rows of the CSV output: the line of each, and the sum of its list.
func (l *linesRun) rows() (lines []int, sums []string) {
	l.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(l.text.String())).ReadAll()
	if err != nil {
		l.t.Fatal(err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if rows[0][0] != "line" || rows[0][1] != "request_id" || rows[0][5] != "sum" {
		l.t.Fatalf("header %q", rows[0])
	}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[0])
		if err != nil {
			l.t.Fatal(err)
		}
		lines, sums = append(lines, n), append(sums, row[5])
	}
	return lines, sums
}

// said fails the test unless stderr has a line of that form.
func (l *linesRun) said(form string) {
	l.t.Helper()
	if !regexp.MustCompile("(?m)^" + form + "$").MatchString(l.errs.String()) {
		l.t.Errorf("no line of stderr is as %q:\n%.2000s", form, l.errs.String())
	}
}

// numbered is an input of n lines, each of them one number: its line.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// oneByOne gives a reader's text line by line, and knows how many it gave.
type oneByOne struct {
	mu    sync.Mutex
	lines []string
	given int
}

func (o *oneByOne) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.given == len(o.lines) {
		return 0, io.EOF
	}
	line := o.lines[o.given]
	n := copy(p, line)
	if o.lines[o.given] = line[n:]; n == len(line) {
		o.given++
	}
	return n, nil
}

func (o *oneByOne) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.given
}

// stores says whether a call stores results.
func stores(c *local.Call) bool {
	return slices.Contains([]string{"PutItem", "ExecuteStatement", "BatchExecuteStatement", "TransactWriteItems"}, c.Operation)
}

// hold keeps back what stores a result that has the text in it, until free is
// called.
func (l *linesRun) hold(text string) {
	release := make(chan struct{})
	l.free = sync.OnceFunc(func() { close(release) })
	l.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if stores(c) && bytes.Contains(c.Body, []byte(text)) {
			<-release
		}
		return next(), nil
	})
}

// failing lets no result be stored that has the text in it, until free is called.
func (l *linesRun) failing(text string) {
	l.free = func() { l.server.Hook(nil) }
	l.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if stores(c) && bytes.Contains(c.Body, []byte(text)) {
			return local.Refuse(c, 500, "InternalServerError", "not now"), nil
		}
		return next(), nil
	})
}

// TestLinesOrder: results are in the order of the lines, or as they come, and each
// is that of its line, however the answers come.
func TestLinesOrder(t *testing.T) {
	const n = 500
	for _, unordered := range []bool{false, true} {
		withLines(t, func(t *testing.T, l *linesRun) {
			l.unordered = unordered
			var mu sync.Mutex
			random := rand.New(rand.NewPCG(1, 2))
			l.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
				if stores(c) {
					mu.Lock()
					d := time.Duration(random.IntN(1000)) * time.Millisecond
					mu.Unlock()
					time.Sleep(d)
				}
				return next(), nil
			})
			if code := l.run(t.Context(), strings.NewReader(numbered(n))); code != 0 {
				t.Errorf("exit code %d", code)
			}
			l.said(fmt.Sprintf(`%d lists: %[1]d results, 0 refused, 0 failed; [\d.]+ s, \d+ lists/s`, n))
			lines, sums := l.rows()
			for i, line := range lines {
				if sums[i] != strconv.Itoa(line) {
					t.Fatalf("line %d has the sum %s", line, sums[i])
				}
			}
			if slices.IsSorted(lines) == unordered {
				t.Errorf("unordered %v, and the lines are sorted: %v", unordered, !unordered)
			}
			slices.Sort(lines)
			if len(slices.Compact(lines)) != n {
				t.Errorf("%d lines have a result, want %d", len(lines), n)
			}
		})
	}
}

// TestLinesExit: what becomes of lines is counted, and decides the exit code.
func TestLinesExit(t *testing.T) {
	refuse := func(l *linesRun) {
		l.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
			if c.Operation == "PublishBatch" {
				return local.Refuse(c, 403, "AuthorizationError", "not you"), nil
			}
			return next(), nil
		})
	}
	late := func(l *linesRun) { l.failing("666") }
	peace := func(*linesRun) {}
	long := strings.Repeat("1", message.MaxBody) + "\n"
	tests := []struct {
		name, in string
		faults   func(*linesRun)
		code     int
		lines    []int
		said     []string
	}{
		{"nothing", "", peace, 0, nil, []string{`0 lists: 0 results, 0 refused, 0 failed; .*`}},
		{"blank lines", "1\n\n \r\n2\r\n", peace, 0, []int{1, 4}, []string{`2 lists: 2 results, 0 refused, 0 failed; .*`}},
		{"some bad", "1\n2 x\n3\n", peace, exitPartly, []int{1, 3}, []string{
			`line 2: numbers\[1\]: "?x.*`, `3 lists: 2 results, 1 refused, 0 failed; .*`, `statline: 1 of 3 lists have no result`}},
		{"all bad", "x\nnull\n", peace, exitFailed, nil, []string{`line 1: .*`, `line 2: .*`, `2 lists: 0 results, 2 refused, 0 failed; .*`}},
		{"some late", "1\n666\n3\n", late, exitPartly, []int{1, 3}, []string{
			`line 2: request \S+: no answer yet: context deadline exceeded`, `3 lists: 2 results, 0 refused, 1 failed; .*`}},
		{"all late", "666\n1666\n", late, exitTimeout, nil, []string{`2 lists: 0 results, 0 refused, 2 failed; .*`, `statline: .*nothing is lost.*`}},
		{"late or bad", "666\nx\n", late, exitFailed, nil, []string{`2 lists: 0 results, 1 refused, 1 failed; .*`}},
		{"none sent", "1\n2\n", refuse, exitFailed, nil, []string{`line 1: publish request .*not you`, `2 lists: 0 results, 0 refused, 2 failed; .*`}},
		{"a line too long", "1\n2\n" + long + "4\n", peace, exitPartly, []int{1, 2}, []string{
			`2 lists: 2 results, 0 refused, 0 failed; .*; nothing after line 2 was sent`, `statline: line 3: longer than a message, which has at most 262144 bytes`}},
		{"too long at once", long, peace, exitFailed, nil, []string{`statline: line 1: longer than a message.*`}},
	}
	for _, tt := range tests {
		for _, unordered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/unordered=%v", tt.name, unordered), func(t *testing.T) {
				withLines(t, func(t *testing.T, l *linesRun) {
					l.unordered = unordered
					tt.faults(l)
					code := l.run(t.Context(), strings.NewReader(tt.in))
					lines, _ := l.rows()
					slices.Sort(lines)
					if code != tt.code || !slices.Equal(lines, tt.lines) {
						t.Errorf("exit code %d, results of lines %v; want %d, %v", code, lines, tt.code, tt.lines)
					}
					for _, form := range tt.said {
						l.said(form)
					}
				})
			})
		}
	}
}

// TestLinesForms: text and CSV show the line of each result; the documents are as
// everywhere.
func TestLinesForms(t *testing.T) {
	tests := []struct {
		format string
		noWait bool
		want   string // a regular expression
	}{
		{"text", false, `^   LINE  REQUEST .*\n      1  \S+  ok +1  7  7  7  7\n      3  \S+  ok +2  1  3  2  2\n$`},
		{"csv", false, `^line,request_id,status,.*\n1,\S+,ok,.*\n3,\S+,ok,.*\n$`},
		{"jsonl", false, `^\{"schema":"statline.reply/v1","request_id":.*\n\{"schema":.*"sum":4,.*\n$`},
		{"text", true, `^[0-9a-f-]{36}\n[0-9a-f-]{36}\n$`},
		{"csv", true, `^line,request_id\n1,[0-9a-f-]{36}\n3,[0-9a-f-]{36}\n$`},
	}
	for _, tt := range tests {
		withLines(t, func(t *testing.T, l *linesRun) {
			l.format, l.noWait = tt.format, tt.noWait
			if code := l.run(t.Context(), strings.NewReader("7\nx\n1 3\n")); code != exitPartly {
				t.Errorf("exit code %d", code)
			}
			if !regexp.MustCompile(tt.want).MatchString(l.text.String()) {
				t.Errorf("%s, --no-wait=%v: %s", tt.format, tt.noWait, l.text.String())
			}
		})
	}
}

// TestLinesWindow: while answers are held back, no more is read than the window
// takes, and a slow first answer piles up no more behind it than that.
func TestLinesWindow(t *testing.T) {
	large := strings.Repeat("1234567 ", 30_000) // 240,000 bytes
	tests := []struct {
		name, held  string
		unordered   bool
		first, line string
		lines       int
		least, most int // lines that are read meanwhile
		written     int // at least
	}{
		{"by lines", "", false, "1", "1", 3 * testLines, testLines, testLines + 1, 0},
		{"by lines, unordered", "", true, "1", "1", 3 * testLines, testLines, testLines + 1, 0},
		{"by bytes", "", false, large, large, 20, testBytes/len(large) - 1, testBytes/len(large) + 1, 0},
		{"a slow first", "777777777", false, "777777777", "1", 3 * testLines, testLines, testLines + 1, 0},
		{"a slow first, unordered", "777777777", true, "777777777", "1", 3 * testLines, 3 * testLines, 3 * testLines, 3*testLines - 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			withLines(t, func(t *testing.T, l *linesRun) {
				l.unordered, l.timeout = tt.unordered, time.Hour
				l.hold(tt.held)
				in := &oneByOne{lines: slices.Repeat([]string{tt.line + "\n"}, tt.lines)}
				in.lines[0] = tt.first + "\n"
				ended := make(chan int)
				go func() { ended <- l.run(t.Context(), in) }()
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if n := in.count(); n < tt.least || n > tt.most {
					t.Errorf("%d lines are read, want %d to %d", n, tt.least, tt.most)
				}
				if lines, _ := l.rows(); len(lines) < tt.written || tt.written == 0 && len(lines) > 0 {
					t.Errorf("%d results are written, want %d", len(lines), tt.written)
				}
				l.free()
				if code := <-ended; code != 0 {
					t.Errorf("exit code %d: %.1000s", code, l.errs.String())
				}
				if lines, _ := l.rows(); len(lines) != tt.lines {
					t.Errorf("%d results in the end", len(lines))
				}
			})
		})
	}
}

// TestLinesInterrupted: what is answered by then is printed, what is under way is
// named with its ID, and nothing else is sent. The input is not waited for.
func TestLinesInterrupted(t *testing.T) {
	tests := []struct {
		name string
		more int // lines that come after what is answered
		said string
	}{
		{"idle", 0, `50 lists: 50 results, 0 refused, 0 failed; .* lists/s; nothing after line 50 was sent`},
		{"some under way", 30, `80 lists: 50 results, 0 refused, 0 failed, 30 sent but not answered; .* lists/s; nothing after line 80 was sent`},
		{"a full window", 400, `110 lists: 50 results, 0 refused, 0 failed, 60 sent but not answered; .* lists/s; nothing after line 110 was sent`},
	}
	for _, tt := range tests {
		for _, unordered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/unordered=%v", tt.name, unordered), func(t *testing.T) {
				withLines(t, func(t *testing.T, l *linesRun) {
					l.unordered, l.timeout = unordered, time.Hour
					ctx, interrupt := context.WithCancel(t.Context())
					time.AfterFunc(3*time.Second, interrupt)
					in, user := io.Pipe()
					go func() {
						io.WriteString(user, numbered(50))
						time.Sleep(time.Second) // they are answered
						l.hold("")
						io.WriteString(user, strings.Repeat("1\n", tt.more)) // until in is closed
					}()
					code := l.run(ctx, in)
					in.Close()
					lines, _ := l.rows()
					if code != exitInterrupted || len(lines) != 50 {
						t.Errorf("exit code %d, %d results", code, len(lines))
					}
					l.said(tt.said)
					named := len(regexp.MustCompile(`(?m)^line \d+: request \S{36}: no answer yet: `).FindAllString(l.errs.String(), -1))
					if want := min(tt.more, testLines); named != want {
						t.Errorf("%d lines are named, want %d", named, want)
					}
				})
			})
		}
	}
}

// full is an output that takes so many bytes.
type full struct {
	text []byte
	room int
}

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if len(f.text)+len(p) > f.room {
		return 0, errFull
	}
	f.text = append(f.text, p...)
	return len(p), nil
}

// endless is an input of ones, without an end where most is 0.
type endless struct{ read, most int }

func (e *endless) Read(p []byte) (int, error) {
	if e.most > 0 && e.read >= e.most {
		return 0, io.EOF
	}
	n := copy(p, "1\n")
	e.read += n
	return n, nil
}

// TestLinesOutputFails: where a result cannot be written the run ends, however long
// the input, and says how far the output goes.
func TestLinesOutputFails(t *testing.T) {
	for _, format := range []string{"text", "csv", "jsonl"} {
		for _, noWait := range []bool{false, true} {
			withLines(t, func(t *testing.T, l *linesRun) {
				out := &full{room: 10_000}
				l.out, l.format, l.noWait = out, format, noWait
				in := &endless{}
				if code := l.run(t.Context(), in); code != exitFailed {
					t.Errorf("exit code %d", code)
				}
				rows := bytes.Count(out.text, []byte("\n"))
				if !noWait && format != "jsonl" || noWait && format == "csv" {
					rows-- // the header
				}
				if rows == 0 || in.read > 2*(rows+2*testLines) {
					t.Errorf("%d rows, and %d lines were read", rows, in.read/2)
				}
				l.said(fmt.Sprintf(`statline: line %d: write the result: no space left on device`, rows+1))
				l.said(fmt.Sprintf(`\d+ lists: %d (results|sent), 0 refused, 0 failed.*; nothing after line \d+ was sent`, rows))
			})
		}
	}
}

// TestLinesBrokenPipe: a reader that goes away is an error like any other.
func TestLinesBrokenPipe(t *testing.T) {
	c := newCLI(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"send", "--local", "--lines", "-"}, &endless{}, w, &errs); code != exitFailed || !strings.Contains(errs.String(), "broken pipe") {
		t.Errorf("exit code %d, %s", code, &errs)
	}
	c.ok("get", "--local", "--wait", "last")
}

// TestLinesInputFails: the error of an input names the line that cannot be read, and
// what was read before is answered.
func TestLinesInputFails(t *testing.T) {
	withLines(t, func(t *testing.T, l *linesRun) {
		in := io.MultiReader(strings.NewReader(numbered(20)), failing{})
		code := l.run(t.Context(), in)
		if lines, _ := l.rows(); code != exitPartly || len(lines) != 20 {
			t.Errorf("exit code %d, %d results", code, len(lines))
		}
		l.said(`statline: line 21: the disk is on fire`)
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is on fire") }

// TestShare: the answer to a list has no more bytes than its share of the window, but
// for what every answer has.
func TestShare(t *testing.T) {
	const every = 600 // names, times, IDs
	var probabilities []string
	for i := range 100 {
		probabilities = append(probabilities, fmt.Sprintf("0.%018d1", i))
	}
	random := rand.New(rand.NewPCG(3, 4))
	number := func() string {
		digits := strings.Repeat("7", 1+random.IntN(30))
		switch random.IntN(4) {
		case 0:
			return digits + "." + strings.Repeat("3", 1+random.IntN(30))
		case 1:
			return "-" + digits
		case 2:
			return fmt.Sprintf("%c.5e%d", digits[0], random.IntN(1900)-950)
		}
		return digits
	}
	lists := []string{"1", "1e1000 1e-1000", "-1E+1000,9e-1000", "[1e999, 1]", "1e0001000", strings.Repeat("9", 1000) + " 0." + strings.Repeat("3", 900)}
	for range 300 {
		var list []string
		for range 1 + random.IntN(20) {
			list = append(list, number())
		}
		lists = append(lists, strings.Join(list, " "))
	}
	for _, list := range lists {
		for _, quantiles := range []string{"", "0.9,0.99", strings.Join(probabilities, ",")} {
			in := input{quantiles: quantiles}
			q, err := in.parse([]byte(list))
			if err != nil {
				continue // a number with too many digits
			}
			result, err := message.Compute(q)
			if err != nil {
				continue // a reply that is too large
			}
			text, err := json.Marshal(message.Reply{RequestID: q.ID, Status: message.StatusOK, Result: result})
			if err != nil {
				t.Fatal(err)
			}
			if n := share([]byte(list), min(len(quantiles), 100)); len(text) > n+every {
				t.Errorf("list %.60s, quantiles %.20s: the share is %d, the answer has %d", list, quantiles, n, len(text))
			}
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// cli is a user with a directory and a clean environment.
type cli struct {
	t    *testing.T
	data string
}

func newCLI(t *testing.T) *cli {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "STATLINE_") {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	return &cli{t, filepath.Join(dir, ".statline")}
}

// run runs a command and returns what it wrote and its exit code.
func (c *cli) run(stdin string, args ...string) (out, errs string, code int) {
	c.t.Helper()
	var o, e bytes.Buffer
	code = run(c.t.Context(), args, strings.NewReader(stdin), &o, &e)
	return o.String(), e.String(), code
}

// ok runs a command that must succeed and returns its output.
func (c *cli) ok(args ...string) string {
	c.t.Helper()
	out, errs, code := c.run("", args...)
	if code != 0 {
		c.t.Fatalf("statline %q: exit code %d\n%s", args, code, errs)
	}
	return out
}

// TestFirstMinute is what a newcomer does first.
func TestFirstMinute(t *testing.T) {
	c := newCLI(t)
	out, errs, code := c.run("", "send", "7", "8", "54", "89")
	if code != 0 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "running locally") {
		t.Fatalf("exit code %d, stderr %q, want one line that says where it runs", code, errs)
	}
	fields := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields[name] = strings.TrimSpace(value)
	}
	for name, want := range map[string]string{"count": "4", "minimum": "7", "maximum": "89", "mean": "39.5", "median": "31"} {
		if fields[name] != want {
			t.Errorf("%s is %q, want %q", name, fields[name], want)
		}
	}
	id := fields["request"]
	if got := c.ok("get", "last"); got != out {
		t.Errorf("get last:\n%s\nwant\n%s", got, out)
	}
	if got := c.ok("results"); !strings.Contains(got, id) || !strings.Contains(got, "39.5") {
		t.Errorf("results:\n%s", got)
	}
	var object struct{ Key string }
	if err := json.Unmarshal([]byte(c.ok("audit", "list", "-o", "json")), &object); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(c.data, "s3", "statline-audit-000000000000-us-east-1", object.Key))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ok("audit", "cat", object.Key); got != string(file) || !strings.HasPrefix(got, "statline.audit/v1\n") || !strings.Contains(got, "numbers   7,8,54,89\n") {
		t.Errorf("audit cat:\n%s\nthe file:\n%s", got, file)
	}
	entry := c.ok("audit", "show", id)
	_, paragraph, _ := strings.Cut(entry, "\n")
	if !strings.Contains(string(file), paragraph) || !strings.Contains(entry, "request   "+id) {
		t.Errorf("audit show:\n%s", entry)
	}
	if ignore, err := os.ReadFile(filepath.Join(c.data, ".gitignore")); err != nil || string(ignore) != "*\n" {
		t.Errorf(".gitignore is %q, %v", ignore, err)
	}
}

func TestSendForms(t *testing.T) {
	c := newCLI(t)
	if err := os.WriteFile("list.txt", []byte("1, 2\n3\t4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, stdin string
		args        []string
		want        string // part of the result
	}{
		{"negative numbers", "", []string{"send", "-1.5", "3"}, `"mean":0.75,`},
		{"flags after numbers", "", []string{"send", "-1", "-3e2", "--client", "lab"}, `"sum":-301,`},
		{"to the last digit", "", []string{"send", "12345678901234567890", "0.1"}, `"sum":12345678901234567890.1,`},
		{"commas", "", []string{"send", "1,2,", "3"}, `"sum":6,`},
		{"an array", "", []string{"send", "[1, 2.5]"}, `"mean":1.75,`},
		{"a file", "", []string{"send", "-f", "list.txt"}, `"count":4,"sum":10,`},
		{"standard input", "1\n2\n", []string{"send", "-"}, `"sum":3,`},
		{"quantiles", "", []string{"send", "1", "2", "3", "4", "--quantiles", "0.9,0.1"}, `"quantiles":{"0.1":1.3,"0.9":3.7},"quantile_method":"R7"`},
		{"another method", "", []string{"send", "1", "2", "3", "--quantile-method", "R6"}, `"q1":1,"q3":3,"quantile_method":"R6"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := c.run(tt.stdin, append(tt.args, "--local", "-o", "json")...)
			if code != 0 || !strings.Contains(out, tt.want) {
				t.Fatalf("exit code %d, output %s, errors %s; want %s", code, out, errs, tt.want)
			}
			var reply message.Reply
			if err := json.Unmarshal([]byte(out), &reply); err != nil {
				t.Fatal(err)
			}
			if got := c.ok("--local", "get", reply.RequestID, "-o", "json"); got != out {
				t.Errorf("get prints\n%s\nsend printed\n%s", got, out)
			}
			calc := append([]string{"calc", "-o", "json"}, tt.args[1:]...)
			for i, a := range calc {
				if a == "--client" {
					calc = append(calc[:i], calc[i+2:]...)
					break
				}
			}
			got, _, _ := c.run(tt.stdin, calc...)
			same, _, more := strings.Cut(got, `,"range":`) // where what only calc prints begins
			if !more || !strings.Contains(out, same+"}") {
				t.Errorf("calc prints %s", got)
			}
		})
	}
}

// TestRefusedBeforeSent: what a service would refuse is refused here in its words,
// and nothing is sent or made.
func TestRefusedBeforeSent(t *testing.T) {
	c := newCLI(t)
	for list, field := range map[string]string{
		"1 null 3": `[1,null,3]`, "7 007": `[7,007]`, "1e1001": `[1e1001]`, "NaN": `[NaN]`, `"5"`: `["5"]`, "0x10": `[0x10]`, "+1": `[+1]`, "-.5": `[-.5]`,
	} {
		service := message.Parse("statline", []byte(`{"schema":"statline.request/v1","request_id":"r1","numbers":`+field+`}`))[0].Fault
		for _, command := range []string{"send", "calc"} {
			_, errs, code := c.run("", append([]string{command, "--local"}, strings.Fields(list)...)...)
			if want := "statline: " + service.Message + "\n"; code != exitUsage || errs != want {
				t.Errorf("%s %s: exit code %d, %q; want %q", command, list, code, errs, want)
			}
		}
	}
	if _, err := os.Stat(c.data); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
}

func TestUsageErrors(t *testing.T) {
	c := newCLI(t)
	for _, args := range [][]string{
		{"sned"}, {"send"}, {"send", "--frobnicate", "1"}, {"send", "-f", "x", "1"}, {"send", "1", "-o", "yaml"}, {"send", "1", "--timeout", "0"},
		{"send", "1", "--timeout", "-5s"}, {"send", "1", "--quantiles", "2"}, {"send", "1", "--quantile-method", "R10"}, {"send", "--local", "1", "--client", "-"},
		{"send", "--lines", "1"}, {"send", "--unordered", "1"}, {"get"}, {"results", "x"}, {"results", "--since", "soon"}, {"results", "--limit", "-1"}, {"results", "--status", "foo"}, {"audit", "show"}, {"audit", "cat"},
		{"send", "1", "--local", "--stack", "Not_a_stack"}, {"local", "up", "--addr", "0.0.0.0:4566"}, {"local", "up", "--addr", "nonsense"}, {"send", "[]"},
		{"demo", "--clients", "0"},
		{"bench", "--rate", "-1"}, {"bench", "--rate", "NaN"}, {"bench", "--clients", "0"}, {"bench", "--requests", "0"}, {"bench", "--size", "10001"},
		{"bench", "--kind", "words"}, {"bench", "5"},
	} {
		if _, errs, code := c.run("", args...); code != exitUsage || errs == "" {
			t.Errorf("statline %q: exit code %d, %q; want %d and a reason", args, code, errs, exitUsage)
		}
	}
}

// TestWhereItRuns: local is the default only where nothing points to AWS.
func TestWhereItRuns(t *testing.T) {
	c := newCLI(t)
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "x")
			if _, errs, code := c.run("", "send", "1"); code != exitUsage || !strings.Contains(errs, name) || !strings.Contains(errs, "--local") {
				t.Errorf("exit code %d, %q; want to be asked to choose", code, errs)
			}
			if _, errs, code := c.run("", "send", "1", "--local"); code != 0 || errs != "" {
				t.Errorf("with --local: exit code %d, %q", code, errs)
			}
		})
	}
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") // nothing is there
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"send", "1", "--stack", "statline"}, nil, &out, &errs); code != exitInterrupted || !strings.Contains(errs.String(), "ask STS") {
		t.Errorf("with --stack: exit code %d, %q; want it to try the endpoint", code, &errs)
	}
}

func TestNotFound(t *testing.T) {
	c := newCLI(t)
	for _, args := range [][]string{
		{"get", "nobody"}, {"get", "last"}, {"audit", "show", "nobody"}, {"audit", "cat", "logs/2026/01/01/00/x.txt"},
	} {
		if out, errs, code := c.run("", append(args, "--local")...); code != exitNotFound || out != "" || errs == "" {
			t.Errorf("statline %q: exit code %d, %q, %q", args, code, out, errs)
		}
	}
	_, errs, code := c.run("", "get", "nobody", "--wait", "--timeout", "100ms", "--local")
	if code != exitTimeout || !strings.Contains(errs, "nobody") {
		t.Errorf("get --wait: exit code %d, %q", code, errs)
	}
}

// TestFollowUp: a command that the program names is for the same stack.
func TestFollowUp(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "statline get x --wait"},
		{"--local", "statline get x --wait --local"},
		{"--stack lab --region eu-west-1 --profile me", "statline get x --wait --stack lab --profile me --region eu-west-1"},
		{"--local=false --data it's", `statline get x --wait --local=false --data 'it'\''s'`},
	} {
		a := &app{}
		cmd := a.command()
		if err := cmd.ParseFlags(strings.Fields(test.args)); err != nil {
			t.Fatal(err)
		}
		if err := a.check(cmd); err != nil {
			t.Fatal(err)
		}
		if got := a.followUp("get x --wait"); got != test.want {
			t.Errorf("%s: %s, want %s", test.args, got, test.want)
		}
	}
	c := newCLI(t)
	_, errs, code := c.run("", "get", "nobody", "--wait", "--timeout", "100ms", "--local")
	if code != exitTimeout || !strings.HasSuffix(errs, "nothing is lost: statline get nobody --wait --local\n") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

func TestSendLines(t *testing.T) {
	c := newCLI(t)
	var in strings.Builder
	for i := range 500 {
		fmt.Fprintf(&in, "%d 2 3\n\n", i)
	}
	out, errs, code := c.run(in.String(), "send", "--local", "--lines", "-", "-o", "jsonl")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 500 || !strings.Contains(errs, "500 lists: 500 results, 0 refused, 0 failed; ") {
		t.Fatalf("exit code %d, %d lines, %q", code, len(lines), errs)
	}
	for i, line := range lines {
		if want := fmt.Sprintf(`"sum":%d,`, i+5); !strings.Contains(line, want) {
			t.Errorf("line %d: %s, want %s", i, line, want)
		}
	}
	out, errs, code = c.run("1 2\n3 null\n4\n", "send", "--local", "--lines", "-")
	if code != exitPartly || strings.Count(out, "\n") != 3 || !strings.Contains(errs, "line 2: numbers[1]: null is not a number") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	if _, _, code = c.run("null\n", "send", "--local", "--lines", "-"); code != exitFailed {
		t.Errorf("exit code %d where nothing went well", code)
	}
}

func TestNoWait(t *testing.T) {
	c := newCLI(t)
	id := strings.TrimSpace(c.ok("send", "--local", "--no-wait", "7", "8", "54", "89"))
	if !message.ValidID(id) {
		t.Fatalf("printed %q", id)
	}
	// The command has ended with its work done.
	if out := c.ok("--local", "get", id); !strings.Contains(out, "39.5") {
		t.Errorf("get: %s", out)
	}
	c.ok("--local", "audit", "show", id)
}

func TestResultsForms(t *testing.T) {
	c := newCLI(t)
	for i := range 5 {
		c.ok("send", "--local", "--client", fmt.Sprintf("c%d", i%2), fmt.Sprint(i))
	}
	if out := c.ok("results", "--local", "-o", "jsonl", "--limit", "2"); strings.Count(out, "\n") != 2 || !strings.Contains(out, `"mean":4,`) {
		t.Errorf("the newest two: %s", out)
	}
	if out := c.ok("results", "--local", "-o", "csv", "--client", "c1"); strings.Count(out, "\n") != 3 || !strings.HasPrefix(out, "completed_at,") {
		t.Errorf("of one client, as CSV: %s", out)
	}
	if out := c.ok("calc", "-o", "csv", "1", "2"); !strings.Contains(out, "\n,ok,,2,3,1,2,1.5,") {
		t.Errorf("calc as CSV: %s", out)
	}
	if out := c.ok("audit", "list", "--local", "-o", "csv"); !strings.HasPrefix(out, "first,last,bytes,key\n2") {
		t.Errorf("audit list as CSV: %s", out)
	}
	var rows []map[string]any
	if err := json.Unmarshal([]byte(c.ok("results", "--local", "-o", "json", "--status", "error")), &rows); err != nil || len(rows) != 0 {
		t.Errorf("errors: %v, %v", rows, err)
	}
}

// TestLocalEnvWaits: an endpoint that is just starting is waited for.
func TestLocalEnvWaits(t *testing.T) {
	a := &app{data: t.TempDir()}
	time.AfterFunc(200*time.Millisecond, func() {
		if err := a.writeServed("http://127.0.0.1:1"); err != nil {
			t.Error(err)
		}
	})
	if url, ok := a.awaitServed(t.Context()); !ok || url != "http://127.0.0.1:1" {
		t.Errorf("%q, %t", url, ok)
	}
	a.data = t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if url, ok := a.awaitServed(ctx); ok {
		t.Errorf("%q serves nothing", url)
	}
}

// TestLocalUp: commands use the stack that another process serves, and its data
// is there when it has ended.
func TestLocalUp(t *testing.T) {
	c := newCLI(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	errs := &signalling{written: make(chan struct{})}
	go func() { ended <- run(ctx, []string{"local", "up", "--addr", "127.0.0.1:0"}, nil, errs, errs) }()
	<-errs.written // it says where it serves once it does
	id := strings.TrimSpace(c.ok("send", "--local", "--no-wait", "7", "8", "54", "89"))
	c.ok("get", "--local", "--wait", id)
	if env := c.ok("local", "env"); !strings.Contains(env, "export AWS_ENDPOINT_URL=http://127.0.0.1:") || !strings.Contains(env, "unset AWS_PROFILE") {
		t.Errorf("local env: %s", env)
	}
	if _, errs, code := c.run("", "local", "endpoint"); code != exitFailed || !strings.Contains(errs, "served already") {
		t.Errorf("a second server: exit code %d, %q", code, errs)
	}
	stop()
	if code := <-ended; code != 0 && code != exitInterrupted {
		t.Errorf("local up: exit code %d\n%s", code, errs)
	}
	c.ok("get", "--local", id)
	c.ok("audit", "show", "--local", id)
	c.ok("local", "reset")
	if _, _, code := c.run("", "get", "--local", id); code != exitNotFound {
		t.Errorf("after reset: exit code %d", code)
	}
}

// TestSharedReplyQueueFails keeps the two faulty designs failing, and statline's
// not, over the same lists.
func TestSharedReplyQueueFails(t *testing.T) {
	const clients, lists = 10, 5
	for _, design := range designs(10 * time.Second) {
		t.Run(design.how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := demo{app: &app{stack: "statline", quiet: true}, clients: clients, lists: lists}
				n, err := d.try(t.Context(), design)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("right %d, crossed %d, lost %d", n.right, n.crossed, n.lost)
				if n.right+n.crossed+n.lost != clients*lists {
					t.Errorf("%+v does not add up to %d", n, clients*lists)
				}
				switch design.how {
				case "take the next message for the answer":
					if n.crossed == 0 {
						t.Error("no answer crossed")
					}
				case "acknowledge, then drop what is another's":
					if n.lost == 0 || n.crossed > 0 {
						t.Errorf("crossed %d, lost %d; want some lost and none crossed", n.crossed, n.lost)
					}
				default:
					if n.right != clients*lists {
						t.Errorf("%+v, want all right", n)
					}
				}
			})
		})
	}
}

func TestVersion(t *testing.T) {
	if out := newCLI(t).ok("version"); !strings.HasPrefix(out, "statline ") || strings.Count(out, "\n") != 1 {
		t.Errorf("version: %q", out)
	}
}

// signalling is a buffer that closes a channel when something is written to it.
type signalling struct {
	bytes.Buffer
	once    sync.Once
	written chan struct{}
}

func (s *signalling) Write(p []byte) (int, error) {
	defer s.once.Do(func() { close(s.written) })
	return s.Buffer.Write(p)
}

// TestSecondProcessWaits: while another process has the data directory open and
// serves nothing, a command waits for it and says so.
func TestSecondProcessWaits(t *testing.T) {
	c := newCLI(t)
	other, err := local.Open(local.Config{Dir: c.data})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	errs := &signalling{written: make(chan struct{})}
	code := make(chan int)
	go func() { code <- run(t.Context(), []string{"send", "--local", "7", "8", "54", "89"}, nil, &out, errs) }()
	<-errs.written
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-code; code != 0 || !strings.Contains(errs.String(), "waiting for it") || !strings.Contains(out.String(), "39.5") {
		t.Errorf("exit code %d, %q, %q", code, errs, &out)
	}
}

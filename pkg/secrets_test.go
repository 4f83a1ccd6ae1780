package pkg_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/telemetry"
)

// What no line of a log may say: credentials, numbers and what is computed from them,
// texts of clients. Nonces and receipt handles come besides, as they are seen.
const (
	accessKey    = "AKIAPLANTEDACCESSKEY"
	secretKey    = "planted/secret+key/of/forty/characters/x"
	sessionToken = "plantedsessiontokenFwoGZXIvYXdzEBYaDH"
	number       = "90210.5551234"
	another      = "77000777"
	mean         = "38545493.77775617" // of both
	text         = "planted-text-of-a-client"
)

// leaks is a log at debug level, and what must not be in it.
type leaks struct {
	mu      sync.Mutex
	lines   strings.Builder
	secrets map[string]string // what each of them is
}

func (l *leaks) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(line)
}

func (l *leaks) add(kind string, secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		l.secrets[s] = kind
	}
}

var (
	nonces  = regexp.MustCompile(`nonce\\*":\\*"([A-Za-z0-9_-]{8,})`)
	handles = regexp.MustCompile(`"ReceiptHandle":"([^"]+)"`)
)

// learn notes the nonces and receipt handles of a call.
func (l *leaks) learn(body []byte) {
	for kind, pattern := range map[string]*regexp.Regexp{"nonce": nonces, "receipt handle": handles} {
		for _, found := range pattern.FindAllSubmatch(body, -1) {
			l.add(kind, string(found[1]))
		}
	}
}

// quoting is a fault whose message quotes all that AWS was sent, as the real ones quote
// some of it: a signature that does not match, the signed request with its token
// ("Troubleshoot AWS signature errors", AWS IAM User Guide); a value that is not valid,
// the value; a receipt handle, the handle.
func quoting(status int, code string) local.Hook {
	return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		said := fmt.Sprintf("the canonical string should have been %s %v %s, with %s", c.Method, c.Header, c.Body, secretKey)
		return local.Refuse(c, status, code, said), nil
	}
}

// TestNothingLeaks runs the whole system at debug level, through answers, refusals and
// faults: no line of any service or client says what was sent, and each that is about a
// request names it, and its trace.
func TestNothingLeaks(t *testing.T) {
	refuse := func(status int, code, says string) local.Hook {
		return func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
			return local.Refuse(c, status, code, says), nil
		}
	}
	faults := map[string]local.Hook{
		"none":      func(_ *local.Call, next func() *local.Response) (*local.Response, error) { return next(), nil },
		"throttled": refuse(400, "ThrottlingException", "Rate exceeded"), "broken": refuse(500, "InternalFailure", "We encountered an internal error."),
		"denied":    refuse(403, "AccessDenied", "User: arn:aws:iam::000000000000:user/lab is not authorized to perform this on that"),
		"signature": quoting(403, "SignatureDoesNotMatch"), "invalid": quoting(400, "ValidationException"), "handle": quoting(400, "ReceiptHandleIsInvalid"),
		"unheard of": quoting(400, "SomethingNew"), "unheard of, theirs": quoting(500, "SomethingNew"),
		"reset": func(*local.Call, func() *local.Response) (*local.Response, error) {
			return nil, errors.New("connection reset by peer")
		},
		"cut off": func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
			r := next()
			return &local.Response{Status: r.Status, Header: r.Header, Body: r.Body[:len(r.Body)/2]}, nil
		},
		"entries": failEntries,
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { leakNothing(t, fault, name != "none") })
		})
	}
}

// failEntries fails all entries of batch calls, quoting them.
func failEntries(c *local.Call, next func() *local.Response) (*local.Response, error) {
	if !strings.HasSuffix(c.Operation, "MessageBatch") && !strings.HasSuffix(c.Operation, "VisibilityBatch") {
		return next(), nil
	}
	var in struct{ Entries []struct{ Id string } }
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	var failed []map[string]any
	for i, e := range in.Entries {
		failed = append(failed, map[string]any{"Id": e.Id, "SenderFault": i%2 == 0, "Code": "ReceiptHandleIsInvalid", "Message": string(c.Body)})
	}
	body, err := json.Marshal(map[string]any{"Successful": []any{}, "Failed": failed})
	return &local.Response{Status: 200, Header: map[string][]string{"Content-Type": {"application/x-amz-json-1.0"}}, Body: body}, err
}

// operations are what the services and clients call in their work.
var operations = []string{
	"PublishBatch", "CreateQueue", "ReceiveMessage", "PutItem", "BatchExecuteStatement", "GetItem", "SendMessageBatch", "DeleteMessageBatch",
	"ChangeMessageVisibilityBatch", "PutObject", "DeleteQueue",
}

// leakNothing sends requests, each operation failing for a while in its turn.
func leakNothing(t *testing.T, fault local.Hook, fails bool) {
	l := &leaks{secrets: map[string]string{}}
	l.add("credential", accessKey, secretKey, sessionToken)
	l.add("number", number, another, mean)
	l.add("text", text)
	s := newSystem(t)
	config := cloud.Config(local.URL, "us-east-1", s.server.Client())
	config.Credentials = credentials.NewStaticCredentialsProvider(accessKey, secretKey, sessionToken)
	s.Stack = s.Stack.With(config)
	s.log = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
	before := slog.Default()
	slog.SetDefault(s.log)
	defer slog.SetDefault(before)
	for _, m := range s.counts {
		m.Out = l
	}
	var mu sync.Mutex
	failing, until := "", time.Time{}
	s.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		l.learn(c.Body)
		mu.Lock()
		hit := c.Operation == failing && time.Now().Before(until)
		mu.Unlock()
		if hit {
			return fault(c, next)
		}
		r := next()
		l.learn(r.Body)
		return r, nil
	})
	s.start()
	r := s.client("lab")
	inbox := s.inbox("lab")
	ids := map[string]string{} // the trace of each request
	for i, operation := range operations {
		mu.Lock()
		failing, until = operation, time.Now().Add(3*time.Second)
		mu.Unlock()
		trace := fmt.Sprintf("0af7651916cd43dd8448eb211c8031%02x", i)
		for j := range 3 {
			q := request(t, fmt.Sprintf("good-%d-%d", i, j), number+" "+another)
			if j > 0 {
				q.TraceParent = "00-" + trace + "-b7ad6b7169203331-01"
				ids[q.ID] = trace
			} else {
				ids[q.ID] = ""
			}
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				r.Do(ctx, q) // may fail, as the fault may be for good
			}()
		}
		for _, bad := range []string{`%s, "` + text + `"`, `%s, null`, `%s, 1e99999`, `%s,`, `%s], "` + text + `": [1`, `%s], "quantiles": [` + number} {
			id := fmt.Sprintf("bad%d-%d", i, len(ids))
			ids[id] = trace
			s.publish(fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"client_id":"lab","inbox":%q,"nonce":"nonce-%s-secret","traceparent":"00-%s-b7ad6b7169203331-01","numbers":[`+bad+`]}`,
				id, inbox, id, trace, number))
		}
		s.publish(`{"schema":"statline.request/v1","numbers":[` + number + `],"` + text + `"`)
		time.Sleep(2 * time.Minute)
	}
	s.closeClient(r)
	s.halt()
	for _, m := range s.counts {
		if err := m.Write(""); err != nil {
			t.Error(err)
		}
	}
	l.judge(t, ids, fails)
}

// judge looks at every line.
func (l *leaks) judge(t *testing.T, ids map[string]string, fails bool) {
	t.Helper()
	kinds := map[string]int{}
	for _, kind := range l.secrets {
		kinds[kind]++
	}
	if kinds["nonce"] < len(ids)*9/10 || kinds["receipt handle"] < len(ids) {
		t.Errorf("only these were looked for: %v", kinds)
	}
	levels := map[string]int{}
	for line := range strings.Lines(l.lines.String()) {
		var of struct {
			Level     string
			RequestID any `json:"request_id"`
			TraceID   any `json:"trace_id"`
		}
		if err := json.Unmarshal([]byte(line), &of); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		levels[of.Level]++
		for secret, kind := range l.secrets {
			if strings.Contains(line, secret) {
				t.Fatalf("a %s, %s, is in the log: %.1000s", kind, secret, line)
			}
		}
		for id, trace := range ids {
			if !regexp.MustCompile(`\b` + id + `\b`).MatchString(line) {
				continue
			}
			if !holds(of.RequestID, id) || trace != "" && !holds(of.TraceID, trace) && !strings.Contains(line, "results are written singly") {
				t.Errorf("a line about request %s has request_id %v and trace_id %v: %.500s", id, of.RequestID, of.TraceID, line)
			}
		}
	}
	if levels["DEBUG"] < len(ids) || fails && levels["WARN"]+levels["ERROR"] == 0 || levels[""] != 2 {
		t.Errorf("lines by level: %v", levels) // those without one are the metrics of two services
	}
}

// holds says whether an attribute is a value, or a list that has it.
func holds(attribute any, value string) bool {
	if list, ok := attribute.([]any); ok {
		return slices.Contains(list, any(value))
	}
	return attribute == value
}

// TestMetricsOfTheSystem: what the services count is what there was.
func TestMetricsOfTheSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		r := s.client("lab")
		for i := range 30 {
			if _, err := r.Do(t.Context(), request(t, fmt.Sprintf("r%d", i), "7 8 54 89")); err != nil {
				t.Fatal(err)
			}
		}
		s.publish(`{}`)
		s.closeClient(r)
		s.settle()
		s.halt()
		stats, audit := s.counts["stats"], s.counts["audit"]
		for _, want := range []struct {
			of     *telemetry.Metrics
			metric telemetry.Metric
			n      int
		}{
			{stats, telemetry.Messages, 31}, {stats, telemetry.Seconds, 31}, {stats, telemetry.AnsweredOK, 30}, {stats, telemetry.RefusedSchema, 1}, {stats, telemetry.Repeats, 0},
			{audit, telemetry.Messages, 31}, {audit, telemetry.Seconds, 31}, {audit, telemetry.Entries, 31},
		} {
			if n := want.of.Counted(want.metric); n != want.n {
				t.Errorf("%s of %s: %d, want %d", want.metric, want.of.Service, n, want.n)
			}
		}
		if objects, bytes := audit.Counted(telemetry.Objects), audit.Counted(telemetry.Bytes); objects < 1 || objects > 31 || bytes < 31*100 {
			t.Errorf("%d objects of %d bytes", objects, bytes)
		}
	})
}

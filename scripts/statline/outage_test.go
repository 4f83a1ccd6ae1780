package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/stats"
)

const outages = "../../terraform/outages.md"

// TestOutages walks through the outages of terraform/outages.md: it breaks a running
// stack as each section says, has the commands of the section do the rest, and holds
// what they print to what the section says they print. At the end of each, all is
// well, and every request that was published meanwhile has its answer, row and entry.
//
// What is said to the test stands in comments:
//
//	<!-- break WHAT -->  something breaks
//	<!-- send N -->      a client sends so many requests, and waits for the answers
//	<!-- wait 20m -->    time passes
//	<!-- alarm NAME -->  the alarm must be on by now, or is not, for "no NAME"
func TestOutages(t *testing.T) {
	text, err := os.ReadFile(outages)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n## ")
	sections := strings.Split(rest, "\n## ")
	if len(sections) != 5 {
		t.Errorf("%d outages", len(sections))
	}
	for i, section := range sections {
		title, _, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { sections[i] = newOutage(t).walk(section) })
		})
	}
	if got := head + "\n## " + strings.Join(sections, "\n## "); *update && got != string(text) {
		if err := os.WriteFile(outages, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// outage is a stack that something befalls, and the operator of it.
type outage struct {
	*operator
	stats, audit *session // the services' own
	running      map[string]*embedded
	client       *requester.Requester
	waiting      sync.WaitGroup // for answers
	sent         []string       // the IDs of what was published

	mu       sync.Mutex
	capped   bool                     // the table takes no writes
	refused  int                      // writes that were throttled
	deleted  map[string]time.Time     // the last delete from each work queue
	unworked map[string]time.Duration // since when each work queue has held messages
}

// everything lets a principal do what no policy of a resource denies.
const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

func newOutage(t *testing.T) *outage {
	t.Helper()
	principals := map[string]local.Principal{}
	for _, name := range []string{"operator", "stats", "audit", "client"} {
		principals[name] = local.Principal{ARN: "arn:aws:iam::000000000000:role/" + name, Policies: []string{everything}}
	}
	server, err := local.Open(local.Config{Principals: principals})
	if err != nil {
		t.Fatal(err)
	}
	config := func(name string) aws.Config {
		c := cloud.Config(local.URL, "us-east-1", server.Client())
		c.Credentials = credentials.NewStaticCredentialsProvider(name, "secret", "")
		return c
	}
	o := &outage{operator: &operator{T: t, server: server}, running: map[string]*embedded{}, deleted: map[string]time.Time{}, unworked: map[string]time.Duration{}}
	o.app = &app{out: &o.out, err: &o.errs, quiet: true, stack: "statline", data: t.TempDir(), timeout: 30 * time.Second}
	open := func(name string) *session {
		s, err := o.app.openAt(t.Context(), config(name))
		o.must(err)
		return s
	}
	o.session, o.stats, o.audit = open("operator"), open("stats"), open("audit")
	o.must(o.Create(t.Context()))
	o.client, err = newRequester(open("client").requesterConfig(o.app, "lab"))
	o.must(err)
	o.start("stats")
	o.start("audit")
	o.send(3)
	o.waiting.Wait()
	time.Sleep(time.Minute)
	server.Hook(o.hook)
	return o
}

// hook has the table throttle writes while it is capped, and notes what alarms go by.
func (o *outage) hook(c *local.Call, next func() *local.Response) (*local.Response, error) {
	o.mu.Lock()
	capped := o.capped
	switch {
	case capped && (c.Operation == "PutItem" || c.Operation == "BatchExecuteStatement"):
		o.refused++
		o.mu.Unlock()
		return local.Refuse(c, 400, "ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index."), nil
	case c.Operation == "DeleteMessageBatch":
		for _, queue := range []string{"stats", "audit"} {
			if strings.Contains(string(c.Body), "/statline-"+queue+`"`) {
				o.deleted[queue] = time.Now()
			}
		}
	}
	o.mu.Unlock()
	r := next()
	if capped && c.Operation == "DescribeTable" { // a setting that the endpoint does not have
		r.Body = []byte(strings.Replace(string(r.Body), `"Table":{`, `"Table":{"OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":5},`, 1))
	}
	return r, nil
}

// start starts a service.
func (o *outage) start(service string) {
	s := map[string]*session{"stats": o.stats, "audit": o.audit}[service]
	e := &embedded{stack: s.Stack}
	e.serveOnly(context.WithoutCancel(o.Context()), s, o.app, service)
	o.running[service] = e
}

func (o *outage) halt(service string) {
	o.Helper()
	o.must(o.running[service].shut())
	delete(o.running, service)
}

// send has the client send requests, one after the other, and wait for all answers as
// long as it takes.
func (o *outage) send(n int) {
	o.Helper()
	for range n {
		list, err := stats.ParseText([]byte("7 8 54 89"))
		o.must(err)
		p, err := o.client.Send(o.Context(), message.Request{ID: message.NewID(), Numbers: list})
		o.must(err)
		o.sent = append(o.sent, p.ID())
		o.waiting.Go(func() {
			reply, err := p.Await(o.Context())
			if err != nil || reply.Result == nil && reply.Status != message.StatusDead {
				o.Errorf("request %s: %+v, %v", p.ID(), reply, err)
			}
		})
		time.Sleep(time.Second)
	}
}

// breaks are what befalls a stack.
var breaks = map[string]func(o *outage){
	"queue policy":  func(o *outage) { o.set("statline-stats", "Policy", "") },
	"table":         func(o *outage) { o.cap(true) },
	"stats service": func(o *outage) { o.halt("stats") },
	"bucket policy": func(o *outage) {
		o.bucketPolicy(fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/*"}}`, o.AuditBucket()))
	},
	"inboxes": func(o *outage) {
		for range 1200 {
			_, err := o.SQS.CreateQueue(o.Context(), &sqs.CreateQueueInput{QueueName: aws.String(message.NewInbox("statline", "cron"))})
			o.must(err)
		}
		stack := o.inboxStack()
		for name, err := range stack.Names(o.Context()) {
			for i := 0; i < 1000 && strings.Contains(name, "-lab-"); i++ {
				o.must(err)
				_, err := o.SQS.SendMessage(o.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(o.QueueURL(name)), MessageBody: aws.String(`{"schema":"statline.reply/v1","request_id":"r` + strconv.Itoa(i) + `","status":"dead"}`)})
				o.must(err)
			}
		}
	},
}

func (o *outage) cap(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.capped, o.refused = on, 0
}

var (
	comment = regexp.MustCompile(`^<!-- (\w+) (.*) -->$`)
	fence   = "```"
)

// walk does what a section says and returns it with what its commands print.
func (o *outage) walk(section string) string {
	var out strings.Builder
	lines := strings.Split(section, "\n")
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		if i < len(lines)-1 {
			out.WriteByte('\n')
		}
		if m := comment.FindStringSubmatch(lines[i]); m != nil {
			o.do(m[1], m[2])
		}
		if lines[i] != fence+"console" {
			continue
		}
		end := i + 1 + slices.Index(lines[i+1:], fence)
		for i++; i < end; {
			command := lines[i]
			said := i + 1
			for said < end && !strings.HasPrefix(lines[said], "$ ") {
				said++
			}
			want := strings.Join(lines[i+1:said], "\n")
			got := strings.TrimSuffix(o.type_(strings.TrimPrefix(command, "$ ")), "\n")
			if masked(got) != masked(want) && !*update {
				o.Errorf("%s\nprints\n%s\nand not\n%s", command, got, want)
			}
			out.WriteString(command + "\n")
			if got != "" {
				out.WriteString(got + "\n")
			}
			i = said
		}
		i--
	}
	o.end()
	return out.String()
}

// do does what a comment says.
func (o *outage) do(verb, what string) {
	o.Helper()
	switch verb {
	case "break":
		breaks[what](o)
	case "send":
		n, err := strconv.Atoi(what)
		o.must(err)
		o.send(n)
	case "wait":
		d, err := time.ParseDuration(what)
		o.must(err)
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Minute) {
			o.look()
		}
	case "alarm":
		name, off := strings.CutPrefix(what, "no ")
		o.look()
		on, known := alarms[name]
		if !known {
			o.Fatalf("no alarm %s", name)
		}
		if on(o) == off {
			o.Errorf("alarm %s is on: %v", name, !off)
		}
	default:
		o.Fatalf("<!-- %s %s -->", verb, what)
	}
}

// look notes how long the work queues have held messages without a break.
func (o *outage) look() {
	o.Helper()
	for _, queue := range []string{"stats", "audit"} {
		d, err := depthOf(o.Context(), o.Stack, "statline-"+queue)
		o.must(err)
		since, held := o.unworked[queue]
		switch {
		case d.waiting+d.hidden == 0:
			delete(o.unworked, queue)
		case !held || since == 0:
			o.unworked[queue] = time.Since(time.Unix(0, 0))
		}
	}
}

// alarms are what terraform/alarms.tf says, as far as it can be known here.
var alarms = map[string]func(o *outage) bool{
	"NAME-undelivered":            func(o *outage) bool { return o.letters("statline-undelivered") > 0 },
	"NAME-stats-dead-letters":     func(o *outage) bool { return o.letters("statline-stats-dlq") > 0 },
	"NAME-audit-dead-letters":     func(o *outage) bool { return o.letters("statline-audit-dlq") > 0 },
	"NAME-stats-late":             func(o *outage) bool { return o.late("stats", time.Minute) },
	"NAME-audit-late":             func(o *outage) bool { return o.late("audit", 15*time.Minute) },
	"NAME-table-writes-throttled": func(o *outage) bool { o.mu.Lock(); defer o.mu.Unlock(); return o.refused > 0 },
	"NAME-audit-silent": func(o *outage) bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return time.Since(o.deleted["stats"]) < 5*time.Minute && time.Since(o.deleted["audit"]) > 15*time.Minute
	},
}

func (o *outage) letters(queue string) int {
	o.Helper()
	d, err := depthOf(o.Context(), o.Stack, queue)
	o.must(err)
	return d.waiting + d.hidden
}

// late says that messages have waited so long and three minutes.
func (o *outage) late(queue string, age time.Duration) bool {
	since, held := o.unworked[queue]
	return held && time.Since(time.Unix(0, 0))-since >= age+3*time.Minute
}

// type_ does a command line, as an operator would, and returns what it prints.
func (o *outage) type_(line string) string {
	o.Helper()
	switch {
	case strings.HasPrefix(line, "statline "):
		line, filter, piped := strings.Cut(line, " | ")
		line, silent := strings.CutSuffix(line, " >/dev/null")
		var out, errs bytes.Buffer
		a := &app{in: strings.NewReader(""), out: &out, err: &errs, config: &o.config}
		o.Setenv("STATLINE_DATA", o.app.data)
		code := a.run(o.Context(), o.words(line)[1:])
		if strings.HasPrefix(line, "statline send ") {
			o.sent = append(o.sent, volatile[1].pattern.FindString(out.String()+errs.String()))
		}
		switch {
		case piped:
			return o.grep(filter, out.String()) + errs.String()
		case silent:
			out.Reset()
		}
		if code != 0 {
			fmt.Fprintf(&errs, "exit code %d\n", code)
		}
		return out.String() + errs.String()
	case strings.HasSuffix(line, "go run ./services/stats &"):
		o.start("stats")
	case strings.HasPrefix(line, "aws dynamodb update-table ") && strings.Contains(line, "MaxWriteRequestUnits=-1"):
		o.cap(false)
	default:
		o.mend(line)
	}
	return ""
}

// grep keeps the lines that say FAULT, and each one after.
func (o *outage) grep(filter, text string) (kept string) {
	o.Helper()
	if filter != "grep -A1 FAULT" {
		o.Fatalf("unknown filter %s", filter)
	}
	after := 0
	for line := range strings.Lines(text) {
		if after--; strings.Contains(line, "FAULT") {
			after = 1
		}
		if after >= 0 {
			kept += line
		}
	}
	return kept
}

// words are those of a command line, of which some stand for what was met before.
func (o *outage) words(line string) []string {
	words := strings.Fields(line)
	for i, w := range words {
		if w == "ID" {
			words[i] = o.sent[len(o.sent)-1]
		}
	}
	return words
}

// end holds that all is well again, and nothing lost.
func (o *outage) end() {
	o.Helper()
	time.Sleep(15 * time.Minute)
	o.waiting.Wait()
	if printed := o.type_("statline status"); !strings.Contains(printed, "healthy\n") || strings.Contains(printed, "NOT HEALTHY") {
		o.Errorf("at the end:\n%s", printed)
	}
	if ill := namesOf(o.doctor(true), faulty); ill != nil {
		o.Errorf("faults at the end: %q", ill)
	}
	time.Sleep(time.Minute)
	o.mu.Lock()
	o.refused = 0 // the alarm's period is over
	o.mu.Unlock()
	for name, on := range alarms {
		if o.look(); on(o) {
			o.Errorf("alarm %s is on at the end", name)
		}
	}
	for _, id := range o.sent {
		row, err := o.results().Get(o.Context(), id)
		if err != nil || row.Status != message.StatusOK {
			o.Errorf("row %s: %+v, %v", id, row, err)
		}
		entries := 0
		for _, err := range o.log().Find(o.Context(), id, time.Now().AddDate(0, 0, -1)) {
			o.must(err)
			entries++
		}
		if entries == 0 {
			o.Errorf("request %s is not in the log", id)
		}
	}
	o.must(o.client.Close(o.Context()))
	for service := range o.running {
		o.must(o.running[service].shut())
	}
}

// volatile is what a command prints differently each time.
var volatile = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`logs/[0-9/]+\d{13}-\d{13}-[a-z0-9]+-\d{8}\.txt`), "KEY"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`-inbox-(\w+)-[a-z0-9]{16,32}`), "-inbox-$1-RANDOM"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`answered in [0-9.]+(ms|s)`), "answered in DURATION"},
	{regexp.MustCompile(`RequestID: [0-9a-f-]+`), "RequestID"},
	{regexp.MustCompile(`statline [0-9a-z.+-]+, region`), "statline VERSION, region"},
}

func masked(text string) string {
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.mask)
	}
	return text
}

// TestRunbookCommands: what the runbooks have an operator type is there, flags and all.
func TestRunbookCommands(t *testing.T) {
	text, err := os.ReadFile("../../terraform/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("`statline ([^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Errorf("%d commands", len(found))
	}
	for _, m := range found {
		if strings.HasPrefix(m[1], "stands") {
			continue
		}
		var out bytes.Buffer
		a := &app{out: &out, err: &out}
		cmd, rest, err := a.command().Find(strings.Fields(m[1]))
		if err != nil || !cmd.Runnable() && cmd.Name() != "dlq" {
			t.Errorf("statline %s: %v", m[1], err)
			continue
		}
		for _, word := range rest {
			name, flag := strings.CutPrefix(word, "--")
			if flag && cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
				t.Errorf("statline %s: there is no --%s", m[1], name)
			}
		}
	}
}

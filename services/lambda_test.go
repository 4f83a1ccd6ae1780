//go:build processes && linux

package services_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/stats"
	"github.com/statline/statline/pkg/telemetry"
)

// panicking has this test program be a service, wired as the others are, whose handler
// panics at some messages. The real ones have no input that does.
const panicking = "STATLINE_TEST_PANICKING"

func TestMain(m *testing.M) {
	if os.Getenv(panicking) != "" {
		cloud.Main("panics", "always.", func(ctx context.Context, stack *cloud.Stack, e cloud.Environment) error {
			return e.Consume(ctx, &queue.Worker{SQS: stack.SQS, URL: stack.QueueURL(stack.StatsQueue()), Handler: func(_ context.Context, messages []queue.Message) []error {
				if slices.ContainsFunc(messages, func(m queue.Message) bool { return m.Body == "panic" }) {
					panic("at the disco")
				}
				return make([]error, len(messages))
			}})
		})
	}
	os.Exit(m.Run())
}

// TestLambda is for Linux alone, as what Lambda runs is. It runs what scripts/build makes as Lambda runs it: as a process that asks a
// runtime API for events, here against the endpoint on a loopback port.
func TestLambda(t *testing.T) {
	programs := bootstraps(t)
	for name, test := range map[string]func(*stage, string){
		"serves": testServes, "partial": testPartial, "late": testLate, "last": testLast, "foreign": testForeign,
		"says": testSays, "frozen": testFrozen, "told to stop": testToldToStop, "killed": testKilled, "no start": testNoStart,
	} {
		t.Run("stats/"+name, func(t *testing.T) { test(newStage(t), programs["stats"]) })
	}
	for name, test := range map[string]func(*stage, string){"one object": testOneObject, "denied": testDenied} {
		t.Run("audit/"+name, func(t *testing.T) { test(newStage(t), programs["audit"]) })
	}
	t.Run("panic", func(t *testing.T) { testPanic(newStage(t), os.Args[0]) })
}

// testServes: a client gets its answers.
func testServes(s *stage, program string) {
	const requests = 50
	e := s.environment(program)
	defer s.mapping(s.StatsQueue(), e)()
	client, err := requester.New(requester.Config{
		Stack: s.Stack.Stack, TopicARN: s.TopicARN(), SNS: s.SNS, SQS: s.SQS, Results: s.store(), ClientID: "lab",
	})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			list, err := stats.ParseText(fmt.Appendf(nil, "%d %d", i, i+2))
			if err != nil {
				s.Error(err)
				return
			}
			reply, err := client.Do(ctx, message.Request{ID: message.NewID(), Numbers: list})
			if err != nil || reply.Result == nil || string(reply.Result.Mean) != fmt.Sprint(i+1) {
				s.Errorf("list %d: %+v, %v", i, reply, err)
			}
		})
	}
	all.Wait()
	if counts := client.Counts(); counts.Replies != requests {
		s.Errorf("%d answers came to the inbox, want all %d", counts.Replies, requests)
	}
	if err := client.Close(ctx); err != nil {
		s.Error(err)
	}
}

// testSays: each line of an invocation bears its AWS request ID, one of them is the
// metrics of what it did, and a function that is not invoked says nothing.
func testSays(s *stage, program string) {
	e := s.environment(program, "STATLINE_LOG=debug")
	e.awaitReady()
	started := e.output.String()
	if strings.Count(started, "\n") != 1 || !strings.Contains(started, `"service":"stats","build":{"version":"`) || strings.Contains(started, telemetry.RequestIDKey) {
		s.Errorf("at the start: %s", started)
	}
	time.Sleep(time.Second) // idle
	for i := range 3 {
		before := e.output.String()
		id := fmt.Sprintf("r%d", i)
		event := s.put(s.StatsQueue(), request(id, ""), request(id, ""))
		in := e.begin(marshal(e.T, event), patience)
		if o := <-in.outcome; o.fails {
			s.Fatalf("posted %+v", o)
		}
		e.awaitReady()
		said := strings.TrimPrefix(e.output.String(), before)
		for line := range strings.Lines(said) {
			if !strings.Contains(line, `"`+telemetry.RequestIDKey+`":"`+in.id+`"`) {
				s.Errorf("a line of invocation %s: %s", in.id, line)
			}
		}
		for _, want := range []string{`"_aws":{`, `"Messages":2`, `"Answered.ok":2`, `"Repeats":1`, `"Stack":"statline"`, `"Service":"stats"`} {
			if strings.Count(said, want) != 1 {
				s.Errorf("not once in what an invocation says: %s\n%s", want, said)
			}
		}
		if strings.Count(said, `"msg":"request answered","request_id":"`+id+`"`) != 2 {
			s.Errorf("invocation of request %s: %s", id, said)
		}
	}
	quiet := e.output.String()
	time.Sleep(time.Second)
	if got := e.output.String(); got != quiet {
		s.Errorf("idle, the function says %s", strings.TrimPrefix(got, quiet))
	}
}

// testPartial: of an event, what is done is deleted, and only what is not comes again,
// after its delay.
func testPartial(s *stage, program string) {
	good, bad := s.inbox("aaaaaaaaaaaaaaaaaaaa"), s.inbox("bbbbbbbbbbbbbbbbbbbb")
	e := s.environment(program)
	s.on("SendMessageBatch", failingFor(bad))
	event := s.put(s.StatsQueue(), request("r1", good), request("r2", bad), "no request", request("r3", good), request("r4", ""))
	broken := slices.IndexFunc(event.Records, func(r record) bool { return strings.Contains(r.Body, "r3") })
	event.Records[broken].Attributes = nil
	failed := e.answer(event, patience)
	s.delete(s.StatsQueue(), event, failed)
	var bodies []string
	for _, r := range event.Records {
		if slices.Contains(failed, r.MessageId) {
			bodies = append(bodies, r.Body)
		}
	}
	slices.Sort(bodies)
	if !slices.Equal(bodies, []string{request("r2", bad), request("r3", good)}) {
		s.Errorf("not done are %q", bodies)
	}
	if got := s.replies(good); len(got) != 1 || got["r1"] != message.StatusOK {
		s.Errorf("replies %v, want that to r1", got)
	}
	for _, id := range []string{"r1", "r2", "r4"} { // r2 is stored before its reply fails
		s.wantRow(id, message.StatusOK)
	}
	s.on("SendMessageBatch", nil)
	time.Sleep(2 * time.Second) // the delay of a first delivery
	event = s.receive(s.Context(), s.StatsQueue())
	if len(event.Records) != 1 || event.Records[0].Body != request("r2", bad) {
		s.Fatalf("after its delay there are %+v", event.Records)
	}
	if failed := e.answer(event, patience); len(failed) > 0 {
		s.Errorf("not done are %v", failed)
	}
	if got := s.replies(bad); len(got) != 1 || got["r2"] != message.StatusOK {
		s.Errorf("replies %v, want that to r2", got)
	}
}

// testLate: where a call hangs, the process answers before its time is over.
func testLate(s *stage, program string) {
	const given = 3 * time.Second
	e := s.environment(program)
	e.awaitReady()
	hanging, hangs := context.WithCancel(s.Context())
	defer hangs()
	s.on("PutItem", func(*local.Call, func() *local.Response) (*local.Response, error) {
		<-hanging.Done()
		return nil, errors.New("cut off")
	})
	event := s.put(s.StatsQueue(), request("r1", ""))
	began := time.Now()
	failed := e.answer(event, given)
	if took := time.Since(began); len(failed) != 1 || took < given/2 {
		s.Errorf("not done are %v, after %v", failed, took)
	}
	hangs()
	s.on("PutItem", nil)
	time.Sleep(2 * time.Second)
	again := s.receive(s.Context(), s.StatsQueue())
	if len(again.Records) != 1 {
		s.Fatalf("%d messages came again after their delay", len(again.Records))
	}
	if failed := e.answer(again, given); len(failed) > 0 {
		s.Errorf("not done are %v", failed)
	}
	s.wantRow("r1", message.StatusOK)
}

// testLast: on its last delivery a request is answered "dead", and its message is on
// its way to the dead-letter queue at once.
func testLast(s *stage, program string) {
	inbox := s.inbox("aaaaaaaaaaaaaaaaaaaa")
	e := s.environment(program)
	event := s.put(s.StatsQueue(), request("r1", inbox))
	event.Records[0].Attributes["ApproximateReceiveCount"] = "10"
	if failed := e.answer(event, patience); len(failed) != 1 {
		s.Errorf("not done are %v, want the message", failed)
	}
	s.wantMessages(s.StatsQueue(), 1, 0)
	s.wantRow("r1", message.StatusDead)
	if got := s.replies(inbox); got["r1"] != message.StatusDead {
		s.Errorf("replies %v", got)
	}
}

// testForeign: what is no event of the queue fails as a whole, and the process goes on.
func testForeign(s *stage, program string) {
	e := s.environment(program)
	for _, event := range []string{`{"key1":"value1"}`, `[`, `null`, `{"Records":[{"messageId":"m","eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:other"}]}`} {
		if o := e.invoke([]byte(event), patience); !o.fails || !strings.Contains(o.body, "errorMessage") {
			s.Errorf("event %s: posted %+v", event, o)
		}
	}
	if failed := e.answer(s.put(s.StatsQueue(), request("r1", "")), patience); len(failed) > 0 {
		s.Errorf("not done are %v", failed)
	}
	s.wantRow("r1", message.StatusOK)
}

// testFrozen: a process that is frozen between two events, and finds its connections
// cut when it goes on, works the next event at once.
func testFrozen(s *stage, program string) {
	inbox := s.inbox("aaaaaaaaaaaaaaaaaaaa")
	e := s.environment(program)
	for i := range 3 {
		var bodies []string
		for n := range 6 {
			bodies = append(bodies, request(fmt.Sprint("r", i, "-", n), inbox))
		}
		event := s.put(s.StatsQueue(), bodies...)
		began := time.Now()
		failed := e.answer(event, patience)
		if took := time.Since(began); len(failed) > 0 || took > patience/2 {
			s.Errorf("event %d: not done are %v, after %v", i, failed, took)
		}
		s.delete(s.StatsQueue(), event, failed)
		if got := s.replies(inbox); len(got) != len(bodies) {
			s.Errorf("event %d: replies %v, want all before the answer", i, got)
		}
		e.awaitReady()
		e.signal(syscall.SIGSTOP)
		s.endpoint.CloseClientConnections()
		time.Sleep(time.Second)
		e.signal(syscall.SIGCONT)
	}
}

// testToldToStop: a process with nothing in hand ends when it is told to.
func testToldToStop(s *stage, program string) {
	e := s.environment(program)
	event := s.put(s.StatsQueue(), request("r1", ""))
	s.delete(s.StatsQueue(), event, e.answer(event, patience))
	e.awaitReady()
	e.signal(syscall.SIGTERM)
	e.awaitEnd()
	s.wantRow("r1", message.StatusOK)
	s.wantMessages(s.StatsQueue(), 0, 0)
}

// testKilled: what a process has in hand when it is killed, another one answers.
func testKilled(s *stage, program string) {
	s.visibility(s.StatsQueue(), "2")
	inbox := s.inbox("aaaaaaaaaaaaaaaaaaaa")
	first := s.environment(program)
	stored := make(chan struct{})
	var once sync.Once
	s.on("SendMessageBatch", func(*local.Call, func() *local.Response) (*local.Response, error) {
		once.Do(func() { close(stored) })
		<-first.ended
		return nil, errors.New("cut off")
	})
	event := s.put(s.StatsQueue(), request("r1", inbox))
	first.begin(marshal(s.T, event), patience)
	<-stored
	first.signal(syscall.SIGKILL)
	first.awaitEnd()
	s.on("SendMessageBatch", nil)
	s.wantRow("r1", message.StatusOK)
	second := s.environment(program)
	stop := s.mapping(s.StatsQueue(), second)
	s.eventually("r1 is answered", func() bool { return s.replies(inbox)["r1"] == message.StatusOK })
	stop()
	s.wantMessages(s.StatsQueue(), 0, 0)
}

// testNoStart: a process that cannot start tells Lambda why, and ends.
func testNoStart(s *stage, program string) {
	for want, variable := range map[string]string{
		"No Stack": "STATLINE_STACK=No Stack", "statline-other-stats": "STATLINE_STACK=statline-other", "write batch or single": "STATLINE_WRITES=never",
	} {
		e := s.environment(program, variable)
		select {
		case why := <-e.failed:
			if !strings.HasPrefix(why, "Statline.Start ") || !strings.Contains(why, want) {
				s.Errorf("%s: said %s", variable, why)
			}
		case <-time.After(patience):
			s.Errorf("%s: nothing was said", variable)
		}
		e.awaitEnd()
		if code := e.cmd.ProcessState.ExitCode(); code != 1 {
			s.Errorf("%s: exit code %d", variable, code)
		}
	}
}

// testOneObject: the requests of an event share an object of the log, which is stored
// before the answer and waits for no others.
func testOneObject(s *stage, program string) {
	e := s.environment(program, "STATLINE_AUDIT_AGE=1h")
	for events := 1; events <= 2; events++ {
		var bodies []string
		for i := range 25 {
			bodies = append(bodies, request(fmt.Sprint("r", events, "-", i), ""))
		}
		if failed := e.answer(s.put(s.AuditQueue(), bodies...), patience); len(failed) > 0 {
			s.Errorf("not done are %v", failed)
		}
		objects, entries := s.logged()
		if objects != events || entries != 25*events {
			s.Errorf("%d entries in %d objects after %d events of 25", entries, objects, events)
		}
	}
}

// testDenied: where the log cannot be written, nothing is deleted.
func testDenied(s *stage, program string) {
	e := s.environment(program)
	s.on("PutObject", func(c *local.Call, _ func() *local.Response) (*local.Response, error) {
		return local.Refuse(c, http.StatusForbidden, "AccessDenied", "no"), nil
	})
	event := s.put(s.AuditQueue(), request("r1", ""), request("r2", ""))
	if failed := e.answer(event, patience); len(failed) != 2 {
		s.Errorf("not done are %v, want both", failed)
	}
	s.wantMessages(s.AuditQueue(), 0, 2)
	time.Sleep(2 * time.Second)
	s.wantMessages(s.AuditQueue(), 2, 0)
}

// testPanic: a panic of the handler leaves the event undone and the process alive.
func testPanic(s *stage, program string) {
	e := s.environment(program, panicking+"=1")
	event := s.put(s.StatsQueue(), "a", "panic")
	if failed := e.answer(event, patience); len(failed) != 2 {
		s.Errorf("not done are %v, want both", failed)
	}
	if failed := e.answer(s.put(s.StatsQueue(), "b"), patience); len(failed) > 0 {
		s.Errorf("not done are %v after the panic", failed)
	}
	if !strings.Contains(e.output.String(), "at the disco") {
		s.Error("the panic is not in the process's log")
	}
}

func (s *stage) visibility(queue, seconds string) {
	s.Helper()
	_, err := s.SQS.SetQueueAttributes(s.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String(s.QueueURL(queue)), Attributes: map[string]string{"VisibilityTimeout": seconds},
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) eventually(what string, is func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			s.Fatalf("waited %v until %s", patience, what)
		}
	}
}

// logged counts the objects of the log and their entries.
func (s *stage) logged() (objects, entries int) {
	s.Helper()
	reader := audit.Reader{S3: s.S3, Bucket: s.AuditBucket()}
	for object, err := range reader.List(s.Context(), time.Now().Add(-time.Hour)) {
		if err != nil {
			s.Fatal(err)
		}
		body, err := reader.Read(s.Context(), object.Name)
		if err != nil {
			s.Fatal(err)
		}
		of, err := audit.Parse(body)
		if err != nil {
			s.Error(err)
		}
		objects, entries = objects+1, entries+len(of)
	}
	return objects, entries
}

//go:build processes

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

const (
	clientProcesses = 50
	listsEach       = 200
	kills           = 10
)

// TestProcesses runs real processes over loopback: many clients at once against
// one stack, left in peace and then with whatever serves them killed again and
// again. In the end every list has its own answer, a row and an entry of the log,
// and nothing is left behind.
func TestProcesses(t *testing.T) {
	bin := t.TempDir()
	for _, pkg := range []string{"scripts/statline", "services/stats", "services/audit"} {
		build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "github.com/statline/statline/"+pkg)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", pkg, err, out)
		}
	}
	t.Run("in peace", func(t *testing.T) {
		s := newStage(t, bin)
		s.start("statline", "--data", s.data, "local", "up", "--addr", s.addr)
		s.await()
		s.clients("--local", "--data", s.data)
		s.check()
	})
	t.Run("killed", func(t *testing.T) {
		s := newStage(t, bin)
		up := []func() *process{
			func() *process { return s.start("statline", "--data", s.data, "local", "endpoint", "--addr", s.addr) },
			func() *process { return s.start("stats") },
			func() *process { return s.start("audit") },
		}
		running := []*process{up[0]()}
		s.await()
		if err := s.stack().Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		running = append(running, up[1](), up[2]())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.clients("--stack", "statline")
		}()
		for n := range kills {
			s.awaitAnswers(t, (n+1)*clientProcesses*listsEach/(kills+1), done)
			for i, p := range running {
				p.kill()
				running[i] = nil
			}
			running[0] = up[0]()
			s.await()
			running[1], running[2] = up[1](), up[2]()
		}
		<-done
		s.check()
	})
}

// stage is one data directory and the processes around it.
type stage struct {
	t               *testing.T
	bin, data, addr string
	answers         atomic.Int64 // lines of output so far
}

func newStage(t *testing.T, bin string) *stage {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return &stage{t: t, bin: bin, data: t.TempDir(), addr: l.Addr().String()}
}

// process is a process that this test started, and what it wrote to stderr.
type process struct {
	cmd  *exec.Cmd
	errs *bytes.Buffer
}

// start starts a program that serves; it is killed at the end of the test.
func (s *stage) start(name string, args ...string) *process {
	p := &process{cmd: s.command(name, args...), errs: new(bytes.Buffer)}
	p.cmd.Stderr = p.errs
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.kill)
	return p
}

func (s *stage) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.data, "STATLINE_DATA=" + s.data, "AWS_ENDPOINT_URL=http://" + s.addr,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_EC2_METADATA_DISABLED=true",
	}
	return cmd
}

// kill ends the process without warning.
func (p *process) kill() {
	p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	p.cmd.Wait()                          // killed is what it is to be
}

// await returns when the endpoint listens.
func (s *stage) await() {
	s.eventually("the endpoint listens", 10*time.Second, func() error {
		c, err := net.Dial("tcp", s.addr)
		if err == nil {
			c.Close()
		}
		return err
	})
}

func (s *stage) eventually(what string, limit time.Duration, try func() error) {
	s.t.Helper()
	var err error
	for until := time.Now().Add(limit); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	s.t.Fatalf("waited %v until %s: %v", limit, what, err)
}

// awaitAnswers returns when the clients have so many answers. The clients must
// still be at work then.
func (s *stage) awaitAnswers(t *testing.T, n int, done <-chan struct{}) {
	for s.answers.Load() < int64(n) {
		select {
		case <-done:
			t.Fatalf("the clients ended with %d answers, before they had %d", s.answers.Load(), n)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// clients runs all client processes and checks what each of them got.
func (s *stage) clients(flags ...string) {
	began := time.Now()
	var wg sync.WaitGroup
	for c := range clientProcesses {
		wg.Go(func() {
			if err := s.client(c, flags); err != nil {
				s.t.Errorf("client %d: %v", c, err)
			}
		})
	}
	wg.Wait()
	s.t.Logf("%d clients, %d lists each: %v", clientProcesses, listsEach, time.Since(began).Round(time.Millisecond))
}

// list is the text of a list that no other client sends.
func list(client, line int) string {
	return fmt.Sprintf("%d %d.5 %d -3", client, line, client*1000+line)
}

// client runs one client process and compares each answer with its list.
func (s *stage) client(c int, flags []string) error {
	var input strings.Builder
	for i := range listsEach {
		fmt.Fprintln(&input, list(c, i))
	}
	cmd := s.command("statline", append(flags, "-q", "-o", "jsonl", "--timeout", "240s", "send", "--lines", "--client", fmt.Sprintf("c%d", c), "-")...)
	cmd.Stdin = strings.NewReader(input.String())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	n, err := s.compare(c, out)
	if waitErr := cmd.Wait(); waitErr != nil {
		return fmt.Errorf("%w after %d answers: %s", waitErr, n, errs.String())
	}
	if err == nil && n != listsEach {
		err = fmt.Errorf("%d answers, want %d: %s", n, listsEach, errs.String())
	}
	return err
}

func (s *stage) compare(c int, out io.Reader) (n int, err error) {
	for lines := bufio.NewScanner(out); lines.Scan(); n++ {
		s.answers.Add(1)
		var reply message.Reply
		if failure := json.Unmarshal(lines.Bytes(), &reply); failure != nil {
			err = errors.Join(err, failure)
			continue
		}
		err = errors.Join(err, compareResult(list(c, n), reply))
	}
	return n, err
}

func compareResult(list string, reply message.Reply) error {
	numbers, err := stats.ParseText([]byte(list))
	if err != nil {
		return err
	}
	want, err := message.Compute(message.Request{Numbers: numbers})
	if err != nil {
		return err
	}
	if reply.Result == nil || fmt.Sprint(*reply.Result) != fmt.Sprint(*want) {
		return fmt.Errorf("list %s: got %+v, want %+v", list, reply, *want)
	}
	return nil
}

func (s *stage) stack() *cloud.Stack {
	stack, err := cloud.Open(s.t.Context(), "statline", cloud.Config("http://"+s.addr, "us-east-1", cloud.HTTPClient()))
	if err != nil {
		s.t.Fatal(err)
	}
	return stack
}

// check looks at what the clients leave behind: rows, the log, and no more.
func (s *stage) check() {
	stack := s.stack()
	s.eventually("the work queues are empty", 2*time.Minute, func() error {
		return errors.Join(s.holds(stack, stack.StatsQueue()), s.holds(stack, stack.AuditQueue()))
	})
	for _, dlq := range []string{stack.StatsDLQ(), stack.AuditDLQ(), stack.Undelivered()} {
		if err := s.holds(stack, dlq); err != nil {
			s.t.Error(err)
		}
	}
	inboxes, err := stack.SQS.ListQueues(s.t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String(stack.Inboxes())})
	if err != nil || len(inboxes.QueueUrls) > 0 {
		s.t.Errorf("inboxes left: %d, %v", len(inboxes.QueueUrls), err)
	}
	rows := s.rows(stack)
	logged := s.logged(stack)
	if want := clientProcesses * listsEach; len(rows) != want || len(logged) != want {
		s.t.Errorf("%d rows and %d requests in the log, want %d of each", len(rows), len(logged), want)
	}
	for id := range rows {
		if !logged[id] {
			s.t.Errorf("request %s is not in the log", id)
		}
	}
}

// holds is an error while a queue holds messages.
func (s *stage) holds(stack *cloud.Stack, queue string) error {
	out, err := stack.SQS.GetQueueAttributes(s.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(stack.QueueURL(queue)), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		return err
	}
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		if out.Attributes[name] != "0" {
			return fmt.Errorf("queue %s: %s is %s", queue, name, out.Attributes[name])
		}
	}
	return nil
}

// rows are the IDs in the table.
func (s *stage) rows(stack *cloud.Stack) map[string]bool {
	ids := map[string]bool{}
	pages := dynamodb.NewScanPaginator(stack.DynamoDB, &dynamodb.ScanInput{TableName: aws.String(stack.Table()), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, item := range page.Items {
			id, ok := item["request_id"].(*dynamodbtypes.AttributeValueMemberS)
			if !ok {
				s.t.Fatalf("row without an ID: %v", item)
			}
			ids[id.Value] = true
		}
	}
	return ids
}

// logged are the IDs in the log.
func (s *stage) logged(stack *cloud.Stack) map[string]bool {
	ids := map[string]bool{}
	reader := audit.Reader{S3: stack.S3, Bucket: stack.AuditBucket()}
	objects := 0
	for object, err := range reader.List(s.t.Context(), time.Now().Add(-time.Hour)) {
		if err != nil {
			s.t.Fatal(err)
		}
		objects++
		body, err := reader.Read(s.t.Context(), object.Name)
		if err != nil {
			s.t.Fatal(err)
		}
		entries, err := audit.Parse(body)
		if err != nil {
			s.t.Errorf("%s: %v", object.Name, err)
		}
		for _, e := range entries {
			ids[e.RequestID] = true
		}
	}
	s.t.Logf("%d requests in %d objects of the log", len(ids), objects)
	return ids
}

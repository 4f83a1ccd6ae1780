//go:build processes && linux

package services_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// environment is an execution environment of Lambda: a process, and the runtime API
// that it speaks to ("Using the Lambda runtime API for custom runtimes", AWS Lambda
// Developer Guide).
type environment struct {
	*testing.T
	cmd    *exec.Cmd
	output *output
	ended  chan struct{} // closed when the process has ended

	ready  chan struct{}    // the process asks for an invocation
	events chan *invocation // to the process
	failed chan string      // why the process could not start

	mu   sync.Mutex
	open map[string]*invocation // by request ID
	n    int
}

// invocation is one event on its way through the process.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	outcome  chan outcome
}

// outcome is what the process posted: an answer, or an error.
type outcome struct {
	body  string
	fails bool
}

// output is what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// environment starts a program as Lambda does.
func (s *stage) environment(program string, variables ...string) *environment {
	s.Helper()
	e := &environment{
		T: s.T, output: &output{}, ended: make(chan struct{}), ready: make(chan struct{}), events: make(chan *invocation),
		failed: make(chan string, 1), open: map[string]*invocation{},
	}
	api := httptest.NewServer(e.api())
	s.Cleanup(api.Close)
	e.cmd = exec.Command(program)
	e.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"), "AWS_ENDPOINT_URL=" + s.endpoint.URL,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "HOME=" + s.TempDir(),
		"HTTP_PROXY=http://127.0.0.1:1", // the runtime API is never reached by a proxy; loopback addresses are not either
	}, variables...)
	e.cmd.Stdout, e.cmd.Stderr = e.output, e.output
	if err := e.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		defer close(e.ended)
		e.cmd.Wait() // how it ended is in ProcessState
	}()
	s.Cleanup(func() {
		e.signal(syscall.SIGKILL)
		<-e.ended
		if s.Failed() {
			s.Logf("the process wrote:\n%s", e.output)
		}
	})
	return e
}

func (e *environment) api() http.Handler {
	const root = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"invocation/next", e.next)
	mux.HandleFunc("POST "+root+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { e.end(w, r, false) })
	mux.HandleFunc("POST "+root+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { e.end(w, r, true) })
	mux.HandleFunc("POST "+root+"init/error", func(w http.ResponseWriter, r *http.Request) {
		e.failed <- r.Header.Get("Lambda-Runtime-Function-Error-Type") + " " + e.read(r)
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	for {
		select {
		case e.ready <- struct{}{}:
		case i := <-e.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", i.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:f")
			w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
			w.Write(i.event) // a process that is gone is noticed by invoke
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (e *environment) end(w http.ResponseWriter, r *http.Request, fails bool) {
	e.mu.Lock()
	i := e.open[r.PathValue("id")]
	delete(e.open, r.PathValue("id"))
	e.mu.Unlock()
	if i == nil {
		e.Errorf("an answer to %q, which is not open", r.PathValue("id"))
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	i.outcome <- outcome{e.read(r), fails}
	w.WriteHeader(http.StatusAccepted)
}

func (e *environment) read(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		e.Error(err)
	}
	return string(body)
}

// begin has the process begin on an event. The error is that it has ended.
func (e *environment) begin(event []byte, given time.Duration) *invocation {
	e.Helper()
	e.mu.Lock()
	e.n++
	i := &invocation{id: fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", e.n), event: event, deadline: time.Now().Add(given), outcome: make(chan outcome, 1)}
	e.open[i.id] = i
	e.mu.Unlock()
	select {
	case e.events <- i:
	case <-e.ended:
		e.Fatalf("the process has ended: %v", e.cmd.ProcessState)
	case <-time.After(patience):
		e.Fatalf("the process does not ask for an invocation")
	}
	return i
}

// invoke has the process work an event and returns what it posts. It must do so before
// its time is over.
func (e *environment) invoke(event []byte, given time.Duration) outcome {
	e.Helper()
	i := e.begin(event, given)
	select {
	case o := <-i.outcome:
		return o
	case <-e.ended:
		e.Fatalf("the process has ended: %v", e.cmd.ProcessState)
	case <-time.After(time.Until(i.deadline)):
		e.Fatalf("no answer in the %v that the invocation has", given)
	}
	return outcome{}
}

// answer invokes the process with an event and returns the messages that it names as
// not done.
func (e *environment) answer(event events.SQSEvent, given time.Duration) []string {
	e.Helper()
	o := e.invoke(marshal(e.T, event), given)
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal([]byte(o.body), &answer); o.fails || err != nil || answer.BatchItemFailures == nil {
		e.Fatalf("posted %+v: %v", o, err)
	}
	ids := []string{}
	for _, f := range answer.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}

// awaitReady returns when the process asks for an invocation.
func (e *environment) awaitReady() {
	e.Helper()
	select {
	case <-e.ready:
	case <-e.ended:
		e.Fatalf("the process has ended: %v", e.cmd.ProcessState)
	case <-time.After(patience):
		e.Fatal("the process does not ask for an invocation")
	}
}

func (e *environment) signal(s syscall.Signal) { e.cmd.Process.Signal(s) } // it may have ended

// awaitEnd returns when the process has ended.
func (e *environment) awaitEnd() {
	e.Helper()
	select {
	case <-e.ended:
	case <-time.After(patience):
		e.Fatal("the process does not end")
	}
}

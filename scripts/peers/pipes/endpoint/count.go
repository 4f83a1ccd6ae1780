package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// sampled is how many calls of each operation are kept.
const sampled = 16

// counter counts the calls that pass through its hook, and keeps some of them,
// each with the same probability.
type counter struct {
	aws    bool
	forget bool // objects of S3 are taken, and not kept

	mu  sync.Mutex
	ops map[tally.Operation]*operation
}

type operation struct {
	calls, entries, answered int
	samples                  []tally.Sample
}

func newCounter(aws bool) *counter {
	return &counter{aws: aws, ops: map[tally.Operation]*operation{}}
}

// hook counts a call when it comes, so that a waiting poll is one. What it carried
// is counted when it is answered.
func (c *counter) hook(call *local.Call, next func() *local.Response) (*local.Response, error) {
	key := tally.Operation{Who: who(call.Header.Get("Authorization")), Service: call.Service, Name: call.Operation}
	c.mu.Lock()
	op := c.ops[key]
	if op == nil {
		op = new(operation)
		c.ops[key] = op
	}
	op.calls++
	c.mu.Unlock()
	if c.aws {
		time.Sleep(takes[call.Service])
	}
	if c.forget && call.Service == "s3" && call.Operation == "PutObject" {
		next = func() *local.Response {
			return &local.Response{Status: http.StatusOK, Header: http.Header{"Etag": {`"forgotten"`}}}
		}
	}
	resp := next()
	n := entries(call, resp)
	c.mu.Lock()
	defer c.mu.Unlock()
	op.entries += n
	if resp.Status == http.StatusOK {
		op.keep(key, call, resp)
	}
	return resp, nil
}

// keep keeps a call, in the place of another one where there is no room, or not.
func (o *operation) keep(key tally.Operation, call *local.Call, resp *local.Response) {
	o.answered++
	i := len(o.samples)
	if i == sampled {
		if i = rand.IntN(o.answered); i >= sampled {
			return
		}
	} else {
		o.samples = append(o.samples, tally.Sample{})
	}
	o.samples[i] = tally.Sample{
		Operation: key, Path: call.URL.Path, Header: call.Header, Request: call.Body,
		Answer: tally.Answer{Header: resp.Header.Clone(), Response: resp.Body},
	}
}

// who is the access key that a call is signed with.
func who(authorization string) string {
	_, credential, _ := strings.Cut(authorization, "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	return key
}

// entries is how many messages, items or statements a call carries. In none of
// the texts that it looks through can what it looks for be part of a string, where
// quotes are escaped.
func entries(call *local.Call, resp *local.Response) (n int) {
	count := func(text []byte, keys ...string) (n int) {
		for _, k := range keys {
			n += bytes.Count(text, []byte(k))
		}
		return n
	}
	switch call.Operation {
	case "ReceiveMessage":
		return count(resp.Body, `"ReceiptHandle":`)
	case "DeleteMessageBatch", "ChangeMessageVisibilityBatch":
		return count(call.Body, `"ReceiptHandle":`)
	case "SendMessageBatch":
		return count(call.Body, `"MessageBody":`)
	case "PublishBatch":
		return count(call.Body, `.Message=`)
	case "BatchWriteItem":
		return count(call.Body, `"PutRequest":`, `"DeleteRequest":`)
	case "TransactWriteItems":
		return count(call.Body, `"Put":`, `"Update":`, `"Delete":`, `"ConditionCheck":`)
	case "BatchExecuteStatement", "ExecuteTransaction":
		return count(call.Body, `"Statement":`)
	}
	return 1
}

// serve answers requests for what was counted, and says whether r was one.
func (c *counter) serve(w http.ResponseWriter, r *http.Request) bool {
	var v any
	switch r.URL.Path {
	case tally.CountsPath:
		v = c.counts()
	case tally.SamplesPath:
		v = c.samples()
	default:
		return false
	}
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return true
	}
	w.Write(text) // a reader that has gone away needs nothing
	return true
}

func (c *counter) counts() (all []tally.Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, op := range c.ops {
		all = append(all, tally.Count{Operation: key, Calls: op.calls, Entries: op.entries})
	}
	return all
}

func (c *counter) samples() (all []tally.Sample) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, op := range c.ops {
		all = append(all, op.samples...)
	}
	return all
}

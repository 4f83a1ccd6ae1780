package audit

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

var errBroken = errors.New("connection reset")

// open is a stack with an empty log, on an endpoint of its own.
func open(t testing.TB) (*cloud.Stack, *local.Server) {
	t.Helper()
	server, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	stack, err := cloud.Open(t.Context(), "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stack, server
}

func newLog(stack *cloud.Stack) *Log {
	return NewLog(Config{S3: stack.S3, Bucket: stack.AuditBucket()})
}

func newReader(stack *cloud.Stack) *Reader {
	return &Reader{S3: stack.S3, Bucket: stack.AuditBucket()}
}

// entries makes n entries, of requests that the queue took a second apart.
func entries(n int) []Entry {
	all := make([]Entry, n)
	for i := range all {
		all[i] = entryOf(fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"r%d","numbers":[%d,2.50]}`, i, i))
		all[i].ReceivedAt = received.Add(time.Duration(i) * time.Second)
	}
	return all
}

// object is an object as it stands in the bucket.
type object struct {
	Key
	text    string
	entries []Entry
}

// objects reads the whole log.
func objects(t testing.TB, stack *cloud.Stack) []object {
	t.Helper()
	var all []object
	r := newReader(stack)
	for o, err := range r.List(t.Context(), time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.Read(t.Context(), o.Name)
		if err != nil {
			t.Fatal(err)
		}
		of, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", o.Name, err)
		}
		if o.Size != int64(len(text)) {
			t.Errorf("%s: listed with %d bytes, has %d", o.Name, o.Size, len(text))
		}
		checkKey(t, o.Key, of)
		all = append(all, object{o.Key, string(text), of})
	}
	return all
}

// checkKey holds a key to the entries of its object.
func checkKey(t testing.TB, k Key, entries []Entry) {
	t.Helper()
	first, last := entries[0].ReceivedAt, entries[0].ReceivedAt
	for _, e := range entries {
		if e.ReceivedAt.Before(first) {
			first = e.ReceivedAt
		}
		if e.ReceivedAt.After(last) {
			last = e.ReceivedAt
		}
	}
	if !k.First.Equal(first) || !k.Last.Equal(last) || !strings.HasPrefix(k.String(), first.Format("logs/2006/01/02/15/")) {
		t.Errorf("key %s is not that of entries from %v to %v", k, first, last)
	}
}

// idsOf are the request IDs of objects, object by object.
func idsOf(all []object) [][]string {
	ids := make([][]string, len(all))
	for i, o := range all {
		for _, e := range o.entries {
			ids[i] = append(ids[i], e.RequestID)
		}
	}
	return ids
}

// putObject puts text that is not the log's own into the bucket.
func putObject(t testing.TB, stack *cloud.Stack, key, text string) {
	t.Helper()
	_, err := stack.S3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(stack.AuditBucket()), Key: aws.String(key), Body: strings.NewReader(text),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// onPut is a hook that hands every PutObject to do, with its number from 1.
func onPut(do func(n int, c *local.Call, next func() *local.Response) (*local.Response, error)) local.Hook {
	puts := make(chan int, 1)
	puts <- 0
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != "PutObject" {
			return next(), nil
		}
		n := 1 + <-puts
		puts <- n
		return do(n, c, next)
	}
}

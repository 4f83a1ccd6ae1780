package queue_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/statline/statline/pkg/local"
)

// batchRequest is what the batch operations have in common.
type batchRequest struct {
	QueueUrl string
	Entries  []batchEntry
}

type batchEntry struct {
	Id, ReceiptHandle string
	VisibilityTimeout *int `json:",omitempty"`
}

// batchAnswer is the answer to a batch operation.
type batchAnswer struct {
	Successful []done
	Failed     []failedEntry
}

type done struct{ Id string }

type failedEntry struct {
	Id, Code, Message string
	SenderFault       bool
}

func parse[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Error(err)
	}
	return v
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return body
}

// failing fails the entries that fails picks, without performing them, and lets the
// others pass.
func (f *fixture) failing(operation string, fails func(e batchEntry) (failedEntry, bool)) local.Hook {
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != operation {
			return next(), nil
		}
		request := parse[batchRequest](f.T, c.Body)
		var failed []failedEntry
		request.Entries = slices.DeleteFunc(request.Entries, func(e batchEntry) bool {
			entry, bad := fails(e)
			if bad {
				entry.Id = e.Id
				failed = append(failed, entry)
			}
			return bad
		})
		resp := &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}}
		var answer batchAnswer
		if len(request.Entries) > 0 {
			c.Body = marshal(f.T, request)
			if resp = next(); resp.Status != http.StatusOK {
				return resp, nil
			}
			answer = parse[batchAnswer](f.T, resp.Body)
		}
		answer.Failed = append(answer.Failed, failed...)
		resp.Body = marshal(f.T, answer)
		return resp, nil
	}
}

// on has a hook see one operation only.
func on(operation string, hook local.Hook) local.Hook {
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		if c.Operation != operation {
			return next(), nil
		}
		return hook(c, next)
	}
}

// answering performs a call and answers something else.
func answering(body string) local.Hook {
	return func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
		resp := next()
		resp.Body = []byte(body)
		return resp, nil
	}
}

// breaking breaks the connection before the call is performed.
func breaking(*local.Call, func() *local.Response) (*local.Response, error) {
	return nil, errors.New("connection reset by peer")
}

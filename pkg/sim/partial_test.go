package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/statline/statline/pkg/local"
)

// partial has a batch call fail for some of its entries: they do not reach the
// service, and stand under Failed in an answer that is a success.
func partial(w *world, c *call, next func() *local.Response) (*local.Response, error) {
	fails := w.entryFails(c)
	switch c.Service {
	case "sns":
		return partialPublish(c.Call, next, fails)
	case "dynamodb":
		return partialStatements(c.Call, next, fails, func() string { return w.statementFault(c) })
	default:
		return partialSQS(c.Call, next, fails)
	}
}

// entryFails says which entries of a batch call fail.
func (w *world) entryFails(c *call) func(int) bool {
	if mask, ok := w.plan.masks[c.point]; ok {
		return func(i int) bool { return mask>>i&1 == 1 }
	}
	return func(int) bool { return w.dice.roll("entry "+c.point) < 0.5 }
}

type failedEntry struct {
	Id, Code, Message string
	SenderFault       bool
}

func failed(id string) failedEntry {
	return failedEntry{Id: id, Code: "InternalError", Message: "of the laboratory"}
}

func partialSQS(c *local.Call, next func() *local.Response, fails func(int) bool) (*local.Response, error) {
	var in map[string]json.RawMessage
	var entries []map[string]any
	if err := unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	if err := unmarshal(in["Entries"], &entries); err != nil {
		return nil, err
	}
	var reach []map[string]any
	var lost []failedEntry
	for i, e := range entries {
		if fails(i) {
			lost = append(lost, failed(fmt.Sprint(e["Id"])))
			continue
		}
		reach = append(reach, e)
	}
	out := map[string]any{"Successful": []any{}}
	if len(reach) > 0 {
		in["Entries"] = marshal(reach)
		c.Body = marshal(in)
		r := next()
		if r.Status != http.StatusOK {
			return r, nil
		}
		if err := unmarshal(r.Body, &out); err != nil {
			return nil, err
		}
	}
	all, _ := out["Failed"].([]any) // absent where none failed
	for _, f := range lost {
		all = append(all, f)
	}
	out["Failed"] = all
	return &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: marshal(out)}, nil
}

func partialPublish(c *local.Call, next func() *local.Response, fails func(int) bool) (*local.Response, error) {
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return nil, err
	}
	reach, lost := splitPublish(form, fails)
	if len(lost) == 0 {
		return next(), nil
	}
	var failures strings.Builder
	for _, id := range lost {
		fmt.Fprintf(&failures, "<member><Id>%s</Id><Code>InternalError</Code><Message>of the laboratory</Message><SenderFault>false</SenderFault></member>", id)
	}
	const whole = `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful></Successful><Failed></Failed></PublishBatchResult></PublishBatchResponse>`
	r := &local.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(whole)}
	if reach.Has(member(1, "Id")) {
		c.Body = []byte(reach.Encode())
		r = next()
	}
	if r.Status != http.StatusOK {
		return r, nil
	}
	body := bytes.Replace(r.Body, []byte("<Failed></Failed>"), []byte("<Failed>"+failures.String()+"</Failed>"), 1)
	return &local.Response{Status: r.Status, Header: r.Header, Body: body}, nil
}

// splitPublish takes the entries that fail out of a PublishBatch and numbers the
// others anew.
func splitPublish(form url.Values, fails func(int) bool) (reach url.Values, lost []string) {
	reach = url.Values{}
	for name, v := range form {
		if !strings.HasPrefix(name, "PublishBatchRequestEntries.") {
			reach[name] = v
		}
	}
	n := 0
	for i := 1; form.Has(member(i, "Id")); i++ {
		if fails(i - 1) {
			lost = append(lost, form.Get(member(i, "Id")))
			continue
		}
		n++
		reach.Set(member(n, "Id"), form.Get(member(i, "Id")))
		reach.Set(member(n, "Message"), form.Get(member(i, "Message")))
	}
	return reach, lost
}

// member is the name of a field of the i-th entry of a PublishBatch.
func member(i int, field string) string {
	return fmt.Sprintf("PublishBatchRequestEntries.member.%d.%s", i, field)
}

func unmarshal(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("laboratory: read %.200q: %w", data, err)
	}
	return nil
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return data
}

package pkg_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
)

// What clients and services of earlier releases write stays as it is here for as long
// as it must be understood: a change in these texts is a change that breaks them.
const (
	// firstBare and firstFull are requests as the first clients write them.
	firstBare = `{"schema":"statline.request/v1","request_id":"ID","numbers":[7,8,54,89]}`
	firstFull = `{"schema":"statline.request/v1","request_id":"ID","numbers":[7,8,54,89],"client_id":"lab","inbox":"INBOX","nonce":"n1"}`
	// firstOK and firstRefusal are replies as the first services write them.
	firstOK = `{"schema":"statline.reply/v1","request_id":"ID","nonce":"n1","status":"ok",` +
		`"result":{"count":4,"sum":158,"min":7,"max":89,"mean":39.5,"median":31,"variance":1569.6666666666667,` +
		`"stddev":39.619019001821165,"q1":7.75,"q3":62.75,"quantile_method":"R7"},"completed_at":"2000-01-01T00:00:00.000Z"}`
	firstRefusal = `{"schema":"statline.reply/v1","request_id":"ID","nonce":"n1","status":"error",` +
		`"error":{"code":"invalid_number","message":"numbers[0]: null is not a number","path":"numbers[0]"},"completed_at":"2000-01-01T00:00:00.000Z"}`
)

// firstReader is all that the first readers know of a reply.
type firstReader struct {
	Schema    string `json:"schema"`
	RequestID string `json:"request_id"`
	Nonce     string `json:"nonce"`
	Status    string `json:"status"`
	Result    struct {
		Count                       int
		Sum, Min, Max, Mean, Median json.Number
	} `json:"result"`
	Error struct{ Code, Message string } `json:"error"`
}

// TestVersionsSideBySide: clients as old as the first, those of now and those of a
// release to come ask the services of now, all at once. The old and the new are
// answered as each understands it; what is ahead of the services is refused, in words
// that say so, and costs nobody else anything.
func TestVersionsSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		s.start()
		inbox := s.inbox("lab")
		text := func(form, id string) string {
			return strings.NewReplacer(`"ID"`, `"`+id+`"`, "INBOX", inbox).Replace(form)
		}
		ahead := map[string]struct {
			form string
			code message.Code
			path string
		}{
			"schema": {strings.Replace(firstFull, "request/v1", "request/v2", 1), message.InvalidSchema, "schema"},
			"key":    {strings.Replace(firstFull, `"nonce"`, `"weights":[1,1,1,1],"nonce"`, 1), message.InvalidField, "weights"},
			"method": {strings.Replace(firstFull, `"nonce"`, `"quantile_method":"R10","nonce"`, 1), message.InvalidField, "quantile_method"},
		}
		const each = 30
		var all sync.WaitGroup
		now := s.client("lab")
		for i := range each {
			all.Go(func() {
				q := request(t, message.NewID(), fmt.Sprintf("%d 8 54 89", i))
				if reply, err := now.Do(t.Context(), q); err != nil || reply.Result.Mean != want(t, q) {
					t.Errorf("a client of now: %+v, %v", reply, err)
				}
			})
			all.Go(func() { s.publish(text(firstBare, fmt.Sprintf("bare-%d", i))) })
			all.Go(func() { s.publish(text(firstFull, fmt.Sprintf("full-%d", i))) })
			for name, a := range ahead {
				all.Go(func() { s.publish(text(a.form, fmt.Sprintf("%s-%d", name, i))) })
			}
			all.Go(func() { // of several requests in a message, only what is ahead is refused
				s.publish(`{"schema":"statline.requests/v1","requests":[` + text(firstFull, fmt.Sprintf("old-%d", i)) + "," + text(ahead["schema"].form, fmt.Sprintf("new-%d", i)) + `]}`)
			})
		}
		all.Wait()
		s.closeClient(now)
		s.settle()
		s.halt()
		s.noDeadLetters()

		replies := map[string]firstReader{}
		for _, r := range rawReplies(s, inbox) {
			var reply firstReader
			if err := json.Unmarshal([]byte(r), &reply); err != nil {
				t.Fatalf("%v: %s", err, r)
			}
			replies[reply.RequestID] = reply
		}
		for i := range each {
			if row := s.row(fmt.Sprintf("bare-%d", i)); row.Status != message.StatusOK || row.Result.Mean != "39.5" {
				t.Errorf("a request without inbox: %+v", row)
			}
			for _, name := range []string{"full", "old"} {
				got := replies[fmt.Sprintf("%s-%d", name, i)]
				if got.Schema != "statline.reply/v1" || got.Nonce != "n1" || got.Status != "ok" || fmt.Sprint(got.Result) != "{4 158 7 89 39.5 31}" {
					t.Errorf("%s-%d: the first readers read %+v", name, i, got)
				}
			}
			for name, a := range ahead {
				checkAhead(s, replies, fmt.Sprintf("%s-%d", name, i), a.code, a.path)
			}
			checkAhead(s, replies, fmt.Sprintf("new-%d", i), message.InvalidSchema, "schema")
		}
	})
}

// checkAhead: a request that is ahead of the services is refused alike in the table, in
// the log and in a reply that the first readers understand.
func checkAhead(s *system, replies map[string]firstReader, id string, code message.Code, path string) {
	s.Helper()
	row := s.row(id)
	if row.Status != message.StatusError || row.Fault.Code != code || row.Fault.Path != path {
		s.Errorf("%s is stored as %+v %+v, want %s at %s", id, row, row.Fault, code, path)
	}
	if got := replies[id]; got.Status != "error" || got.Error.Code != string(code) || !strings.HasPrefix(got.Error.Message, path) || got.Nonce != "n1" {
		s.Errorf("%s is replied %+v", id, got)
	}
	if entries := s.entries(id); len(entries) != 1 || entries[0].Fault == nil || entries[0].Fault.Code != code {
		s.Errorf("%s is logged as %+v", id, entries)
	}
}

// rawReplies takes the texts that are in an inbox.
func rawReplies(s *system, inbox string) (texts []string) {
	s.Helper()
	for {
		out, err := s.SQS.ReceiveMessage(s.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(s.QueueURL(inbox)), MaxNumberOfMessages: 10, VisibilityTimeout: 3600,
		})
		if err != nil {
			s.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return texts
		}
		for _, m := range out.Messages {
			texts = append(texts, *m.Body)
		}
	}
}

// TestFirstReplies: the services of now write the first form to the letter, and the
// readers of now read it, and one that is ahead of them too: keys that they do not
// know are nothing to them, and of a code that they do not know they have the words.
func TestFirstReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where it is the year 2000
		s := newSystem(t)
		s.start()
		inbox := s.inbox("lab")
		s.publish(strings.NewReplacer("INBOX", inbox).Replace(firstFull))
		s.settle()
		if got := rawReplies(s, inbox); len(got) != 1 || untimed(got[0]) != untimed(firstOK) {
			t.Errorf("replied %q\nwant    %q", got, firstOK)
		}
		s.publish(strings.NewReplacer("INBOX", inbox, `"ID"`, `"ID2"`, "[7,8,54,89]", "[null]").Replace(firstFull))
		s.settle()
		s.halt()
		if got := rawReplies(s, inbox); len(got) != 1 || untimed(got[0]) != untimed(strings.Replace(firstRefusal, `"ID"`, `"ID2"`, 1)) {
			t.Errorf("replied %q\nwant    %q", got, firstRefusal)
		}
	})
	for name, text := range map[string]string{
		"first": firstOK,
		"ahead": strings.NewReplacer(`"count"`, `"mode":[7],"count"`, `"status"`, `"trace":{"a":[1]},"status"`).Replace(firstOK),
	} {
		var r message.Reply
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.RequestID != "ID" || r.Status != message.StatusOK || r.Result.Mean != "39.5" || r.Result.Q3 != "62.75" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for name, text := range map[string]string{
		"first": firstRefusal,
		"ahead": strings.NewReplacer("invalid_number", "too_odd", `"path"`, `"hint":"even","path"`).Replace(firstRefusal),
	} {
		var r message.Reply
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.Status != message.StatusError || !strings.Contains(text, `"`+string(r.Fault.Code)+`"`) || r.Fault.Path != "numbers[0]" {
			t.Errorf("%s: %+v %+v, %v", name, r, r.Fault, err)
		}
	}
	var r message.Reply
	if err := json.Unmarshal([]byte(strings.Replace(firstOK, "reply/v1", "reply/v2", 1)), &r); err == nil || !strings.Contains(err.Error(), `"statline.reply/v2"`) {
		t.Errorf("another form of reply is read as %+v, %v", r, err)
	}
}

// untimed is a reply without the time at its end.
func untimed(reply string) string {
	text, _, _ := strings.Cut(reply, `"completed_at"`)
	return text
}

// TestFirstRows: a row as the first services write it is read, and so is one with
// attributes that are yet to come; a service of now leaves both as they are.
func TestFirstRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		for id, more := range map[string]types.AttributeValue{"first": nil, "ahead": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}} {
			row := firstRow(id)
			if more != nil {
				row["weights"] = more
			}
			if _, err := s.DynamoDB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(s.Table()), Item: row}); err != nil {
				t.Fatal(err)
			}
		}
		s.start()
		for _, id := range []string{"first", "ahead"} {
			s.publish(strings.Replace(firstBare, "ID", id, 1))
		}
		s.settle()
		s.halt()
		s.noDeadLetters()
		for _, id := range []string{"first", "ahead"} {
			row := s.row(id)
			if row.Result.Mean != "39.5" || row.Result.Variance != "1569.6666666666667" || !row.CompletedAt.Equal(time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)) {
				t.Errorf("row %s is read as %+v", id, row)
			}
		}
	})
}

// firstRow is a row of the list 7 8 54 89 as the first services write it.
func firstRow(id string) map[string]types.AttributeValue {
	row := map[string]types.AttributeValue{}
	for name, value := range map[string]string{
		"request_id": id, "status": "ok", "quantile_method": "R7", "completed_at": "1999-12-31T23:59:59.000Z",
		"input_sha256": "574de493a0c596c8d35b592a13636ed371e165990337761969f8d9875dafa24d", "shard": "1999-12-31#00", "sort": "1999-12-31T23:59:59.000Z#" + id,
	} {
		row[name] = &types.AttributeValueMemberS{Value: value}
	}
	for name, value := range map[string]string{
		"count": "4", "sum": "158", "min": "7", "max": "89", "mean": "39.5", "median": "31", "variance": "1569.6666666666667",
		"stddev": "39.619019001821165", "q1": "7.75", "q3": "62.75", "ttl": "954460799",
	} {
		row[name] = &types.AttributeValueMemberN{Value: value}
	}
	return row
}

package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
)

// foreign is a client in another language: it knows SNS, SQS and the message
// format, publishes each message until SNS takes it, and believes its inbox alone.
type foreign struct {
	*world
	process *process
	stack   *cloud.Stack
	inbox   string
	letters []letter
	open    map[string]expectation // by request ID
}

// letter is a message that it publishes.
type letter struct {
	body   string
	expect map[string]expectation
}

// expectation is what becomes of a request: figures, or a refusal with a code and
// a place.
type expectation struct {
	list       *list
	code       message.Code
	path       string
	unanswered bool // nobody can be replied to
}

// oddities are requests that are refused. ID, INBOX and the client's ID stand for
// themselves.
var oddities = []struct {
	body string
	code message.Code
	path string
	bad  bool // the ID cannot be read
}{
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[1,null,3]}`, message.InvalidNumber, "numbers[1]", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[]}`, message.EmptyList, "numbers", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[1],"Numbers":[2]}`, message.InvalidField, "Numbers", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[1],"numbers":[2]}`, message.InvalidField, "numbers", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[1],"\u00e9\uffff":1}`, message.InvalidField, `"\u00e9\uffff"`, false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[1e999999999]}`, message.InvalidNumber, "numbers[0]", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":["7"]}`, message.InvalidNumber, "numbers[0]", false},
	{`{"schema":"statline.request/v2","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[7]}`, message.InvalidSchema, "schema", false},
	{`{"schema":"statline.request/v1","request_id":"ID","client_id":"foreign","inbox":"INBOX","nonce":"n","numbers":[7]`, message.InvalidJSON, "", false},
	{`ID: 7 8 54 89`, message.InvalidJSON, "", true},
	{`{"schema":"statline.request/v1","client_id":"foreign","inbox":"INBOX","nonce":"ID","numbers":[7]}`, message.InvalidField, "request_id", true},
}

// newForeign is a foreign client with n requests to make.
func (w *world) newForeign(n int) *foreign {
	f := &foreign{world: w, open: map[string]expectation{}, inbox: message.NewInbox(stack, "foreign")}
	for i := 0; i < n; {
		switch {
		case w.dice.roll("foreign odd") < 0.4:
			f.letters = append(f.letters, f.odd(i))
			i++
		case w.dice.roll("foreign packed") < 0.3 && n-i >= 3:
			f.letters = append(f.letters, f.packed(i, 3))
			i += 3
		default:
			f.letters = append(f.letters, f.sound(i))
			i++
		}
	}
	return f
}

func (f *foreign) odd(i int) letter {
	odd := oddities[f.dice.below("oddity", len(oddities))]
	id := fmt.Sprintf("foreign-r%d", i)
	body := strings.NewReplacer("INBOX", f.inbox, "ID", id).Replace(odd.body)
	e := expectation{code: odd.code, path: odd.path, unanswered: odd.bad}
	if odd.bad {
		sum := sha256.Sum256([]byte(body))
		id = "bad-" + hex.EncodeToString(sum[:])[:32]
	}
	return letter{body, map[string]expectation{id: e}}
}

func (f *foreign) sound(i int) letter {
	id := fmt.Sprintf("foreign-r%d", i)
	l := f.list(id)
	body := fmt.Sprintf(`{"schema":"statline.request/v1","request_id":"%s","client_id":"foreign","inbox":"%s","nonce":"n","sent_at":"2001-09-09T01:46:40.000Z","numbers":[%s]`,
		id, f.inbox, strings.Join(l.numbers, ", "))
	if l.quantiles != nil {
		body += fmt.Sprintf(`,"quantiles":[%s]`, strings.Join(l.quantiles, ","))
	}
	if l.method != "" {
		body += fmt.Sprintf(`,"quantile_method":"%s"`, l.method)
	}
	return letter{body + "}", map[string]expectation{id: {list: &l}}}
}

func (f *foreign) packed(i, n int) letter {
	var bodies []string
	expect := map[string]expectation{}
	for j := range n {
		one := f.sound(i + j)
		if j == 1 {
			one = f.odd(i + j)
		}
		if strings.HasPrefix(one.body, "{") && strings.HasSuffix(one.body, "}") {
			bodies = append(bodies, one.body)
			maps.Copy(expect, one.expect)
		}
	}
	return letter{`{"schema":"statline.requests/v1","requests":[` + strings.Join(bodies, ",") + "]}", expect}
}

func (f *foreign) run() {
	p := f.begin("foreign", "foreign.1")
	defer p.end()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	f.process = p
	f.until(ctx, "open the stack", func() (err error) {
		f.stack, err = cloud.Open(ctx, stack, p.config())
		return err
	})
	f.until(ctx, "make the inbox", func() error {
		_, err := f.stack.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(f.inbox)})
		return err
	})
	most := 8 * time.Second
	if f.dice.roll("foreign burst") < 0.4 {
		most = 100 * time.Millisecond
	}
	for _, l := range f.letters {
		pause(ctx, f.dice.between("foreign waits", 0, most))
		for id, e := range l.expect {
			if !e.unanswered {
				f.open[id] = e
			}
		}
		f.until(ctx, "publish", func() error {
			_, err := f.stack.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(f.stack.TopicARN()), Message: aws.String(l.body)})
			return err
		})
	}
	for len(f.open) > 0 && ctx.Err() == nil {
		f.until(ctx, "read the inbox", func() error { return f.receive(ctx) })
	}
	for _, id := range sorted(f.open) {
		f.breaks(lost, "the foreign client has no reply to %s after %v", id, patience)
	}
}

func (f *foreign) until(ctx context.Context, what string, do func() error) {
	for {
		err := do()
		if err == nil || ctx.Err() != nil {
			return
		}
		f.note("foreign client cannot %s: %v", what, err)
		pause(ctx, f.dice.between("foreign again", time.Second, 2*time.Second))
	}
}

func (f *foreign) receive(ctx context.Context) error {
	url := aws.String(f.stack.QueueURL(f.inbox))
	out, err := f.stack.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		var reply message.Reply
		if err := reply.UnmarshalJSON([]byte(*m.Body)); err != nil {
			f.breaks(misrouted, "the foreign client received no reply but %.80q", *m.Body)
		}
		f.judge(reply)
		if _, err := f.stack.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return err
		}
	}
	return nil
}

// judge holds a reply against what was expected. Replies may come twice.
func (f *foreign) judge(reply message.Reply) {
	for _, l := range f.letters {
		e, ok := l.expect[reply.RequestID]
		if !ok {
			continue
		}
		delete(f.open, reply.RequestID)
		if reply.Nonce != "n" {
			f.breaks(misrouted, "the reply to %s has the nonce %q", reply.RequestID, reply.Nonce)
		}
		if err := e.check(reply); err != nil {
			f.breaks(changed, "the foreign client asked %s: %v", reply.RequestID, err)
		}
		return
	}
	f.breaks(misrouted, "the foreign client received a reply to %s", reply.RequestID)
}

func (e expectation) check(reply message.Reply) error {
	if e.list != nil {
		if got, want := given(reply.Result), e.list.figures(); !maps.Equal(got, want) {
			return fmt.Errorf("answered %s %v, want %v", reply.Status, got, want)
		}
		return nil
	}
	if f := reply.Fault; f == nil || f.Code != e.code || f.Path != e.path {
		return fmt.Errorf("answered %s %+v, want %s at %s", reply.Status, reply.Fault, e.code, e.path)
	}
	return nil
}

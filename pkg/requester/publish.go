package requester

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/message"
)

// Publisher publishes requests to the topic, those of about the same moment
// together. Several clients of a process may share one. It is safe for concurrent
// use.
type Publisher struct {
	sns   *sns.Client
	topic string
	pack  int
	group *batch.Group[publication]
}

// linger is the most that a request waits for others to be published with, where
// some are expected.
const linger = 20 * time.Millisecond

// entryLimit is the most messages in a PublishBatch ("PublishBatch", Amazon SNS API
// Reference).
const entryLimit = 10

// NewPublisher makes a Publisher. It puts up to pack requests into one message, 1 to
// [message.MaxRequests]. Each of them is answered as if it were alone. SNS and SQS count
// a message whatever is packed into it, and bill it by 64 KB.
func NewPublisher(client *sns.Client, topicARN string, pack int) *Publisher {
	p := &Publisher{sns: client, topic: topicARN, pack: min(max(pack, 1), message.MaxRequests)}
	bytes := message.MaxBody
	if p.pack > 1 {
		bytes -= entryLimit * len(message.Pack([]string{"", ""}))
	}
	p.group = batch.New(batch.Config[publication]{
		Flush: p.publish, Compare: func(a, b publication) int { return strings.Compare(a.body, b.body) }, MaxItems: entryLimit * p.pack,
		MaxBytes: bytes, Size: func(q publication) int { return len(q.body) + p.comma() },
		Linger: linger, Eager: true, InFlight: 16, Early: 2,
	})
	return p
}

// comma is what a request takes in a message beside its own bytes.
func (p *Publisher) comma() int {
	if p.pack > 1 {
		return 1
	}
	return 0
}

// publication is a request on its way to the topic.
type publication struct {
	body  string
	of    *Requester
	inbox *inbox // where the reply is awaited, nil where none is
}

// put publishes a request whose reply is awaited in an inbox, or in none, and tries
// again what may pass, until ctx ends.
func (r *Requester) put(ctx context.Context, q message.Request, in *inbox) error {
	body, err := q.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write request %s: %w", q.ID, err)
	}
	if len(body) > message.MaxBody {
		return &message.Fault{Code: message.TooLarge, Message: fmt.Sprintf("the message has %d bytes; at most %d are allowed", len(body), message.MaxBody)}
	}
	return r.persist(ctx, "publish request "+q.ID, func() error { return r.publisher.group.Do(ctx, publication{string(body), r, in}) }, q)
}

// refusal is the reason why SNS did not take one entry of a batch.
type refusal struct {
	code, text string
	ours       bool // the entry is at fault, not SNS
}

func (e *refusal) Error() string { return e.code + ": " + e.text }

var errUnsaid = errors.New("SNS did not say what became of the message")

// publish publishes requests in one call, save those whose inbox cannot be made.
// The call can fail for some of its entries without an error ("PublishBatch", Amazon
// SNS API Reference).
func (p *Publisher) publish(ctx context.Context, items []publication) []error {
	errs := openInboxes(ctx, items)
	var sent []int // what is published, of items
	for i := range items {
		if errs[i] == nil {
			errs[i] = errUnsaid
			sent = append(sent, i)
		}
	}
	if len(sent) == 0 {
		return errs
	}
	in := &sns.PublishBatchInput{TopicArn: aws.String(p.topic)}
	var entries [][]int // the items of each
	for len(sent) > 0 {
		n := min(p.pack, len(sent))
		bodies := make([]string, n)
		for i, item := range sent[:n] {
			bodies[i] = items[item].body
		}
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, types.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(len(entries))), Message: aws.String(message.Pack(bodies)),
		})
		entries, sent = append(entries, sent[:n]), sent[n:]
	}
	out, err := p.sns.PublishBatch(ctx, in)
	if err != nil {
		for i := range errs {
			if errs[i] == errUnsaid {
				errs[i] = err
			}
		}
		return errs
	}
	said := func(id *string, err error) {
		entry, wrong := strconv.Atoi(aws.ToString(id))
		if wrong != nil || entry < 0 || entry >= len(entries) {
			return
		}
		for _, i := range entries[entry] {
			errs[i] = err
		}
	}
	for _, ok := range out.Successful {
		said(ok.Id, nil)
	}
	for _, f := range out.Failed {
		said(f.Id, &refusal{code: aws.ToString(f.Code), text: aws.ToString(f.Message), ours: f.SenderFault})
	}
	return errs
}

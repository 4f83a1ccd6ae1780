package responder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/telemetry"
)

// The limits of SendMessageBatch ("Amazon SQS message quotas", Amazon SQS
// Developer Guide). The bytes are those that every endpoint takes.
const (
	sendItems = 10
	sendBytes = 256 << 10
)

// reply is a reply on its way. What tells it from another of the same body is the
// delivery of the request that it answers.
type reply struct {
	body     string
	receives int
	id       string // of the request, for the log
	trace    string // its traceparent, likewise
}

func compareReplies(a, b reply) int {
	return cmp.Or(strings.Compare(a.body, b.body), cmp.Compare(a.receives, b.receives))
}

// linger is the most that a reply waits for others to the same inbox, where some are
// expected.
const linger = 20 * time.Millisecond

// outboxes are the ways to the inboxes that were replied to of late, by name.
type outboxes struct {
	mu sync.Mutex
	to map[string]*batch.Group[reply]
	// limit is how many there may be before those are forgotten that are idle.
	limit   int
	hurried bool
}

// minOutboxes is the least limit of outboxes.
const minOutboxes = 1000

// outbox is the way to an inbox.
func (r *Responder) outbox(inbox string) *batch.Group[reply] {
	o := &r.outboxes
	o.mu.Lock()
	defer o.mu.Unlock()
	g, ok := o.to[inbox]
	if ok {
		return g
	}
	if len(o.to) >= max(o.limit, minOutboxes) {
		maps.DeleteFunc(o.to, func(_ string, g *batch.Group[reply]) bool { return g.Idle() })
		o.limit = 2 * len(o.to)
	}
	if o.to == nil {
		o.to = map[string]*batch.Group[reply]{}
	}
	g = batch.New(batch.Config[reply]{
		MaxItems: sendItems, MaxBytes: sendBytes, Size: func(p reply) int { return len(p.body) },
		Compare: compareReplies, Linger: linger, Eager: true, InFlight: 4, Early: 2,
		Flush: func(ctx context.Context, replies []reply) []error { return r.sendBatch(ctx, inbox, replies) },
	})
	if o.hurried {
		g.Hurry()
	}
	o.to[inbox] = g
	return g
}

// Hurry lets no reply wait for others to the same inbox, now and from now on, as where
// no other messages are worked at the same time.
func (r *Responder) Hurry() {
	o := &r.outboxes
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hurried = true
	for _, g := range o.to {
		g.Hurry()
	}
}

// send replies what is stored to the inboxes, and returns for each message why a
// reply to it has to be tried again. A reply that can never be delivered is logged
// and done with.
func (r *Responder) send(ctx context.Context, answers []*answer) map[int]error {
	type post struct {
		replies  []reply
		messages []int // of each reply
	}
	failed := map[int]error{}
	posts := map[string]*post{} // by inbox
	for _, a := range answers {
		if a.row.RequestID == "" || a.inbox == "" {
			continue
		}
		document := a.row.Reply
		document.Nonce = a.nonce
		body, err := document.MarshalJSON()
		if err != nil {
			failed[a.message] = errors.Join(failed[a.message], fmt.Errorf("write reply %s: %w", document.RequestID, err))
			continue
		}
		p, ok := posts[a.inbox]
		if !ok {
			p = &post{}
			posts[a.inbox] = p
		}
		p.replies, p.messages = append(p.replies, reply{string(body), a.receives, document.RequestID, a.trace}), append(p.messages, a.message)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for inbox, p := range posts {
		wg.Go(func() {
			errs := r.outbox(inbox).DoAll(ctx, p.replies)
			mu.Lock()
			defer mu.Unlock()
			for i, err := range errs {
				if err != nil {
					failed[p.messages[i]] = errors.Join(failed[p.messages[i]], err)
				}
			}
		})
	}
	wg.Wait()
	return failed
}

// sendBatch sends replies to an inbox in one call, which can fail for some of them
// without an error ("SendMessageBatch", Amazon SQS API Reference).
func (r *Responder) sendBatch(ctx context.Context, inbox string, replies []reply) []error {
	entries := make([]types.SendMessageBatchRequestEntry, len(replies))
	for i, p := range replies {
		entries[i] = types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(p.body)}
	}
	in := &sqs.SendMessageBatchInput{QueueUrl: aws.String(r.QueueURL(inbox)), Entries: entries}
	errs := make([]error, len(replies))
	out, err := r.SQS.SendMessageBatch(ctx, in)
	if err != nil {
		if undeliverable(err) {
			r.Metrics.Add(telemetry.RepliesUndeliverable, len(replies))
			r.about(ctx, slog.LevelInfo, "inbox cannot be replied to; the results are stored", replies, slog.String("inbox", inbox), telemetry.Err(err))
			return errs
		}
		for i := range errs {
			errs[i] = fmt.Errorf("reply to inbox %s: %w", inbox, err)
		}
		return errs
	}
	for _, f := range out.Failed {
		i, err := strconv.Atoi(aws.ToString(f.Id))
		if err != nil || i < 0 || i >= len(replies) {
			r.log().Error("unknown entry in the answer", "inbox", inbox, "entry", aws.ToString(f.Id))
			continue
		}
		if f.SenderFault {
			r.Metrics.Add(telemetry.RepliesUndeliverable, 1)
			refusal := telemetry.EntryError(aws.ToString(f.Code), aws.ToString(f.Message))
			r.about(ctx, slog.LevelError, "reply refused; the result is stored", replies[i:i+1], slog.String("inbox", inbox), telemetry.Err(refusal))
			continue
		}
		errs[i] = fmt.Errorf("reply to inbox %s: %w", inbox, telemetry.EntryError(aws.ToString(f.Code), aws.ToString(f.Message)))
	}
	return errs
}

// about logs a line about the requests that some replies answer.
func (r *Responder) about(ctx context.Context, level slog.Level, text string, replies []reply, more ...slog.Attr) {
	requests := make([]message.Request, len(replies))
	for i, p := range replies {
		requests[i] = message.Request{ID: p.id, TraceParent: p.trace}
	}
	r.log().LogAttrs(ctx, level, text, append(message.Describe(requests...), more...)...)
}

// undeliverable says whether a call failed for good: the queue is gone, or does
// not let the service in. What is throttled or out of order is worth another try.
func undeliverable(err error) bool {
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return true
	}
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch refusal.ErrorCode() {
	case "AWS.SimpleQueueService.NonExistentQueue", "QueueDeletedRecently", "AccessDenied", "AccessDeniedException", "KMS.DisabledException", "KmsAccessDenied", "KmsDisabled", "KmsNotFound":
		return true
	}
	return false
}

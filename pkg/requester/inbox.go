package requester

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/telemetry"
)

// inbox is the queue that replies to this process come to. Its name is never used
// again: for up to a minute after a queue is deleted, what is sent to a new one of
// its name may be lost ("DeleteQueue", Amazon SQS API Reference).
type inbox struct {
	name    string
	opening chan struct{}      // holds a token while it is made
	url     string             // empty until it is made
	stop    context.CancelFunc // ends its polling; nil until it is made
	deletes *batch.Group[string]
	taken   chan struct{} // holds a token for each receive whose messages are not deleted yet

	// Guarded by the Requester's mu, and common to all polls of the inbox, so that it
	// makes no difference which of them an answer comes to.
	polls  int // that are open
	failed int // the last polls that failed

	// Guarded likewise.
	made    time.Time // before the queue was; zero until it is
	removed bool      // it was replaced, and its time is over
}

// batchLimit is the most messages in a receive or in a batch call ("Amazon SQS
// message quotas", Amazon SQS Developer Guide).
const batchLimit = 10

// maxPolls is the most polls of an inbox that are open at once.
const maxPolls = 4

// deleteLinger is how long the deletion of a reply waits for others: a part of the 30
// seconds that SQS hides what it has handed out.
const deleteLinger = 5 * time.Second

// maxTaken is the most receives of an inbox whose messages are not deleted yet. Where
// deletions fall behind, nothing more is received, so that they cannot pile up.
const maxTaken = 128

// newInbox names an inbox; it is made when the first request is published that
// wants its reply there.
func (r *Requester) newInbox() *inbox {
	in := &inbox{opening: make(chan struct{}, 1), taken: make(chan struct{}, maxTaken)}
	in.name = message.NewInbox(r.config.Stack, r.config.ClientID)
	return in
}

// inboxAttributes: replies that nobody fetches are gone after an hour, as the
// table has them; an empty poll takes as long as SQS allows.
var inboxAttributes = map[string]string{
	string(types.QueueAttributeNameMessageRetentionPeriod):        "3600",
	string(types.QueueAttributeNameReceiveMessageWaitTimeSeconds): "20",
}

// open makes an inbox, if it is not there yet, and starts to poll it.
func (r *Requester) open(ctx context.Context, in *inbox) error {
	select {
	case in.opening <- struct{}{}:
		defer func() { <-in.opening }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if in.url != "" {
		return nil
	}
	began := time.Now()
	out, err := r.config.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(in.name), Attributes: inboxAttributes})
	if err != nil {
		return fmt.Errorf("create inbox %s: %w", in.name, err)
	}
	in.url = aws.ToString(out.QueueUrl)
	var polling context.Context
	polling, in.stop = context.WithCancel(context.WithoutCancel(ctx))
	in.deletes = batch.New(batch.Config[string]{
		Linger: deleteLinger, InFlight: maxPolls, Compare: strings.Compare,
		Flush: func(ctx context.Context, handles []string) []error { return r.deleteReplies(ctx, in, handles) },
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	in.made, in.polls = began, 1
	r.polled.Go(func() { r.poll(polling, in) })
	return nil
}

// openInboxes opens the inboxes of some requests and returns one error per request.
func openInboxes(ctx context.Context, items []publication) []error {
	errs := make([]error, len(items))
	opened := map[*inbox]error{nil: nil}
	for i, p := range items {
		err, tried := opened[p.inbox]
		if !tried {
			err = p.of.open(ctx, p.inbox)
			opened[p.inbox] = err
		}
		errs[i] = err
	}
	return errs
}

func (r *Requester) removeInbox(ctx context.Context, in *inbox) error {
	return r.persist(ctx, "remove inbox "+in.name, func() error {
		_, err := r.config.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(in.url)})
		if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
			return nil
		}
		return err
	})
}

// poll receives replies while any request is pending, until ctx ends or fewer polls
// do: as long as they come back full there is one more each time, up to maxPolls.
// Here a poll may be cancelled: what it hides, the table has. An inbox that somebody
// removed is replaced with the next request.
func (r *Requester) poll(ctx context.Context, in *inbox) {
	for r.awaitPending(ctx) {
		out, err := r.config.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(in.url), MaxNumberOfMessages: batchLimit, WaitTimeSeconds: 20,
		})
		if err == nil {
			r.take(ctx, in, out.Messages)
			if r.enough(ctx, in, len(out.Messages)) {
				return
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		r.config.Log.Warn("inbox cannot be read; trying again", "inbox", in.name, telemetry.Err(err))
		if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
			r.abandon(in)
			return
		}
		pause(ctx, backoff(r.fails(in)))
	}
}

// enough says that a poll which brought so many replies is one too many, or adds one
// where it was full.
func (r *Requester) enough(ctx context.Context, in *inbox, replies int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	in.failed = 0
	if replies == batchLimit && in.polls < maxPolls {
		in.polls++
		r.polled.Go(func() { r.poll(ctx, in) })
	}
	if replies < batchLimit*2/3 && in.polls > 1 {
		in.polls--
		return true
	}
	return false
}

// fails notes that a poll of an inbox failed, and says how many have in a row.
func (r *Requester) fails(in *inbox) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	in.failed++
	return in.failed
}

// awaitPending returns true when a request is pending, false when ctx has ended.
func (r *Requester) awaitPending(ctx context.Context) bool {
	r.mu.Lock()
	some := r.some
	r.mu.Unlock()
	select {
	case <-some:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

func (r *Requester) abandon(in *inbox) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inbox == in {
		r.inbox = r.newInbox()
		in.stop()
	}
}

// take gives replies to their callers and has the messages deleted, whosever they
// are: nobody else reads this inbox. It waits where too many are not deleted yet.
func (r *Requester) take(ctx context.Context, in *inbox, messages []types.Message) {
	if len(messages) == 0 {
		return
	}
	handles := make([]string, len(messages))
	for i, m := range messages {
		r.deliver([]byte(aws.ToString(m.Body)))
		handles[i] = aws.ToString(m.ReceiptHandle)
	}
	select {
	case in.taken <- struct{}{}:
	case <-ctx.Done(): // what is left goes with the inbox
		return
	}
	r.polled.Go(func() {
		defer func() { <-in.taken }()
		err := errors.Join(in.deletes.DoAll(ctx, handles)...)
		if err != nil && ctx.Err() == nil {
			// They come again, are counted as repeated, and go with the inbox at the latest.
			r.config.Log.Warn("replies cannot be deleted", "inbox", in.name, telemetry.Err(err))
		}
	})
}

// deleteReplies deletes messages in one call, which can fail for some of them without
// an error ("DeleteMessageBatch", Amazon SQS API Reference).
func (r *Requester) deleteReplies(ctx context.Context, in *inbox, handles []string) []error {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(handles))
	for i, handle := range handles {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handle)}
	}
	errs := make([]error, len(handles))
	out, err := r.config.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(in.url), Entries: entries})
	if err == nil && len(out.Failed) > 0 {
		err = fmt.Errorf("%d of %d: %s", len(out.Failed), len(handles), aws.ToString(out.Failed[0].Code))
	}
	errs[0] = err
	return errs
}

// deliver gives a reply to the caller that asked, or counts why nobody gets it.
func (r *Requester) deliver(body []byte) {
	var reply message.Reply
	err := reply.UnmarshalJSON(body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.counts.Foreign++
		return
	}
	p := r.pending[reply.RequestID]
	switch {
	case p != nil && p.nonce == reply.Nonce:
		r.remove(p, fromInbox)
		r.counts.Replies++
		reply.Nonce = ""
		p.reply <- reply
	case p != nil:
		r.counts.Foreign++
	case r.recent.ends[reply.RequestID] == fromInbox:
		r.counts.Repeated++
	case r.recent.ends[reply.RequestID] != 0:
		r.counts.Late++
	default:
		r.counts.Foreign++
	}
}

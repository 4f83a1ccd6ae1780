package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/telemetry"
)

// batchLimit is the most messages in a receive or in a batch call ("Amazon SQS
// message quotas", Amazon SQS Developer Guide).
const batchLimit = 10

// acknowledge deletes messages, together with those of other batches. What cannot
// be deleted comes again, which its handler expects, so a failure is logged and no
// more.
func (w *Worker) acknowledge(ctx context.Context, messages []Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	w.acks.DoAll(ctx, messages)
}

// newAcks groups acknowledgements. Nobody waits for them, so they wait for company.
func (w *Worker) newAcks() *batch.Group[Message] {
	return batch.New(batch.Config[Message]{
		Compare: func(a, b Message) int { return strings.Compare(a.handle, b.handle) }, MaxItems: batchLimit, Linger: w.linger(), InFlight: 8,
		Flush: func(ctx context.Context, messages []Message) []error {
			w.inBatch(ctx, "delete", messages, w.delete)
			return make([]error, len(messages)) // what went wrong is logged
		},
	})
}

// linger is how long an acknowledgement may wait: little of what is left of the
// visibility timeout, two thirds of it where renewals do not fail.
func (w *Worker) linger() time.Duration { return min(time.Second, w.visibility/30) }

// release makes messages visible again at once that nobody has worked, whose hide is
// zero still.
func (w *Worker) release(ctx context.Context, messages []Message) {
	w.inBatch(ctx, "release", messages, w.setVisibility)
}

// postpone leaves messages that failed for later.
func (w *Worker) postpone(ctx context.Context, messages []Message) {
	w.inBatch(ctx, "postpone", messages, w.setVisibility)
}

func (w *Worker) delete(ctx context.Context, messages []Message) (failures, error) {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
	for i, m := range messages {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: entryID(i), ReceiptHandle: aws.String(m.handle)}
	}
	out, err := w.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &w.URL, Entries: entries})
	if err != nil {
		return nil, err
	}
	return byIndex(out.Failed, len(messages))
}

// setVisibility hides each message from now for as long as it says.
func (w *Worker) setVisibility(ctx context.Context, messages []Message) (failures, error) {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(messages))
	for i, m := range messages {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: entryID(i), ReceiptHandle: aws.String(m.handle), VisibilityTimeout: int32(m.hide / time.Second),
		}
	}
	out, err := w.SQS.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &w.URL, Entries: entries})
	if err != nil {
		return nil, err
	}
	return byIndex(out.Failed, len(messages))
}

// inBatch makes a batch call for messages and makes it again for the entries that
// failed through no fault of ours, three times in all. Where only entries fail, the
// call has no error ("DeleteMessageBatch", Amazon SQS API Reference).
func (w *Worker) inBatch(ctx context.Context, verb string, messages []Message, call func(context.Context, []Message) (failures, error)) {
	const tries = 3
	for try := 1; len(messages) > 0; try++ {
		failed, err := call(ctx, messages)
		if err != nil {
			w.Log.Error(verb+" failed", "queue", w.URL, "messages", len(messages), telemetry.Err(err))
			w.Metrics.Add(failuresOf(verb), len(messages))
			return
		}
		var again []Message
		for i, m := range messages {
			f, bad := failed[i]
			switch {
			case !bad:
			case f.SenderFault || try == tries:
				w.about(m, slog.LevelError, verb+" failed", telemetry.Err(entryError(f)))
				w.Metrics.Add(failuresOf(verb), 1)
			default:
				again = append(again, m)
			}
		}
		if messages = again; len(again) > 0 {
			pause(ctx, time.Duration(try)*100*time.Millisecond)
		}
	}
}

// failures are the entries of a batch call that failed, by their index.
type failures map[int]types.BatchResultErrorEntry

// byIndex reads the failures of a call for n messages.
func byIndex(failed []types.BatchResultErrorEntry, n int) (failures, error) {
	all := failures{}
	for _, f := range failed {
		i, err := strconv.Atoi(aws.ToString(f.Id))
		if err != nil || i < 0 || i >= n {
			return nil, fmt.Errorf("unknown entry %q in the answer", aws.ToString(f.Id))
		}
		all[i] = f
	}
	return all, nil
}

func entryID(i int) *string { return aws.String(strconv.Itoa(i)) }

func entryError(f types.BatchResultErrorEntry) error {
	return telemetry.EntryError(aws.ToString(f.Code), aws.ToString(f.Message))
}

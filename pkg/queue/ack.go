package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// acknowledge deletes messages. What cannot be deleted comes again, which its
// handler expects, so a failure is logged and no more.
func (w *Worker) acknowledge(ctx context.Context, messages []Message) {
	w.inBatch(ctx, "delete", messages, func(messages []Message) ([]types.BatchResultErrorEntry, error) {
		entries := make([]types.DeleteMessageBatchRequestEntry, len(messages))
		for i, m := range messages {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: entryID(i), ReceiptHandle: aws.String(m.handle)}
		}
		out, err := w.SQS.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &w.URL, Entries: entries})
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
}

// release makes messages visible again at once.
func (w *Worker) release(ctx context.Context, messages []Message) {
	w.inBatch(ctx, "release", messages, func(messages []Message) ([]types.BatchResultErrorEntry, error) {
		return w.setVisibility(ctx, messages, 0)
	})
}

// postpone leaves a message that failed for later.
func (w *Worker) postpone(ctx context.Context, m Message, err error) {
	delay := backoff(m.Receives)
	if m.Last && errors.Is(err, ErrGiveUp) {
		delay = 0 // the next receive moves it to the dead-letter queue
	}
	w.Log.Error("message not done", "queue", w.URL, "message", m.ID, "receives", m.Receives, "again_in", delay, "err", err)
	w.inBatch(ctx, "postpone", []Message{m}, func(messages []Message) ([]types.BatchResultErrorEntry, error) {
		return w.setVisibility(ctx, messages, delay)
	})
}

func (w *Worker) setVisibility(ctx context.Context, messages []Message, d time.Duration) ([]types.BatchResultErrorEntry, error) {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(messages))
	for i, m := range messages {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: entryID(i), ReceiptHandle: aws.String(m.handle), VisibilityTimeout: int32(d / time.Second),
		}
	}
	out, err := w.SQS.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &w.URL, Entries: entries})
	if err != nil {
		return nil, err
	}
	return out.Failed, nil
}

// inBatch makes a batch call for messages and makes it again for the entries that
// failed: a batch call that failed for some of its entries has no error
// ("DeleteMessageBatch", Amazon SQS API Reference).
func (w *Worker) inBatch(ctx context.Context, verb string, messages []Message, call func([]Message) ([]types.BatchResultErrorEntry, error)) {
	const tries = 3
	for try := 1; len(messages) > 0; try++ {
		failed, err := call(messages)
		if err != nil {
			w.Log.Error(verb+" failed", "queue", w.URL, "messages", len(messages), "err", err)
			return
		}
		again, err := retriable(messages, failed)
		if err != nil || len(again) > 0 && try == tries {
			w.Log.Error(verb+" failed", "queue", w.URL, "messages", len(failed), "err", err)
		}
		if try == tries {
			return
		}
		messages = again
	}
}

// retriable are the messages whose entries failed through no fault of ours, and
// err describes the others.
func retriable(messages []Message, failed []types.BatchResultErrorEntry) (again []Message, err error) {
	for _, f := range failed {
		i, convErr := strconv.Atoi(aws.ToString(f.Id))
		if convErr != nil || i < 0 || i >= len(messages) {
			err = errors.Join(err, fmt.Errorf("unknown entry %q in the answer", aws.ToString(f.Id)))
			continue
		}
		if f.SenderFault {
			err = errors.Join(err, fmt.Errorf("message %s: %s: %s", messages[i].ID, aws.ToString(f.Code), aws.ToString(f.Message)))
			continue
		}
		again = append(again, messages[i])
	}
	return again, err
}

func entryID(i int) *string { return aws.String(strconv.Itoa(i)) }

package sqs_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Many senders and receivers at once, on disk: every message is received, and
// none twice while it is in flight.
func TestConcurrent(t *testing.T) {
	const senders, receivers, each = 25, 25, 20
	f := connect(t, t.TempDir())
	f.url = f.create("q", "VisibilityTimeout", "43200")
	var wg sync.WaitGroup
	var seen sync.Map
	var done atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i := range senders {
		wg.Go(func() {
			for j := range each {
				if _, err := f.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: f.url, MessageBody: aws.String(fmt.Sprint(i, "/", j))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range receivers {
		wg.Go(func() {
			for done.Load() < senders*each {
				n, err := f.consume(ctx, &seen)
				if err != nil {
					if ctx.Err() == nil {
						t.Error(err)
					}
					return
				}
				if done.Add(int64(n)) == senders*each {
					stop()
				}
			}
		})
	}
	wg.Wait()
	if n := done.Load(); n != senders*each {
		t.Errorf("%d messages deleted, want %d", n, senders*each)
	}
	f.want("counts", f.counts(), "0/0/0")
}

// consume receives and deletes, and fails on a message that was seen before.
func (f fixture) consume(ctx context.Context, seen *sync.Map) (int, error) {
	out, err := f.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: f.url, MaxNumberOfMessages: 7, WaitTimeSeconds: 20})
	if err != nil || len(out.Messages) == 0 {
		return 0, err
	}
	var entries []types.DeleteMessageBatchRequestEntry
	for _, m := range out.Messages {
		if _, twice := seen.LoadOrStore(*m.Body, true); twice {
			f.Errorf("message %s was received twice", *m.Body)
		}
		entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
	}
	deleted, err := f.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: f.url, Entries: entries})
	if err != nil {
		return 0, err
	}
	return len(deleted.Successful), nil
}

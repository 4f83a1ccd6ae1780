package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/statline/statline/pkg/telemetry"
)

// overdue is how much longer than its Wait a poll may take. One that has no answer
// by then has lost its connection.
const overdue = 10 * time.Second

// receive polls once. A poll that fails is made again, after half a second at
// first and half a minute at most, until ctx ends.
func (w *Worker) receive(ctx context.Context) []Message {
	for {
		messages, err := w.poll(ctx)
		if err == nil {
			return messages
		}
		w.Log.Error("receive failed", "queue", w.URL, telemetry.Err(err))
		w.Metrics.Add(telemetry.ReceiveFailures, 1)
		pause(ctx, min(backoff(w.polls.fails())/4, 30*time.Second))
		if ctx.Err() != nil {
			return nil
		}
	}
}

// poll is one ReceiveMessage. It outlives ctx: were it cancelled, the messages that
// SQS has handed out for it would be hidden until their visibility timeout ends.
// The SDK does not try it again, so that a stopped worker makes no further poll
// and an outage does not use up the client's quota of retries. It sets the
// visibility timeout itself, because that is what the worker goes by, whatever the
// queue's is meanwhile.
func (w *Worker) poll(ctx context.Context) ([]Message, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Wait+overdue)
	defer cancel()
	once := func(o *sqs.Options) { o.RetryMaxAttempts = 1 }
	out, err := w.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &w.URL, MaxNumberOfMessages: batchLimit,
		WaitTimeSeconds: int32(w.Wait / time.Second), VisibilityTimeout: int32(w.visibility / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	}, once)
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(out.Messages))
	for _, m := range out.Messages {
		message, err := received(m, w.maxReceives)
		if err != nil {
			unread := Message{ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body)}
			w.about(unread, slog.LevelError, "message without its attributes", telemetry.Err(err))
			continue // it comes again
		}
		messages = append(messages, message)
	}
	return messages, nil
}

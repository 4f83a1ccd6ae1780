package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// prepare sets the defaults and reads the attributes of the queue.
func (w *Worker) prepare(ctx context.Context) error {
	if err := w.complete(); err != nil {
		return err
	}
	out, err := w.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       &w.URL,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		return fmt.Errorf("read attributes of queue %s: %w", w.URL, err)
	}
	if err := w.configure(out.Attributes); err != nil {
		return err
	}
	w.room, w.acks = newRoom(), w.newAcks()
	w.polls.open, w.polls.full, w.polls.failed = 1, 0, 0
	return nil
}

// complete sets the defaults and checks the ranges.
func (w *Worker) complete() error {
	if w.Batches == 0 {
		w.Batches = 64
	}
	if w.Wait == 0 {
		w.Wait = 10 * time.Second
	}
	if w.Grace == 0 {
		w.Grace = 15 * time.Second
	}
	if w.Log == nil {
		w.Log = slog.Default()
	}
	switch {
	case w.Batches < 0:
		return fmt.Errorf("worker of queue %s: batches must be positive, not %d", w.URL, w.Batches)
	case w.Wait < 0 || w.Wait > 20*time.Second || w.Wait%time.Second != 0: // "ReceiveMessage", Amazon SQS API Reference
		return fmt.Errorf("worker of queue %s: wait must be 1 to 20 whole seconds, not %v", w.URL, w.Wait)
	case w.Pace < 0:
		return fmt.Errorf("worker of queue %s: pace must not be negative, as %v is", w.URL, w.Pace)
	case w.Grace < 0:
		return fmt.Errorf("worker of queue %s: grace must be positive, not %v", w.URL, w.Grace)
	default:
		return nil
	}
}

// configure takes from the queue's attributes how long messages are hidden and how
// often they are delivered. A visibility timeout of zero leaves it to the consumer,
// which takes SQS's default of 30 seconds.
func (w *Worker) configure(attributes map[string]string) error {
	seconds, err := strconv.Atoi(attributes[string(types.QueueAttributeNameVisibilityTimeout)])
	if err != nil {
		return fmt.Errorf("queue %s: visibility timeout: %w", w.URL, err)
	}
	w.visibility, w.maxReceives = time.Duration(seconds)*time.Second, 0
	if seconds == 0 {
		w.visibility = 30 * time.Second
	}
	policy, ok := attributes[string(types.QueueAttributeNameRedrivePolicy)]
	if !ok {
		return nil
	}
	w.maxReceives, err = maxReceiveCount(policy)
	if err != nil {
		return fmt.Errorf("queue %s: redrive policy: %w", w.URL, err)
	}
	return nil
}

// maxReceiveCount reads the count from a redrive policy, 1 to 1,000. SQS takes and
// returns it as a number or as a string of digits ("SetQueueAttributes", Amazon SQS
// API Reference).
func maxReceiveCount(policy string) (int, error) {
	var redrive struct {
		MaxReceiveCount json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(redrive.MaxReceiveCount.String())
	if err != nil {
		return 0, fmt.Errorf("maxReceiveCount: %w", err)
	}
	if n < 1 || n > 1000 {
		return 0, fmt.Errorf("maxReceiveCount is %d, not 1 to 1000", n)
	}
	return n, nil
}

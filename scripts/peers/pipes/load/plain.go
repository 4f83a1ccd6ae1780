package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/scripts/peers/pipes/plain"
)

// receivers is how many goroutines of a client receive.
const receivers = 2

// plainClient is a client as it is commonly written: one call for each message
// that it publishes or deletes, and up to ten received with one.
type plainClient struct {
	*cloud.Stack
	inbox string // its URL
	stop  context.CancelFunc
	wg    sync.WaitGroup

	mu      sync.Mutex
	waiting map[string]chan plain.Reply // by request ID
}

func newPlain(ctx context.Context, s *cloud.Stack) (asker, error) {
	out, err := s.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(message.NewInbox(s.Stack, ""))})
	if err != nil {
		return nil, err
	}
	c := &plainClient{Stack: s, inbox: *out.QueueUrl, waiting: map[string]chan plain.Reply{}}
	ctx, c.stop = context.WithCancel(ctx)
	for range receivers {
		c.wg.Go(func() { c.receive(ctx) })
	}
	return c, nil
}

func (c *plainClient) ask(ctx context.Context, list []byte) (answer, error) {
	q := plain.Request{ID: message.NewID(), ReplyTo: c.inbox, SentAt: time.Now()}
	if err := json.Unmarshal(list, &q.Numbers); err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return answer{}, err
	}
	reply := make(chan plain.Reply, 1)
	c.mu.Lock()
	c.waiting[q.ID] = reply
	c.mu.Unlock()
	if _, err := c.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(c.TopicARN()), Message: aws.String(string(body))}); err != nil {
		return answer{}, err
	}
	select {
	case r := <-reply:
		return answer{r.Count, strconv.FormatFloat(r.Sum, 'f', -1, 64)}, nil
	case <-ctx.Done():
		return answer{}, fmt.Errorf("request %s: no answer: %w", q.ID, ctx.Err())
	}
}

// receive hands out replies until ctx ends. A reply that nobody waits for was
// delivered twice, and is dropped.
func (c *plainClient) receive(ctx context.Context) {
	for ctx.Err() == nil {
		out, err := c.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &c.inbox, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
		if err != nil {
			c.complain(ctx, err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for _, m := range out.Messages {
			if err := c.take([]byte(*m.Body)); err != nil {
				c.complain(ctx, err)
				continue
			}
			if _, err := c.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &c.inbox, ReceiptHandle: m.ReceiptHandle}); err != nil {
				c.complain(ctx, err)
			}
		}
	}
}

// complain reports what goes wrong before the client is closed.
func (c *plainClient) complain(ctx context.Context, err error) {
	if ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "load: inbox:", err)
	}
}

func (c *plainClient) take(body []byte) error {
	var r plain.Reply
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	c.mu.Lock()
	waiting := c.waiting[r.ID]
	delete(c.waiting, r.ID)
	c.mu.Unlock()
	if waiting != nil {
		waiting <- r
	}
	return nil
}

func (c *plainClient) close(ctx context.Context) error {
	c.stop()
	c.wg.Wait()
	_, err := c.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &c.inbox})
	return err
}

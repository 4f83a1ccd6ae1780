// Idiom is the services as they are commonly written with the AWS SDK for Go: so
// many goroutines, each of which receives up to ten messages and handles one after
// the other, with one call for each thing to do.
package main

import (
	"context"
	"log"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/scripts/peers/pipes/plain"
)

func main() {
	plain.Main(func(ctx context.Context, s *plain.Service, n int) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { work(ctx, s) })
		}
		wg.Wait()
	})
}

func work(ctx context.Context, s *plain.Service) {
	send := func(ctx context.Context, url string, body []byte) error {
		_, err := s.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(string(body))})
		return err
	}
	for {
		out, err := s.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.QueueURL, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
		if err != nil {
			log.Print(err)
			time.Sleep(time.Second)
			continue
		}
		for _, m := range out.Messages {
			if err := s.Handle(ctx, []byte(*m.Body), send); err != nil {
				log.Print(err)
				continue
			}
			if _, err := s.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &s.QueueURL, ReceiptHandle: m.ReceiptHandle}); err != nil {
				log.Print(err)
			}
		}
	}
}

// Gocloud is the services on gocloud.dev/pubsub, whose driver for SQS receives,
// sends and deletes in batches of its own making.
package main

import (
	"context"
	"log"
	"sync"
	"time"

	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/awssnssqs"

	"github.com/statline/statline/scripts/peers/pipes/plain"
)

func main() {
	plain.Main(func(ctx context.Context, s *plain.Service, n int) {
		g := &service{Service: s, topics: map[string]*pubsub.Topic{}}
		g.messages = awssnssqs.OpenSubscription(ctx, s.SQS, s.QueueURL, &awssnssqs.SubscriptionOptions{Raw: true, WaitTime: 20 * time.Second})
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { g.work(ctx) })
		}
		wg.Wait()
	})
}

type service struct {
	*plain.Service
	messages *pubsub.Subscription

	mu     sync.Mutex
	topics map[string]*pubsub.Topic // the reply queues, by URL
}

func (g *service) work(ctx context.Context) {
	for {
		m, err := g.messages.Receive(ctx)
		if err != nil {
			log.Fatal(err) // the subscription is of no use any more
		}
		if err := g.Handle(ctx, m.Body, g.send); err != nil {
			log.Print(err)
			m.Nack()
			continue
		}
		m.Ack()
	}
}

func (g *service) send(ctx context.Context, url string, body []byte) error {
	return g.topic(ctx, url).Send(ctx, &pubsub.Message{Body: body})
}

func (g *service) topic(ctx context.Context, url string) *pubsub.Topic {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.topics[url] == nil {
		g.topics[url] = awssnssqs.OpenSQSTopic(ctx, g.SQS, url, nil)
	}
	return g.topics[url]
}

// Command stats answers requests: it computes the statistics of each list, stores
// them and replies. Beside that it removes the inboxes that clients have left behind.
package main

import (
	"context"
	"sync"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

func main() {
	cloud.Main("stats", "answers the requests of a statline stack.", run)
}

func run(ctx context.Context, stack *cloud.Stack, e cloud.Environment) error {
	r := &responder.Responder{
		Stack: stack.Stack, SQS: stack.SQS, QueueURL: stack.QueueURL, Keep: e.Keep, Metrics: e.Metrics,
		Results: &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table(), Single: e.Single},
	}
	w := &queue.Worker{
		SQS: stack.SQS, URL: stack.QueueURL(stack.StatsQueue()), Handler: r.Handle, Pace: responder.Pace,
		Describe: message.Describer(stack.Stack), Metrics: e.Metrics,
	}
	s := &inboxes.Sweeper{Stack: inboxes.Stack{SQS: stack.SQS, Name: stack.Stack, QueueURL: stack.QueueURL}}
	if e.Lambda {
		r.Hurry() // no other event is worked at the same time
		w.Handler = func(ctx context.Context, messages []queue.Message) []error {
			defer s.Occasionally(ctx) // there is no time between two events
			return r.Handle(ctx, messages)
		}
		return e.Consume(ctx, w)
	}
	ctx, stop := context.WithCancel(ctx)
	var sweeping sync.WaitGroup
	sweeping.Go(func() { s.Run(ctx) })
	defer sweeping.Wait()
	defer stop()
	return e.Consume(ctx, w)
}

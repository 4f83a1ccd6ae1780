// Command stats answers requests: it computes the statistics of each list, stores
// them and replies.
package main

import (
	"context"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/queue"
	"github.com/statline/statline/pkg/responder"
	"github.com/statline/statline/pkg/results"
)

func main() {
	cloud.Main("stats answers the requests of a statline stack.", run)
}

func run(ctx context.Context, stack *cloud.Stack, e cloud.Environment) error {
	r := &responder.Responder{
		Stack: stack.Stack, SQS: stack.SQS, QueueURL: stack.QueueURL, Keep: e.Keep,
		Results: &results.Store{DynamoDB: stack.DynamoDB, Table: stack.Table(), Single: e.Single},
	}
	if e.Lambda {
		r.Hurry() // no other event is worked at the same time
	}
	w := &queue.Worker{SQS: stack.SQS, URL: stack.QueueURL(stack.StatsQueue()), Handler: r.Handle, Pace: responder.Pace}
	return e.Consume(ctx, w)
}

// Command audit writes the log of all requests.
package main

import (
	"context"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
)

func main() {
	cloud.Main("audit", "writes the log of the requests of a statline stack.", run)
}

func run(ctx context.Context, stack *cloud.Stack, e cloud.Environment) error {
	log := audit.NewLog(audit.Config{S3: stack.S3, Bucket: stack.AuditBucket(), Age: e.Age, Metrics: e.Metrics})
	defer log.Close()
	defer context.AfterFunc(ctx, log.Hurry)() // a stopping service waits for no company
	if e.Lambda {
		log.Hurry() // Lambda has gathered the requests of an event
	}
	w := &queue.Worker{
		SQS: stack.SQS, URL: stack.QueueURL(stack.AuditQueue()), Handler: log.Handler(stack.Stack),
		Batches: audit.Batches, Pace: audit.Pace, Describe: message.Describer(stack.Stack), Metrics: e.Metrics,
	}
	return e.Consume(ctx, w)
}

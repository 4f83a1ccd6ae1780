package main

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func purgeCases() []testCase {
	const page = "PurgeQueue, Amazon SQS API Reference"
	return []testCase{
		{name: "sqs/purge/takes the messages", page: page, want: "0 visible", run: purge},
		{name: "sqs/purge/twice in 60 s", page: page, want: "ok, PurgeQueueInProgress 403", moto: "ok, ok 0", run: func(b *bench) string {
			url := b.queue(nil)
			first := outcome(b.sqs.PurgeQueue(b.ctx, &sqs.PurgeQueueInput{QueueUrl: &url}))
			_, err := b.sqs.PurgeQueue(b.ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
			return fmt.Sprintf("%s, %s %d", first, code(err), status(err))
		}},
		{name: "sqs/purge/no queue", page: page, want: "NonExistentQueue", run: func(b *bench) string {
			return outcome(b.sqs.PurgeQueue(b.ctx, &sqs.PurgeQueueInput{QueueUrl: text(b.noQueue())}))
		}},
	}
}

func purge(b *bench) string {
	url := b.queue(nil)
	b.send(url, "m")
	_, err := b.sqs.PurgeQueue(b.ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
	b.must(err)
	return b.settles("0 visible", func() string { return b.attribute(url, "ApproximateNumberOfMessages") + " visible" })
}

func moveCases() []testCase {
	const page = "StartMessageMoveTask, Amazon SQS API Reference"
	return []testCase{
		{name: "sqs/move/back to the source", page: page, want: "COMPLETED, 1 moved, m in the source", moto: "HTTP 500", run: moveBack},
		{name: "sqs/move/from a queue that is no dead-letter queue", page: page, want: "InvalidParameterValue", moto: "HTTP 500", run: func(b *bench) string {
			return outcome(b.sqs.StartMessageMoveTask(b.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: text(b.queueARN(b.queue(nil)))}))
		}},
		{name: "sqs/move/from no queue", page: page, want: "ResourceNotFoundException", moto: "HTTP 500", run: func(b *bench) string {
			return outcome(b.sqs.StartMessageMoveTask(b.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: text(b.arn("sqs", b.name()))}))
		}},
		{name: "sqs/move/list of none", page: "ListMessageMoveTasks, Amazon SQS API Reference", want: "0 tasks", moto: "HTTP 500", run: func(b *bench) string {
			out, err := b.sqs.ListMessageMoveTasks(b.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: text(b.queueARN(b.queue(nil)))})
			if err != nil {
				return code(err)
			}
			return fmt.Sprintf("%d tasks", len(out.Results))
		}},
	}
}

// moveBack has a message go to the dead-letter queue and come back.
func moveBack(b *bench) string {
	url, dead := b.source("1")
	b.send(url, "m")
	b.receiveOne(url)
	b.eventually(func() bool { // it goes when it would be received once more
		b.poll(url)
		return b.attribute(dead, "ApproximateNumberOfMessages") == "1"
	})
	arn := b.queueARN(dead)
	_, err := b.sqs.StartMessageMoveTask(b.ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
	if err != nil {
		return code(err)
	}
	got := b.settles("COMPLETED, 1 moved", func() string {
		out, err := b.sqs.ListMessageMoveTasks(b.ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &arn})
		b.must(err)
		if len(out.Results) == 0 {
			return "no task"
		}
		return fmt.Sprintf("%s, %d moved", *out.Results[0].Status, out.Results[0].ApproximateNumberOfMessagesMoved)
	})
	return fmt.Sprintf("%s, %s in the source", got, b.settles("m", func() string { return b.body(url) }))
}

package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type receipt struct {
	what string
	in   sqs.ReceiveMessageInput
	want string
}

var receipts = []receipt{
	{"10 at most", sqs.ReceiveMessageInput{MaxNumberOfMessages: 10}, "ok"},
	{"11 at most", sqs.ReceiveMessageInput{MaxNumberOfMessages: 11}, "InvalidParameterValue"},
	{"-1 at most", sqs.ReceiveMessageInput{MaxNumberOfMessages: -1}, "InvalidParameterValue"},
	{"wait of 21 s", sqs.ReceiveMessageInput{WaitTimeSeconds: 21}, "InvalidParameterValue"},
	{"visibility of 43201 s", sqs.ReceiveMessageInput{VisibilityTimeout: 43201}, "InvalidParameterValue"},
}

func receiveCases() []testCase {
	const polling = "Amazon SQS short and long polling"
	return append(each(receipts, receiptCase), []testCase{
		{name: "sqs/receive/from no queue", page: "ReceiveMessage, Amazon SQS API Reference", want: "NonExistentQueue", run: func(b *bench) string {
			return outcome(b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{QueueUrl: text(b.noQueue())}))
		}},
		{name: "sqs/receive/10 of 12", page: "ReceiveMessage, Amazon SQS API Reference", want: "at most 10 at once, 12 in all", run: receiveMany},
		{name: "sqs/receive/system attributes", page: "ReceiveMessage, Amazon SQS API Reference",
			want: "ApproximateFirstReceiveTimestamp ApproximateReceiveCount SenderId SentTimestamp", run: func(b *bench) string {
				url := b.queue(nil)
				b.send(url, "m")
				return strings.Join(slices.Sorted(maps.Keys(b.receiveOne(url).Attributes)), " ")
			}},
		{name: "sqs/receive/long poll of an empty queue", page: polling, want: "nothing, after 1 s", run: emptyPoll},
		{name: "sqs/receive/long poll that the queue asks for", page: polling, want: "nothing, after 1 s", run: queuePoll},
		{name: "sqs/receive/long poll that a message wakes", page: polling, want: "woken", run: wakePoll},
	}...)
}

func receiptCase(c receipt) testCase {
	return testCase{name: "sqs/receive/" + c.what, page: "ReceiveMessage, Amazon SQS API Reference", want: c.want, run: func(b *bench) string {
		in := c.in
		in.QueueUrl = text(b.queue(nil))
		return outcome(b.sqs.ReceiveMessage(b.ctx, &in))
	}}
}

func receiveMany(b *bench) string {
	url := b.queue(nil)
	for range 2 {
		_, err := b.sqs.SendMessageBatch(b.ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries(6, "m")})
		b.must(err)
	}
	seen := map[string]bool{}
	most := 0
	b.eventually(func() bool {
		got := b.poll(url)
		most = max(most, len(got))
		for _, m := range got {
			seen[*m.MessageId] = true
		}
		return len(seen) == 12
	})
	return verdict(most <= 10, "at most 10 at once", "more than 10 at once") + verdict(len(seen) == 12, ", 12 in all", ", not all")
}

func emptyPoll(b *bench) string {
	return b.timePoll(b.queue(nil), 1)
}

func queuePoll(b *bench) string {
	return b.timePoll(b.queue(map[string]string{"ReceiveMessageWaitTimeSeconds": "1"}), 0)
}

// timePoll polls an empty queue.
func (b *bench) timePoll(url string, wait int32) string {
	began := time.Now()
	out, err := b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: wait})
	b.must(err)
	return verdict(len(out.Messages) == 0, "nothing", "something") + verdict(time.Since(began) > 900*time.Millisecond, ", after 1 s", ", at once")
}

// wakePoll sends while a poll waits, which has to end long before its time.
func wakePoll(b *bench) string {
	url := b.queue(nil)
	sent := make(chan error, 1)
	go func() {
		time.Sleep(time.Second)
		_, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text("m")})
		sent <- err
	}()
	began := time.Now()
	out, err := b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
	b.must(err)
	b.must(<-sent)
	if len(out.Messages) != 1 {
		return "nothing"
	}
	return verdict(time.Since(began) < 10*time.Second, "woken", "late")
}

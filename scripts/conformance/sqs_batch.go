package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// entries are n entries with the body.
func entries(n int, body string) []types.SendMessageBatchRequestEntry {
	var all []types.SendMessageBatchRequestEntry
	for i := range n {
		all = append(all, types.SendMessageBatchRequestEntry{Id: text(strconv.Itoa(i)), MessageBody: &body})
	}
	return all
}

func entry(id, body string) types.SendMessageBatchRequestEntry {
	return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
}

type batch struct {
	what       string
	entries    []types.SendMessageBatchRequestEntry
	want, moto string
}

var batches = []batch{
	{"10", entries(10, "m"), "10 sent", ""},
	{"11", entries(11, "m"), "TooManyEntriesInBatchRequest", ""},
	{"none", []types.SendMessageBatchRequestEntry{}, "EmptyBatchRequest", ""},
	{"same ID twice", []types.SendMessageBatchRequestEntry{entry("a", "m"), entry("a", "n")}, "BatchEntryIdsNotDistinct", ""},
	{"ID with a space", []types.SendMessageBatchRequestEntry{entry("a b", "m")}, "InvalidBatchEntryId", ""},
	{"ID of 81 characters", []types.SendMessageBatchRequestEntry{entry(strings.Repeat("i", 81), "m")}, "InvalidBatchEntryId", ""},
	{"1 MiB in all", entries(8, strings.Repeat("x", 1<<17)), "8 sent", ""},
	{"more than 1 MiB in all", entries(2, strings.Repeat("x", 600_000)), "BatchRequestTooLong", ""},
	{"one with U+FFFF", []types.SendMessageBatchRequestEntry{entry("a", "m"), entry("b", "\uffff")}, "1 sent, b: InvalidMessageContents", "2 sent"},
}

func sendBatchCases() []testCase { return each(batches, batchCase) }

func batchCase(c batch) testCase {
	return testCase{name: "sqs/batch/" + c.what, page: "SendMessageBatch, Amazon SQS API Reference", want: c.want, moto: c.moto, run: func(b *bench) string {
		out, err := b.sqs.SendMessageBatch(b.ctx, &sqs.SendMessageBatchInput{QueueUrl: text(b.queue(nil)), Entries: c.entries})
		if err != nil {
			return code(err)
		}
		return fmt.Sprintf("%d sent", len(out.Successful)) + failures(out.Failed)
	}}
}

// failures words the entries of a batch that failed: their IDs and codes.
func failures(all []types.BatchResultErrorEntry) string {
	var words strings.Builder
	for _, f := range all {
		fmt.Fprintf(&words, ", %s: %s", *f.Id, strings.TrimPrefix(*f.Code, "AWS.SimpleQueueService."))
	}
	return words.String()
}

func ackBatchCases() []testCase {
	const page = "DeleteMessageBatch, Amazon SQS API Reference"
	return []testCase{
		{name: "sqs/delete batch/one with a malformed handle", page: page, want: "1 deleted, bad: ReceiptHandleIsInvalid", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, "m")
			return b.deleteBatch(url, deletion("good", *b.receiveOne(url).ReceiptHandle), deletion("bad", "none"))
		}},
		{name: "sqs/delete batch/none", page: page, want: "EmptyBatchRequest", run: func(b *bench) string {
			return b.deleteBatch(b.queue(nil))
		}},
		{name: "sqs/delete batch/11", page: page, want: "TooManyEntriesInBatchRequest", moto: "BatchEntryIdsNotDistinct", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, "m")
			handle := *b.receiveOne(url).ReceiptHandle
			var all []types.DeleteMessageBatchRequestEntry
			for i := range 11 {
				all = append(all, deletion(strconv.Itoa(i), handle))
			}
			return b.deleteBatch(url, all...)
		}},
		{name: "sqs/delete batch/same ID twice", page: page, want: "BatchEntryIdsNotDistinct", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, "m")
			handle := *b.receiveOne(url).ReceiptHandle
			return b.deleteBatch(url, deletion("a", handle), deletion("a", handle))
		}},
		{name: "sqs/visibility batch/one of 43201 s", page: "ChangeMessageVisibilityBatch, Amazon SQS API Reference", want: "1 changed, long: InvalidParameterValue", run: changeBatch},
	}
}

func deletion(id, handle string) types.DeleteMessageBatchRequestEntry {
	return types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: &handle}
}

func (b *bench) deleteBatch(url string, all ...types.DeleteMessageBatchRequestEntry) string {
	if all == nil {
		all = []types.DeleteMessageBatchRequestEntry{} // the SDK itself refuses nil
	}
	out, err := b.sqs.DeleteMessageBatch(b.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: all})
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%d deleted", len(out.Successful)) + failures(out.Failed)
}

func changeBatch(b *bench) string {
	url := b.queue(nil)
	b.send(url, "m")
	b.send(url, "n")
	got := b.receive(url, 2)
	out, err := b.sqs.ChangeMessageVisibilityBatch(b.ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: text("short"), ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 60},
		{Id: text("long"), ReceiptHandle: got[1].ReceiptHandle, VisibilityTimeout: 43201},
	}})
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%d changed", len(out.Successful)) + failures(out.Failed)
}

package main

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// edges are the characters at the ends of the ranges that SQS and SNS carry
// ("SendMessage", Amazon SQS API Reference), and those that encodings get wrong.
const edges = " \t\n\r \u007f\u0080\u2028\ud7ff\ue000\ufffd\U00010000\U0010ffff\"\\/<>&'%+= "

type body struct{ what, body, want, moto string }

var bodies = []body{
	{"empty body", "", "MissingParameter", "ok"},
	{"U+0000", "a\x00b", "InvalidMessageContents", "ok"},
	{"U+000B", "a\x0bb", "InvalidMessageContents", "ok"},
	{"U+FFFE", "a\ufffeb", "InvalidMessageContents", "ok"},
	{"U+FFFF", "a\uffffb", "InvalidMessageContents", "ok"},
	{"1 MiB", strings.Repeat("x", 1<<20), "ok", ""},
	{"1 MiB and a byte", strings.Repeat("x", 1<<20+1), "InvalidParameterValue", ""},
}

func sendCases() []testCase {
	const page = "SendMessage, Amazon SQS API Reference"
	return append(each(bodies, bodyCase), []testCase{
		{name: "sqs/send/every character that may be", page: page, want: "as it was sent", run: func(b *bench) string {
			url := b.queue(nil)
			b.send(url, edges)
			return verdict(*b.receiveOne(url).Body == edges, "as it was sent", "changed")
		}},
		{name: "sqs/send/to no queue", page: page, want: "NonExistentQueue", run: func(b *bench) string {
			return outcome(b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: text(b.noQueue()), MessageBody: text("m")}))
		}},
		{name: "sqs/send/MD5 of the body", page: page, want: "right", run: func(b *bench) string {
			url := b.queue(nil)
			out, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text(edges)})
			b.must(err)
			sum := md5.Sum([]byte(edges))
			want := hex.EncodeToString(sum[:])
			return verdict(*out.MD5OfMessageBody == want && *b.receiveOne(url).MD5OfBody == want, "right", "wrong")
		}},
		{name: "sqs/send/longer than the queue's own limit", page: "SetQueueAttributes, Amazon SQS API Reference", want: "InvalidParameterValue", run: func(b *bench) string {
			url := b.queue(map[string]string{"MaximumMessageSize": "1024"})
			return outcome(b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text(strings.Repeat("x", 1025))}))
		}},
		{name: "sqs/send/delay of 901 s", page: page, want: "InvalidParameterValue", run: func(b *bench) string {
			return outcome(b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: text(b.queue(nil)), MessageBody: text("m"), DelaySeconds: 901}))
		}},
		{name: "sqs/send/delay of 2 s", page: "Amazon SQS message timers", want: "after the delay", run: func(b *bench) string {
			url := b.queue(nil)
			_, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text("m"), DelaySeconds: 2})
			b.must(err)
			sent := time.Now()
			b.receiveOne(url)
			return verdict(time.Since(sent) > 1500*time.Millisecond, "after the delay", "early")
		}},
		{name: "sqs/send/delay of the queue", page: "Amazon SQS delay queues", want: "after the delay", run: func(b *bench) string {
			url := b.queue(map[string]string{"DelaySeconds": "2"})
			b.send(url, "m")
			sent := time.Now()
			b.receiveOne(url)
			return verdict(time.Since(sent) > 1500*time.Millisecond, "after the delay", "early")
		}},
	}...)
}

func bodyCase(c body) testCase {
	return testCase{name: "sqs/send/" + c.what, page: "SendMessage, Amazon SQS API Reference", want: c.want, moto: c.moto, run: func(b *bench) string {
		return outcome(b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: text(b.queue(nil)), MessageBody: &c.body}))
	}}
}

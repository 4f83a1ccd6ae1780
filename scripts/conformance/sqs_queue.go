package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func queueCases() []testCase {
	return append(each(queueNames, queueNameCase), []testCase{
		{name: "sqs/queue/created again as it is", page: "CreateQueue, Amazon SQS API Reference", want: "the same URL", run: createAgain("30", "the same URL")},
		{name: "sqs/queue/created again with another attribute", page: "CreateQueue, Amazon SQS API Reference", want: "QueueAlreadyExists", run: createAgain("31", "")},
		{name: "sqs/queue/name within 60 s of its deletion", page: "DeleteQueue, Amazon SQS API Reference", want: "QueueDeletedRecently", moto: "ok", run: recreate},
		{name: "sqs/queue/URL of none", page: "GetQueueUrl, Amazon SQS API Reference", want: "NonExistentQueue", run: func(b *bench) string {
			return outcome(b.sqs.GetQueueUrl(b.ctx, &sqs.GetQueueUrlInput{QueueName: text(b.name())}))
		}},
		{name: "sqs/queue/URL of one", page: "GetQueueUrl, Amazon SQS API Reference", want: "the URL", run: func(b *bench) string {
			name := b.name()
			url := b.queueNamed(name, nil)
			out, err := b.sqs.GetQueueUrl(b.ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			b.must(err)
			return verdict(*out.QueueUrl == url, "the URL", *out.QueueUrl)
		}},
		{name: "sqs/queue/delete none", page: "DeleteQueue, Amazon SQS API Reference", want: "NonExistentQueue", run: func(b *bench) string {
			return outcome(b.sqs.DeleteQueue(b.ctx, &sqs.DeleteQueueInput{QueueUrl: text(b.noQueue())}))
		}},
		{name: "sqs/queue/list by prefix", page: "ListQueues, Amazon SQS API Reference", want: "3", run: listQueues},
		{name: "sqs/queue/list by page", page: "ListQueues, Amazon SQS API Reference", want: "2 and 1", moto: "3 and no more", run: pageQueues},
		{name: "sqs/queue/tags", page: "Amazon SQS cost allocation tags", want: "b=2 c=", run: queueTags},
	}...)
}

type queueName struct{ what, name, want, moto string }

var queueNames = []queueName{
	{"empty name", "", "refused", ""},
	{"name of 81 characters", strings.Repeat("n", 81), "InvalidParameterValue", ""},
	{"name with a space", "conf a", "InvalidParameterValue", ""},
	{"name with a period", "conf.a", "InvalidParameterValue", ""},
}

func queueNameCase(q queueName) testCase {
	return testCase{name: "sqs/queue/" + q.what, page: "CreateQueue, Amazon SQS API Reference", want: q.want, moto: q.moto, run: func(b *bench) string {
		out, err := b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: &q.name})
		if err == nil {
			b.must(b.deleteQueue(b.ctx, *out.QueueUrl))
		}
		if q.want == "refused" {
			return refusal(out, err)
		}
		return code(err)
	}}
}

// noQueue is the URL of a queue that does not exist.
func (b *bench) noQueue() string {
	return fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", b.region, b.account, b.name())
}

func (b *bench) queueARN(url string) string {
	return b.arn("sqs", url[strings.LastIndexByte(url, '/')+1:])
}

func createAgain(visibility, ok string) func(*bench) string {
	return func(b *bench) string {
		name := b.name()
		url := b.queueNamed(name, map[string]string{"VisibilityTimeout": "30"})
		out, err := b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": visibility}})
		if err == nil && *out.QueueUrl == url {
			return cmp.Or(ok, "ok")
		}
		return code(err)
	}
}

func recreate(b *bench) string {
	name := b.name()
	url := b.queueNamed(name, nil)
	b.must(b.deleteQueue(b.ctx, url))
	return outcome(b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: &name}))
}

// three makes three queues with a prefix of their own, which it returns.
func (b *bench) three() string {
	prefix := b.name()
	for _, suffix := range []string{"-a", "-b", "-c"} {
		b.queueNamed(prefix+suffix, nil)
	}
	return prefix + "-"
}

func listQueues(b *bench) string {
	prefix := b.three()
	return b.settles("3", func() string {
		out, err := b.sqs.ListQueues(b.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &prefix})
		b.must(err)
		return fmt.Sprint(len(out.QueueUrls))
	})
}

func pageQueues(b *bench) string {
	prefix, two := b.three(), int32(2)
	return b.settles("2 and 1", func() string {
		first, err := b.sqs.ListQueues(b.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &prefix, MaxResults: &two})
		b.must(err)
		if first.NextToken == nil {
			return fmt.Sprintf("%d and no more", len(first.QueueUrls))
		}
		second, err := b.sqs.ListQueues(b.ctx, &sqs.ListQueuesInput{QueueNamePrefix: &prefix, MaxResults: &two, NextToken: first.NextToken})
		b.must(err)
		return fmt.Sprintf("%d and %d", len(first.QueueUrls), len(second.QueueUrls))
	})
}

func queueTags(b *bench) string {
	url := b.queue(nil)
	_, err := b.sqs.TagQueue(b.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"a": "1", "b": "1"}})
	b.must(err)
	_, err = b.sqs.TagQueue(b.ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"b": "2", "c": ""}})
	b.must(err)
	_, err = b.sqs.UntagQueue(b.ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"a", "z"}})
	b.must(err)
	return b.settles("b=2 c=", func() string {
		out, err := b.sqs.ListQueueTags(b.ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
		b.must(err)
		return pairs(out.Tags)
	})
}

// pairs words a map, in the order of its keys.
func pairs(m map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		words = append(words, k+"="+m[k])
	}
	return strings.Join(words, " ")
}

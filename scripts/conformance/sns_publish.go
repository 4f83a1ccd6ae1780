package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type publication struct {
	what       string
	in         sns.PublishInput
	want, moto string
}

type snsAttributes = map[string]types.MessageAttributeValue

func snsAttribute(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
}

// limit is the most bytes that a message may have ("Publish").
const limit = 256 << 10

var publications = []publication{
	{"empty message", sns.PublishInput{Message: text("")}, "InvalidParameter", "ok"},
	{"256 KiB", sns.PublishInput{Message: repeated(limit)}, "ok", ""},
	{"256 KiB and a byte", sns.PublishInput{Message: repeated(limit + 1)}, "InvalidParameter", ""},
	{"256 KiB and an attribute", sns.PublishInput{Message: repeated(limit), MessageAttributes: snsAttributes{"k": snsAttribute("String", "v")}}, "InvalidParameter", "ok"},
	{"U+0000", sns.PublishInput{Message: text("a\x00b")}, "InvalidParameter", "ok"},
	{"subject of 101 characters", sns.PublishInput{Message: text("m"), Subject: repeated(101)}, "InvalidParameter", ""},
	{"subject with a line break", sns.PublishInput{Message: text("m"), Subject: text("a\nb")}, "InvalidParameter", "ok"},
	{"attribute of an unknown type", sns.PublishInput{Message: text("m"), MessageAttributes: snsAttributes{"k": snsAttribute("Colour", "red")}}, "ParameterValueInvalid", "InvalidParameter"},
	{"attribute with an empty text", sns.PublishInput{Message: text("m"), MessageAttributes: snsAttributes{"k": snsAttribute("String", "")}}, "ParameterValueInvalid", "InvalidParameter"},
	{"number that is none", sns.PublishInput{Message: text("m"), MessageAttributes: snsAttributes{"k": snsAttribute("Number", "one")}}, "ParameterValueInvalid", "InvalidParameter"},
	{"structure without a default", sns.PublishInput{Message: text(`{"sqs":"m"}`), MessageStructure: text("json")}, "InvalidParameter", "ok"},
}

func publishCases() []testCase {
	return append(each(publications, publishCase), []testCase{
		{name: "sns/publish/to no topic", page: "Publish, Amazon SNS API Reference", want: "NotFound", run: func(b *bench) string {
			return b.publish(sns.PublishInput{TopicArn: text(b.noTopic()), Message: text("m")})
		}},
		{name: "sns/publish/to what is no ARN", page: "Publish, Amazon SNS API Reference", want: "InvalidParameter", run: func(b *bench) string {
			return b.publish(sns.PublishInput{TopicArn: text("conf-none"), Message: text("m")})
		}},
		{name: "sns/publish/without subscriptions", page: "Publish, Amazon SNS API Reference", want: "a message ID", run: func(b *bench) string {
			out, err := b.sns.Publish(b.ctx, &sns.PublishInput{TopicArn: text(b.topic()), Message: text("m")})
			b.must(err)
			return verdict(len(*out.MessageId) == 36, "a message ID", *out.MessageId)
		}},
	}...)
}

func publishCase(p publication) testCase {
	return testCase{name: "sns/publish/" + p.what, page: "Publish, Amazon SNS API Reference", want: p.want, moto: p.moto, run: func(b *bench) string {
		in := p.in
		in.TopicArn = text(b.topic())
		return outcome(b.sns.Publish(b.ctx, &in))
	}}
}

type publishedBatch struct {
	what       string
	entries    []types.PublishBatchRequestEntry
	want, moto string
}

func notice(id, message string) types.PublishBatchRequestEntry {
	return types.PublishBatchRequestEntry{Id: &id, Message: &message}
}

func notices(n int, message string) []types.PublishBatchRequestEntry {
	var all []types.PublishBatchRequestEntry
	for i := range n {
		all = append(all, notice(strconv.Itoa(i), message))
	}
	return all
}

var publishedBatches = []publishedBatch{
	{"10", notices(10, "m"), "10 published", ""},
	{"11", notices(11, "m"), "TooManyEntriesInBatchRequest", ""},
	{"none", []types.PublishBatchRequestEntry{}, "EmptyBatchRequest", "0 published"},
	{"same ID twice", []types.PublishBatchRequestEntry{notice("a", "m"), notice("a", "n")}, "BatchEntryIdsNotDistinct", ""},
	{"ID with a space", []types.PublishBatchRequestEntry{notice("a b", "m")}, "InvalidBatchEntryId", "1 published"},
	{"more than 256 KiB in all", notices(10, strings.Repeat("x", 30_000)), "BatchRequestTooLong", "10 published"},
	{"one with a bad attribute", []types.PublishBatchRequestEntry{notice("a", "m"), {Id: text("b"), Message: text("m"),
		MessageAttributes: snsAttributes{"k": snsAttribute("String", "")}}}, "ParameterValueInvalid", "InvalidParameter"},
	{"one with a structure without a default", []types.PublishBatchRequestEntry{notice("a", "m"), {Id: text("b"), Message: text("{}"),
		MessageStructure: text("json")}}, "InvalidParameter", "2 published"},
}

func publishBatchCases() []testCase {
	const page = "PublishBatch, Amazon SNS API Reference"
	batches := each(publishedBatches, func(p publishedBatch) testCase {
		return testCase{name: "sns/batch/" + p.what, page: page, want: p.want, moto: p.moto, run: func(b *bench) string {
			return b.publishBatch(b.topic(), p.entries)
		}}
	})
	return append(batches, testCase{name: "sns/batch/to no topic", page: page, want: "NotFound", run: func(b *bench) string {
		return b.publishBatch(b.noTopic(), notices(1, "m"))
	}})
}

func (b *bench) publishBatch(topic string, entries []types.PublishBatchRequestEntry) string {
	out, err := b.sns.PublishBatch(b.ctx, &sns.PublishBatchInput{TopicArn: &topic, PublishBatchRequestEntries: entries})
	if err != nil {
		return code(err)
	}
	words := fmt.Sprintf("%d published", len(out.Successful))
	for _, f := range out.Failed {
		words += fmt.Sprintf(", %s: %s", *f.Id, *f.Code)
	}
	return words
}

package main

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

type attributes = map[string]types.MessageAttributeValue

func attribute(kind, value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
}

// many are n attributes.
func many(n int) attributes {
	all := attributes{}
	for i := range n {
		all[fmt.Sprintf("a%d", i)] = attribute("String", "v")
	}
	return all
}

// oneOfEach has an attribute of every type, labels included.
var oneOfEach = attributes{
	"text": attribute("String", edges), "number": attribute("Number.float", "-1.50e3"), "label": attribute("String.a_label", "v"),
	"bytes": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 0xfe, 0xff}},
}

type attributeRow struct {
	what       string
	attributes attributes
	want, moto string
}

var attributeRows = []attributeRow{
	{"10", many(10), "ok", ""},
	{"11", many(11), "InvalidParameterValue", "ok"},
	{"empty text", attributes{"k": attribute("String", "")}, "InvalidParameterValue", "ok"},
	{"unknown type", attributes{"k": attribute("Colour", "red")}, "InvalidParameterValue", ""},
	{"number that is none", attributes{"k": attribute("Number", "one")}, "InvalidParameterValue", "ok"},
	{"name with a reserved prefix", attributes{"AWS.k": attribute("String", "v")}, "InvalidParameterValue", "ok"},
	{"name with a space", attributes{"a k": attribute("String", "v")}, "InvalidParameterValue", ""},
	{"text with U+0000", attributes{"k": attribute("String", "a\x00b")}, "refused", "ok"},
}

func attributeCases() []testCase {
	const page = "Amazon SQS message metadata"
	return append(each(attributeRows, attributeCase), []testCase{
		{name: "sqs/attribute/every type", page: page, want: "as they were sent, MD5 right", run: everyType},
		{name: "sqs/attribute/counts towards the size", page: page, want: "InvalidParameterValue", moto: "ok", run: func(b *bench) string {
			url := b.queue(map[string]string{"MaximumMessageSize": "1024"})
			return outcome(b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text(strings.Repeat("x", 1020)), MessageAttributes: many(1)}))
		}},
		{name: "sqs/attribute/by name and by prefix", page: "ReceiveMessage, Amazon SQS API Reference", want: "ab.c ab.d e", run: chosenAttributes},
	}...)
}

func attributeCase(row attributeRow) testCase {
	return testCase{name: "sqs/attribute/" + row.what, page: "Amazon SQS message metadata", want: row.want, moto: row.moto, run: func(b *bench) string {
		out, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: text(b.queue(nil)), MessageBody: text("m"), MessageAttributes: row.attributes})
		if row.want == "refused" {
			return refusal(out, err)
		}
		return code(err)
	}}
}

func everyType(b *bench) string {
	url := b.queue(nil)
	out, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text("m"), MessageAttributes: oneOfEach})
	b.must(err)
	m := b.receiveOne(url)
	sum := md5OfAttributes(oneOfEach)
	return verdict(sameAttributes(m.MessageAttributes, oneOfEach), "as they were sent", "changed") + ", MD5 " +
		verdict(aws.ToString(out.MD5OfMessageAttributes) == sum && aws.ToString(m.MD5OfMessageAttributes) == sum, "right", "wrong")
}

func sameAttributes(have, want attributes) bool {
	return maps.EqualFunc(have, want, func(h, w types.MessageAttributeValue) bool {
		return aws.ToString(h.DataType) == aws.ToString(w.DataType) && aws.ToString(h.StringValue) == aws.ToString(w.StringValue) && bytes.Equal(h.BinaryValue, w.BinaryValue)
	})
}

func chosenAttributes(b *bench) string {
	url := b.queue(map[string]string{"VisibilityTimeout": "0"})
	_, err := b.sqs.SendMessage(b.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: text("m"), MessageAttributes: attributes{
		"ab.c": attribute("String", "v"), "ab.d": attribute("String", "v"), "e": attribute("String", "v"), "f": attribute("String", "v"),
	}})
	b.must(err)
	var names []string
	b.eventually(func() bool {
		out, err := b.sqs.ReceiveMessage(b.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1, MessageAttributeNames: []string{"ab.*", "e"}})
		b.must(err)
		if len(out.Messages) == 0 {
			return false
		}
		names = slices.Sorted(maps.Keys(out.Messages[0].MessageAttributes))
		return true
	})
	return strings.Join(names, " ")
}

// md5OfAttributes is the MD5 that SQS gives of attributes: of their names, types
// and values, each with its length before it, in the order of the names
// ("Calculating the MD5 message digest for message attributes").
func md5OfAttributes(all attributes) string {
	h := md5.New()
	write := func(v []byte) {
		binary.Write(h, binary.BigEndian, uint32(len(v))) // a hash takes everything
		h.Write(v)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a := all[name]
		write([]byte(name))
		write([]byte(*a.DataType))
		if strings.HasPrefix(*a.DataType, "Binary") {
			h.Write([]byte{2})
			write(a.BinaryValue)
			continue
		}
		h.Write([]byte{1})
		write([]byte(*a.StringValue))
	}
	return hex.EncodeToString(h.Sum(nil))
}

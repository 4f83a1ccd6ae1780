package main

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// answered is what is asked of operations that an endpoint need not have: AWS
// does them all, and what stands in for it does them or says with a 4xx that
// names the operation that it does not. A wrong success would mislead, and a 5xx
// be retried.
const answered = "done, or refused by name"

// absentCases are about operations that this project has no use for.
func absentCases() []testCase {
	const page = "Common error types"
	return []testCase{
		{name: "sqs/absent/AddPermission", page: page, want: answered, run: func(b *bench) string {
			return named("AddPermission")(b.sqs.AddPermission(b.ctx, &sqs.AddPermissionInput{
				QueueUrl: text(b.queue(nil)), Label: text("conf"), AWSAccountIds: []string{b.account}, Actions: []string{"SendMessage"}}))
		}},
		{name: "sqs/absent/FIFO queue", page: page, want: answered, run: func(b *bench) string {
			out, err := b.sqs.CreateQueue(b.ctx, &sqs.CreateQueueInput{QueueName: text(b.name() + ".fifo"), Attributes: map[string]string{string(sqstypes.QueueAttributeNameFifoQueue): "true"}})
			if err == nil {
				b.must(b.deleteQueue(b.ctx, *out.QueueUrl))
			}
			return named("FIFO")(out, err)
		}},
		{name: "sns/absent/GetDataProtectionPolicy", page: page, want: answered, moto: "HTTP 500", run: func(b *bench) string {
			return named("GetDataProtectionPolicy")(b.sns.GetDataProtectionPolicy(b.ctx, &sns.GetDataProtectionPolicyInput{ResourceArn: text(b.topic())}))
		}},
		{name: "dynamodb/absent/DescribeLimits", page: page, want: answered, run: func(b *bench) string {
			return named("DescribeLimits")(b.dynamodb.DescribeLimits(b.ctx, &dynamodb.DescribeLimitsInput{}))
		}},
		{name: "dynamodb/absent/ExecuteStatement", page: page, want: answered, run: func(b *bench) string {
			return named("ExecuteStatement")(b.dynamodb.ExecuteStatement(b.ctx, &dynamodb.ExecuteStatementInput{Statement: text(`SELECT * FROM "` + *b.table() + `" WHERE pk = 'none'`)}))
		}},
		{name: "s3/absent/ListBucketInventoryConfigurations", page: page, want: answered, run: func(b *bench) string {
			return named("Inventory")(b.s3.ListBucketInventoryConfigurations(b.ctx, &s3.ListBucketInventoryConfigurationsInput{Bucket: b.bucket()}))
		}},
		{name: "s3/absent/appending to an object", page: "PutObject, Amazon S3 API Reference", want: "refused", moto: "ok", run: func(b *bench) string {
			offset := int64(0)
			_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("append"), Body: reader("v"), WriteOffsetBytes: &offset})
			return verdict(status(err)/100 == 4 || status(err) == 501, "refused", code(err)) // AWS has it for directory buckets alone
		}},
		{name: "s3/absent/GetObjectAttributes", page: page, want: answered, moto: "HTTP 200, unreadable", run: func(b *bench) string {
			b.store("attributes", "v")
			return named("GetObjectAttributes")(b.s3.GetObjectAttributes(b.ctx, &s3.GetObjectAttributesInput{
				Bucket: b.bucket(), Key: text("attributes"), ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesObjectSize}}))
		}},
	}
}

// named checks that a call was done, or refused in words that name the operation,
// in capitals or not.
func named(operation string) func(any, error) string {
	return func(_ any, err error) string {
		e, ok := errors.AsType[smithy.APIError](err)
		byName := ok && status(err)/100 == 4 && strings.Contains(strings.ToLower(e.ErrorCode()+" "+e.ErrorMessage()), strings.ToLower(operation))
		return verdict(err == nil || byName, answered, code(err))
	}
}

package cloud

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Unit is what AWS bills calls by.
type Unit string

// The units.
const (
	SNSRequest Unit = "SNS requests of 64 KB"
	SQSRequest Unit = "SQS requests of 64 KB"
	WriteUnit  Unit = "DynamoDB write units of 1 KB"
	ReadUnit   Unit = "DynamoDB read units of 4 KB"
	S3Put      Unit = "S3 PUT and LIST requests"
	S3Get      Unit = "S3 GET requests"
	Free       Unit = "free requests"
)

// Price is what AWS asks for a unit.
type Price struct {
	Unit    Unit
	Million float64 // US dollars for a million of them
	Source  string  // the title of AWS's page
}

// Dollars is the price of so many units.
func (p Price) Dollars(units float64) float64 { return units * p.Million / 1e6 }

// Where and when Prices are those of AWS.
const (
	PricesRegion = "us-east-1"
	PricesDate   = "2026-06"
)

// Prices are list prices for the first units of a month, without the free tier:
// standard topics and queues, a table of the standard class with on-demand
// capacity, and buckets of the standard class. What SNS delivers to SQS is free.
// Compute, storage, data transfer, encryption with customers' keys, logs and
// monitoring are not in it.
var Prices = []Price{
	{SNSRequest, 0.50, "Amazon Simple Notification Service (SNS) Pricing"},
	{SQSRequest, 0.40, "Amazon SQS pricing"},
	{WriteUnit, 0.625, "Amazon DynamoDB pricing for on-demand capacity"},
	{ReadUnit, 0.125, "Amazon DynamoDB pricing for on-demand capacity"},
	{S3Put, 5.00, "Amazon S3 pricing"},
	{S3Get, 0.40, "Amazon S3 pricing"},
	{Free, 0, "AWS Security Token Service API Reference"},
}

// units are those of the operations of the services that bill each in its way.
// SNS and SQS bill every operation as a request.
var units = map[string]Unit{
	"DynamoDB PutItem":                   WriteUnit,
	"DynamoDB BatchExecuteStatement":     WriteUnit, // of which all statements write
	"DynamoDB GetItem":                   ReadUnit,
	"DynamoDB Query":                     ReadUnit,
	"DynamoDB CreateTable":               Free,
	"DynamoDB UpdateTimeToLive":          Free,
	"DynamoDB DescribeTable":             Free,
	"DynamoDB DescribeTimeToLive":        Free,
	"DynamoDB UpdateContinuousBackups":   Free,
	"DynamoDB DescribeContinuousBackups": Free,
	"S3 PutObject":                       S3Put,
	"S3 ListObjectsV2":                   S3Put,
	"S3 CreateBucket":                    S3Put,
	"S3 PutPublicAccessBlock":            S3Put,
	"S3 PutBucketVersioning":             S3Put,
	"S3 PutBucketPolicy":                 S3Put,
	"S3 GetObject":                       S3Get,
	"S3 GetPublicAccessBlock":            S3Get,
	"S3 GetBucketVersioning":             S3Get,
	"S3 GetBucketEncryption":             S3Get,
	"S3 GetBucketPolicy":                 S3Get,
	"S3 HeadBucket":                      S3Get,
}

// chunk is the payload that SNS and SQS bill as one request.
const chunk = 64 << 10

// billed is how many units an attempt costs; out is nil where it failed.
func billed(unit Unit, in, out any) float64 {
	switch unit {
	case SNSRequest, SQSRequest:
		return float64(max(1, chunks(payload(in)), chunks(payload(out))))
	case WriteUnit, ReadUnit:
		return capacity(out)
	}
	return 1
}

func chunks(bytes int) int { return (bytes + chunk - 1) / chunk }

// payload is how many bytes of messages an input or an output carries. A batch is
// billed by its sum. The messages of this project have no attributes.
func payload(v any) (n int) {
	switch v := v.(type) {
	case *sns.PublishInput:
		n = len(aws.ToString(v.Message))
	case *sns.PublishBatchInput:
		for _, e := range v.PublishBatchRequestEntries {
			n += len(aws.ToString(e.Message))
		}
	case *sqs.SendMessageInput:
		n = len(aws.ToString(v.MessageBody))
	case *sqs.SendMessageBatchInput:
		for _, e := range v.Entries {
			n += len(aws.ToString(e.MessageBody))
		}
	case *sqs.ReceiveMessageOutput:
		for _, m := range v.Messages {
			n += len(aws.ToString(m.Body))
		}
	}
	return n
}

// capacity is what DynamoDB says that a call consumed, the writes to the table's
// indexes included. A call that failed, such as a write whose condition did not
// hold, counts as one unit: how many it was, DynamoDB does not say. So does each
// statement of a batch that consumed nothing.
func capacity(out any) float64 {
	var c *types.ConsumedCapacity
	switch o := out.(type) {
	case *dynamodb.BatchExecuteStatementOutput:
		return batchCapacity(o)
	case *dynamodb.PutItemOutput:
		c = o.ConsumedCapacity
	case *dynamodb.GetItemOutput:
		c = o.ConsumedCapacity
	case *dynamodb.QueryOutput:
		c = o.ConsumedCapacity
	}
	if c == nil {
		return 1
	}
	return aws.ToFloat64(c.CapacityUnits)
}

// batchCapacity is the sum over the tables of a batch.
func batchCapacity(out *dynamodb.BatchExecuteStatementOutput) (sum float64) {
	if len(out.ConsumedCapacity) == 0 {
		return float64(len(out.Responses))
	}
	for _, c := range out.ConsumedCapacity {
		sum += aws.ToFloat64(c.CapacityUnits)
	}
	return sum
}

// weighed is the input of an operation with the wish to know what it consumes, in
// a copy: the caller's own stays as it is.
func weighed(in any) any {
	const total = types.ReturnConsumedCapacityTotal
	switch p := in.(type) {
	case *dynamodb.PutItemInput:
		c := *p
		c.ReturnConsumedCapacity = cmp.Or(c.ReturnConsumedCapacity, total)
		return &c
	case *dynamodb.BatchExecuteStatementInput:
		c := *p
		c.ReturnConsumedCapacity = cmp.Or(c.ReturnConsumedCapacity, total)
		return &c
	case *dynamodb.GetItemInput:
		c := *p
		c.ReturnConsumedCapacity = cmp.Or(c.ReturnConsumedCapacity, total)
		return &c
	case *dynamodb.QueryInput:
		c := *p
		c.ReturnConsumedCapacity = cmp.Or(c.ReturnConsumedCapacity, total)
		return &c
	}
	return in
}

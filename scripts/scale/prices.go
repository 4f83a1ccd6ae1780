package main

import "github.com/statline/statline/pkg/cloud"

// month is a month in seconds, as AWS counts it: 730 hours.
const month = 730 * 3600

// price is what AWS asks for one of something, beside what pkg/cloud knows: list prices
// in the same region, for the first units of a month, without the free tier.
type price struct {
	dollars float64
	unit    string
	page    string // the title of AWS's page
	known   bool   // it was looked up in what quotes that page; else it is from memory
}

var (
	writeHour   = price{0.00065, "DynamoDB write capacity unit and hour", "Amazon DynamoDB pricing for provisioned capacity", true}
	tableGB     = price{0.25, "GB and month in a table", "Amazon DynamoDB pricing for on-demand capacity", true}
	recoveryGB  = price{0.20, "GB and month that can be brought back to any second", "Amazon DynamoDB pricing for on-demand capacity", true}
	logGB       = price{0.023, "GB and month in S3", "Amazon S3 pricing", true}
	invocation  = price{0.20e-6, "Lambda request", "AWS Lambda Pricing", true}
	gigabyteSec = price{0.0000133334, "Lambda GB and second on arm64", "AWS Lambda Pricing", true}
	cpuHour     = price{0.03238, "Fargate vCPU and hour on arm64", "AWS Fargate Pricing", true}
	memoryHour  = price{0.00356, "Fargate GB and hour on arm64", "AWS Fargate Pricing", true}
	addressHour = price{0.005, "public address and hour", "Amazon VPC pricing", false}
	linesGB     = price{0.50, "GB of lines", "Amazon CloudWatch Pricing", true}
	alarm       = price{0.10, "metric of an alarm and month", "Amazon CloudWatch Pricing", false}
	dashboard   = price{3.00, "dashboard and month", "Amazon CloudWatch Pricing", true}
	metric      = price{0.30, "metric of one's own and month", "Amazon CloudWatch Pricing", true}
	key         = price{1.00, "key and month", "AWS Key Management Service pricing", false}
)

// others are all of these, in the order of the bill.
var others = []price{writeHour, tableGB, recoveryGB, logGB, invocation, gigabyteSec, cpuHour, memoryHour, addressHour, linesGB, alarm, dashboard, metric, key}

// million is the price of a million units that pkg/cloud knows, in dollars.
func million(unit cloud.Unit) float64 {
	for _, p := range cloud.Prices {
		if p.Unit == unit {
			return p.Million
		}
	}
	panic("no price of " + unit)
}

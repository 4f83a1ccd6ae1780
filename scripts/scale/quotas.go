package main

import (
	"fmt"
	"math"
)

// quota is a bound that AWS sets, and how much of it each scenario needs.
type quota struct {
	about  string
	limit  float64 // 0 where AWS sets none
	says   string  // the limit, where a number does not say it
	need   func(s scenario, m measured) float64
	raise  string // what to do where the need is more
	page   string // the title of AWS's page
	memory bool   // the limit is from memory, and was not looked up
}

// publishing are the messages that SNS takes in a second, by region ("Amazon Simple
// Notification Service endpoints and quotas", AWS General Reference).
var publishing = []struct {
	limit   float64
	regions string
}{
	{30_000, "us-east-1"},
	{9_000, "us-west-2, eu-west-1"},
	{1_500, "us-east-2, us-west-1, ap-south-1, ap-northeast-1, ap-northeast-2, ap-southeast-1, ap-southeast-2, eu-central-1"},
	{300, "all others"},
}

var quotas = []quota{
	{
		about: "SNS, messages published a second", limit: publishing[0].limit, says: "30,000 to 300 by region, below",
		need:  func(s scenario, _ measured) float64 { return s.messages() },
		raise: "pack lists, or have it raised", page: "Amazon Simple Notification Service endpoints and quotas",
	},
	{
		about: "SNS, bytes of a message", limit: 256 << 10,
		need:  func(s scenario, m measured) float64 { return s.lists * m.Bytes.Request },
		raise: "pack fewer lists", page: "Amazon Simple Notification Service endpoints and quotas",
	},
	{
		about: "SQS, calls a second to a standard queue", says: "none",
		need: func(s scenario, m measured) float64 { return s.rate * m.Loads[s.load].SQSServices },
		page: "Amazon SQS standard queue quotas",
	},
	{
		about: "SQS, messages of a queue in flight, workers (2 s of them)", limit: 120_000,
		need:  func(s scenario, _ measured) float64 { return 2 * s.messages() },
		raise: "pack lists, or have it raised", page: "Amazon SQS standard queue quotas",
	},
	{
		about: "the same of the log, Lambda (30 s, or what all events hold)", limit: 120_000,
		need: func(s scenario, m measured) float64 {
			_, log := s.concurrency(m)
			return min(window*s.messages(), 2*logBatch*max(pollers, log))
		},
		raise: "pack lists, or have it raised", page: "Amazon SQS standard queue quotas",
	},
	{
		about: "DynamoDB, writes a second to the table", limit: 40_000,
		need:  func(s scenario, _ measured) float64 { return s.rate },
		raise: "have it raised, for the table and for the index", page: "Quotas in Amazon DynamoDB",
	},
	{
		about: "the same of a table that is new", limit: 4_000,
		need:  func(s scenario, _ measured) float64 { return s.rate },
		raise: "raise the load slowly, twofold each half hour, or warm the table first (`aws dynamodb update-table --warm-throughput`)", page: "DynamoDB on-demand capacity mode",
	},
	{
		about: "the same of the index: 64 parts of a day, 1,000 each", limit: 64_000,
		need:  func(s scenario, _ measured) float64 { return s.rate },
		raise: "`history_index = false`", page: "Best practices for designing and using partition keys effectively",
	},
	{
		about: "S3, PUTs a second under a prefix", limit: 3_500,
		need: func(s scenario, m measured) float64 { return max(s.puts(m, true), s.puts(m, false)) },
		page: "Best practices design patterns: optimizing Amazon S3 performance",
	},
	{
		about: "Lambda, events at a time in an account", limit: 1_000, says: "1,000, in new accounts often 10",
		need:  func(s scenario, m measured) float64 { a, b := s.concurrency(m); return a + b },
		raise: "have it raised", page: "Lambda quotas",
	},
	{
		about: "`lambda_concurrency` of stats", limit: 50, says: "50 by default, 1,000 at most",
		need:  func(s scenario, m measured) float64 { a, _ := s.concurrency(m); return a },
		raise: "raise it", page: "Configuring scaling behavior for SQS event source mappings",
	},
	{
		about: "`lambda_concurrency` of audit", limit: 5, says: "5 by default, 1,000 at most",
		need:  func(s scenario, m measured) float64 { _, b := s.concurrency(m); return b },
		raise: "raise it", page: "Configuring scaling behavior for SQS event source mappings",
	},
	{
		about: "`fargate_tasks` of stats", limit: 10, says: "10 by default",
		need:  func(s scenario, _ measured) float64 { return s.tasks() },
		raise: "raise max", page: "",
	},
	{
		about: "`fargate_tasks` of audit", limit: 4, says: "4 by default",
		need:  func(s scenario, _ measured) float64 { return s.tasks() },
		raise: "raise max", page: "",
	},
	{
		about: "Fargate, processors in an account", limit: 6, says: "6 in new accounts",
		need:  func(s scenario, _ measured) float64 { return 2 * s.tasks() * taskCPU },
		raise: "have it raised", page: "AWS Fargate endpoints and quotas", memory: true,
	},
	{
		about: "queues in an account, so inboxes", says: "none",
		need: func(scenario, measured) float64 { return inboxes },
		page: "Amazon SQS standard queue quotas",
	},
}

// binds says whether a scenario needs more than there is by default.
func (q quota) binds(s scenario, m measured) bool { return q.limit > 0 && q.need(s, m) > q.limit }

// limits is the limit in words.
func (q quota) limits() string {
	text := q.says
	if text == "" {
		text = whole(q.limit)
	}
	if q.memory {
		text += "°"
	}
	return text
}

// packing is how many lists must share a message where SNS takes so many messages, or
// "" where more would have to than a message has room for.
func packing(rate, limit float64, m measured) string {
	lists := math.Ceil(rate / limit)
	switch {
	case lists > (256<<10)/m.Bytes.Request:
		return "too many: have it raised"
	case lists > 1:
		return fmt.Sprintf("%.0f in a message", lists)
	}
	return "as they come"
}

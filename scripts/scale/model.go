package main

import (
	_ "embed"
	"encoding/json"
	"math"

	"github.com/statline/statline/pkg/cloud"
)

// What one request costs in units, and its sizes: what TestBenchCost and TestScaleBytes
// of scripts/statline measure on the embedded endpoint, and hold this file to.
//
//go:embed measured.json
var measuredText []byte

// measured is that file.
type measured struct {
	Loads map[string]struct {
		SNS         float64 `json:"sns"`
		SQSClients  float64 `json:"sqs_clients"`
		SQSServices float64 `json:"sqs_services"`
		Writes      float64 `json:"writes"`
		Puts        float64 `json:"puts"`
	} `json:"loads"`
	Bytes struct {
		Request, Row, Index, Entry float64
	} `json:"bytes"`
}

func readMeasured() (m measured, err error) { return m, json.Unmarshal(measuredText, &m) }

// What is assumed, because only AWS could show it.
const (
	keepDays = 90     // the default of STATLINE_KEEP
	cpu      = 113e-6 // seconds of a processor that both services take for a request ("How fast, and for how much" in the main README)
	busy     = 0.6    // of a task's processor that is used
	taskCPU  = 0.25   // of a processor, and
	taskGB   = 0.5    // as terraform/fargate.tf asks for

	functionGB  = 0.5              // as terraform/lambda.tf asks for
	functionCPU = 512.0 / 1769     // of a processor that comes with it ("Configure Lambda function memory")
	answers     = 0.005 + 0.006    // seconds that table and inboxes take to answer an event, and
	object      = 0.030            // S3: the times of TestBenchCost
	pollers     = 5                // that poll a queue at least, with a maximum of concurrency
	window      = 30.0             // seconds for which events of the log are gathered
	logBatch    = 1000.0           // messages of such an event at most, and
	eventBytes  = 6 << 20          // its bytes ("Lambda quotas")
	inboxes     = 8.0              // that the requests of an event come from, as in TestBenchCost
	eventLines  = 320.0 + 400      // bytes that Lambda itself writes of an event (START, END, REPORT), and the line of metrics
	ownMetrics  = 8                // of both services, that a busy stack has all the time
	objectBytes = 1 << 20          // of an object of the log at most
	chunk       = 64 << 10         // bytes that SQS bills as one request
	gigabyte    = float64(1 << 30) // as AWS counts
)

// scenario is a steady load.
type scenario struct {
	rate  float64 // requests a second
	load  string  // the measured load that is like it
	lists float64 // in a message
	fill  float64 // messages of a call to receive, and of an event of the stats function
	index bool    // whether the table has its index, which takes 64,000 rows a second at most
}

var scenarios = []scenario{
	{1, "1 a second", 1, 1, true},
	{1000, "1000 a second", 1, 10, true},
	{100_000, "saturated, 20 lists in a message", 20, 10, false},
}

// line is a line of a bill: dollars a month, for each scenario.
type line struct {
	about   string
	dollars []float64
	aside   bool // it is instead of another, and not in the sum
}

// month is how many requests there are in one.
func (s scenario) month() float64 { return s.rate * month }

// messages a second.
func (s scenario) messages() float64 { return s.rate / s.lists }

// functions are how often the functions of the two services are invoked in a second,
// and how long they take.
func (s scenario) functions(m measured) (stats, log float64, statsTime, logTime float64) {
	stats = s.messages() / s.fill
	size := min(logBatch, eventBytes/(s.lists*m.Bytes.Request))
	log = min(s.messages(), max(pollers/window, s.messages()/size))
	half := cpu / 2 / functionCPU
	return stats, log, answers + s.rate/stats*half, object + s.rate/log*half
}

// concurrency is how many events of each service are worked at a time.
func (s scenario) concurrency(m measured) (stats, log float64) {
	a, b, x, y := s.functions(m)
	return math.Ceil(a * x), math.Ceil(b * y)
}

// tasks are how many tasks of each service there are.
func (s scenario) tasks() float64 { return max(1, math.Ceil(s.rate*cpu/2/busy/taskCPU)) }

// puts are the objects of the log a second.
func (s scenario) puts(m measured, functions bool) float64 {
	least := s.rate * m.Bytes.Entry / objectBytes
	if functions {
		_, log, _, _ := s.functions(m)
		return max(log, least)
	}
	return max(s.rate*m.Loads[s.load].Puts, least)
}

// functionSQS are the requests to SQS a second, where Lambda polls: it receives and
// deletes on both queues, and the stats function replies.
func (s scenario) functionSQS(m measured) float64 {
	calls := s.messages() / s.fill // to receive all messages of a queue, or to delete them
	parts := max(1, math.Ceil(s.fill*s.lists*m.Bytes.Request/chunk))
	return calls*(2*parts+2) + calls*s.replyCalls()
}

// replyCalls are the calls with the replies of an event: one for each ten to an inbox,
// and for what is left. The requests come from the inboxes at random.
func (s scenario) replyCalls() (calls float64) {
	replies := s.fill * s.lists
	chance := math.Pow(1-1/inboxes, replies) // that n of them are one inbox's, here of none
	for n := 1.0; n <= replies; n++ {
		chance *= (replies - n + 1) / n / (inboxes - 1)
		calls += inboxes * chance * math.Ceil(n/10)
	}
	return calls
}

// stored is what is kept of a size a request: GB, once the oldest of it goes.
func (s scenario) stored(bytes, days float64) float64 {
	return s.rate * 86400 * days * bytes / gigabyte
}

// bill is the bill of all scenarios.
func bill(m measured, functions bool) (lines []line) {
	add := func(about string, aside bool, dollars func(scenario) float64) {
		l := line{about: about, aside: aside}
		for _, s := range scenarios {
			l.dollars = append(l.dollars, dollars(s))
		}
		lines = append(lines, l)
	}
	calls := func(unit cloud.Unit, a func(scenario) float64) func(scenario) float64 {
		return func(s scenario) float64 { return a(s) * s.month() * million(unit) / 1e6 }
	}
	add("SNS, publishes", false, calls(cloud.SNSRequest, func(s scenario) float64 { return m.Loads[s.load].SNS }))
	add("SNS, deliveries to SQS", false, func(scenario) float64 { return 0 })
	add("SQS, the clients'", false, calls(cloud.SQSRequest, func(s scenario) float64 { return m.Loads[s.load].SQSClients }))
	add("SQS, the services'", false, calls(cloud.SQSRequest, func(s scenario) float64 {
		if functions {
			return s.functionSQS(m) / s.rate
		}
		return m.Loads[s.load].SQSServices
	}))
	half := func(s scenario) float64 { return m.Loads[s.load].Writes / 2 }
	indexed := func(of func(scenario) float64) func(scenario) float64 {
		return func(s scenario) float64 {
			if !s.index {
				return 0
			}
			return of(s)
		}
	}
	indexDays := func(days float64) func(scenario) float64 {
		return indexed(func(s scenario) float64 { return s.stored(m.Bytes.Index, days) * tableGB.dollars })
	}
	add("DynamoDB, writes to the table", false, calls(cloud.WriteUnit, half))
	add("DynamoDB, writes to the index", false, calls(cloud.WriteUnit, indexed(half)))
	add("DynamoDB, 90 days of rows", false, func(s scenario) float64 { return s.stored(m.Bytes.Row, keepDays) * tableGB.dollars })
	add("DynamoDB, 90 days of the index", false, indexDays(keepDays))
	add("DynamoDB, bringing rows back to any second", false, func(s scenario) float64 { return s.stored(m.Bytes.Row, keepDays) * recoveryGB.dollars })
	add("S3, PUTs", false, calls(cloud.S3Put, func(s scenario) float64 { return s.puts(m, functions) / s.rate }))
	add("S3, a year of the log", false, func(s scenario) float64 { return s.stored(m.Bytes.Entry, 365) * logGB.dollars })
	if functions {
		add("Lambda, requests", false, func(s scenario) float64 { a, b, _, _ := s.functions(m); return (a + b) * month * invocation.dollars })
		add("Lambda, time", false, func(s scenario) float64 {
			a, b, x, y := s.functions(m)
			return (a*x + b*y) * month * functionGB * gigabyteSec.dollars
		})
		add("CloudWatch, lines of the events", false, func(s scenario) float64 {
			a, b, _, _ := s.functions(m)
			return (a + b) * eventLines * month / gigabyte * linesGB.dollars
		})
		add("CloudWatch, alarms, dashboard, own metrics", false, func(scenario) float64 {
			return 17*alarm.dollars + dashboard.dollars + ownMetrics*metric.dollars
		})
	} else {
		add("Fargate, tasks", false, func(s scenario) float64 {
			return 2 * s.tasks() * 730 * (taskCPU*cpuHour.dollars + taskGB*memoryHour.dollars)
		})
		add("VPC, an address for each", false, func(s scenario) float64 { return 2 * s.tasks() * 730 * addressHour.dollars })
		add("CloudWatch, alarms, dashboard, own metrics, counting tasks", false, func(scenario) float64 {
			return 21*alarm.dollars + dashboard.dollars + (ownMetrics+20)*metric.dollars
		})
	}
	add("all writes, with provisioned capacity instead, 70 % of it used", true, func(s scenario) float64 {
		return (half(s) + indexed(half)(s)) * s.rate / 0.7 * 730 * writeHour.dollars
	})
	add("less without the index", true, indexed(func(s scenario) float64 {
		return -(half(s)*s.month()*million(cloud.WriteUnit)/1e6 + indexDays(keepDays)(s))
	}))
	add("less with rows of 7 days", true, func(s scenario) float64 {
		return -(s.stored(m.Bytes.Row, keepDays-7)*(tableGB.dollars+recoveryGB.dollars) + indexDays(keepDays-7)(s))
	})
	add("more with a key of your own, at least", true, func(scenario) float64 { return key.dollars })
	return lines
}

// Package tally says what calls reached the endpoint: how many by whom, and some
// of them as they were.
package tally

import "net/http"

// The addresses, on the endpoint's own host, that the tally is read from. They
// are no names of buckets.
const (
	CountsPath  = "/-/counts"
	SamplesPath = "/-/samples"
)

// Who calls: the access keys of the processes.
const (
	Stats  = "stats"
	Audit  = "audit"
	Client = "client"
)

// An Operation is what a process called.
type Operation struct {
	Who     string // the process, by its access key
	Service string // "sqs"
	Name    string // "ReceiveMessage"
}

// String is the operation as a report shows it.
func (o Operation) String() string { return o.Service + " " + o.Name }

// A Count says how often an operation was called.
type Count struct {
	Operation
	Calls   int
	Entries int // messages, items or statements in all of the calls
}

// A Sample is one call, and how it was answered.
type Sample struct {
	Operation
	Path    string
	Header  http.Header
	Request []byte
	Answer
}

// An Answer is what was answered.
type Answer struct {
	Header   http.Header
	Response []byte
}

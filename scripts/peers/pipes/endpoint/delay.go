package main

import "time"

// How long calls take with -aws: assumptions, of the order of what is reported of
// calls within a region of AWS. A long poll takes that long too before it begins
// to wait, and is answered as soon as there is something.
var takes = map[string]time.Duration{
	"sqs":      6 * time.Millisecond,
	"sns":      15 * time.Millisecond,
	"dynamodb": 5 * time.Millisecond,
	"s3":       30 * time.Millisecond,
}

// delivery is how long a message takes from the topic to a queue, once it was
// published.
func delivery(string) []time.Duration { return []time.Duration{10 * time.Millisecond} }

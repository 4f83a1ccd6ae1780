package tally

// Mark is the line that the load writes when the time that counts begins, and when
// it ends.
const Mark = "mark"

// Load is what the load measured: how many requests were answered in the time that
// counts, and how long they took, in milliseconds.
type Load struct {
	Answered int
	Seconds  float64
	P50, P99 float64
}

// A Floor is what an SDK call takes.
type Floor struct {
	Operation
	Micros float64 // of CPU
}

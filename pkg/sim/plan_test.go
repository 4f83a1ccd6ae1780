package sim

import (
	"fmt"
	"os"
	"strings"
)

// plan says what a schedule is.
type plan struct {
	seed     uint64
	requests int
	// only leaves the faults with these IDs in the schedule and takes out all
	// others. Nil leaves all.
	only map[string]bool
	// forced has a fault of a kind at each of these points, and no other faults at
	// all. Nil has the seed decide.
	forced  map[string]string
	masks   map[string]int // which entries fail of a batch call that is forced to fail in part
	crowd   bool           // all requests at once, from one client
	trouble trouble        // that each of a crowd brings with it
	log     func(string)   // gets the trace, a line for each event
}

// standard is how many requests a schedule has where nothing else is said.
const standard = 60

// command repeats the schedule.
func (p plan) command() string {
	text := fmt.Sprintf("./scripts/simulate --replay %d", p.seed)
	if p.requests != standard {
		text += fmt.Sprintf(" --requests %d", p.requests)
	}
	if p.only != nil {
		text += " --faults " + strings.Join(sorted(p.only), ",")
	}
	if bug := os.Getenv(bugVariable); bug != "" {
		text += " --bug " + bug
	}
	for _, point := range sorted(p.forced) {
		text += fmt.Sprintf(" --force '%s=%s'", point, p.forced[point])
		if mask, ok := p.masks[point]; ok {
			text += fmt.Sprintf(" --mask '%s=%d'", point, mask)
		}
	}
	return text
}

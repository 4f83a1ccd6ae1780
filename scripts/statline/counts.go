package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
)

// lineCounts counts what became of the lines of a run. All that it keeps of a line is
// its count, but for the last.
type lineCounts struct {
	began time.Time

	mu         sync.Mutex
	results    int // lists with a result or, with --no-wait, sent
	refused    int // lists that cannot be computed, found out here or by the service
	failed     int // neither
	late       int // of those that failed: sent, but not answered in time
	unanswered int // sent, and given up because the run ended
	unsent     int // given up before it was known that they were sent
	unwritten  int // answered, and the output would not take it

	line   int    // the last one taken
	idLine int    // the last one that was sent
	id     string // its request
}

// add counts one line.
func (t *lineCounts) add(o outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line = max(t.line, o.line)
	_, fault := errors.AsType[*message.Fault](o.err)
	unwritten, sent := errors.Is(o.err, errUnwritten), errors.Is(o.err, requester.ErrUnanswered)
	if (o.err == nil || unwritten || sent) && o.line > t.idLine {
		t.idLine, t.id = o.line, o.id
	}
	switch {
	case unwritten:
		t.unwritten++
	case o.err == nil && (o.reply.Status == message.StatusOK || o.reply.Status == ""):
		t.results++
	case fault, o.err == nil && o.reply.Status == message.StatusError:
		t.refused++
	case o.left && sent:
		t.unanswered++
	case o.left:
		t.unsent++
	default:
		t.failed++
		if sent {
			t.late++
		}
	}
}

// lists is how many lists were taken from the input and have come to an end.
func (t *lineCounts) lists() int { return t.results + t.refused + t.failed }

// progress is a line that says how far the run is.
func (t *lineCounts) progress() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%d lists  %.0f/s  %d refused  %d failed", t.lists(), t.perSecond(), t.refused, t.failed)
}

func (t *lineCounts) perSecond() float64 {
	return per(float64(t.lists()), time.Since(t.began).Seconds())
}

// summary is a line that says what became of all lines. A run that ended before its
// input did says which lines it has not touched.
func (t *lineCounts) summary(done string, whole bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d lists: %d %s, %d refused, %d failed", t.lists()+t.unanswered+t.unsent+t.unwritten, t.results, done, t.refused, t.failed)
	if t.unanswered > 0 {
		fmt.Fprintf(&b, ", %d sent but not answered", t.unanswered)
	}
	if t.unsent > 0 {
		fmt.Fprintf(&b, ", %d not known to be sent", t.unsent)
	}
	if t.unwritten > 0 {
		fmt.Fprintf(&b, ", %d not written", t.unwritten)
	}
	fmt.Fprintf(&b, "; %.1f s, %.0f lists/s", time.Since(t.began).Seconds(), t.perSecond())
	if !whole {
		fmt.Fprintf(&b, "; nothing after line %d was sent", t.line)
	}
	return b.String()
}

// outcome is the error of the whole run.
func (t *lineCounts) outcome(ctx context.Context, a *app) error {
	if bad := t.refused + t.failed; ctx.Err() != nil || t.late == 0 || t.late != bad || t.results > 0 {
		return partly(ctx, t.results+bad, bad)
	}
	return &exitError{exitTimeout, errors.New("no list was answered in time; nothing is lost: " + a.followUp("get ID --wait"))}
}

package audit

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/queue"
)

// Handler is the work of the audit service: it writes the requests in the
// messages of a stack's audit queue to the log. A message is done when the object
// that holds its entries is stored.
func (l *Log) Handler(stack string) queue.Handler {
	return func(ctx context.Context, messages []queue.Message) []error {
		outcomes := make([]error, len(messages))
		entries := make([]Entry, 0, len(messages))
		for i, m := range messages {
			of, err := entriesOf(stack, m)
			entries, outcomes[i] = append(entries, of...), err
		}
		err := l.Append(ctx, entries)
		for i := range outcomes {
			if outcomes[i] == nil {
				outcomes[i] = err
			}
		}
		l.tell(ctx, stack, messages, outcomes)
		return outcomes
	}
}

// tell logs, for debugging, which requests the log has now, and nothing of what was
// asked.
func (l *Log) tell(ctx context.Context, stack string, messages []queue.Message, outcomes []error) {
	if !l.config.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	describe := message.Describer(stack)
	for i, m := range messages {
		if outcomes[i] == nil {
			l.config.Log.LogAttrs(ctx, slog.LevelDebug, "request logged", append(describe(m.Body), slog.String("message", m.ID))...)
		}
	}
}

// entriesOf makes the entries of one message. A panic is that message's alone.
func entriesOf(stack string, m queue.Message) (entries []Entry, err error) {
	defer func() {
		if p := recover(); p != nil {
			entries, err = nil, fmt.Errorf("message %s: panic: %v\n%s", m.ID, p, debug.Stack())
		}
	}()
	requests := message.Parse(stack, []byte(m.Body))
	entries = make([]Entry, len(requests))
	for i, in := range requests {
		entries[i] = NewEntry(in, m.ID, m.SentAt)
	}
	return entries, nil
}

// Batches is how many batches of messages the audit worker should hold at once, so
// that the requests of many can share an object: all wait until it is stored.
const Batches = 200

// Pace is how long the audit worker lets messages gather between its polls: nobody
// waits for an entry.
const Pace = time.Second

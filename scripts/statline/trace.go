package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

func (a *app) traceCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "trace ID|last", Short: "Tell one request's whole story", Args: cobra.ExactArgs(1),
		Long: `Tell what became of a request: its times, its row in the table, what the log says of
it, and its dead letters. Where none of them knows it, the exit code is 3, and the
queues of the services may still hold it: their messages are counted, not looked at,
since a receive would take one from its service and count against it.

The search in the log begins when the ID says that it was made, as those of this
client do, or else where --since says. Dead letters are hidden for a moment while
they are looked at, see 'dlq --help'.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := sinceTime(since)
			if err != nil {
				return err
			}
			return a.withSession(cmd.Context(), func(s *session) error {
				id, err := a.resolve(s, args[0])
				if err != nil {
					return err
				}
				if made, ok := message.IDTime(id); ok && !cmd.Flags().Changed("since") {
					from = made.Add(-time.Hour) // the clock of its client may differ
				}
				return a.trace(cmd.Context(), s, id, from)
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "7d", "where the search in the log begins: a duration (90m, 24h, 7d) or a time (2026-01-31)")
	return cmd
}

// story is what is known of a request, as its JSON.
type story struct {
	RequestID string         `json:"request_id"`
	Row       *message.Reply `json:"row,omitempty"`
	ClientID  string         `json:"client_id,omitempty"` // the rest of the row
	Digest    string         `json:"input_sha256,omitempty"`
	ExpiresAt string         `json:"expires_at,omitempty"`
	Entries   []told         `json:"entries"`
	Letters   []*letter      `json:"dead_letters"`
	Events    []event        `json:"events"` // in the order in which they happened
	Waiting   int            `json:"stats_waiting"`
	InFlight  int            `json:"stats_in_flight"`
}

// told is an entry of the log and where it stands.
type told struct {
	Key   string `json:"key"`
	Entry string `json:"entry"`
}

func (a *app) trace(ctx context.Context, s *session, id string, since time.Time) error {
	st := &story{RequestID: id, Entries: []told{}, Letters: []*letter{}, Events: []event{}}
	row, err := s.results().Get(ctx, id)
	switch {
	case err == nil:
		st.addRow(row)
	case !errors.Is(err, results.ErrNotFound):
		return err
	}
	var bad error
	for e, err := range s.log().Find(ctx, id, since) {
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		st.addEntry(e)
	}
	letters, _, err := s.find(ctx, &selection{ids: []string{id}}, 0, false)
	bad = errors.Join(bad, err)
	for _, l := range letters {
		st.addLetter(l)
	}
	d, err := depthOf(ctx, s.Stack, s.StatsQueue())
	bad = errors.Join(bad, err)
	st.Waiting, st.InFlight = d.waiting, d.hidden
	sortEvents(st.Events)
	if st.Row == nil && len(st.Entries) == 0 && len(st.Letters) == 0 {
		if bad != nil {
			return bad
		}
		return &exitError{exitNotFound, fmt.Errorf("nothing is known of request %s: no row, no entry in the log since %s, no dead letter; the stats queue has %d messages waiting and %d in flight",
			id, message.FormatTime(since), d.waiting, d.hidden)}
	}
	return errors.Join(a.writeStory(st), bad)
}

func (st *story) addRow(r results.Result) {
	st.Row, st.ClientID, st.Digest = &r.Reply, r.ClientID, r.Digest
	if !r.ExpiresAt.IsZero() {
		st.ExpiresAt = message.FormatTime(r.ExpiresAt)
	}
	st.happened(r.SentAt, "sent, by the client's clock")
	what := "stored as " + string(r.Status)
	if r.Fault != nil {
		what += ": " + string(r.Fault.Code)
	}
	st.happened(r.CompletedAt, what)
}

func (st *story) addEntry(e audit.Found) {
	st.Entries = append(st.Entries, told{e.Key, e.Entry.String()})
	if st.Row == nil {
		st.happened(e.SentAt, "sent, by the client's clock")
	}
	what := "taken by the audit queue as message " + e.MessageID
	if st.Digest != "" && e.Digest != st.Digest {
		what += ", with another list than that of the row"
	}
	st.happened(e.ReceivedAt, what)
}

func (st *story) addLetter(l *letter) {
	st.Letters = append(st.Letters, l)
	st.happened(l.sent, fmt.Sprintf("taken by a queue as message %s, which is a dead letter in %s now (%s)", l.MessageID, l.Queue, l.Reason))
}

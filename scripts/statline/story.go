package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/statline/statline/pkg/message"
)

// event is something that happened to a request.
type event struct {
	At   string `json:"at"`
	What string `json:"what"`
	at   time.Time
}

// happened notes an event; one without a time did not happen.
func (st *story) happened(at time.Time, what string) {
	if e := (event{message.FormatTime(at), what, at}); !at.IsZero() && !slices.Contains(st.Events, e) {
		st.Events = append(st.Events, e)
	}
}

func sortEvents(all []event) {
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
}

func (a *app) writeStory(st *story) error {
	switch a.format {
	case "json", "jsonl":
		return writeJSON(a.out, st)
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write([]string{"at", "what"})
		for _, e := range st.Events {
			w.Write([]string{e.At, e.What})
		}
		w.Flush()
		return w.Error()
	}
	fmt.Fprintf(a.out, "request %s\n", st.RequestID)
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, e := range st.Events {
		fmt.Fprintf(t, "%s\t%s\n", e.At, e.What)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := a.writeRow(st); err != nil {
		return err
	}
	if len(st.Entries) == 0 {
		fmt.Fprintln(a.out, "\nno entry in the log")
	}
	for _, e := range st.Entries {
		fmt.Fprintf(a.out, "\nentry of %s\n%s", e.Key, e.Entry)
	}
	for _, l := range st.Letters {
		fmt.Fprintf(a.out, "\ndead letter %s in %s: %s, %d receives; %s\n", l.MessageID, l.Queue, l.Reason, l.Receives, a.followUp("dlq show "+l.MessageID))
	}
	if len(st.Letters) == 0 {
		fmt.Fprintln(a.out, "\nno dead letter")
	}
	return nil
}

func (a *app) writeRow(st *story) error {
	if st.Row == nil {
		_, err := fmt.Fprintf(a.out, "\nno row in the table; the stats queue has %d messages waiting and %d in flight\n", st.Waiting, st.InFlight)
		return err
	}
	fmt.Fprintln(a.out, "\nrow of the table")
	lines := replyLines(*st.Row)
	if st.Row.Status == message.StatusOK {
		lines = slices.Insert(lines, 1, line{"status", string(message.StatusOK)})
	}
	return writeLines(a.out, append(lines, line{"client", st.ClientID}, line{"sha256", st.Digest}, line{"until", st.ExpiresAt}))
}

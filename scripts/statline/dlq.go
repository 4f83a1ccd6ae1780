package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const dlqHelp = `Look after the dead letters of a stack, which are in three queues:

  NAME-stats-dlq    what the stats service worked ten times without success
  NAME-audit-dlq    what the audit service worked ten times without success
  NAME-undelivered  what SNS could not put into one of their queues

To be looked at, a message must be received. Every command therefore hides the
letters that it reads, for a second or two and at most a minute, and then gives
them back. That counts as a receive, which a dead-letter queue has no limit of: no
letter is lost by being listed, and none gets older or younger by it.`

const selectionHelp = `

Letters are chosen by --queue, --reason, --client, --since and --before, which must
all hold, or by the IDs of requests or messages. Reasons are given_up, undelivered,
and the codes of refused requests, such as invalid_json. A letter that holds several
requests is one letter, chosen where any of them is.`

func (a *app) dlqCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "dlq", Short: "List, show, send back and delete dead letters", Long: dlqHelp}
	cmd.AddCommand(a.dlqListCommand(), a.dlqShowCommand(), a.dlqRedriveCommand(), a.dlqDeleteCommand())
	return cmd
}

func (s *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.queues, "queue", nil, "of these queues only: stats, audit, undelivered")
	f.StringVar(&s.reason, "reason", "", "with this reason only, such as given_up")
	f.StringVar(&s.client, "client", "", "of this client only")
	f.StringVar(&s.since, "since", "", "sent at or after: a duration ago (90m, 24h, 7d) or a time (2026-01-31, 2026-01-31T08:30:00Z)")
	f.StringVar(&s.before, "before", "", "sent before, likewise")
}

func (a *app) dlqListCommand() *cobra.Command {
	var sel selection
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List dead letters", Args: cobra.NoArgs, Long: dlqHelp + selectionHelp,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return usageError("--limit %d: write how many letters to show, or 0 for all", limit)
			}
			if err := sel.read(); err != nil {
				return err
			}
			return a.withSession(cmd.Context(), func(s *session) error { return a.dlqList(cmd.Context(), s, &sel, limit) })
		},
	}
	sel.flags(cmd)
	cmd.Flags().IntVar(&limit, "limit", 100, "so many at the most; 0 for all")
	return cmd
}

func (a *app) dlqList(ctx context.Context, s *session, sel *selection, limit int) error {
	letters, more, err := s.find(ctx, sel, limit, false)
	if err != nil {
		return err
	}
	switch {
	case len(letters) == 0:
		a.say("no dead letters")
	case more:
		a.say("there are more: --limit 0 lists all")
	}
	return writeRows(a, letters, letterHeader, (*letter).columns)
}

func (a *app) dlqShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID...", Short: "Print dead letters with their text", Args: cobra.MinimumNArgs(1),
		Long: "Print the dead letters that hold these requests, or have these message IDs, with\ntheir text. In -o text, what a terminal would obey is shown as ?; -o csv leaves the text out.\n\n" + dlqHelp,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return a.withSession(cmd.Context(), func(s *session) error { return a.dlqShow(cmd.Context(), s, ids) })
		},
	}
}

func (a *app) dlqShow(ctx context.Context, s *session, ids []string) error {
	if err := a.resolveAll(s, ids); err != nil {
		return err
	}
	letters, _, err := s.find(ctx, &selection{ids: ids}, 0, true)
	if err != nil {
		return err
	}
	if a.format == "text" {
		for i, l := range letters {
			if i > 0 {
				fmt.Fprintln(a.out)
			}
			if err := a.showLetter(l); err != nil {
				return err
			}
		}
	} else if err := writeRows(a, letters, letterHeader, (*letter).columns); err != nil {
		return err
	}
	return missing(ids, letters)
}

func (a *app) showLetter(l *letter) error {
	err := writeLines(a.out, []line{
		{"queue", l.Queue}, {"message", l.MessageID}, {"sent", l.SentAt}, {"receives", fmt.Sprint(l.Receives)}, {"reason", l.Reason},
		{"requests", strings.Join(l.Requests, " ")}, {"clients", strings.Join(l.Clients, " ")}, {"bytes", fmt.Sprint(l.Bytes)},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, harmless([]byte(l.Body)))
	return err
}

// resolveAll replaces what stands for an ID.
func (a *app) resolveAll(s *session, ids []string) (err error) {
	for i, id := range ids {
		if ids[i], err = a.resolve(s, id); err != nil {
			return err
		}
	}
	return nil
}

// missing is the error that some IDs were not found.
func missing(ids []string, letters []*letter) error {
	var none []string
	for _, id := range ids {
		one := selection{ids: []string{id}}
		if !slices.ContainsFunc(letters, one.means) {
			none = append(none, id)
		}
	}
	if none == nil {
		return nil
	}
	return &exitError{exitNotFound, fmt.Errorf("no dead letter of %s", strings.Join(none, ", "))}
}

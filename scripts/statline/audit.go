package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/message"
)

func (a *app) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the log of all requests",
		Long: `Read the log of all requests: text objects in S3 that say what was asked and what
it computes to. With --local they are files below DATA/s3.`,
	}
	cmd.AddCommand(a.auditListCommand(), a.auditCatCommand(), a.auditShowCommand())
	return cmd
}

func (a *app) auditListCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "list", Short: "List the objects of the log, oldest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := sinceTime(since)
			if err != nil {
				return err
			}
			return a.withLog(cmd.Context(), func(log *audit.Reader) error { return a.auditList(cmd.Context(), log, from) })
		},
	}
	cmd.Flags().StringVar(&since, "since", "7d", "how far back: a duration (90m, 24h, 7d) or a time (2026-01-31)")
	return cmd
}

func (a *app) auditCatCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cat KEY...", Short: "Print objects of the log", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, keys []string) error {
			return a.withLog(cmd.Context(), func(log *audit.Reader) error {
				for _, key := range keys {
					text, err := log.Read(cmd.Context(), key)
					if err != nil {
						return notFound(err)
					}
					if _, err := fmt.Fprint(a.out, harmless(text)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (a *app) auditShowCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "show ID", Short: "Print what the log says of a request", Args: cobra.ExactArgs(1),
		Long: `Print what the log says of a request. Where the ID says when it was made, as those
of this client do, the search begins there; else --since says.`,
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
				return a.auditShow(cmd.Context(), s.log(), id, from)
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "7d", "where the search begins: a duration (90m, 24h, 7d) or a time (2026-01-31)")
	return cmd
}

func (a *app) withSession(ctx context.Context, do func(*session) error) (err error) {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return do(s)
}

func (a *app) withLog(ctx context.Context, do func(*audit.Reader) error) error {
	return a.withSession(ctx, func(s *session) error { return do(s.log()) })
}

func (a *app) auditList(ctx context.Context, log *audit.Reader, since time.Time) error {
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	n := 0
	var bad error
	for o, err := range log.List(ctx, since) {
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		if n == 0 {
			a.auditHead(t)
		}
		n++
		if err := a.auditLine(t, o); err != nil {
			return err
		}
	}
	if n == 0 {
		a.say("the log has nothing since %s", message.FormatTime(since))
	}
	return errors.Join(t.Flush(), bad)
}

func (a *app) auditHead(t *tabwriter.Writer) {
	switch a.format {
	case "text":
		fmt.Fprintln(t, "FIRST REQUEST\tLAST REQUEST\tBYTES\tKEY")
	case "csv":
		fmt.Fprintln(a.out, "first,last,bytes,key")
	}
}

func (a *app) auditLine(t *tabwriter.Writer, o audit.Object) error {
	first, last := message.FormatTime(o.First), message.FormatTime(o.Last)
	switch a.format {
	case "json", "jsonl":
		return writeJSON(a.out, struct {
			Key   string `json:"key"`
			First string `json:"first"`
			Last  string `json:"last"`
			Bytes int64  `json:"bytes"`
		}{o.Name, first, last, o.Size})
	case "csv":
		_, err := fmt.Fprintf(a.out, "%s,%s,%d,%s\n", first, last, o.Size, o.Name)
		return err
	}
	_, err := fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", first, last, o.Size, o.Name)
	return err
}

func (a *app) auditShow(ctx context.Context, log *audit.Reader, id string, since time.Time) error {
	found := 0
	var bad error
	for e, err := range log.Find(ctx, id, since) {
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		if found > 0 {
			fmt.Fprintln(a.out)
		}
		found++
		if _, err := fmt.Fprintf(a.out, "%-9s %s\n%s", "object", e.Key, e.Entry); err != nil {
			return err
		}
	}
	if found == 0 {
		return errors.Join(bad, &exitError{exitNotFound, fmt.Errorf("the log has no request %s since %s", id, message.FormatTime(since))})
	}
	return bad
}

func notFound(err error) error {
	if errors.Is(err, audit.ErrNotFound) {
		return &exitError{exitNotFound, err}
	}
	return err
}

// harmless is text without what a terminal would obey. The log holds none of it,
// but an object that somebody else put there may.
func harmless(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r >= ' ' && r < 0x7f {
			return r
		}
		return '?'
	}, string(text))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/inboxes"
	"github.com/statline/statline/pkg/message"
)

const inboxHelp = `Look after the reply queues of clients, NAME-inbox-CLIENT-RANDOM.

A client removes its inbox when it ends, but not when it is killed. An inbox is
abandoned a week after it was made, unless somebody has just fetched a reply from it:
SQS cannot tell an idle client from one that is gone, so this project's clients use
an inbox for 8 hours and then make another, whatever they do. A client in another
language that runs longer must make a new inbox in time. One that loses its inbox
all the same loses no answer: the table has it.

The stats service removes abandoned inboxes itself, every hour, by the same rule. A
client that leaves behind very many, as one that is started and killed in a loop does,
can be cleared up after at once: --client says whose, --age how old.`

func (a *app) inboxCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "inbox", Short: "List and remove abandoned inboxes", Long: inboxHelp}
	var all, yes, dryRun bool
	var of inboxChoice
	list := &cobra.Command{
		Use: "list", Short: "List abandoned inboxes", Args: cobra.NoArgs, Long: inboxHelp,
		PreRunE: func(*cobra.Command, []string) error { return of.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), func(s *session) error { return a.inboxList(cmd.Context(), s, of, all) })
		},
	}
	list.Flags().BoolVar(&all, "all", false, "those in use, too")
	of.flags(list)
	prune := &cobra.Command{
		Use: "prune", Short: "Remove abandoned inboxes", Args: cobra.NoArgs, Long: inboxHelp,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := of.check(); err != nil {
				return err
			}
			if !yes && !dryRun && !isTerminal(a.in) {
				return usageError("inbox prune: there is no terminal to ask on: add --yes, or --dry-run to see what would be removed")
			}
			return a.withSession(cmd.Context(), func(s *session) error { return a.inboxPrune(cmd.Context(), s, of, yes, dryRun) })
		},
	}
	prune.Flags().BoolVar(&yes, "yes", false, "do not ask")
	of.flags(prune)
	prune.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be removed and remove nothing")
	cmd.AddCommand(list, prune)
	return cmd
}

// inboxChoice says which inboxes are meant.
type inboxChoice struct {
	client string
	age    time.Duration // from which on one is abandoned
}

func (w *inboxChoice) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.client, "client", "", "of this client only; anon is all that have no ID")
	cmd.Flags().DurationVar(&w.age, "age", inboxes.MaxAge, "abandoned are those that are so old; below 9h some may be in use, and their clients read the table until they make another")
}

func (w inboxChoice) check() error {
	if w.age < 0 {
		return usageError("--age %v: write a duration such as 24h, or 0", w.age)
	}
	return nil
}

// means says whether an inbox is one of those.
func (w inboxChoice) means(in inboxes.Inbox) bool { return w.client == "" || in.ClientID == w.client }

// listedInbox is an inbox in JSON.
type listedInbox struct {
	Inbox     string `json:"inbox"`
	Client    string `json:"client_id"`
	Created   string `json:"created_at"`
	Age       string `json:"age"`
	Waiting   int    `json:"waiting"`
	InFlight  int    `json:"in_flight"`
	Abandoned bool   `json:"abandoned"`
}

var inboxHeader = []string{"inbox", "client_id", "created_at", "age", "waiting", "in_flight", "abandoned"}

func (l listedInbox) columns() []string {
	return []string{l.Inbox, l.Client, l.Created, l.Age, strconv.Itoa(l.Waiting), strconv.Itoa(l.InFlight), strconv.FormatBool(l.Abandoned)}
}

func (s *session) inboxStack() inboxes.Stack {
	return inboxes.Stack{SQS: s.SQS, Name: s.Stack.Stack, QueueURL: s.QueueURL}
}

// inboxes are the abandoned inboxes of the stack, or all.
func (s *session) inboxes(ctx context.Context, of inboxChoice, all bool) (list []listedInbox, err error) {
	stack, now := s.inboxStack(), time.Now()
	for name, err := range stack.Names(ctx) {
		if err != nil {
			return nil, err
		}
		in, err := stack.Describe(ctx, name)
		if errors.Is(err, inboxes.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		abandoned := in.InFlight == 0 && now.Sub(in.Created) >= of.age
		if of.means(in) && (abandoned || all) {
			list = append(list, listedInbox{
				in.Name, in.ClientID, message.FormatTime(in.Created), now.Sub(in.Created).Round(time.Second).String(), in.Waiting, in.InFlight, abandoned,
			})
		}
	}
	return list, nil
}

func (a *app) inboxList(ctx context.Context, s *session, of inboxChoice, all bool) error {
	list, err := s.inboxes(ctx, of, all)
	if err != nil {
		return err
	}
	if len(list) == 0 && all {
		a.say("no inboxes")
	} else if len(list) == 0 {
		a.say("no abandoned inboxes")
	}
	return writeRows(a, list, inboxHeader, listedInbox.columns)
}

func (a *app) inboxPrune(ctx context.Context, s *session, of inboxChoice, yes, dryRun bool) error {
	list, err := s.inboxes(ctx, of, false)
	if err != nil {
		return err
	}
	if len(list) == 0 || dryRun {
		a.say("%d abandoned inboxes; nothing was removed", len(list))
		return writeRows(a, list, inboxHeader, listedInbox.columns)
	}
	if !yes {
		if err := a.ask(fmt.Sprintf("remove %d abandoned inboxes of stack %s?", len(list), s.Stack.Stack)); err != nil {
			return err
		}
	}
	stack := s.inboxStack()
	var removed []listedInbox
	var errs []error
	for _, in := range list {
		if err := stack.Remove(ctx, in.Inbox); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, in)
	}
	a.say("removed %d of %d abandoned inboxes", len(removed), len(list))
	errs = append(errs, writeRows(a, removed, inboxHeader, listedInbox.columns))
	if err := errors.Join(errs...); err != nil {
		code := exitFailed
		if len(removed) > 0 {
			code = exitPartly
		}
		return &exitError{code, err}
	}
	return nil
}

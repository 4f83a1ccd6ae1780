package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"
)

func (a *app) dlqRedriveCommand() *cobra.Command {
	d := redriving()
	var to string
	cmd := a.disposalCommand(d)
	cmd.Use, cmd.Short = "redrive [ID...]", "Send dead letters back to the queue that they were meant for"
	cmd.Long = `Send dead letters back, body and attributes unchanged, to the queue that they were
meant for and to no other: those of NAME-stats-dlq to NAME-stats, those of
NAME-audit-dlq to NAME-audit. Each is sent first and then deleted; one that cannot
be sent or deleted stays.

SNS does not say which of the two queues a letter of NAME-undelivered was meant for.
It goes to both, unless --to says which: doing a request twice does no harm, it is
answered the same again and has a second entry in the log.

Mend the cause first: what fails again is back after ten more deliveries.` + selectionHelp + "\n\n" + dlqHelp
	cmd.Flags().StringVar(&to, "to", "", "where undelivered letters go: stats or audit; both if not set")
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if to != "" && to != statsLetters && to != auditLetters {
			return usageError("--to %s: write stats or audit", to)
		}
		d.to = to
		return check(cmd, args)
	}
	return cmd
}

func (a *app) dlqDeleteCommand() *cobra.Command {
	cmd := a.disposalCommand(deleting())
	cmd.Use, cmd.Short = "delete [ID...]", "Delete dead letters for good"
	cmd.Long = `Delete dead letters. Nothing can bring them back; 'dlq show -o json' keeps a copy.` + selectionHelp + "\n\n" + dlqHelp
	return cmd
}

// disposal is what is to be done with dead letters.
type disposal struct {
	selection
	verb, done  string
	do          func(*reading, context.Context, *letter, *disposal) error
	to          string // of undelivered letters; empty for both queues
	yes, dryRun bool
}

func redriving() *disposal {
	return &disposal{verb: "redrive", done: "sent back", do: (*reading).redrive}
}

func deleting() *disposal {
	return &disposal{verb: "delete", done: "deleted", do: (*reading).discard}
}

func (a *app) disposalCommand(d *disposal) *cobra.Command {
	cmd := &cobra.Command{
		PreRunE: func(_ *cobra.Command, ids []string) error {
			d.ids = ids
			if !d.yes && !d.dryRun && !isTerminal(a.in) {
				return usageError("dlq %s: there is no terminal to ask on: add --yes, or --dry-run to see what would be done", d.verb)
			}
			return d.read()
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), func(s *session) error { return a.dispose(cmd.Context(), s, d) })
		},
	}
	d.flags(cmd)
	cmd.Flags().BoolVar(&d.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&d.dryRun, "dry-run", false, "list what would be done and do nothing")
	return cmd
}

func (a *app) dispose(ctx context.Context, s *session, d *disposal) error {
	if err := a.resolveAll(s, d.ids); err != nil {
		return err
	}
	letters, _, err := s.find(ctx, &d.selection, 0, false)
	if err != nil {
		return err
	}
	if err := missing(d.ids, letters); err != nil {
		return err
	}
	if len(letters) == 0 {
		a.say("no dead letters")
		return writeRows(a, letters, letterHeader, (*letter).columns)
	}
	if d.dryRun {
		a.say("would %s %d", d.verb, len(letters))
		return writeRows(a, letters, letterHeader, (*letter).columns)
	}
	if !d.yes {
		if err := a.ask(fmt.Sprintf("%s %d dead letters of stack %s?", d.verb, len(letters), s.Stack.Stack)); err != nil {
			return err
		}
	}
	return a.disposeOf(ctx, s, d, letters)
}

// ask asks on the terminal; without consent, y or yes, the error says that nothing was
// done.
func (a *app) ask(question string) error {
	fmt.Fprint(a.err, question+" [y/N] ")
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if errors.Is(err, io.EOF) {
		return usageError("there was no answer, so nothing was done; --yes does not ask")
	}
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// disposeOf does with the letters that were found, and with no others, what is to be
// done.
func (a *app) disposeOf(ctx context.Context, s *session, d *disposal, found []*letter) error {
	wanted := map[string]*letter{}
	for _, l := range found {
		l.Outcome = "gone" // unless it is met again
		wanted[l.MessageID] = l
	}
	var errs []error
	for _, o := range d.offices(s.Names) {
		if slices.ContainsFunc(found, func(l *letter) bool { return l.Queue == o.name }) {
			errs = append(errs, s.reading(o).dispose(ctx, d, wanted))
		}
	}
	header := append(slices.Clone(letterHeader), "outcome")
	errs = append(errs, writeRows(a, found, header, func(l *letter) []string { return append(l.columns(), l.Outcome) }))
	done := 0
	for _, l := range found {
		if l.Outcome == d.done {
			done++
		}
	}
	a.say("%s %d of %d", d.done, done, len(found))
	err := errors.Join(errs...)
	if done < len(found) {
		err = errors.Join(err, fmt.Errorf("%d dead letters were not %s; what is not gone stays where it was", len(found)-done, d.done))
	}
	switch {
	case err == nil:
		return nil
	case done == 0:
		return err
	default:
		return &exitError{exitPartly, err}
	}
}

// dispose meets the letters of an office and notes in the wanted ones what became of
// them.
func (r *reading) dispose(ctx context.Context, d *disposal, wanted map[string]*letter) (err error) {
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	for {
		letters, err := r.next(ctx)
		if err != nil || len(letters) == 0 {
			return err
		}
		outcomes := make([]error, len(letters))
		var wait sync.WaitGroup
		for i, l := range letters {
			if wanted[l.MessageID] != nil {
				wait.Go(func() { outcomes[i] = d.do(r, ctx, l, d) })
			}
		}
		wait.Wait()
		for i, l := range letters {
			w := wanted[l.MessageID]
			switch {
			case w == nil:
			case outcomes[i] != nil:
				w.Outcome = "failed: " + harmless([]byte(strings.ReplaceAll(outcomes[i].Error(), "\n", " ")))
			default:
				w.Outcome, r.met[l.MessageID] = d.done, ""
			}
		}
	}
}

// redrive sends a letter to where it was meant to go, and then deletes it.
func (r *reading) redrive(ctx context.Context, l *letter, d *disposal) error {
	origins := r.origins
	if r.short == undelivered && d.to != "" {
		origins = slices.DeleteFunc(slices.Clone(origins), func(name string) bool { return name != r.Stack.Stack+"-"+d.to })
	}
	if l.source != "" && !slices.ContainsFunc(origins, func(name string) bool { return l.source == r.QueueARN(name) }) {
		return fmt.Errorf("it came from %s, which is not %s", l.source, strings.Join(origins, " or "))
	}
	for _, name := range origins {
		_, err := r.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(r.QueueURL(name)), MessageBody: &l.Body, MessageAttributes: l.attributes})
		if err != nil {
			return fmt.Errorf("send to queue %s: %w", name, err)
		}
	}
	if err := r.discard(ctx, l, d); err != nil {
		return fmt.Errorf("it was sent, but is still here: %w", err)
	}
	return nil
}

func (r *reading) discard(ctx context.Context, l *letter, _ *disposal) error {
	_, err := r.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: r.url(), ReceiptHandle: &l.handle})
	if err != nil {
		return fmt.Errorf("delete from queue %s: %w", r.name, err)
	}
	return nil
}

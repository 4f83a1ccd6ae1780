package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
)

// sender is the send command.
type sender struct {
	*app
	input
	client string
	noWait bool
	lines  bool

	unordered bool // results of lines as they come
	pack      int  // the most lists in a message
}

func (a *app) sendCommand() *cobra.Command {
	s := &sender{app: a}
	cmd := &cobra.Command{
		Use:   "send [NUMBER...]",
		Short: "Send a list, wait for its statistics and print them",
		Long: `Send a list, wait for its statistics and print them.

` + listHelp + `

` + linesHelp + `

Exit code 4 says that the answer did not come within --timeout. Nothing is lost
then: get ID --wait picks it up.`,
		Example: `  statline send 7 8 54 89
  statline send -f numbers.txt --quantiles 0.9,0.99
  seq 1 100 | statline send -
  statline send --lines -o csv - <lists.txt >results.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case s.unordered && !s.lines:
				return usageError("--unordered is for --lines")
			case s.pack != 1 && !s.lines:
				return usageError("--pack is for --lines")
			}
			if err := checkPack(s.pack); err != nil {
				return err
			}
			if s.lines {
				return s.sendLines(cmd.Context(), args)
			}
			return s.send(cmd.Context(), args)
		},
	}
	s.input.flags(cmd)
	cmd.Flags().StringVar(&s.client, "client", "", "client ID: 1 to 24 of A-Z a-z 0-9 _ -")
	cmd.Flags().BoolVar(&s.noWait, "no-wait", false, "do not wait; print the request ID")
	cmd.Flags().BoolVar(&s.lines, "lines", false, "every line of the input is a list")
	cmd.Flags().BoolVar(&s.unordered, "unordered", false, "with --lines: print results as they come, not in the order of the lines")
	packFlag(cmd, &s.pack)
	return cmd
}

// packFlag is the flag of commands that may pack several lists into a message.
func packFlag(cmd *cobra.Command, pack *int) {
	cmd.Flags().IntVar(pack, "pack", 1, "how many lists may share a message; each is answered as if alone")
}

func checkPack(pack int) error {
	if pack < 1 || pack > message.MaxRequests {
		return usageError("--pack %d: write 1 to %d", pack, message.MaxRequests)
	}
	return nil
}

func (s *sender) send(ctx context.Context, args []string) (err error) {
	q, err := s.request(s.app, args)
	if err != nil {
		return err
	}
	if err := checkRequest(q); err != nil {
		return err
	}
	return s.withRequester(ctx, func(session *session, r *requester.Requester) error {
		if err := s.remember(session, q.ID); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		if s.noWait {
			if err := r.Publish(ctx, q); err != nil {
				return err
			}
			fmt.Fprintln(s.out, q.ID)
			return nil
		}
		reply, err := r.Do(ctx, q)
		if err != nil {
			return s.app.late(ctx, q.ID, err)
		}
		return s.show(reply)
	})
}

// grace is how long an inbox may be silent before the table is read. The lines of a
// stream wait for one another, some seconds where a stack is slow: two thousand
// readings of the table would make it slower.
func (s *sender) grace() time.Duration {
	if !s.lines {
		return 0
	}
	return min(10*time.Second, s.timeout/3)
}

// withRequester opens the stack and a client of it, and closes both.
func (s *sender) withRequester(ctx context.Context, do func(*session, *requester.Requester) error) (err error) {
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	config := session.requesterConfig(s.app, s.client)
	config.Grace = s.grace()
	config.Publisher = requester.NewPublisher(session.SNS, session.TopicARN(), s.pack)
	r, err := newRequester(config)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err = errors.Join(err, r.Close(ctx))
	}()
	return do(session, r)
}

// show prints an answer. The exit code says whether it is a result.
func (a *app) show(r message.Reply) error {
	if err := a.replies(false).write(r); err != nil {
		return err
	}
	return failed(r)
}

// failed is the error of an answer that is no result. What was refused is printed
// already.
func failed(r message.Reply) error {
	switch {
	case r.Status == message.StatusOK:
		return nil
	case r.Fault != nil:
		return &exitError{exitFailed, fmt.Errorf("request %s: %w", r.RequestID, r.Fault)}
	default:
		return &exitError{exitFailed, fmt.Errorf("request %s: %s", r.RequestID, r.Status)}
	}
}

// late is the error of a request whose answer did not come in time.
func (a *app) late(ctx context.Context, id string, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	return &exitError{exitTimeout, fmt.Errorf("%w\nnothing is lost: %s", err, a.followUp("get "+id+" --wait"))}
}

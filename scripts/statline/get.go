package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

func (a *app) getCommand() *cobra.Command {
	var wait bool
	cmd := &cobra.Command{
		Use:     "get ID...|last",
		Short:   "Print stored results",
		Long:    "Print the stored results of requests; last is the one that this user sent last to the stack.",
		Example: "  statline get last\n  statline get 0199a3f2-7c1e-7abc-8def-0123456789ab --wait",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, ids []string) error { return a.get(cmd.Context(), ids, wait) },
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for results that are not there yet, up to --timeout")
	return cmd
}

func (a *app) get(ctx context.Context, ids []string, wait bool) (err error) {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	replies := a.replies(len(ids) > 1)
	for _, id := range ids {
		id, failure := a.resolve(s, id)
		if failure != nil {
			return failure
		}
		r, failure := a.getOne(ctx, s.results(), id, wait)
		if failure == nil {
			failure = replies.write(r)
		}
		err = errors.Join(err, failure)
	}
	return err
}

// getOne reads one result, again and again where it is to be waited for.
func (a *app) getOne(ctx context.Context, store *results.Store, id string, wait bool) (message.Reply, error) {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		r, err := store.Get(ctx, id)
		if err == nil {
			return r.Reply, nil
		}
		if !errors.Is(err, results.ErrNotFound) {
			return message.Reply{}, err
		}
		if !wait {
			return message.Reply{}, &exitError{exitNotFound, fmt.Errorf("%w for request %s", err, id)}
		}
		select {
		case <-ctx.Done():
			return message.Reply{}, a.late(ctx, id, fmt.Errorf("%w for request %s yet", err, id))
		case <-time.After(pause):
		}
	}
}

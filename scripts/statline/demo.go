package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/stats"
)

func (a *app) demoCommand() *cobra.Command {
	d := demo{app: a}
	cmd := &cobra.Command{
		Use: "demo", Short: "See a shared reply queue cross and lose answers, and statline not", Args: cobra.NoArgs,
		Long: `Many clients send the same lists at once, three times: over a reply queue that they
share, taking whatever comes; over the same queue, dropping what is not theirs after
they have acknowledged it; and as statline does it. The stack is in the memory of
this process and leaves nothing behind.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context()) },
	}
	cmd.Flags().IntVar(&d.clients, "clients", 20, "how many clients")
	cmd.Flags().IntVar(&d.lists, "lists", 10, "how many lists each client sends")
	return cmd
}

// demo compares ways to get an answer back.
type demo struct {
	*app
	clients, lists int
}

// tally says what became of the requests of one run.
type tally struct{ right, crossed, lost int }

// asker is one client of a design. It returns the ID and the result that it takes
// for the answer to its request; an error means that it got none.
type asker interface {
	ask(ctx context.Context, q message.Request) (message.Reply, error)
	close(ctx context.Context) error
}

// design is a way to get answers back. Its clients may share what shared returns.
type design struct {
	name, how string
	client    func(s *session, a *app) (asker, error)
}

func designs(patience time.Duration) []design {
	return []design{
		{
			"shared queue", "take the next message for the answer",
			func(s *session, _ *app) (asker, error) { return newShared(s, takeAny, patience) },
		},
		{
			"shared queue", "acknowledge, then drop what is another's",
			func(s *session, _ *app) (asker, error) { return newShared(s, acknowledgeThenDrop, patience) },
		},
		{
			"statline", "an inbox of one's own, and the table",
			func(s *session, a *app) (asker, error) {
				r, err := s.requester(a, "demo")
				return own{r}, err
			},
		},
	}
}

// own is statline's own client.
type own struct{ *requester.Requester }

func (o own) ask(ctx context.Context, q message.Request) (message.Reply, error) { return o.Do(ctx, q) }
func (o own) close(ctx context.Context) error                                   { return o.Close(ctx) }

func (d demo) run(ctx context.Context) error {
	if d.clients < 1 || d.lists < 1 || d.clients > 200 || d.lists > 1000 {
		return usageError("--clients may be from 1 to 200, --lists from 1 to 1000")
	}
	d.say("%d clients send %d lists each, all at once; then each looks at what it got\n", d.clients, d.lists)
	t := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ANSWERS COME BY\tHOW\tRIGHT\tCROSSED\tLOST")
	for _, design := range designs(500 * time.Millisecond) {
		n, err := d.try(ctx, design)
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\n", design.name, design.how, n.right, n.crossed, n.lost)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	d.say("\ncrossed: a client took another's answer for its own; lost: its answer never came")
	return nil
}

// try has the clients of one design send their lists over a stack of its own.
func (d demo) try(ctx context.Context, design design) (n tally, err error) {
	server, err := local.Open(local.Config{Region: d.localRegion()})
	if err != nil {
		return n, err
	}
	s, err := d.openEmbedded(ctx, server)
	if err != nil {
		return n, errors.Join(err, server.Close())
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var mu sync.Mutex
	var errs error
	var wg sync.WaitGroup
	for c := range d.clients {
		wg.Go(func() {
			of, err := d.client(ctx, s, design, c)
			mu.Lock()
			defer mu.Unlock()
			errs = errors.Join(errs, err)
			n.right, n.crossed, n.lost = n.right+of.right, n.crossed+of.crossed, n.lost+of.lost
		})
	}
	wg.Wait()
	return n, errors.Join(errs, ctx.Err())
}

// client is one client: it sends its lists one after the other and compares what
// it gets with what it computes itself.
func (d demo) client(ctx context.Context, s *session, design design, c int) (n tally, err error) {
	client, err := design.client(s, d.app)
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, client.close(context.WithoutCancel(ctx))) }()
	for i := range d.lists {
		q := message.Request{ID: message.NewID()}
		if q.Numbers, err = stats.ParseText(fmt.Appendf(nil, "%d %d 54 89", c, 1000+i)); err != nil {
			return n, err
		}
		want, err := message.Compute(q)
		if err != nil {
			return n, err
		}
		reply, err := client.ask(ctx, q)
		switch {
		case err != nil:
			n.lost++
		case reply.RequestID == q.ID && reply.Result != nil && reply.Result.Mean == want.Mean && reply.Result.Max == want.Max:
			n.right++
		default:
			n.crossed++
		}
	}
	return n, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/requester"
)

// bench is the bench command.
type bench struct {
	*app
	load
	compare string
}

func (a *app) benchCommand() *cobra.Command {
	b := &bench{app: a}
	cmd := &cobra.Command{
		Use: "bench", Short: "Put a load on a stack and print its figures", Args: cobra.NoArgs,
		Long: `Put a load on a stack and print its figures: throughput, latencies, API calls and
what they cost.

The clients have an inbox each and publish together, as clients in one process do.
Without --rate the load saturates: every client has 32 requests under way (times
--pack), and sends the next when one is answered. With --rate it is as many callers who know
nothing of each other make it: requests fall due at random moments (Poisson),
whether others are answered or not, and their latency counts from then.
Otherwise it counts from just before the publish. It ends when the caller has the
reply; that of failed requests is not counted.

Every list is another and every answer is compared with what is computed here. A
request has failed when it is not answered rightly within --timeout. The requests
are like any others: their results and their entries in the log stay in the stack,
under the client ID bench.

API calls are counted where they are sent, every attempt, with those that make and
remove the clients' inboxes. Those of the services are counted where they run in
this process (--local without 'local up'). All are priced by AWS's list prices
(` + cloud.PricesRegion + `, ` + cloud.PricesDate + `); compute, storage and transfer are not in it.`,
		Example: `  statline bench --local
  statline bench --stack statline --rate 100 --requests 6000 -o json >monday.json
  statline bench --stack statline --rate 100 --requests 6000 --compare monday.json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.Float64Var(&b.Rate, "rate", 0, "requests a second; 0 for as many as there can be")
	f.IntVar(&b.Clients, "clients", 8, "how many clients, each with an inbox of its own")
	f.IntVar(&b.Requests, "requests", 20_000, "how many requests in all")
	f.IntVar(&b.Size, "size", 25, "how many numbers a list has")
	f.StringVar(&b.Kind, "kind", "integers", "what numbers: "+strings.Join(kinds, ", "))
	packFlag(cmd, &b.Pack)
	f.StringVar(&b.compare, "compare", "", "file with the JSON output of an earlier run to compare with")
	return cmd
}

func (b *bench) check() error {
	switch {
	case !(b.Rate >= 0 && b.Rate <= 1e6):
		return usageError("--rate %v: write how many requests a second, at most 1000000, or 0", b.Rate)
	case b.Clients < 1 || b.Clients > 1000:
		return usageError("--clients %d: write 1 to 1000", b.Clients)
	case b.Requests < 1:
		return usageError("--requests %d: write how many requests to send", b.Requests)
	case b.Size < 1 || b.Size > maxSize:
		return usageError("--size %d: write 1 to %d", b.Size, maxSize)
	case !slices.Contains(kinds, b.Kind):
		return usageError("--kind %s: write one of %s", b.Kind, strings.Join(kinds, ", "))
	}
	return checkPack(b.Pack)
}

func (b *bench) run(ctx context.Context) error {
	if err := b.check(); err != nil {
		return err
	}
	earlier, err := readReport(b.compare)
	if err != nil {
		return err
	}
	b.services = &cloud.Meter{}
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	return b.runOn(ctx, s, earlier)
}

// runOn prints the figures also of a run that was interrupted, or failed in part.
func (b *bench) runOn(ctx context.Context, s *session, earlier *report) error {
	r, err := b.measure(ctx, s)
	if r == nil {
		return err
	}
	if earlier != nil {
		b.compareWith(r, earlier)
	}
	return errors.Join(b.write(r, earlier), err, partly(ctx, r.Requests, r.Failed))
}

// measure runs the load and closes the session, so that all that the requests
// cost is counted. It returns no report where there were no clients to send any.
func (b *bench) measure(ctx context.Context, s *session) (*report, error) {
	var counted cloud.Meter
	metered := &session{Stack: s.With(counted.Metered(s.config))}
	clients, err := b.makeClients(metered)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	m := newMeasure()
	stop := b.showProgress(func() string { return m.progress(b.Requests) })
	l := &loader{load: b.load, clients: clients, timeout: b.timeout, measure: m}
	l.put(ctx)
	stop()
	err = errors.Join(closeClients(ctx, clients), s.close())
	r := newReport(b.load, m)
	r.Where, r.Interrupted = where(s), ctx.Err() != nil
	r.count("clients", counted.Usage())
	if s.embedded {
		r.count("services", b.services.Usage())
	}
	return r, err
}

func (b *bench) makeClients(s *session) ([]*requester.Requester, error) {
	config := s.requesterConfig(b.app, "bench")
	config.Publisher = requester.NewPublisher(s.SNS, s.TopicARN(), b.Pack)
	clients := make([]*requester.Requester, b.Clients)
	for i := range clients {
		var err error
		if clients[i], err = newRequester(config); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// closeClients removes the clients' inboxes, also of a run that was interrupted.
func closeClients(ctx context.Context, clients []*requester.Requester) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	errs := make([]error, len(clients))
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() { errs[i] = c.Close(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// where says which stack it was.
func where(s *session) string {
	place := fmt.Sprintf("stack %s of account %s in %s", s.Stack.Stack, s.Account, s.Region)
	if s.embedded {
		place += ", all in this process"
	}
	return place
}

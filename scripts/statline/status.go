package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/results"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say how a stack does, on one screen", Args: cobra.NoArgs,
		Long: `Say how a stack does: what its queues hold, the last result and the last object of
the log. Exit code 0: it is healthy; 1: it is not, and a line for each problem says
why and what helps.

A stack is unhealthy when there are dead letters, when nobody takes messages from a
queue that has some, when they are taken and come to nothing, when a queue, the table or the bucket cannot be read, and when
there are a thousand inboxes. SQS
counts approximately, and DynamoDB counts rows about every six hours. How old the
oldest message is only CloudWatch says: ApproximateAgeOfOldestMessage of a queue.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), func(s *session) error { return a.status(cmd.Context(), s) })
		},
	}
}

// status is how a stack does, as its JSON.
type status struct {
	Stack    string        `json:"stack"`
	Account  string        `json:"account"`
	Region   string        `json:"region"`
	Healthy  bool          `json:"healthy"`
	Problems []string      `json:"problems"`
	Queues   []queueStatus `json:"queues"`
	Rows     *int64        `json:"rows_estimate,omitempty"`
	Result   *listed       `json:"last_result,omitempty"`
	Object   *objectStatus `json:"last_object,omitempty"`
	Inboxes  *int          `json:"inboxes,omitempty"` // absent where they may not be listed

	followUp func(command string) string // see app
}

// manyInboxes are more than clients have that remove theirs.
const manyInboxes = 1000

type queueStatus struct {
	Queue       string `json:"queue"`
	Waiting     int    `json:"waiting"`
	InFlight    int    `json:"in_flight"`
	DeadLetters bool   `json:"dead_letters"`
}

type objectStatus struct {
	Key    string `json:"key"`
	Stored string `json:"stored_at"`
	Bytes  int64  `json:"bytes"`
	stored time.Time
}

func (st *status) problem(format string, args ...any) {
	st.Problems = append(st.Problems, fmt.Sprintf(format, args...))
}

func (a *app) status(ctx context.Context, s *session) error {
	st := &status{Stack: s.Stack.Stack, Account: s.Account, Region: s.Region, Problems: []string{}, followUp: a.followUp}
	s.lookAtResults(ctx, st)
	s.lookAtLog(ctx, st)
	s.lookAtQueues(ctx, st)
	s.lookAtInboxes(ctx, st)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	st.Healthy = len(st.Problems) == 0
	if err := a.writeStatus(st); err != nil {
		return err
	}
	if !st.Healthy {
		return &exitError{exitFailed, errors.New("the stack is not healthy")}
	}
	return nil
}

func (s *session) lookAtResults(ctx context.Context, st *status) {
	out, err := s.DynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(s.Table())})
	if err != nil {
		st.problem("table %s cannot be read: %v", s.Table(), err)
		return
	}
	st.Rows = out.Table.ItemCount
	rows, err := s.results().List(ctx, results.Query{Since: time.Now().AddDate(0, 0, -7), Limit: 1})
	if err != nil && !errors.Is(err, results.ErrNoIndex) {
		st.problem("table %s cannot be read: %v", s.Table(), err)
	}
	if len(rows) > 0 {
		l := newListed(rows[0])
		st.Result = &l
	}
}

func (s *session) lookAtLog(ctx context.Context, st *status) {
	o, err := s.log().Last(ctx)
	switch {
	case err == nil:
		st.Object = &objectStatus{o.Name, message.FormatTime(o.Stored), o.Size, o.Stored}
	case !errors.Is(err, audit.ErrNotFound):
		st.problem("bucket %s cannot be read: %v", s.AuditBucket(), err)
	}
}

// lookAtInboxes counts the inboxes. Who may look after a stack need not be one who may
// list queues.
func (s *session) lookAtInboxes(ctx context.Context, st *status) {
	stack, n := s.inboxStack(), 0
	of := map[string]int{} // by client
	for name, err := range stack.Names(ctx) {
		switch c := code(err); {
		case c == "AccessDenied" || c == "AccessDeniedException":
			return
		case err != nil:
			st.problem("%v", err)
			return
		}
		n++
		of[name[len(s.Inboxes()):strings.LastIndexByte(name, '-')]]++
	}
	st.Inboxes = &n
	if n >= manyInboxes {
		most := slices.MaxFunc(slices.Sorted(maps.Keys(of)), func(a, b string) int { return of[a] - of[b] })
		st.problem("%d inboxes, %d of them of client %s, which leaves them behind: %s", n, of[most], most, st.followUp("inbox list --all --client "+most))
	}
}

func (s *session) lookAtQueues(ctx context.Context, st *status) {
	for _, name := range []string{s.StatsQueue(), s.AuditQueue()} {
		d, idle, held, err := s.idle(ctx, name)
		if err != nil {
			st.problem("%v", err)
			continue
		}
		st.Queues = append(st.Queues, queueStatus{Queue: name, Waiting: d.waiting, InFlight: d.hidden})
		switch {
		case idle && !s.worked(name, st):
			st.problem("nobody takes messages from queue %s: start services/%s", name, strings.TrimPrefix(name, s.Stack.Stack+"-"))
		case held && !s.worked(name, st) && s.overdue(name, st):
			st.problem("the messages of queue %s are taken and come to nothing: %s, and the lines of services/%s", name, st.followUp("doctor"), strings.TrimPrefix(name, s.Stack.Stack+"-"))
		}
	}
	for _, o := range offices(s.Names) {
		d, err := depthOf(ctx, s.Stack, o.name)
		if err != nil {
			st.problem("%v", err)
			continue
		}
		st.Queues = append(st.Queues, queueStatus{o.name, d.waiting, d.hidden, true})
		if n := d.waiting + d.hidden; n > 0 {
			st.problem("%d dead letters in queue %s: %s", n, o.name, st.followUp("dlq list --queue "+o.short))
		}
	}
}

// idle says that a queue has messages and nobody has any in his hands, three times in a
// row; held, that somebody has, as often.
func (s *session) idle(ctx context.Context, name string) (d depth, idle, held bool, err error) {
	idle, held = true, true
	for look := 0; look < 3 && (idle || held); look++ {
		if look > 0 {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return d, false, false, context.Cause(ctx)
			}
		}
		if d, err = depthOf(ctx, s.Stack, name); err != nil {
			return d, false, false, err
		}
		idle, held = idle && d.waiting > 0 && d.hidden == 0, held && d.hidden > 0
	}
	return d, idle, held, nil
}

// overdue says that the service of a queue should have finished something by now. Of the
// stats service that is any message. The audit service may gather messages for half a
// minute: that the log lacks them shows by an answer that is older and newer than it.
func (s *session) overdue(name string, st *status) bool {
	if st.Result == nil {
		return false // not known
	}
	if name == s.StatsQueue() {
		return true
	}
	completed, err := time.Parse(time.RFC3339, st.Result.CompletedAt)
	return err == nil && time.Since(completed) > time.Minute && (st.Object == nil || st.Object.stored.Before(completed))
}

// worked says that the service of a queue has finished something within a minute, so
// that SQS's counts are late.
func (s *session) worked(name string, st *status) bool {
	if name == s.AuditQueue() {
		return st.Object != nil && time.Since(st.Object.stored) < time.Minute
	}
	if st.Result == nil {
		return false
	}
	completed, err := time.Parse(time.RFC3339, st.Result.CompletedAt)
	return err == nil && time.Since(completed) < time.Minute
}

func (a *app) writeStatus(st *status) error {
	switch a.format {
	case "json", "jsonl":
		return writeJSON(a.out, st)
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write([]string{"queue", "waiting", "in_flight", "dead_letters"})
		for _, q := range st.Queues {
			w.Write([]string{q.Queue, strconv.Itoa(q.Waiting), strconv.Itoa(q.InFlight), strconv.FormatBool(q.DeadLetters)})
		}
		w.Flush()
		return w.Error()
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "stack\t%s of account %s in %s\n", st.Stack, st.Account, st.Region)
	for _, q := range st.Queues {
		fmt.Fprintf(t, "queue %s\t%d waiting, %d in flight\n", q.Queue, q.Waiting, q.InFlight)
	}
	if st.Rows != nil {
		fmt.Fprintf(t, "results\tabout %d\n", *st.Rows)
	}
	if r := st.Result; r != nil {
		fmt.Fprintf(t, "last result\t%s  %s  %s\n", r.CompletedAt, r.RequestID, r.Status)
	} else {
		fmt.Fprintln(t, "last result\tnone in seven days that the table lists")
	}
	if o := st.Object; o != nil {
		fmt.Fprintf(t, "last object\t%s  %s\n", o.Stored, o.Key)
	} else {
		fmt.Fprintln(t, "last object\tnone")
	}
	if st.Inboxes != nil {
		fmt.Fprintf(t, "inboxes\t%d\n", *st.Inboxes)
	}
	health := "healthy"
	if !st.Healthy {
		health = "NOT HEALTHY"
	}
	fmt.Fprintf(t, "health\t%s\n", health)
	for _, p := range st.Problems {
		fmt.Fprintf(t, "problem\t%s\n", strings.ReplaceAll(p, "\n", " "))
	}
	return t.Flush()
}

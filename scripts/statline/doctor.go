package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
)

func (a *app) doctorCommand() *cobra.Command {
	var probe bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check the set-up, each fault with the command that mends it", Args: cobra.NoArgs,
		Long: `Check the set-up of a stack from end to end: credentials, region and clock, the
topic and its subscriptions, the queues with their policies and dead-letter queues,
the table, and the bucket. Each fault comes with a command that mends it. Exit code
0: no fault; 1: some.

Nothing is changed. Whether the table and the bucket may be written to is found out
by writes that their own conditions refuse. What cannot be found out, since the
endpoint or the permissions do not allow it, is "not checked", with the reason.

--probe also sends a request, as client "doctor", and waits up to --timeout for its
answer and for its entry in the log: that leaves a row and an entry.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), probe) },
	}
	cmd.Flags().BoolVar(&probe, "probe", false, "send a request through the whole stack")
	return cmd
}

// doctor is what the checks look at.
type doctor struct {
	*session
	app   *app
	probe bool
}

// check is one thing that must hold. Look returns what it has found, or an error: a
// [*fault], an [*unchecked], or what AWS said, which is one or the other.
type check struct {
	name string
	look func(context.Context) (found string, err error)
	fix  string // of what AWS says that is a fault
}

// fault is what is wrong, and the command that mends it.
type fault struct{ what, fix string }

func (f *fault) Error() string { return f.what }

// unchecked says why a check could not be made.
type unchecked struct{ why string }

func (u *unchecked) Error() string { return u.why }

// finding is the outcome of a check.
type finding struct {
	Check  string `json:"check"`
	Status string `json:"status"` // ok, fault, not checked
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

const (
	sound      = "ok"
	faulty     = "fault"
	notChecked = "not checked"
)

var findingHeader = []string{"check", "status", "detail", "fix"}

func (f finding) columns() []string { return []string{f.Check, f.Status, f.Detail, f.Fix} }

// run makes a check.
func (c check) run(ctx context.Context) finding {
	found, err := c.look(ctx)
	if err == nil {
		return finding{c.name, sound, found, ""}
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	if u, ok := errors.AsType[*unchecked](err); ok {
		return finding{c.name, notChecked, u.why, ""}
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return finding{c.name, faulty, f.what, f.fix}
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		switch e.ErrorCode() {
		case "NotImplemented", "UnknownOperationException", "InvalidAction", "UnsupportedOperation":
			return finding{c.name, notChecked, "the endpoint does not have the operation: " + text, ""}
		case "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "Forbidden":
			return finding{c.name, notChecked, "the credentials are not allowed to look: " + text, ""}
		}
	}
	return finding{c.name, faulty, text, c.fix}
}

func (a *app) doctor(ctx context.Context, probe bool) (err error) {
	s, err := a.open(ctx)
	if err != nil {
		if f, ok := a.unopened(ctx, err); ok {
			return a.diagnose([]finding{f})
		}
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	d := &doctor{session: s, app: a, probe: probe}
	var findings []finding
	for _, c := range d.checks() {
		f := c.run(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		findings = append(findings, f)
	}
	return a.diagnose(findings)
}

// checks are all of them, in the order in which one needs the other.
func (d *doctor) checks() []check {
	all := []check{{"version", d.version, ""}, {"credentials", d.credentials, credentialsFix}, {"clock", d.clock, credentialsFix}}
	all = append(all, d.topicChecks()...)
	all = append(all, d.queueChecks()...)
	all = append(all, d.tableChecks()...)
	all = append(all, d.bucketChecks()...)
	all = append(all, d.functionChecks()...)
	all = append(all, d.serviceChecks()...)
	return append(all, check{"writing the log", d.writeLog, d.apply()}) // which needs an object of the log
}

func (d *doctor) version(context.Context) (string, error) {
	return "statline " + version() + ", region " + d.Region, nil
}

func (a *app) diagnose(findings []finding) error {
	faults, open := 0, 0
	for _, f := range findings {
		switch f.Status {
		case faulty:
			faults++
		case notChecked:
			open++
		}
	}
	if err := a.writeFindings(findings); err != nil {
		return err
	}
	a.say("%d checks: %d faults, %d not checked", len(findings), faults, open)
	if faults > 0 {
		return &exitError{exitFailed, fmt.Errorf("%d faults", faults)}
	}
	return nil
}

// writeFindings writes in text a line for each finding, and under a fault the command
// that mends it.
func (a *app) writeFindings(findings []finding) error {
	if a.format != "text" {
		return writeRows(a, findings, findingHeader, finding.columns)
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(t, "%s\t%s\t%s\n", strings.ToUpper(f.Status), f.Check, f.Detail)
		if f.Fix != "" {
			fmt.Fprintf(t, "\t\tfix: %s\n", f.Fix)
		}
	}
	return t.Flush()
}

// apply is the command that makes what is missing and sets what differs.
func (d *doctor) apply() string {
	if d.local {
		return "statline local up --data " + shellQuoted(d.app.data)
	}
	return "terraform -chdir=terraform apply -var name=" + d.Stack.Stack + " -var region=" + d.Region
}

// aws is a command of the AWS CLI.
func (d *doctor) aws(args ...string) string {
	all := []string{"aws"}
	if d.local {
		all = []string{`eval "$(statline local env --data ` + shellQuoted(d.app.data) + `)" && aws`}
	}
	for _, arg := range append(args, "--region", d.Region) {
		all = append(all, shellQuoted(arg))
	}
	return strings.Join(all, " ")
}

// shellQuoted is an argument as a shell takes it.
func shellQuoted(arg string) string {
	if arg != "" && strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+") == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

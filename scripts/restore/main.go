// Command restore brings rows back into a stack's table: from another table, as
// DynamoDB's point-in-time recovery makes one, or from the stack's text log. It adds
// what is missing and changes nothing that is there, so it may be run while the
// services run, and again. terraform/operating.md says when.
//
//	restore rows FROM NAME [--dry-run]
//	restore log NAME [--keep 2160h] [--dry-run]
//
// It needs dynamodb:Scan on the table FROM, or s3:ListBucket and s3:GetObject on the
// log, and dynamodb:PutItem (for a log, dynamodb:GetItem and dynamodb:PartiQLInsert as
// well) on the stack's table. AWS is reached as by every AWS tool.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/statline/statline/pkg/cloud"
)

const usage = `usage: restore rows FROM NAME [--dry-run]       copy the rows of the table FROM into that of the stack NAME
       restore log NAME [--keep 2160h] [--dry-run] make rows of what the log of the stack NAME says
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "restore:", err)
		os.Exit(1)
	}
}

// errUsage says that how to use the command was told.
var errUsage = errors.New("usage")

// run is the command: what it did goes to out, how to use it to errs.
func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage) }
	dry := flags.Bool("dry-run", false, "count, and write nothing")
	keep := flags.Duration("keep", 90*24*time.Hour, "how long a row is kept from when its request was received")
	names, err := parse(flags, args)
	if err != nil {
		return errUsage
	}
	what, names := names[0], names[1:]
	if want := map[string]int{"rows": 2, "log": 1}[what]; want == 0 || len(names) != want || *keep <= 0 {
		flags.Usage()
		return errUsage
	}
	config, err := cloud.Load(ctx, "", "")
	if err != nil {
		return err
	}
	stack, err := cloud.Open(ctx, names[len(names)-1], config)
	if err != nil {
		return err
	}
	var done counts
	if what == "rows" {
		done, err = copyRows(ctx, stack, names[0], *dry)
	} else {
		done, err = readLog(ctx, stack, *keep, *dry)
	}
	verb := "restored"
	if *dry {
		verb = "to restore"
	}
	fmt.Fprintf(out, "%d read, %d %s, %d there already, %d of another list under the same ID, %d past their time\n", done.read, done.restored, verb, done.there, done.other, done.past)
	return err
}

// parse takes flags before, between and after the other arguments, of which there is
// one at least.
func parse(flags *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
	if len(names) == 0 {
		flags.Usage()
		return nil, errUsage
	}
	return names, nil
}

// counts are what became of the rows.
type counts struct{ read, restored, there, other, past int }

func (c *counts) add(d counts) {
	c.read += d.read
	c.restored += d.restored
	c.there += d.there
	c.other += d.other
	c.past += d.past
}

// Command conformance checks that an endpoint does what AWS documents: it makes
// some hundred calls to SNS, SQS, DynamoDB, S3 and STS, bad ones included, and
// compares what happens with what AWS's documentation says.
//
// It speaks to whatever AWS_ENDPOINT_URL, the credentials and the region of the
// environment point to: AWS itself, the local endpoint, or moto. It works on
// resources of its own alone, whose names begin with conf-, and removes them when
// it ends, however it ends short of being killed. On AWS it costs a few cents.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/statline/statline/pkg/cloud"
)

// options are what the command line says.
type options struct {
	peer    string // "moto", or empty
	report  string // file to keep the report in, or empty
	verbose bool
	only    *regexp.Regexp
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2) // package flag has said why
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed, err := conform(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.Func("peer", "expect the known differences from AWS of `PEER`, which is moto", func(s string) error {
		if s != "moto" {
			return errors.New("the differences of moto alone are known")
		}
		o.peer = s
		return nil
	})
	flags.Func("run", "run only the cases whose name matches `REGEXP`", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	flags.StringVar(&o.report, "report", "", "write a report to keep to `FILE`")
	flags.BoolVar(&o.verbose, "v", false, "say of every case where AWS documents it, what it took and how many calls")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		err := fmt.Errorf("unexpected arguments: %q", flags.Args())
		fmt.Fprintln(flags.Output(), err)
		return o, err
	}
	return o, nil
}

// conform runs the cases that o asks for and reports them.
func conform(ctx context.Context, o options) (failed bool, err error) {
	config, err := cloud.Load(ctx, "", "")
	if err != nil {
		return false, err
	}
	t, err := open(ctx, config, o.peer)
	if err != nil {
		return false, err
	}
	selected := choose(cases(), o.only)
	if len(selected) == 0 {
		return false, fmt.Errorf("no case matches %v", o.only)
	}
	fmt.Print(t.describe())
	s := t.run(ctx, selected, func(r result) { fmt.Print(r.text(o.peer, o.verbose)) })
	fmt.Print(s.text(o.peer))
	if o.report != "" {
		err = os.WriteFile(o.report, []byte(fullReport(t, s)), 0o644)
	}
	return s.failed(o.peer) > 0, cmp.Or(err, ctx.Err())
}

// choose keeps the cases whose name matches; nil matches all.
func choose(all []testCase, only *regexp.Regexp) []testCase {
	var chosen []testCase
	for _, c := range all {
		if only == nil || only.MatchString(c.name) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

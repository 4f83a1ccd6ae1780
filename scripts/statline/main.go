// Command statline is the client: it sends lists of numbers and shows their
// statistics, past results and the log, on AWS or with the whole system embedded
// in the process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// The exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitTimeout     = 4 // the answer did not come in time; it is not lost
	exitPartly      = 5 // some of many failed
	exitInterrupted = 130
)

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usageError is a mistake in how the command was called.
func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process: it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	return (&app{in: in, out: out, err: errs}).run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.command()
	root.SetArgs(markNumbers(args))
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	return a.fail(ctx, err)
}

// fail prints an error and returns the exit code.
func (a *app) fail(ctx context.Context, err error) int {
	if text := unmark(err.Error()); text != "" {
		fmt.Fprintln(a.err, "statline: "+text)
	}
	if e, ok := errors.AsType[*exitError](err); ok && e.code != exitTimeout {
		return e.code
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if !a.started {
		return exitUsage // the command line could not be read
	}
	return exitFailed
}

// mark goes before an argument that begins like a negative number, so that it is
// not taken for a flag. No argument of a process can hold it.
const mark = "\x00"

func markNumbers(args []string) []string {
	marked := make([]string, len(args))
	for i, a := range args {
		if len(a) > 1 && a[0] == '-' && strings.ContainsRune(".0123456789", rune(a[1])) {
			a = mark + a
		}
		marked[i] = a
	}
	return marked
}

func unmark(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\x00`, ""), mark, "")
}

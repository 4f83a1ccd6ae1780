package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
)

// input is where a command's lists come from, and what is asked of them.
type input struct {
	file      string
	quantiles string
	method    string
}

func (in *input) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&in.file, "file", "f", "", "read the list from a file (- for standard input)")
	f.StringVar(&in.quantiles, "quantiles", "", "quantiles to compute besides, as 0.9,0.99")
	f.StringVar(&in.method, "quantile-method", "", "definition of quartiles and quantiles, R1 to R9 (default R7)")
}

const listHelp = `A list is numbers separated by white space or commas, or a JSON array. It comes
from the arguments, from a file (-f FILE), or from standard input (-).`

// reader is what the list is read from, nil where it is in the arguments.
func (in *input) reader(a *app, args []string) (io.ReadCloser, error) {
	switch {
	case in.file == "" && len(args) == 1 && args[0] == "-", in.file == "-" && len(args) == 0:
		return io.NopCloser(a.in), nil
	case in.file == "" && len(args) == 0:
		return nil, usageError("no numbers: give some, or -f FILE, or - for standard input")
	case in.file == "":
		return nil, nil
	case len(args) > 0:
		return nil, usageError("both -f %s and numbers are given", in.file)
	}
	f, err := os.Open(in.file)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// request reads the one list that the command line gives.
func (in *input) request(a *app, args []string) (message.Request, error) {
	r, err := in.reader(a, args)
	if err != nil {
		return message.Request{}, err
	}
	text := []byte(unmark(strings.Join(args, " ")))
	if r != nil {
		defer r.Close()
		if text, err = io.ReadAll(r); err != nil {
			return message.Request{}, fmt.Errorf("read the list: %w", err)
		}
	}
	return in.parse(text)
}

// parse makes a request of the text of a list. What a service would refuse is
// refused here with the same words, as a mistake in how the command was called.
func (in *input) parse(text []byte) (message.Request, error) {
	q := message.Request{ID: message.NewID(), Method: stats.Method(in.method)}
	if q.Method != "" && !q.Method.Valid() {
		return q, usageError("--quantile-method %s: write one of R1 to R9", in.method)
	}
	var err error
	if q.Numbers, err = stats.ParseText(text); err != nil {
		return q, &exitError{exitUsage, message.ListFault("numbers", err)}
	}
	if in.quantiles == "" {
		return q, nil
	}
	if q.Quantiles, err = stats.ParseText([]byte(in.quantiles)); err != nil {
		return q, &exitError{exitUsage, message.ListFault("quantiles", err)}
	}
	if fault := message.CheckQuantiles(q.Quantiles); fault != nil {
		return q, &exitError{exitUsage, fault}
	}
	return q, nil
}

// check refuses what is too large to send or to be replied.
func checkRequest(q message.Request) error {
	body, err := q.MarshalJSON()
	if err != nil {
		return err
	}
	for _, in := range message.Parse("", bytes.Clone(body)) {
		if fault := in.Answer().Fault; fault != nil {
			return &exitError{exitUsage, fault}
		}
	}
	return nil
}

package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/cloud"
)

// app is one run of the program.
type app struct {
	in       io.Reader
	out, err io.Writer
	started  bool // the command line was understood

	stack    string
	local    bool
	data     string
	profile  string
	region   string
	timeout  time.Duration
	format   string
	quiet    bool
	stackSet bool
	where    string // the flags that say where, as they were given

	services *cloud.Meter // counts the calls of services in this process, where not nil
	config   *aws.Config  // what a stack is opened with, whatever flags and environment say, where not nil
}

var formats = []string{"text", "json", "jsonl", "csv"}

// command builds the command tree.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "statline",
		Short: "Statistics of lists of numbers, computed exactly, stored and logged",
		Long: `statline sends lists of numbers to a stack and shows their statistics, past
results and the log. Without AWS credentials in the environment it runs the whole
system in the process (--local) and keeps its data in .statline.`,
		Example: `  statline send 7 8 54 89
  statline results
  statline audit list`,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.check(cmd) },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.stack, "stack", envOr("STATLINE_STACK", "statline"), "name of the stack (STATLINE_STACK)")
	f.BoolVar(&a.local, "local", false, "run the stack in this process, or use the one that 'local up' serves")
	f.StringVar(&a.data, "data", envOr("STATLINE_DATA", ".statline"), "directory of the local stack and of what the client remembers (STATLINE_DATA)")
	f.StringVar(&a.profile, "profile", "", "AWS profile")
	f.StringVar(&a.region, "region", "", "AWS region")
	f.DurationVar(&a.timeout, "timeout", 30*time.Second, "how long to wait for an answer")
	f.StringVarP(&a.format, "output", "o", "text", "output: "+strings.Join(formats, ", "))
	f.BoolVarP(&a.quiet, "quiet", "q", false, "nothing on stderr but errors")
	root.AddCommand(a.sendCommand(), a.calcCommand(), a.getCommand(), a.resultsCommand(), a.auditCommand(),
		a.dlqCommand(), a.inboxCommand(), a.statusCommand(), a.doctorCommand(), a.traceCommand(),
		a.benchCommand(), a.demoCommand(), a.localCommand(), a.versionCommand())
	return root
}

// check sees to the global flags before a command runs.
func (a *app) check(cmd *cobra.Command) error {
	a.started = true
	a.stackSet = cmd.Flags().Changed("stack") || os.Getenv("STATLINE_STACK") != ""
	a.where = ""
	for _, name := range []string{"stack", "local", "data", "profile", "region"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.Type() == "bool" {
			a.where += strings.TrimSuffix(" --"+name+"="+f.Value.String(), "=true")
		} else if f.Changed {
			a.where += " --" + name + " " + shellQuoted(f.Value.String())
		}
	}
	if !slices.Contains(formats, a.format) {
		return usageError("-o %s: write one of %s", a.format, strings.Join(formats, ", "))
	}
	if a.timeout <= 0 {
		return usageError("--timeout %v: write a positive duration, such as 30s", a.timeout)
	}
	return nil
}

// followUp is another command of the program, for the stack that this one is for.
func (a *app) followUp(command string) string { return "statline " + command + a.where }

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

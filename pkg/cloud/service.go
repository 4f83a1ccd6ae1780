package cloud

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/statline/statline/pkg/telemetry"
)

// Environment is what a service is told by its environment, beside the SDK's own
// variables.
type Environment struct {
	Stack string        // STATLINE_STACK
	Keep  time.Duration // STATLINE_KEEP
	Age   time.Duration // STATLINE_AUDIT_AGE
	// Lambda says that the process is a Lambda function: AWS_LAMBDA_RUNTIME_API is set.
	// It is frozen between two events, so nothing in it may wait for a later one.
	Lambda bool
	// Single has the stats service write every result with a call of its own:
	// STATLINE_WRITES=single.
	Single bool
	// Metrics are those of the service. Main sees to it that they are written.
	Metrics *telemetry.Metrics

	invocations *invocations
}

const variables = `Environment:
  STATLINE_STACK      the stack to serve (default "statline")
  STATLINE_KEEP       how long the stats service has results kept, as 2160h (the default, 90 days)
  STATLINE_AUDIT_AGE  how long the audit service lets requests wait for others to share
                      an object of the log, as 1s (the default)
  STATLINE_WRITES     "batch" (the default) has results share calls to the table; "single" is
                      for an endpoint whose PartiQL batches overwrite rows, as moto's do
  STATLINE_LOG        the least level that is logged: debug, info (the default), warn or error;
                      metrics are logged whatever it is
  AWS_*               as for every AWS tool: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, ...
  GOMAXPROCS          on how many processors the service works (default 1); where one is not
                      enough, run another service beside it

SIGTERM and SIGINT stop the service: it finishes the messages it works on and
returns the others to the queue.

Where AWS_LAMBDA_RUNTIME_API is set, as in AWS Lambda, the service does not poll: it
is a function that works the events of its queue, with nothing left to do between
two of them. STATLINE_AUDIT_AGE then means nothing.
`

// ReadEnvironment reads the environment. The error names the variable that is not
// as it must be.
func ReadEnvironment() (Environment, error) {
	e := Environment{Stack: cmp.Or(os.Getenv("STATLINE_STACK"), "statline"), Lambda: os.Getenv(runtimeAPI) != ""}
	for name, d := range map[string]*time.Duration{"STATLINE_KEEP": &e.Keep, "STATLINE_AUDIT_AGE": &e.Age} {
		v := os.Getenv(name)
		if v == "" {
			continue
		}
		var err error
		if *d, err = time.ParseDuration(v); err != nil || *d <= 0 {
			return e, fmt.Errorf("%s=%q: write a positive duration, such as 24h or 1.5s", name, v)
		}
	}
	switch v := cmp.Or(os.Getenv("STATLINE_WRITES"), "batch"); v {
	case "batch":
	case "single":
		e.Single = true
	default:
		return e, fmt.Errorf("STATLINE_WRITES=%q: write batch or single", v)
	}
	return e, CheckStack(e.Stack)
}

// Main is the main function of a service: it opens the stack that the environment
// names and has run serve it until the process is told to stop. Service names the
// service, in its metrics too, and about says what it does: the rest of a sentence.
//
// A Lambda function is not told: it is stopped while it has nothing in hand, or when
// its time is over, and a signal ends it at once.
func Main(service, about string, run func(context.Context, *Stack, Environment) error) {
	if len(os.Args) > 1 {
		usage(service+" "+about, os.Args[1:])
	}
	ctx, api := context.Background(), os.Getenv(runtimeAPI)
	if api == "" {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	if err := serve(ctx, service, run); err != nil {
		slog.Error("service failed", telemetry.Err(err))
		if api != "" {
			reportStart(api, err)
		}
		os.Exit(1)
	}
}

func usage(about string, args []string) {
	var to io.Writer = os.Stderr
	code := 2
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h" || args[0] == "-help") {
		to, code = os.Stdout, 0
	} else {
		fmt.Fprintf(to, "unexpected arguments: %s\n\n", strings.Join(args, " "))
	}
	fmt.Fprintf(to, "%s\n\n%s", about, variables)
	os.Exit(code)
}

// A service waits for calls most of the time, and on one processor it need not wake
// others for each answer, which saves a fifteenth of its time; where one is not enough,
// there are further tasks. Its heap is small, and Go would collect it all the time. It may
// grow to nine times what is in use as long as the process stays below 200 MiB, which
// saves up to a third. GOMAXPROCS, GOGC and GOMEMLIMIT go before.
const (
	processors  = 1
	gcPercent   = 800
	memoryLimit = 200 << 20
)

func tune() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(memoryLimit, functionMemory()))
	}
}

func serve(ctx context.Context, service string, run func(context.Context, *Stack, Environment) error) error {
	tune()
	var level slog.LevelVar
	now := &invocations{}
	slog.SetDefault(slog.New(invoked{slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: &level}), now}))
	if v := os.Getenv("STATLINE_LOG"); v != "" {
		if err := level.UnmarshalText([]byte(v)); err != nil {
			return fmt.Errorf("STATLINE_LOG=%q: write debug, info, warn or error", v)
		}
	}
	e, err := ReadEnvironment()
	if err != nil {
		return err
	}
	config, err := Load(ctx, "", "")
	if err != nil {
		return err
	}
	e.Metrics, e.invocations = &telemetry.Metrics{Stack: e.Stack, Service: service}, now
	stack, err := Open(ctx, e.Stack, throttled(config, e.Metrics))
	if err != nil {
		return err
	}
	slog.Info("service started", "stack", stack.Stack, "region", stack.Region, "account", stack.Account, "service", service, "build", ThisBuild())
	defer slog.Info("service stopped", "stack", stack.Stack)
	if !e.Lambda { // which is frozen between two events, and writes them with each
		defer e.Metrics.Every(time.Minute, unwritten)()
	}
	return run(ctx, stack, e)
}

// unwritten logs that metrics could not be written.
func unwritten(err error) { slog.Error("metrics are lost", telemetry.Err(err)) }

// Endpoint serves AWS's services to the designs that are compared: the embedded
// endpoint in memory, with the resources of a stack made in it, on a free loopback
// port whose URL it prints. It counts the calls and, with -aws, lets them take
// about as long as those of AWS. It ends on SIGTERM, or when its input does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

func main() {
	aws := flag.Bool("aws", false, "let calls take about as long as on AWS")
	stack := flag.String("stack", "statline", "make the resources of the `stack` of that name")
	forget := flag.Bool("forget", false, "take objects of S3 and keep none, for a load that would fill the memory with them")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	go func() { // whoever started it is gone
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := run(ctx, *aws, *forget, *stack, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "endpoint:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, aws, forget bool, stack, profile string) (err error) {
	debug.SetGCPercent(400) // it is what the others are measured against, not what is measured
	config := local.Config{}
	if aws {
		config.Chance.Copies = delivery
	}
	server, err := local.Open(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	s, err := cloud.Open(ctx, stack, cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		return err
	}
	if err := s.Create(ctx); err != nil {
		return err
	}
	c := newCounter(aws)
	c.forget = forget
	server.Hook(c.hook)
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return errors.Join(err, f.Close())
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	return serve(ctx, server, c)
}

// serve serves the server, and what was counted, until ctx ends.
func serve(ctx context.Context, server *local.Server, c *counter) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("http://%s\n", l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.serve(w, r) {
			server.ServeHTTP(w, r)
		}
	})}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		server.EndPolls()
		stopped <- srv.Close()
	})
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

func (a *app) localCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run the system on this machine",
	}
	cmd.AddCommand(a.localUpCommand(), a.localEndpointCommand(), a.localEnvCommand(), a.localResetCommand())
	return cmd
}

func (a *app) localUpCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "up", Short: "Serve the whole stack, for many processes", Args: cobra.NoArgs,
		Long: `Serve the whole stack until interrupted: the AWS endpoint on a loopback port, with
the stack's resources made, and both services. Commands with --local and the same
data directory use it.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), addr, true) },
	}
	addrFlag(cmd, &addr)
	return cmd
}

func (a *app) localEndpointCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "endpoint", Short: "Serve the AWS endpoint alone, empty, for Terraform", Args: cobra.NoArgs,
		Long: `Serve the AWS endpoint alone until interrupted: what it holds is what its clients,
such as Terraform, make in it.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), addr, false) },
	}
	addrFlag(cmd, &addr)
	return cmd
}

func addrFlag(cmd *cobra.Command, addr *string) {
	cmd.Flags().StringVar(addr, "addr", "127.0.0.1:4566", "loopback address to listen on; port 0 takes any free one")
}

// serve serves the data directory on addr until ctx ends; with the stack and its
// services, or without.
func (a *app) serve(ctx context.Context, addr string, up bool) (err error) {
	if err := checkLoopback(addr); err != nil {
		return err
	}
	server, err := a.acquireAlone(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if up {
		s, err := a.openAt(ctx, cloud.Config(local.URL, a.localRegion(), server.Client()))
		if err != nil {
			return err
		}
		e, err := embed(ctx, s, a)
		if err != nil {
			return err
		}
		e.sweep(ctx, a)
		defer func() {
			server.EndPolls()
			err = errors.Join(err, e.shut())
		}()
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	if err := a.writeServed(url); err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, os.Remove(a.served())) }()
	a.say("serving %s; data in %s; Ctrl-C stops", url, a.data)
	return server.Serve(ctx, l)
}

// checkLoopback refuses to listen where others could reach the endpoint: it asks
// nobody who they are.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError("--addr %s: write HOST:PORT, such as 127.0.0.1:4566", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError("--addr %s: the endpoint checks no credentials, so it listens on loopback addresses only", addr)
	}
	return nil
}

// acquireAlone opens the data directory; that it is served already is an error.
func (a *app) acquireAlone(ctx context.Context) (*local.Server, error) {
	server, url, err := a.acquire(ctx)
	if err == nil && server == nil {
		return nil, fmt.Errorf("%s is served already, on %s", a.data, url)
	}
	return server, err
}

func (a *app) localEnvCommand() *cobra.Command {
	return &cobra.Command{
		Use: "env", Short: "Print what other AWS tools need to use 'local up' or 'local endpoint'", Args: cobra.NoArgs,
		Long: `Print the export and unset lines with which other AWS tools, Terraform among them,
use the endpoint that is serving the data directory:

  eval "$(statline local env)"

One that is just starting is waited for, ten seconds at most.`,
		RunE: func(c *cobra.Command, _ []string) error {
			url, ok := a.awaitServed(c.Context())
			if !ok {
				return &exitError{exitFailed, fmt.Errorf("nothing serves %s: start 'statline local up' or 'statline local endpoint'", a.data)}
			}
			return a.printEnvironment(url)
		},
	}
}

// awaitServed is readServed, and waits for an endpoint that is just starting.
func (a *app) awaitServed(ctx context.Context) (url string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		if url, ok := a.readServed(); ok {
			return url, true
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return "", false
		}
	}
}

// printEnvironment takes away whatever could lead a tool to AWS. The AWS CLI of
// version 1 takes no endpoint for SQS from the environment; it needs
// --endpoint-url.
func (a *app) printEnvironment(url string) error {
	_, err := fmt.Fprintf(a.out, `unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
unset AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI
unset AWS_ENDPOINT_URL_SNS AWS_ENDPOINT_URL_SQS AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_STS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
export AWS_ENDPOINT_URL=%s
export AWS_ACCESS_KEY_ID=local
export AWS_SECRET_ACCESS_KEY=local
export AWS_REGION=%s
export AWS_DEFAULT_REGION=%s
export AWS_EC2_METADATA_DISABLED=true
`, url, a.localRegion(), a.localRegion())
	return err
}

func (a *app) localResetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Delete everything that the local stack holds", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			server, err := a.acquireAlone(cmd.Context())
			if err != nil {
				return err
			}
			// The lock is held until the state is gone.
			defer func() { err = errors.Join(err, server.Close()) }()
			for _, name := range []string{"s3", "last", "state.db"} {
				if err := os.RemoveAll(filepath.Join(a.data, name)); err != nil {
					return fmt.Errorf("reset: %w", err)
				}
			}
			a.say("%s is empty", a.data)
			return nil
		},
	}
}

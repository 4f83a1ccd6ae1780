package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/results"
)

// session is an open stack, on AWS or local.
type session struct {
	*cloud.Stack
	config   aws.Config   // what its clients are made of
	embedded bool         // the services run in this process
	local    bool         // it is the stack of a data directory
	close    func() error // never nil
}

// open opens the stack that the flags and the environment ask for.
func (a *app) open(ctx context.Context) (*session, error) {
	if a.config != nil {
		return a.openAt(ctx, *a.config)
	}
	local, err := a.isLocal()
	if err != nil {
		return nil, err
	}
	if local {
		return a.openLocal(ctx)
	}
	config, err := cloud.Load(ctx, a.profile, a.region)
	if err != nil {
		return nil, err
	}
	return a.openAt(ctx, config)
}

func (a *app) openAt(ctx context.Context, config aws.Config) (*session, error) {
	if err := cloud.CheckStack(a.stack); err != nil {
		return nil, &exitError{exitUsage, err}
	}
	stack, err := cloud.Open(ctx, a.stack, config)
	if err != nil {
		return nil, err
	}
	return &session{Stack: stack, config: config, close: func() error { return nil }}, nil
}

// isLocal decides where to run. Local is the default only where nothing says that
// AWS, or something that stands for it, is meant.
func (a *app) isLocal() (bool, error) {
	if a.local {
		return true, nil
	}
	if a.stackSet {
		return false, nil
	}
	if found := awsVariable(); found != "" || a.profile != "" {
		if found == "" {
			found = "--profile"
		}
		return false, usageError("%s is set: choose --stack NAME for a stack on AWS, or --local for the one in this process", found)
	}
	a.say("no AWS credentials in the environment: running locally, data in %s (--stack NAME for AWS, --local to say so)", a.data)
	return true, nil
}

// awsVariable is the first variable of the environment that says whereto or as
// whom to reach AWS.
func awsVariable() string {
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		if value == "" {
			continue
		}
		switch name {
		case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
			"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI":
			return name
		}
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") {
			return name
		}
	}
	return ""
}

// say tells the user something that is no result.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// logger is for what goes wrong on the way and is tried again.
func (a *app) logger() *slog.Logger {
	var to io.Writer = a.err
	if a.quiet {
		to = io.Discard
	}
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (s *session) results() *results.Store {
	return &results.Store{DynamoDB: s.DynamoDB, Table: s.Table()}
}

func (s *session) log() *audit.Reader { return &audit.Reader{S3: s.S3, Bucket: s.AuditBucket()} }

func (s *session) requester(a *app, clientID string) (*requester.Requester, error) {
	return newRequester(s.requesterConfig(a, clientID))
}

func (s *session) requesterConfig(a *app, clientID string) requester.Config {
	return requester.Config{
		Stack: s.Stack.Stack, TopicARN: s.TopicARN(), SNS: s.SNS, SQS: s.SQS, Results: s.results(), ClientID: clientID, Log: a.logger(),
	}
}

func newRequester(c requester.Config) (*requester.Requester, error) {
	r, err := requester.New(c)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return r, nil
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// workers is how many cases run at once.
const workers = 8

// target is the endpoint under test.
type target struct {
	config                     aws.Config
	peer                       string // "moto", or empty
	partition, region, account string
	id                         string        // of this run, in the names of all its resources
	created                    atomic.Int64  // how many names it has given
	patience                   time.Duration // how long what is to happen in the end may take
}

// open finds out whose endpoint config leads to. AWS is given a minute and a
// half for what it does not do at once: attributes of a queue take up to 60
// seconds ("SetQueueAttributes", Amazon SQS API Reference). What is on this
// machine has no need of that, nor of a second try of a call that was answered.
func open(ctx context.Context, config aws.Config, peer string) (*target, error) {
	out, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("ask STS for the account: %w", err)
	}
	caller, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return nil, fmt.Errorf("read the caller's ARN %q: %w", aws.ToString(out.Arn), err)
	}
	t := &target{
		config: config, peer: peer, partition: caller.Partition, region: config.Region, account: aws.ToString(out.Account),
		id: "conf-" + strings.ToLower(rand.Text()[:12]), patience: 90 * time.Second,
	}
	if t.isLoopback() {
		t.patience = 5 * time.Second
		t.config.Retryer = reconnect
	}
	return t, nil
}

// reconnect tries again where the connection broke, and only there.
func reconnect() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			_, broke := errors.AsType[*net.OpError](err)
			return aws.BoolTernary(broke)
		})}
	})
}

// host is where the endpoint is, "aws" where it is AWS.
func (t *target) host() string {
	u, err := url.Parse(aws.ToString(t.config.BaseEndpoint))
	if err != nil || u.Host == "" {
		return "aws"
	}
	return u.Host
}

func (t *target) isLoopback() bool {
	name, _, _ := strings.Cut(t.host(), ":")
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && addr.IsLoopback()
}

// arn is the ARN of something in the target's region and account.
func (t *target) arn(service, resource string) string {
	return arn.ARN{Partition: t.partition, Service: service, Region: t.region, AccountID: t.account, Resource: resource}.String()
}

// run runs the cases, a few at a time, and tells of each, in their order.
func (t *target) run(ctx context.Context, cases []testCase, tell func(result)) summary {
	s := summary{began: time.Now(), results: make([]result, len(cases))}
	shared := newFixtures(ctx, t)
	done := make([]chan struct{}, len(cases))
	slots, alone := make(chan struct{}, workers), make(chan struct{}, 1)
	var wg sync.WaitGroup
	for i, c := range cases {
		done[i] = make(chan struct{})
		slots := slots
		if t.peer == "moto" && strings.HasPrefix(c.name, "dynamodb/") {
			slots = alone // a transaction that it undoes takes with it what others have written meanwhile
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			defer close(done[i])
			s.results[i] = shared.try(ctx, c)
		})
	}
	for i := range cases {
		<-done[i]
		tell(s.results[i])
	}
	wg.Wait()
	s.residue = shared.cleanUp()
	s.shared = shared.calls.Load()
	s.took = time.Since(s.began)
	return s
}

// try runs one case on a bench of its own and cleans up after it.
func (f *fixtures) try(ctx context.Context, c testCase) result {
	ctx, cancel := context.WithTimeout(ctx, 2*f.patience+time.Minute)
	defer cancel()
	b := newBench(ctx, f.target)
	b.shared = f
	r := result{testCase: c, got: "stopped for no reason given"}
	began := time.Now()
	done := make(chan struct{})
	go func() { // so that it may end anywhere: see stop
		defer close(done)
		defer func() {
			if p := recover(); p != nil { // of an answer that lacks what AWS's never does
				b.stopped = fmt.Errorf("panic: %v", p)
			}
		}()
		r.got = c.run(b)
	}()
	<-done
	if b.stopped != nil {
		r.got = "stopped: " + brief(b.stopped)
	}
	if err := b.refused.Load(); err != nil {
		r.refused = (*err).Error()
	}
	r.residue = b.cleanUp()
	r.took, r.calls = time.Since(began), b.calls.Load()
	return r
}

// cleanUp undoes what was done on the bench, the latest first. It does so also
// when the run is interrupted.
func (b *bench) cleanUp() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), time.Minute)
	defer cancel()
	var errs []error
	for i := len(b.undo) - 1; i >= 0; i-- {
		errs = append(errs, b.undo[i](ctx))
	}
	return errors.Join(errs...)
}

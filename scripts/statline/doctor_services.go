package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
	"github.com/statline/statline/pkg/stats"
)

// probeID is the client ID of probes.
const probeID = "doctor"

func (d *doctor) serviceChecks() []check {
	p := &probe{doctor: d}
	return []check{{"stats service", p.stats, d.start("stats")}, {"audit service", p.audit, d.start("audit")}}
}

// start is the command that starts a service.
func (d *doctor) start(service string) string {
	if d.local {
		return d.apply()
	}
	return "AWS_REGION=" + d.Region + " STATLINE_STACK=" + d.Stack.Stack + " go run ./services/" + service
}

// probe is a request through the whole stack.
type probe struct {
	*doctor
	id   string // once it was sent
	sent time.Time
}

var notProbed = &unchecked{"--probe sends a request through the stack"}

func (p *probe) stats(ctx context.Context) (string, error) {
	if !p.doctor.probe {
		return "", notProbed
	}
	numbers, err := stats.ParseText([]byte("7 8 54 89"))
	if err != nil {
		return "", err
	}
	r, err := p.requester(p.app, probeID)
	if err != nil {
		return "", err
	}
	q := message.Request{ID: message.NewID(), Numbers: numbers}
	ctx, cancel := context.WithTimeout(ctx, p.app.timeout)
	defer cancel()
	p.id, p.sent = q.ID, time.Now()
	reply, err := r.Do(ctx, q)
	took := time.Since(p.sent)
	closing, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	failure := r.Close(closing)
	switch {
	case errors.Is(err, requester.ErrUnanswered):
		return "", &fault{fmt.Sprintf("request %s is not answered after %v", q.ID, p.app.timeout), p.start("stats")}
	case err != nil:
		return "", errors.Join(err, failure)
	case reply.Result == nil || reply.Result.Sum != "158":
		return "", fmt.Errorf("request %s was answered wrongly, with status %s", q.ID, reply.Status)
	case failure != nil:
		return "", fmt.Errorf("its inbox cannot be removed: %w", failure)
	case r.Counts().Replies == 0:
		return "", &fault{"the answer came from the table, not by the inbox: the service cannot send to inboxes, or this machine not read them", p.start("stats")}
	}
	return fmt.Sprintf("request %s answered in %v", q.ID, took.Round(time.Millisecond)), nil
}

func (p *probe) audit(ctx context.Context) (string, error) {
	if p.id == "" {
		return "", notProbed
	}
	limited, cancel := context.WithTimeout(ctx, p.app.timeout)
	defer cancel()
	for {
		for e, err := range p.log().Find(limited, p.id, p.sent.Add(-time.Hour)) {
			if err == nil {
				return "entry in " + e.Key, nil
			}
			if code(err) != "" {
				return "", inBucket(err)
			}
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-limited.Done():
			return "", &fault{fmt.Sprintf("request %s is not in the log after %v", p.id, p.app.timeout), p.start("audit")}
		}
	}
}

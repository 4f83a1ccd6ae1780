package inboxes

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/statline/statline/pkg/telemetry"
)

// Sweeper removes abandoned inboxes, now and then. Any number of them may do so at once:
// they need no lock, as removing twice does no harm.
type Sweeper struct {
	Stack Stack
	// Log gets what was removed and what failed. Defaults to slog's default.
	Log *slog.Logger

	mu      sync.Mutex           // held by who sweeps
	created map[string]time.Time // of inboxes that were too young, by name: it never changes
	next    time.Time            // when [Sweeper.Occasionally] may sweep again
}

// Run sweeps at once and then about every hour, until ctx ends. What fails is logged and
// tried again with the next sweep.
func (s *Sweeper) Run(ctx context.Context) {
	for {
		s.sweep(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause()):
		}
	}
}

// The shares of a function's events, and of its time, that go into sweeping.
const (
	oneOf      = 20
	sweepLimit = 5 * time.Second
)

// Occasionally sweeps in one call of 20, at most once an hour, for 5 seconds, and not where
// ctx ends within 10. It is for a Lambda function, which has time only while it works an
// event: how often it sweeps goes with how much it has to do, and functions that were
// started together do not all sweep. It may be called by several at once.
func (s *Sweeper) Occasionally(ctx context.Context) {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < 2*sweepLimit {
		return // what little time there is belongs to the event
	}
	if below(oneOf) > 0 || !s.due(time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	s.sweep(ctx)
}

// due says whether the time has come, and puts it off by an hour where it has.
func (s *Sweeper) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.next) {
		return false
	}
	s.next = now.Add(time.Hour)
	return true
}

// sweep sweeps and logs what came of it.
func (s *Sweeper) sweep(ctx context.Context) {
	removed, err := s.Sweep(ctx)
	if removed > 0 {
		s.log().Info("removed abandoned inboxes", "stack", s.Stack.Name, "inboxes", removed)
	}
	if err != nil && ctx.Err() == nil {
		s.log().Warn("abandoned inboxes cannot be removed; trying again in an hour", "stack", s.Stack.Name, telemetry.Err(err))
	}
}

func (s *Sweeper) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// pause is 45 to 75 minutes, so that services that were started together sweep at
// different times.
func pause() time.Duration {
	return 45*time.Minute + time.Duration(below(1_800_000))*time.Millisecond
}

// below is a random number from 0 to below n.
func below(n uint32) uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:]) % n
}

// Sweep removes the inboxes that are abandoned now and says how many. What fails does
// not keep it from the others. It asks SQS once about an inbox that is in use, and
// again when that is old. Where ctx ends before it is through, the next sweep knows
// whom it has asked about.
func (s *Sweeper) Sweep(ctx context.Context) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	young := map[string]time.Time{}
	now := time.Now()
	for name, failure := range s.Stack.Names(ctx) {
		if failure == nil && ctx.Err() != nil {
			failure = context.Cause(ctx)
		}
		if failure != nil {
			maps.Copy(young, s.created)
			err = errors.Join(err, failure)
			break
		}
		if created, ok := s.created[name]; ok && now.Sub(created) < MaxAge {
			young[name] = created
			continue
		}
		gone, created, failure := s.visit(ctx, name, now)
		switch {
		case gone:
			removed++
		case failure == nil && !created.IsZero():
			young[name] = created
		}
		err = errors.Join(err, failure)
	}
	s.created = young
	return removed, err
}

// visit removes an inbox if it is abandoned, and says whether it has; else when it was
// made, the zero time where another has just removed it.
func (s *Sweeper) visit(ctx context.Context, name string, now time.Time) (gone bool, created time.Time, err error) {
	in, err := s.Stack.Describe(ctx, name)
	if errors.Is(err, ErrGone) {
		return false, time.Time{}, nil
	}
	if err != nil || !in.Abandoned(now) {
		return false, in.Created, err
	}
	err = s.Stack.Remove(ctx, name)
	return err == nil, in.Created, err
}

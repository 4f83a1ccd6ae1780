package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// letterHold is how long a dead letter that is looked at is hidden, at the most: it
	// is given back when all were looked at.
	letterHold = time.Minute
	// maxLetters is how many letters of a queue are looked at: fewer than the 120,000 that
	// SQS lets be in flight ("Amazon SQS message quotas", Amazon SQS Developer Guide).
	maxLetters = 100_000
	// batchLimit is the most messages in a call (same page).
	batchLimit = 10
)

// reading goes through the letters of an office once. Those that it has met stay hidden
// until it is closed, so that none comes twice.
type reading struct {
	*session
	office
	met     map[string]string // the receipt handle by message ID; empty once the letter is gone
	atLimit bool
}

func (s *session) reading(o office) *reading {
	return &reading{session: s, office: o, met: map[string]string{}}
}

func (r *reading) url() *string { return aws.String(r.QueueURL(r.name)) }

// next is up to ten letters that were not met before; none when there are no more. Only
// a receive that waits asks all of SQS's servers ("Amazon SQS short and long
// polling", Amazon SQS Developer Guide).
func (r *reading) next(ctx context.Context) ([]*letter, error) {
	if len(r.met) >= maxLetters {
		r.atLimit = true
		return nil, nil
	}
	out, err := r.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: r.url(), MaxNumberOfMessages: batchLimit, WaitTimeSeconds: 1, VisibilityTimeout: int32(letterHold / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll}, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("read dead letters of queue %s: %w", r.name, err)
	}
	var letters []*letter
	for _, m := range out.Messages {
		l := readLetter(r.Stack.Stack, r.office, m)
		if handle, known := r.met[l.MessageID]; !known {
			letters = append(letters, l)
		} else if handle == "" {
			continue
		}
		r.met[l.MessageID] = l.handle
	}
	return letters, nil
}

// close gives back what is hidden, also where ctx has ended. What cannot be given back
// comes back by itself within letterHold.
func (r *reading) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	var err error
	failed := 0
	give := func() {
		out, failure := r.SQS.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: r.url(), Entries: entries})
		if err = errors.Join(err, failure); failure == nil {
			failed += len(out.Failed)
		}
		entries = nil
	}
	for _, handle := range r.met {
		if handle == "" {
			continue
		}
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(len(entries))), ReceiptHandle: aws.String(handle)})
		if len(entries) == batchLimit {
			give()
		}
		if err != nil {
			break
		}
	}
	if len(entries) > 0 && err == nil {
		give()
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d refused", failed)
	}
	if err != nil {
		return fmt.Errorf("give dead letters back to queue %s, where they are hidden for up to %v: %w", r.name, letterHold, err)
	}
	return nil
}

// find is the letters that are meant, up to limit of them or all where it is 0. Bodies
// are kept only where they are wanted. More says that there are others.
func (s *session) find(ctx context.Context, sel *selection, limit int, bodies bool) (found []*letter, more bool, err error) {
	all := sel.offices(s.Names)
	parts, mores, errs := make([][]*letter, len(all)), make([]bool, len(all)), make([]error, len(all))
	var wait sync.WaitGroup
	for i, o := range all {
		wait.Go(func() { parts[i], mores[i], errs[i] = s.reading(o).find(ctx, sel, limit, bodies) })
	}
	wait.Wait()
	for i, part := range parts {
		found, more = append(found, part...), more || mores[i]
	}
	if limit > 0 && len(found) > limit {
		found, more = found[:limit], true
	}
	return found, more, errors.Join(errs...)
}

func (r *reading) find(ctx context.Context, sel *selection, limit int, bodies bool) (found []*letter, more bool, err error) {
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	for {
		letters, err := r.next(ctx)
		if err != nil || len(letters) == 0 {
			return found, r.atLimit, err
		}
		for _, l := range letters {
			if !sel.means(l) {
				continue
			}
			if limit > 0 && len(found) == limit {
				return found, true, nil
			}
			if !bodies {
				l.Body, l.attributes = "", nil
			}
			found = append(found, l)
		}
	}
}

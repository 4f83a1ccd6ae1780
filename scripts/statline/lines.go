package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
)

// underWay is the most requests of one command that wait for their answers at
// once.
const underWay = 256

// outcome is what became of one line of the input.
type outcome struct {
	line  int
	reply message.Reply
	err   error
}

// sendLines sends every line of the input as a list of its own and prints the
// answers in their order.
func (s *sender) sendLines(ctx context.Context, args []string) error {
	in, err := s.reader(s.app, args)
	if err != nil {
		return err
	}
	if in == nil {
		return usageError("--lines reads a file (-f FILE) or standard input (-)")
	}
	defer in.Close()
	return s.withRequester(ctx, func(session *session, r *requester.Requester) error {
		outcomes := make(chan chan outcome, underWay)
		var readErr error
		go func() { // ends before the loop below does
			defer close(outcomes)
			readErr = eachLine(in, func(line int, text []byte) {
				one := make(chan outcome, 1)
				outcomes <- one
				go func() { one <- s.sendLine(ctx, r, line, text) }()
			})
		}()
		total, bad, last := 0, 0, ""
		replies := s.replies(true)
		var writeErr error
		for one := range outcomes {
			o := <-one
			total++
			last = o.reply.RequestID
			if o.err != nil {
				bad++
				fmt.Fprintf(s.err, "line %d: %v\n", o.line, o.err)
				continue
			}
			if s.noWait {
				_, err = fmt.Fprintln(s.out, o.reply.RequestID)
			} else {
				err = replies.write(o.reply)
			}
			writeErr = errors.Join(writeErr, err)
			if failed(o.reply) != nil && !s.noWait {
				bad++
			}
		}
		if last != "" {
			readErr = errors.Join(readErr, s.remember(session, last))
		}
		s.say("%d lists, %d without a result", total, bad)
		return errors.Join(readErr, writeErr, partly(ctx, total, bad))
	})
}

// partly is the error of a run in which bad of total lists have no result.
func partly(ctx context.Context, total, bad int) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case bad == 0:
		return nil
	case bad == total:
		return &exitError{exitFailed, errors.New("no list has a result")}
	default:
		return &exitError{exitPartly, fmt.Errorf("%d of %d lists have no result", bad, total)}
	}
}

// eachLine calls do with every line that is not blank, counted from 1. A line is
// at most as long as a message.
func eachLine(in io.Reader, do func(line int, text []byte)) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, message.MaxBody)
	n := 0
	for scanner.Scan() {
		n++
		if text := bytes.TrimSpace(scanner.Bytes()); len(text) > 0 {
			do(n, bytes.Clone(text))
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

func (s *sender) sendLine(ctx context.Context, r *requester.Requester, line int, text []byte) outcome {
	o := outcome{line: line}
	q, err := s.parse(text)
	if err == nil {
		err = checkRequest(q)
	}
	if err != nil {
		o.err = err
		return o
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if s.noWait {
		o.reply.RequestID, o.err = q.ID, r.Publish(ctx, q)
		return o
	}
	if o.reply, err = r.Do(ctx, q); err != nil {
		o.err = late(ctx, q.ID, err)
	}
	return o
}

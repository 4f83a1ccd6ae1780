package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/requester"
)

const linesHelp = `With --lines, every line that is not blank is a list of its own, of at most as many
bytes as a message. Any number of lines pass through in bounded memory: at most
2000 are under way at once, and fewer large ones. --timeout is that of each.
Results come in the order of the lines, so that one slow answer holds up those
behind it; with --unordered they come as they are ready. -o text and csv show the
number of each result's line, and so does --no-wait with -o csv. The documents of
-o json and jsonl do not have it: in order, they are those of all lines but the
blank ones and those that stderr names. A line that is no list, or fails, is
reported on stderr under its number and does not stop the rest. --pack lets lists
share a message, for less money and past the number of messages that a topic takes;
they are still answered, stored and logged one by one. A summary follows on stderr, and the exit code is 0 where all lists have a result, 5 where some have,
1 where none has, 4 where none was answered in time.`

// outcome is what became of one line of the input.
type outcome struct {
	line  int
	share int    // of the window
	id    string // empty where the line is no list
	reply message.Reply
	err   error
	left  bool // the error is that the run has ended
}

// stream is one run of send --lines: a goroutine reads lines and starts another for
// each, and one writes what became of them.
type stream struct {
	*sender
	requester *requester.Requester
	window    *window
	queue     chan chan outcome // in the order of writing; has room for all of the window
	replies   *replyWriter
	counts    lineCounts
	clear     string // takes away the progress line
}

var (
	errUnread    = errors.New("the input was not read to its end")
	errUnwritten = errors.New("the output does not take it")
)

// sendLines sends every line of the input as a list of its own and prints the
// answers.
func (s *sender) sendLines(ctx context.Context, args []string) error {
	in, err := s.reader(s.app, args)
	if err != nil {
		return err
	}
	if in == nil {
		return usageError("--lines reads a file (-f FILE) or standard input (-)")
	}
	defer in.Close()
	// Where the reader of the output is gone, a write fails, and what is open is
	// closed. The signal would end the process at once.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	return s.withRequester(ctx, func(session *session, r *requester.Requester) error {
		stream := s.newStream(r, newWindow(windowLines, windowBytes))
		err := stream.run(ctx, in)
		if stream.counts.id != "" {
			err = errors.Join(err, s.remember(session, stream.counts.id))
		}
		return err
	})
}

func (s *sender) newStream(r *requester.Requester, w *window) *stream {
	replies := s.app.replies(true)
	replies.numbered = true
	return &stream{
		sender: s, requester: r, window: w, queue: make(chan chan outcome, w.maxLines), replies: replies,
		counts: lineCounts{began: time.Now()},
	}
}

// run sends all lines and writes what became of them. It ends early where ctx does,
// or where the output cannot be written; what was sent before an input fails is
// awaited. Only a read of the input may outlast it.
func (s *stream) run(ctx context.Context, in io.Reader) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(running, s.window.close)()
	read := make(chan error, 1)
	go func() {
		read <- s.readLines(running, in)
		s.window.close()
	}()
	endProgress := s.showLinesProgress()
	writeErr := s.writeAll(stop)
	endProgress()
	readErr := errUnread
	select {
	case readErr = <-read:
	default: // it waits for input
	}
	s.say("%s", s.counts.summary(s.done(), readErr == nil))
	switch {
	case writeErr != nil:
		return writeErr
	case readErr == nil || ctx.Err() != nil:
		return s.counts.outcome(ctx, s.app)
	case s.counts.results > 0:
		readErr = &exitError{exitPartly, readErr}
	}
	return errors.Join(readErr, s.counts.outcome(ctx, s.app))
}

// done says in a word what lists are that have not failed.
func (s *stream) done() string {
	if s.noWait {
		return "sent"
	}
	return "results"
}

// readLines sends every line, in a goroutine of its own, as soon as the window has
// room. It returns errUnread where ctx ends first.
func (s *stream) readLines(ctx context.Context, in io.Reader) error {
	quantiles := min(len(s.quantiles), 100)
	return eachLine(in, func(line int, text []byte) error {
		o := outcome{line: line, share: share(text, quantiles)}
		if !s.window.enter(ctx, o.share) {
			return errUnread
		}
		one := make(chan outcome, 1)
		if !s.unordered {
			s.queue <- one
		}
		go func() {
			one <- s.sendLine(ctx, o, text)
			if s.unordered {
				s.queue <- one
			}
		}()
		return nil
	})
}

func (s *stream) sendLine(ctx context.Context, o outcome, text []byte) outcome {
	q, err := s.parse(text)
	if err == nil {
		err = checkRequest(q)
	}
	if err != nil {
		o.err = err
		return o
	}
	o.id = q.ID
	each, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if s.noWait {
		o.err = s.requester.Publish(each, q)
	} else {
		o.reply, o.err = s.requester.Do(each, q)
	}
	o.left = o.err != nil && ctx.Err() != nil
	return o
}

// writeAll writes what became of every line until none is under way and none comes
// any more. Where the output fails, it stops the run and drops the rest.
func (s *stream) writeAll(stop func()) (err error) {
	for {
		select {
		case one := <-s.queue:
			o := <-one
			if err == nil {
				if err = s.write(o); err != nil {
					err = fmt.Errorf("line %d: write the result: %w", o.line, err)
					stop()
				}
			}
			if err != nil && o.err == nil {
				o.err = errUnwritten
			}
			s.counts.add(o)
			s.window.leave(o.share)
		case <-s.window.drained:
			return err
		}
	}
}

// write writes a result to stdout, or a failure to stderr.
func (s *stream) write(o outcome) error {
	switch {
	case o.err != nil:
		fmt.Fprintf(s.err, "%sline %d: %v\n", s.clear, o.line, o.err)
		return nil
	case s.noWait:
		return s.replies.writeID(o.line, o.id)
	default:
		s.replies.line = o.line
		return s.replies.write(o.reply)
	}
}

// showLinesProgress shows how far the run is, unless results go to the same
// terminal.
func (s *stream) showLinesProgress() (stop func()) {
	if isTerminal(s.out) {
		return func() {}
	}
	if s.progressIsShown() {
		s.clear = clearLine
	}
	return s.showProgress(s.counts.progress)
}

// eachLine calls do with every line that is not blank, counted from 1, until it
// fails. A line is at most as long as a message.
func eachLine(in io.Reader, do func(line int, text []byte) error) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, message.MaxBody)
	n := 0
	for scanner.Scan() {
		n++
		if text := bytes.TrimSpace(scanner.Bytes()); len(text) > 0 {
			if err := do(n, bytes.Clone(text)); err != nil {
				return err
			}
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("longer than a message, which has at most %d bytes", message.MaxBody)
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
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

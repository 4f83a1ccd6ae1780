package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/batch"
	"github.com/statline/statline/pkg/telemetry"
)

// Config says how a [Log] is written.
type Config struct {
	S3     *s3.Client
	Bucket string
	// Age is how long an entry waits for others to share its object. Defaults to 1
	// second.
	Age time.Duration
	// MaxBytes is about the most that an object holds. Defaults to 1 MiB.
	MaxBytes int
	// Log gets, for debugging, what was written. Defaults to slog's default.
	Log *slog.Logger
	// Metrics counts what was written and what could not be. Defaults to nobody.
	Metrics *telemetry.Metrics
}

// Log writes the log. It is safe for concurrent use.
type Log struct {
	config Config
	group  *batch.Group[item]

	mu     sync.Mutex
	writer string
	seq    int // of the last object
}

// item is what one Append brings to an object.
type item struct {
	paragraphs  [][]byte
	first, last time.Time
	bytes       int
}

// NewLog makes a Log with a writer name of its own.
func NewLog(c Config) *Log {
	if c.Age == 0 {
		c.Age = time.Second
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 20
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	l := &Log{config: c, writer: newWriter()}
	l.group = batch.New(batch.Config[item]{
		Compare: func(a, b item) int { return bytes.Compare(a.paragraphs[0], b.paragraphs[0]) },
		Flush:   l.flush, MaxItems: 10_000, MaxBytes: c.MaxBytes, Size: func(i item) int { return i.bytes },
		Linger: c.Age, InFlight: 4,
	})
	return l
}

// newWriter makes the name of a writer, of 100 random bits.
func newWriter() string { return strings.ToLower(rand.Text()[:20]) }

// Append writes entries, together with those of other calls, and returns nil when
// the object that holds them is stored. The entries of one call share an object.
// After an error they may be in the log or not.
func (l *Log) Append(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	i := item{paragraphs: paragraphsOf(entries), first: entries[0].ReceivedAt, last: entries[0].ReceivedAt}
	for n, e := range entries {
		i.bytes += len(i.paragraphs[n]) + 1
		if e.ReceivedAt.Before(i.first) {
			i.first = e.ReceivedAt
		}
		if e.ReceivedAt.After(i.last) {
			i.last = e.ReceivedAt
		}
	}
	return l.group.Do(ctx, i)
}

// paragraphsOf writes entries into one piece of memory.
func paragraphsOf(entries []Entry) [][]byte {
	const around = 800 // what an entry has beside its lists, or a little more
	room := 0
	for i := range entries {
		room += around + len(entries[i].Numbers) + len(entries[i].Body)
	}
	text, all := make([]byte, 0, room), make([][]byte, len(entries))
	for i := range entries {
		start := len(text)
		text = entries[i].append(text)
		all[i] = text[start:len(text):len(text)]
	}
	return all
}

// Hurry lets no entry wait for others any more.
func (l *Log) Hurry() { l.group.Hurry() }

// Close hurries and waits for the objects that are on their way. Append must not
// be called afterwards.
func (l *Log) Close() { l.group.Close() }

// flush stores one object.
func (l *Log) flush(ctx context.Context, items []item) []error {
	var paragraphs [][]byte
	key := Key{First: items[0].first, Last: items[0].last}
	for _, i := range items {
		paragraphs = append(paragraphs, i.paragraphs...)
		if i.first.Before(key.First) {
			key.First = i.first
		}
		if i.last.After(key.Last) {
			key.Last = i.last
		}
	}
	text := encode(paragraphs)
	err := l.put(ctx, key, text)
	l.count(len(paragraphs), len(text), err)
	return slices.Repeat([]error{err}, len(items))
}

// count counts an object that was to be stored.
func (l *Log) count(entries, bytes int, err error) {
	if err != nil {
		l.config.Metrics.Add(telemetry.ObjectFailures, 1)
		return
	}
	l.config.Metrics.Add(telemetry.Entries, entries)
	l.config.Metrics.Add(telemetry.Objects, 1)
	l.config.Metrics.Add(telemetry.Bytes, bytes)
}

// put stores an object under a key that was never used. S3 itself refuses to
// overwrite ("How to prevent object overwrites with conditional writes", Amazon S3
// User Guide): with 412 where the key exists, which after a lost response can be
// our own object; with 409 where another write of the key is under way, after
// which the same write is to be tried again.
func (l *Log) put(ctx context.Context, key Key, text []byte) error {
	const keys = 4
	var err error
	for range keys {
		key.Writer, key.Seq = l.next()
		_, err = l.config.S3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(l.config.Bucket), Key: aws.String(key.String()), Body: bytes.NewReader(text),
			ContentType: aws.String("text/plain; charset=utf-8"), IfNoneMatch: aws.String("*"),
		}, retryConflict)
		if err == nil {
			return nil
		}
		if !taken(err) {
			break
		}
		if there, failure := read(ctx, l.config.S3, l.config.Bucket, key.String()); failure == nil && bytes.Equal(there, text) {
			return nil // ours, though its response was lost
		}
	}
	return fmt.Errorf("store %s in bucket %s: %w", key, l.config.Bucket, err)
}

// next is the name of the writer, and its number, of the next object. Numbers have
// 8 digits; after the last one the writer goes on under another name.
func (l *Log) next() (writer string, seq int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seq == maxSeq {
		l.writer, l.seq = newWriter(), 0
	}
	l.seq++
	return l.writer, l.seq
}

const maxSeq = 99_999_999

// retryConflict has the SDK retry, with its own back-off, the two 409 that it does
// not take for passing.
func retryConflict(o *s3.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, "ConditionalRequestConflict", "OperationAborted")
}

// taken says whether a write was refused because there is an object.
func taken(err error) bool {
	refusal, ok := errors.AsType[smithy.APIError](err)
	return ok && refusal.ErrorCode() == "PreconditionFailed"
}

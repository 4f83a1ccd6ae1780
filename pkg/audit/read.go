package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrNotFound says that the log holds no such object.
var ErrNotFound = errors.New("not in the log")

// Reader reads the log.
type Reader struct {
	S3     *s3.Client
	Bucket string
}

// Object is an object of the log, as a listing shows it.
type Object struct {
	Key
	Name   string // the key as it stands in the bucket
	Size   int64
	Stored time.Time
}

// List yields the objects whose last request was taken at since or later, in the
// order of their first. An object of the bucket that is none of the log is yielded
// as an error, after which the listing goes on; any other error ends it.
func (r *Reader) List(ctx context.Context, since time.Time) iter.Seq2[Object, error] {
	// An object's requests are at most as far apart as the queue keeps messages.
	from := since.Add(-longest)
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(r.S3, &s3.ListObjectsV2Input{
			Bucket: aws.String(r.Bucket), Prefix: aws.String("logs/"), StartAfter: aws.String(from.UTC().Format(hourForm)),
			// A key may hold what XML cannot ("ListObjectsV2", Amazon S3 API
			// Reference): such a foreign one must not hide the others.
			EncodingType: types.EncodingTypeUrl,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, fmt.Errorf("list bucket %s: %w", r.Bucket, err))
				return
			}
			for _, o := range page.Contents {
				object, err := listed(o)
				if err == nil && object.Last.Before(since) {
					continue
				}
				if !yield(object, err) {
					return
				}
			}
		}
	}
}

// longest is the longest that SQS keeps a message, 14 days ("Amazon SQS message
// quotas", Amazon SQS Developer Guide).
const longest = 14 * 24 * time.Hour

func listed(o types.Object) (Object, error) {
	object := Object{Size: aws.ToInt64(o.Size), Stored: aws.ToTime(o.LastModified)}
	name, err := url.QueryUnescape(aws.ToString(o.Key))
	if err != nil {
		return object, fmt.Errorf("listed key %.120q: %w", aws.ToString(o.Key), err)
	}
	object.Name = name
	object.Key, err = ParseKey(name)
	return object, err
}

// Read is the text of an object. The error is [ErrNotFound] where there is none.
func (r *Reader) Read(ctx context.Context, key string) ([]byte, error) {
	return read(ctx, r.S3, r.Bucket, key)
}

func read(ctx context.Context, client *s3.Client, bucket, key string) ([]byte, error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if _, missing := errors.AsType[*types.NoSuchKey](err); missing {
		return nil, fmt.Errorf("%.200q: %w", key, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of bucket %s: %w", key, bucket, err)
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s of bucket %s: %w", key, bucket, err)
	}
	return text, nil
}

// Found is an entry and the object that holds it.
type Found struct {
	Entry
	Key string
}

// Find yields the entries of a request in the objects from since on, in their
// order. A broken object is yielded as an error, after which the search goes on.
func (r *Reader) Find(ctx context.Context, id string, since time.Time) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for object, err := range r.List(ctx, since) {
			if err != nil {
				if !yield(Found{}, err) {
					return
				}
				continue
			}
			text, err := r.Read(ctx, object.Name)
			var entries []Entry
			if err == nil {
				entries, err = Parse(text)
			}
			if err != nil && !yield(Found{Key: object.Name}, fmt.Errorf("%s: %w", object.Name, err)) {
				return
			}
			for _, e := range entries {
				if e.RequestID == id && !yield(Found{e, object.Name}, nil) {
					return
				}
			}
		}
	}
}

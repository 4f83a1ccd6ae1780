package s3_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestPutAndGet(t *testing.T) {
	bodies := map[string]string{
		"a/b/c.txt": "hello", "empty": "", "binary": string([]byte{0, 1, 0xff, '\r', '\n'}),
		"big": strings.Repeat("0123456789", 1<<17), "no/../path": "store", "trailing/": "store", "/leading": "store", "ünï/çødé ": "µ",
		"per%2Fcent+plus space": "x", "quotes\"'<&>": "y", strings.Repeat("k", 1024): "longest key",
	}
	places(t, func(t *testing.T, c *s3.Client) {
		for key, body := range bodies {
			put(t, c, key, body)
		}
		for key, body := range bodies {
			wantBody(t, c, key, body)
		}
		for key := range bodies {
			if _, err := c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &key}); err != nil {
				t.Errorf("delete %q: %v", key, err)
			}
			_, err := get(c, getInput(key))
			if _, ok := errors.AsType[*types.NoSuchKey](err); !ok {
				t.Errorf("get of deleted %q: %v, want NoSuchKey", key, err)
			}
		}
		if _, err := c.DeleteBucket(context.Background(), &s3.DeleteBucketInput{Bucket: aws.String(bucketName)}); err != nil {
			t.Error(err)
		}
	})
}

func TestMetadataIsKept(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		in := putInput("key", "hello")
		in.ContentType, in.ContentEncoding, in.CacheControl = aws.String("text/plain"), aws.String("gzip"), aws.String("no-store")
		in.ContentDisposition, in.ContentLanguage = aws.String("attachment"), aws.String("en")
		in.Expires = aws.Time(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
		in.Metadata = map[string]string{"one": "1", "two-words": "a b"}
		in.Tagging = aws.String("team=stats&env=a%20b")
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, aws.String("alias/k")
		before := time.Now().Add(-2 * time.Second)
		if _, err := c.PutObject(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		out, err := c.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(*out.ContentType, *out.ContentEncoding, *out.CacheControl, *out.ContentDisposition, *out.ContentLanguage,
			*out.ExpiresString, *out.ETag, *out.ContentLength, *out.TagCount, out.ServerSideEncryption, *out.SSEKMSKeyId)
		want := fmt.Sprint("text/plain", "gzip", "no-store", "attachment", "en", "Wed, 02 Jan 2030 03:04:05 GMT",
			`"5d41402abc4b2a76b9719d911017c592"`, 5, 2, "aws:kms", "alias/k")
		if got != want {
			t.Errorf("kept\n%s, want\n%s", got, want)
		}
		if !maps.Equal(out.Metadata, in.Metadata) {
			t.Errorf("metadata is %v, want %v", out.Metadata, in.Metadata)
		}
		if out.LastModified.Before(before) || out.LastModified.After(time.Now()) {
			t.Errorf("last modified %v", out.LastModified)
		}
		tags, err := c.GetObjectTagging(context.Background(), &s3.GetObjectTaggingInput{Bucket: in.Bucket, Key: in.Key})
		if err != nil {
			t.Fatal(err)
		}
		if len(tags.TagSet) != 2 || *tags.TagSet[0].Key != "env" || *tags.TagSet[0].Value != "a b" {
			t.Errorf("tags are %v", tags.TagSet)
		}
	})
}

func TestPutRefusals(t *testing.T) {
	c := store(t, "")
	cases := map[string]struct {
		change func(*s3.PutObjectInput)
		code   string
	}{
		"no bucket":         {func(in *s3.PutObjectInput) { in.Bucket = aws.String("another") }, "NoSuchBucket"},
		"long key":          {func(in *s3.PutObjectInput) { in.Key = aws.String(strings.Repeat("k", 1025)) }, "KeyTooLongError"},
		"key not UTF-8":     {func(in *s3.PutObjectInput) { in.Key = aws.String("\xff") }, "InvalidURI"},
		"metadata":          {func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2048)} }, "MetadataTooLarge"},
		"eleven tags":       {func(in *s3.PutObjectInput) { in.Tagging = aws.String("a&b&c&d&e&f&g&h&i&j&k") }, "BadRequest"},
		"tag twice":         {func(in *s3.PutObjectInput) { in.Tagging = aws.String("a=1&a=2") }, "InvalidTag"},
		"storage class":     {func(in *s3.PutObjectInput) { in.StorageClass = types.StorageClassGlacier }, "NotImplemented"},
		"public":            {func(in *s3.PutObjectInput) { in.ACL = types.ObjectCannedACLPublicRead }, "NotImplemented"},
		"grant":             {func(in *s3.PutObjectInput) { in.GrantRead = aws.String(`id="x"`) }, "NotImplemented"},
		"own key":           {func(in *s3.PutObjectInput) { in.SSECustomerAlgorithm = aws.String("AES256") }, "NotImplemented"},
		"encryption":        {func(in *s3.PutObjectInput) { in.ServerSideEncryption = "rot13" }, "InvalidArgument"},
		"append":            {func(in *s3.PutObjectInput) { in.WriteOffsetBytes = aws.Int64(5) }, "NotImplemented"},
		"lock, no lock":     {func(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = "ON" }, "InvalidRequest"},
		"If-None-Match tag": {func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String(`"x"`) }, "NotImplemented"},
		"If-Match, none":    {func(in *s3.PutObjectInput) { in.IfMatch = aws.String(`"x"`) }, "NoSuchKey"},
		"another's bucket":  {func(in *s3.PutObjectInput) { in.ExpectedBucketOwner = aws.String("111111111111") }, "AccessDenied"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			in := putInput("key", "hello")
			tt.change(in)
			_, err := c.PutObject(context.Background(), in)
			wantCode(t, err, tt.code)
			if failed, ok := errors.AsType[*awshttp.ResponseError](err); ok && failed.HTTPStatusCode() >= 500 {
				t.Errorf("status %d, which clients retry", failed.HTTPStatusCode())
			}
		})
	}
	list, err := c.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: aws.String(bucketName)})
	if err != nil || *list.KeyCount != 0 {
		t.Errorf("%v objects were put, error %v", list.KeyCount, err)
	}
}

func TestConditionalPutHasOneWinner(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		const racers = 50
		var won, lost atomic.Int64
		var winner atomic.Value
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				in := putInput("once", fmt.Sprint("racer ", i))
				in.IfNoneMatch = aws.String("*")
				switch _, err := c.PutObject(context.Background(), in); code(err) {
				case "":
					won.Add(1)
					winner.Store(fmt.Sprint("racer ", i))
				case "PreconditionFailed":
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != racers-1 {
			t.Fatalf("%d won and %d lost", won.Load(), lost.Load())
		}
		wantBody(t, c, "once", winner.Load().(string))
	})
}

func TestPutIfMatch(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		put(t, c, "key", "hello")
		in := putInput("key", "changed")
		in.IfMatch = aws.String(`"00000000000000000000000000000000"`)
		_, err := c.PutObject(context.Background(), in)
		wantCode(t, err, "PreconditionFailed")
		in = putInput("key", "changed")
		in.IfMatch = aws.String(`"5d41402abc4b2a76b9719d911017c592"`)
		if _, err = c.PutObject(context.Background(), in); err != nil {
			t.Error(err)
		}
		wantBody(t, c, "key", "changed")
	})
}

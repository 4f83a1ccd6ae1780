package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/statline/statline/pkg/local"
)

func TestConditionalRead(t *testing.T) {
	c := store(t, "")
	put(t, c, "key", "hello")
	head, err := c.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String(bucketName), Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	same, other := head.ETag, aws.String(`"00000000000000000000000000000000"`)
	at, before := head.LastModified, aws.Time(head.LastModified.Add(-time.Second))
	cases := map[string]struct {
		in     s3.GetObjectInput
		status int
	}{
		"match":                       {s3.GetObjectInput{IfMatch: same}, 200},
		"match any":                   {s3.GetObjectInput{IfMatch: aws.String("*")}, 200},
		"match list":                  {s3.GetObjectInput{IfMatch: aws.String(*other + ", " + *same)}, 200},
		"no match":                    {s3.GetObjectInput{IfMatch: other}, 412},
		"none match":                  {s3.GetObjectInput{IfNoneMatch: other}, 200},
		"not modified":                {s3.GetObjectInput{IfNoneMatch: same}, 304},
		"modified since":              {s3.GetObjectInput{IfModifiedSince: before}, 200},
		"not modified since":          {s3.GetObjectInput{IfModifiedSince: at}, 304},
		"unmodified since":            {s3.GetObjectInput{IfUnmodifiedSince: at}, 200},
		"not unmodified since":        {s3.GetObjectInput{IfUnmodifiedSince: before}, 412},
		"match beats unmodified":      {s3.GetObjectInput{IfMatch: same, IfUnmodifiedSince: before}, 200},
		"none match beats modified":   {s3.GetObjectInput{IfNoneMatch: same, IfModifiedSince: before}, 304},
		"none match beats unmodified": {s3.GetObjectInput{IfNoneMatch: other, IfModifiedSince: at}, 200},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			tt.in.Bucket, tt.in.Key = aws.String(bucketName), aws.String("key")
			_, err := c.GetObject(context.Background(), &tt.in)
			_, headErr := c.HeadObject(context.Background(), &s3.HeadObjectInput{
				Bucket: tt.in.Bucket, Key: tt.in.Key, IfMatch: tt.in.IfMatch, IfNoneMatch: tt.in.IfNoneMatch,
				IfModifiedSince: tt.in.IfModifiedSince, IfUnmodifiedSince: tt.in.IfUnmodifiedSince,
			})
			for _, err := range []error{err, headErr} {
				if got := status(err); got != tt.status {
					t.Errorf("status %d, want %d", got, tt.status)
				}
			}
		})
	}
}

// status is the HTTP status of an outcome.
func status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if failed, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return failed.HTTPStatusCode()
	}
	return 0
}

func TestRange(t *testing.T) {
	cases := []struct {
		header, body, contentRange string
		status                     int
	}{
		{"bytes=0-4", "01234", "bytes 0-4/10", 206},
		{"bytes=5-", "56789", "bytes 5-9/10", 206},
		{"bytes=-3", "789", "bytes 7-9/10", 206},
		{"bytes=-30", "0123456789", "bytes 0-9/10", 206},
		{"bytes=8-99999999999999999999", "89", "bytes 8-9/10", 206},
		{"bytes=9-9", "9", "bytes 9-9/10", 206},
		{"bytes=10-", "", "bytes */10", 416},
		{"bytes=-0", "", "bytes */10", 416},
		{"bytes=5-4", "0123456789", "", 200},
		{"bytes=0-1,3-4", "0123456789", "", 200},
		{"lines=0-1", "0123456789", "", 200},
		{"bytes=-", "0123456789", "", 200},
	}
	for _, dir := range []string{"", t.TempDir()} {
		server := open(t, dir)
		c := client("http://127.0.0.1", server.Client())
		mustCreate(t, c, bucketName)
		put(t, c, "key", "0123456789")
		for _, tt := range cases {
			resp := raw(t, server, "GET", "/"+bucketName+"/key", nil, "Range", tt.header, "X-Amz-Checksum-Mode", "ENABLED")
			if resp.StatusCode != tt.status || resp.Header.Get("Content-Range") != tt.contentRange {
				t.Errorf("%s: %d %q, want %d %q", tt.header, resp.StatusCode, resp.Header.Get("Content-Range"), tt.status, tt.contentRange)
			}
			if body := text(t, resp); tt.status != 416 && body != tt.body || tt.status == 416 && !strings.Contains(body, "<Code>InvalidRange</Code>") {
				t.Errorf("%s: body %q, want %q", tt.header, body, tt.body)
			}
			if got := resp.Header.Get("X-Amz-Checksum-Type") != ""; got != (tt.status == 200) {
				t.Errorf("%s: checksum of the whole is told: %v", tt.header, got)
			}
			head := raw(t, server, "HEAD", "/"+bucketName+"/key", nil, "Range", tt.header)
			if head.StatusCode != tt.status || tt.status != 416 && head.ContentLength != int64(len(tt.body)) {
				t.Errorf("HEAD %s: %d, %d bytes", tt.header, head.StatusCode, head.ContentLength)
			}
			if body := text(t, head); body != "" {
				t.Errorf("HEAD %s has the body %q", tt.header, body)
			}
		}
	}
}

func TestResponseOverrides(t *testing.T) {
	c := store(t, "")
	put(t, c, "key", "hello")
	in := getInput("key")
	in.ResponseContentType, in.ResponseContentDisposition = aws.String("text/x"), aws.String("inline")
	in.ResponseCacheControl, in.ResponseContentLanguage = aws.String("no-cache"), aws.String("de")
	in.ResponseContentEncoding, in.ResponseExpires = aws.String("br"), aws.Time(time.Unix(0, 0).UTC())
	out, err := c.GetObject(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(*out.ContentType, *out.ContentDisposition, *out.CacheControl, *out.ContentLanguage, *out.ContentEncoding, *out.ExpiresString)
	if want := fmt.Sprint("text/x", "inline", "no-cache", "de", "br", "Thu, 01 Jan 1970 00:00:00 GMT"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHeadErrorsHaveNoBody(t *testing.T) {
	server := open(t, "")
	for path, want := range map[string]int{"/nobody": 404, "/nobody/key": 404, "/b/k?partNumber=1": 400} {
		resp := raw(t, server, "HEAD", path, nil)
		if body := text(t, resp); body != "" || resp.StatusCode != want {
			t.Errorf("HEAD %s: %d %q", path, resp.StatusCode, body)
		}
	}
	_, err := client("http://127.0.0.1", server.Client()).HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: aws.String("nobody")})
	if _, ok := errors.AsType[*types.NotFound](err); !ok {
		t.Errorf("HeadBucket: %v, want NotFound", err)
	}
}

func TestPresignedRequests(t *testing.T) {
	server := open(t, "")
	c := client("http://127.0.0.1:4566", server.Client())
	mustCreate(t, c, bucketName)
	in := putInput("key", "")
	in.Body, in.Metadata = nil, map[string]string{"a": "1"}
	signed, err := s3.NewPresignClient(c).PresignPutObject(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(signed.Method, signed.URL, bytes.NewReader([]byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, signed.SignedHeader)
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 {
		t.Fatalf("PUT %s: %d %s", signed.URL, resp.StatusCode, text(t, resp))
	}
	out, err := c.GetObject(context.Background(), getInput("key"))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(out.Body); string(body) != "hello" || err != nil || out.Metadata["a"] != "1" {
		t.Errorf("got %q, %v, metadata %v", body, err, out.Metadata)
	}
}

// Without a base endpoint of its own the SDK addresses the bucket in the host.
func TestVirtualHostedStyle(t *testing.T) {
	server := open(t, "")
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	hosted := s3.New(s3.Options{Region: "us-east-1", HTTPClient: server.Client(), Credentials: aws.AnonymousCredentials{}})
	put(t, hosted, "dir/key", "hello")
	wantBody(t, hosted, "dir/key", "hello")
	wantBody(t, c, "dir/key", "hello")
}

// A hook may spoil a response without spoiling the object.
func TestResponsesAreCopies(t *testing.T) {
	server := open(t, "")
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	put(t, c, "key", "hello")
	server.Hook(func(_ *local.Call, next func() *local.Response) (*local.Response, error) {
		resp := next()
		clear(resp.Body)
		return resp, nil
	})
	if got := text(t, raw(t, server, "GET", "/objects/key", nil)); got != "\x00\x00\x00\x00\x00" {
		t.Errorf("the hook has left %q", got)
	}
	server.Hook(nil)
	wantBody(t, c, "key", "hello")
}

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

func TestCopy(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		ctx := context.Background()
		in := putInput("from/ö +", "hello")
		in.Metadata, in.ContentType, in.Tagging = map[string]string{"a": "1"}, aws.String("text/plain"), aws.String("t=1")
		if _, err := c.PutObject(ctx, in); err != nil {
			t.Fatal(err)
		}
		source := aws.String(bucketName + "/from/%C3%B6%20%2B")
		out, err := c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: in.Bucket, Key: aws.String("to"), CopySource: source})
		if err != nil {
			t.Fatal(err)
		}
		if *out.CopyObjectResult.ETag != `"5d41402abc4b2a76b9719d911017c592"` || out.CopyObjectResult.ChecksumType != "FULL_OBJECT" || out.CopyObjectResult.LastModified == nil {
			t.Errorf("copied as %+v", out.CopyObjectResult)
		}
		wantBody(t, c, "to", "hello")
		head, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: aws.String("to")})
		if err != nil {
			t.Fatal(err)
		}
		if head.Metadata["a"] != "1" || *head.ContentType != "text/plain" || *head.TagCount != 1 {
			t.Errorf("the copy has %v, %s", head.Metadata, *head.ContentType)
		}
		_, err = c.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: in.Bucket, Key: aws.String("to"), CopySource: source, Metadata: map[string]string{"b": "2"},
			MetadataDirective: "REPLACE", TaggingDirective: "REPLACE", ChecksumAlgorithm: "SHA256",
		})
		if err != nil {
			t.Fatal(err)
		}
		head, err = c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: aws.String("to"), ChecksumMode: "ENABLED"})
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(head.Metadata, map[string]string{"b": "2"}) || head.TagCount != nil || head.ChecksumSHA256 == nil {
			t.Errorf("the replacing copy has %v", head)
		}
		wantBody(t, c, "to", "hello")
	})
}

func TestCopyRefusals(t *testing.T) {
	c := store(t, "")
	put(t, c, "key", "hello")
	cases := map[string]struct {
		change func(*s3.CopyObjectInput)
		code   string
	}{
		"itself":       {func(in *s3.CopyObjectInput) { in.Key = aws.String("key") }, "InvalidRequest"},
		"no source":    {func(in *s3.CopyObjectInput) { in.CopySource = aws.String(bucketName + "/nothing") }, "NoSuchKey"},
		"no bucket":    {func(in *s3.CopyObjectInput) { in.CopySource = aws.String("another/key") }, "NoSuchBucket"},
		"no key":       {func(in *s3.CopyObjectInput) { in.CopySource = aws.String("objects") }, "InvalidArgument"},
		"no version":   {func(in *s3.CopyObjectInput) { in.CopySource = aws.String("objects/key?versionId=x") }, "NoSuchVersion"},
		"bad escape":   {func(in *s3.CopyObjectInput) { in.CopySource = aws.String("objects/%zz") }, "InvalidArgument"},
		"directive":    {func(in *s3.CopyObjectInput) { in.MetadataDirective = "MAYBE" }, "InvalidArgument"},
		"source match": {func(in *s3.CopyObjectInput) { in.CopySourceIfMatch = aws.String(`"x"`) }, "PreconditionFailed"},
		"none match":   {func(in *s3.CopyObjectInput) { in.CopySourceIfNoneMatch = aws.String("*") }, "PreconditionFailed"},
		"target exists": {func(in *s3.CopyObjectInput) {
			in.Key, in.IfNoneMatch, in.MetadataDirective = aws.String("key"), aws.String("*"), "REPLACE"
		}, "PreconditionFailed"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			in := &s3.CopyObjectInput{Bucket: aws.String(bucketName), Key: aws.String("to"), CopySource: aws.String("objects/key")}
			tt.change(in)
			_, err := c.CopyObject(context.Background(), in)
			wantCode(t, err, tt.code)
		})
	}
}

func TestConditionalDelete(t *testing.T) {
	c := store(t, "")
	put(t, c, "key", "hello")
	for _, tt := range []struct{ key, match, code string }{
		{"key", `"x"`, "PreconditionFailed"},
		{"nothing", "*", "PreconditionFailed"},
		{"nothing", `"x"`, "NoSuchKey"},
		{"key", `"5d41402abc4b2a76b9719d911017c592"`, ""},
	} {
		_, err := c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &tt.key, IfMatch: &tt.match})
		wantCode(t, err, tt.code)
	}
}

func TestDeleteObjects(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		for _, key := range []string{"a", "a/b", "c"} {
			put(t, c, key, key)
		}
		del := &types.Delete{Objects: []types.ObjectIdentifier{
			{Key: aws.String("a")}, {Key: aws.String("nothing")}, {Key: aws.String("c"), ETag: aws.String("x")},
		}}
		out, err := c.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: aws.String(bucketName), Delete: del})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Deleted) != 2 || len(out.Errors) != 1 || *out.Errors[0].Key != "c" || *out.Errors[0].Code != "PreconditionFailed" {
			t.Errorf("deleted %v, errors %v", out.Deleted, out.Errors)
		}
		del.Quiet, del.Objects = aws.Bool(true), []types.ObjectIdentifier{{Key: aws.String("a/b")}}
		out, err = c.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: aws.String(bucketName), Delete: del})
		if err != nil || len(out.Deleted) != 0 {
			t.Errorf("quiet: %v, %v", out, err)
		}
		wantBody(t, c, "c", "c")
	})
	server := open(t, "")
	mustCreate(t, client("http://127.0.0.1", server.Client()), bucketName)
	one := []byte("<Delete><Object><Key>k</Key></Object></Delete>")
	many := []byte("<Delete>" + strings.Repeat("<Object><Key>k</Key></Object>", 1001) + "</Delete>")
	for _, tt := range []struct {
		body []byte
		code string
	}{{one, "InvalidRequest"}, {many, "MalformedXML"}, {[]byte("<Delete>"), "MalformedXML"}, {[]byte("<Delete></Delete>"), "MalformedXML"}} {
		header := []string{"Content-Md5", md5Base64(tt.body)}
		if tt.code == "InvalidRequest" {
			header = nil
		}
		resp := raw(t, server, "POST", "/objects?delete", tt.body, header...)
		if body := text(t, resp); !strings.Contains(body, "<Code>"+tt.code+"</Code>") {
			t.Errorf("%.40s: %s, want %s", tt.body, body, tt.code)
		}
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

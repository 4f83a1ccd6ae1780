package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/local"
)

const bucketName = "objects"

// open opens an endpoint over dir, in memory where dir is empty.
func open(t testing.TB, dir string) *local.Server {
	t.Helper()
	server, err := local.Open(local.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// client is the real SDK's client as its default configuration makes it, but for
// one attempt a call.
func client(url string, transport *http.Client) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: transport, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""), RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// store is a client of a new endpoint over dir that has the bucket.
func store(t testing.TB, dir string) *s3.Client {
	t.Helper()
	c := client(local.URL, open(t, dir).Client())
	mustCreate(t, c, bucketName)
	return c
}

// places runs a test once in memory and once in a directory.
func places(t *testing.T, test func(t *testing.T, c *s3.Client)) {
	t.Run("memory", func(t *testing.T) { test(t, store(t, "")) })
	t.Run("directory", func(t *testing.T) { test(t, store(t, t.TempDir())) })
}

// overTLS is a client of a new endpoint in memory that reaches it over TLS,
// where the SDK frames bodies as aws-chunked with a trailer.
func overTLS(t testing.TB) *s3.Client {
	t.Helper()
	ts := httptest.NewTLSServer(open(t, ""))
	t.Cleanup(ts.Close)
	c := client(ts.URL, ts.Client())
	mustCreate(t, c, bucketName)
	return c
}

func mustCreate(t testing.TB, c *s3.Client, name string) {
	t.Helper()
	if _, err := c.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
}

func enableVersioning(t testing.TB, c *s3.Client, status types.BucketVersioningStatus) {
	t.Helper()
	_, err := c.PutBucketVersioning(context.Background(), &s3.PutBucketVersioningInput{
		Bucket: aws.String(bucketName), VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// put puts an object and returns its version ID.
func put(t testing.TB, c *s3.Client, key, body string) string {
	t.Helper()
	out, err := c.PutObject(context.Background(), putInput(key, body))
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return aws.ToString(out.VersionId)
}

func putInput(key, body string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: aws.String(bucketName), Key: &key, Body: bytes.NewReader([]byte(body))}
}

func getInput(key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: aws.String(bucketName), Key: &key}
}

// get is the body of an object, as the SDK has verified it.
func get(c *s3.Client, in *s3.GetObjectInput) (string, error) {
	in.ChecksumMode = types.ChecksumModeEnabled
	out, err := c.GetObject(context.Background(), in)
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

// wantBody checks what is at a key.
func wantBody(t testing.TB, c *s3.Client, key, want string) {
	t.Helper()
	got, err := get(c, getInput(key))
	if err != nil {
		t.Errorf("get %q: %v", key, err)
	} else if got != want {
		t.Errorf("%q holds %.80q, want %.80q", key, got, want)
	}
}

// code is AWS's code of an error, or what went wrong else.
func code(err error) string {
	if apiErr, ok := errors.AsType[smithy.APIError](err); ok {
		return apiErr.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
}

// raw sends a request as it is, without an SDK.
func raw(t testing.TB, server *local.Server, method, path string, body []byte, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, local.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func text(t testing.TB, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

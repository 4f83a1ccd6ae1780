package s3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func md5Base64(b []byte) string {
	sum := md5.Sum(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

var algorithms = []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512"}

// Every algorithm that the SDK computes, in a header and in a trailer; the SDK
// verifies what comes back.
func TestChecksumsRoundTrip(t *testing.T) {
	clients := map[string]*s3.Client{"memory": store(t, ""), "directory": store(t, t.TempDir()), "TLS": overTLS(t)}
	for place, c := range clients {
		for _, algorithm := range algorithms {
			for size, body := range map[string]string{"empty": "", "small": "hello", "large": strings.Repeat("\r\n0;x", 100_000)} {
				t.Run(fmt.Sprint(place, "/", algorithm, "/", size), func(t *testing.T) {
					in := putInput("key", body)
					in.ChecksumAlgorithm = algorithm
					if place == "TLS" {
						in.Body = io.MultiReader(strings.NewReader(body)) // cannot be rewound, so its checksum must trail
						in.ContentLength = aws.Int64(int64(len(body)))
					}
					if _, err := c.PutObject(context.Background(), in); err != nil {
						t.Fatal(err)
					}
					wantBody(t, c, "key", body)
					list, err := c.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: in.Bucket})
					if err != nil {
						t.Fatal(err)
					}
					if got := list.Contents[0].ChecksumAlgorithm; len(got) != 1 || got[0] != algorithm {
						t.Errorf("listed with %v", got)
					}
				})
			}
		}
	}
}

func TestContentEncodingOfTheTransferIsNotKept(t *testing.T) {
	c := overTLS(t)
	in := putInput("key", "hello")
	in.ContentEncoding = aws.String("gzip")
	if _, err := c.PutObject(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	put(t, c, "plain", "hello")
	for key, want := range map[string]string{"key": "gzip", "plain": ""} {
		head, err := c.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: in.Bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(head.ContentEncoding); got != want {
			t.Errorf("%s has the encoding %q, want %q", key, got, want)
		}
	}
}

// Where a client sends none, S3 computes CRC-64/NVME. The value is the check
// value of the algorithm's definition.
func TestDefaultChecksum(t *testing.T) {
	server := open(t, "")
	mustCreate(t, client("http://127.0.0.1", server.Client()), bucketName)
	resp := raw(t, server, "PUT", "/objects/key", []byte("123456789"))
	if got, want := resp.Header.Get("X-Amz-Checksum-Crc64nvme"), "rosUhgp5mIg="; got != want {
		t.Errorf("CRC64NVME is %q, want %q", got, want)
	}
	if got := resp.Header.Get("X-Amz-Checksum-Type"); got != "FULL_OBJECT" {
		t.Errorf("type is %q", got)
	}
	if got := raw(t, server, "GET", "/objects/key", nil).Header.Get("X-Amz-Checksum-Crc64nvme"); got != "" {
		t.Errorf("a checksum that was not asked for: %q", got)
	}
}

func TestDigestsAreVerified(t *testing.T) {
	server := open(t, "")
	mustCreate(t, client("http://127.0.0.1", server.Client()), bucketName)
	const hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of hello
	const chunked = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	const signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	cases := []struct {
		name, body string
		header     []string
		code       string
	}{
		{"right MD5", "hello", []string{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}, ""},
		{"wrong MD5", "hellO", []string{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}, "BadDigest"},
		{"no MD5", "hello", []string{"Content-MD5", "XUFA"}, "InvalidDigest"},
		{"right hash", "hello", []string{"X-Amz-Content-Sha256", hash}, ""},
		{"wrong hash", "hellO", []string{"X-Amz-Content-Sha256", hash}, "XAmzContentSHA256Mismatch"},
		{"no hash", "hello", []string{"X-Amz-Content-Sha256", "abc"}, "InvalidArgument"},
		{"unsigned", "hello", []string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}, ""},
		{"unknown streaming", "", []string{"X-Amz-Content-Sha256", "STREAMING-X", "X-Amz-Decoded-Content-Length", "0"}, "IncompleteBody"},
		{"right CRC32", "hello", []string{"X-Amz-Checksum-Crc32", "NhCmhg=="}, ""},
		{"wrong CRC32", "hellO", []string{"X-Amz-Checksum-Crc32", "NhCmhg=="}, "BadDigest"},
		{"wrong CRC32C", "hello", []string{"X-Amz-Checksum-Crc32c", "NhCmhg=="}, "BadDigest"},
		{"wrong CRC64NVME", "hello", []string{"X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA="}, "BadDigest"},
		{"wrong SHA1", "hello", []string{"X-Amz-Checksum-Sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="}, ""},
		{"wrong SHA1", "hellO", []string{"X-Amz-Checksum-Sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="}, "BadDigest"},
		{"CRC32 too short", "hello", []string{"X-Amz-Checksum-Crc32", "NhCm"}, "InvalidRequest"},
		{"two checksums", "hello", []string{"X-Amz-Checksum-Crc32", "NhCmhg==", "X-Amz-Checksum-Crc32c", "NhCmhg=="}, "InvalidRequest"},
		{"unknown algorithm", "hello", []string{"X-Amz-Checksum-Xxhash64", "AAAAAAAAAAA="}, "NotImplemented"},
		{"announced checksum", "hello", []string{"X-Amz-Sdk-Checksum-Algorithm", "CRC32"}, "InvalidRequest"},
		{"right trailer", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", chunked, "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", "5"}, ""},
		{"wrong trailer", "5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", chunked, "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", "5"}, "BadDigest"},
		{"no trailer", "5\r\nhello\r\n0\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", chunked, "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", "5"}, "MalformedTrailerError"},
		{"bad trailer", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "MalformedTrailerError"},
		{"signed chunks", "3;chunk-signature=ab\r\nhel\r\n2;chunk-signature=cd\r\nlo\r\n0;chunk-signature=ef\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", signed, "X-Amz-Decoded-Content-Length", "5"}, ""},
		{"signed trailer", "5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=ef\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:aa\r\n\r\n",
			[]string{"X-Amz-Content-Sha256", signed + "-TRAILER", "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", "5"}, ""},
		{"aws-chunked without a signature", "5\r\nhello\r\n0\r\n\r\n", []string{"Content-Encoding", "aws-chunked", "X-Amz-Decoded-Content-Length", "5"}, ""},
		{"length not said", "0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked}, "MissingContentLength"},
		{"length too large", "5\r\nhello\r\n0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "6"}, "IncompleteBody"},
		{"length too small", "5\r\nhello\r\n0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "4"}, "IncompleteBody"},
		{"length no number", "0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "-1"}, "InvalidArgument"},
		{"last chunk lacking", "5\r\nhello\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "IncompleteBody"},
		{"chunk cut off", "5\r\nhel", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "IncompleteBody"},
		{"chunk too long", "5\r\nhello!\r\n0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "InvalidRequest"},
		{"size no number", "x\r\nhello\r\n0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "InvalidRequest"},
		{"size huge", "7fffffffffffffff\r\nhello\r\n0\r\n\r\n", []string{"X-Amz-Content-Sha256", chunked, "X-Amz-Decoded-Content-Length", "5"}, "IncompleteBody"},
	}
	for i, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			path := fmt.Sprint("/objects/", i)
			resp := raw(t, server, "PUT", path, []byte(tt.body), tt.header...)
			body := text(t, resp)
			if tt.code == "" && resp.StatusCode != 200 || !strings.Contains(body, tt.code) || resp.StatusCode >= 500 {
				t.Errorf("%d %s, want %q", resp.StatusCode, body, tt.code)
			}
			got := raw(t, server, "GET", path, nil)
			if tt.code == "" {
				if body := text(t, got); body != "hello" {
					t.Errorf("stored %q", body)
				}
			} else if got.StatusCode != 404 {
				t.Errorf("refused, but there is an object: %d", got.StatusCode)
			}
		})
	}
}

// The SDK's own checksum of other bytes than it sends is refused too.
func TestSDKSendsWrongChecksum(t *testing.T) {
	for name, c := range map[string]*s3.Client{"in process": store(t, ""), "TLS": overTLS(t)} {
		in := putInput("key", "hello")
		in.ChecksumCRC32 = aws.String("AAAAAA==")
		_, err := c.PutObject(context.Background(), in)
		if code(err) != "BadDigest" {
			t.Errorf("%s: %v, want BadDigest", name, err)
		}
	}
}

func TestBodyThroughTLSIsExact(t *testing.T) {
	c := overTLS(t)
	for _, size := range []int{0, 1, 5, 1000, 64 << 10, 1<<20 + 7} {
		body := bytes.Repeat([]byte("a\r\n0\r\n\r\n"), size/8+1)[:size]
		put(t, c, "key", string(body))
		wantBody(t, c, "key", string(body))
	}
}

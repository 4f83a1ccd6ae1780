package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// oddKeys are keys that encodings and file systems get wrong.
var oddKeys = []string{"a b+c%2F&d=e?f#g", "ä/日本/\U0001f600", "dir//two", "trailing/", "dots/..x/.y", "it's <\"&>", strings.Repeat("k", 1024)}

func objectCases() []testCase {
	const page = "PutObject, Amazon S3 API Reference"
	return []testCase{
		{name: "s3/object/odd keys", page: "Naming Amazon S3 objects", want: "all 7 come back", run: storeOddKeys},
		{name: "s3/object/key of 1025 bytes", page: "Naming Amazon S3 objects", want: "KeyTooLongError", moto: "ok", run: func(b *bench) string {
			return outcome(b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: repeated(1025), Body: reader("v")}))
		}},
		{name: "s3/object/empty", page: page, want: "0 bytes", run: func(b *bench) string {
			b.store("empty", "")
			out, err := b.s3.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: b.bucket(), Key: text("empty")})
			b.must(err)
			return fmt.Sprintf("%d bytes", aws.ToInt64(out.ContentLength))
		}},
		{name: "s3/object/replaced", page: page, want: "second", run: func(b *bench) string {
			b.store("replaced", "first")
			b.store("replaced", "second")
			return b.load("replaced")
		}},
		{name: "s3/object/ETag", page: "Object, Amazon S3 API Reference", want: "MD5 in quotes", run: func(b *bench) string {
			out, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("etag"), Body: reader("v")})
			b.must(err)
			sum := md5.Sum([]byte("v"))
			return verdict(*out.ETag == `"`+hex.EncodeToString(sum[:])+`"`, "MD5 in quotes", *out.ETag)
		}},
		{name: "s3/object/metadata", page: "Working with object metadata", want: "as it was put", run: metadata},
		{name: "s3/object/metadata of more than 2 KB", page: "Working with object metadata", want: "MetadataTooLarge", moto: "ok", run: func(b *bench) string {
			return outcome(b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("large"), Body: reader("v"), Metadata: map[string]string{"a": strings.Repeat("x", 2048)}}))
		}},
		{name: "s3/object/copied", page: "CopyObject, Amazon S3 API Reference", want: "v", run: func(b *bench) string {
			b.store("from", "v")
			_, err := b.s3.CopyObject(b.ctx, &s3.CopyObjectInput{Bucket: b.bucket(), Key: text("to"), CopySource: text(*b.bucket() + "/from")})
			b.must(err)
			return b.load("to")
		}},
	}
}

func storeOddKeys(b *bench) string {
	for _, key := range oddKeys {
		b.store(key, key)
		if got := b.load(key); got != key {
			return fmt.Sprintf("%q has %s", key, got)
		}
	}
	out, err := b.s3.ListObjectsV2(b.ctx, &s3.ListObjectsV2Input{Bucket: b.bucket()})
	b.must(err)
	listed := map[string]bool{}
	for _, o := range out.Contents {
		listed[*o.Key] = true
	}
	for _, key := range oddKeys {
		if !listed[key] {
			return fmt.Sprintf("%q is not listed", key)
		}
	}
	return fmt.Sprintf("all %d come back", len(oddKeys))
}

func metadata(b *bench) string {
	_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{
		Bucket: b.bucket(), Key: text("meta"), Body: reader("v"), ContentType: text("text/plain; charset=utf-8"), CacheControl: text("no-store"), Metadata: map[string]string{"who": "conf", "n": "1"},
	})
	b.must(err)
	out, err := b.s3.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: b.bucket(), Key: text("meta")})
	b.must(err)
	same := aws.ToString(out.ContentType) == "text/plain; charset=utf-8" && aws.ToString(out.CacheControl) == "no-store" && pairs(out.Metadata) == "n=1 who=conf"
	return verdict(same, "as it was put", fmt.Sprintf("%q %q %s", aws.ToString(out.ContentType), aws.ToString(out.CacheControl), pairs(out.Metadata)))
}

func readCases() []testCase {
	const page = "GetObject, Amazon S3 API Reference"
	return []testCase{
		{name: "s3/get/none", page: page, want: "NoSuchKey, typed", run: func(b *bench) string {
			_, err := b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: text("nosuch")})
			return code(err) + verdict(isNoSuchKey(err), ", typed", ", not typed")
		}},
		{name: "s3/head/none", page: "HeadObject, Amazon S3 API Reference", want: "NotFound", run: func(b *bench) string {
			return outcome(b.s3.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: b.bucket(), Key: text("nosuch")}))
		}},
		{name: "s3/get/range", page: page, want: "bc, bytes 1-2/5", run: letterRange("bytes=1-2")},
		{name: "s3/get/range beyond the end", page: page, want: "de, bytes 3-4/5", run: letterRange("bytes=3-99")},
		{name: "s3/get/range of the last", page: page, want: "de, bytes 3-4/5", run: letterRange("bytes=-2")},
		{name: "s3/get/range after the end", page: page, want: "InvalidRange", run: letterRange("bytes=5-9")},
		{name: "s3/get/if it matches", page: page, want: "abcde, PreconditionFailed", run: func(b *bench) string {
			etag := b.letters()
			return content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: text("letters"), IfMatch: etag})) + ", " +
				content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: text("letters"), IfMatch: text(`"another"`)}))
		}},
		{name: "s3/get/if it has changed", page: page, want: "NotModified", run: func(b *bench) string {
			etag := b.letters()
			_, err := b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: text("letters"), IfNoneMatch: etag})
			return verdict(status(err) == 304, "NotModified", code(err))
		}},
	}
}

// letters stores an object of five letters and returns its ETag.
func (b *bench) letters() *string {
	out, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("letters"), Body: reader("abcde")})
	b.must(err)
	return out.ETag
}

// letterRange reads a range of five letters.
func letterRange(byteRange string) func(*bench) string {
	return func(b *bench) string {
		b.letters()
		out, err := b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: text("letters"), Range: &byteRange})
		got := content(out, err)
		if err != nil {
			return got
		}
		return got + ", " + aws.ToString(out.ContentRange)
	}
}

type digest struct {
	what string
	in   s3.PutObjectInput // of the body "v"
	want string
	moto string
}

var digests = []digest{
	{"wrong CRC32", s3.PutObjectInput{ChecksumCRC32: text("AAAAAA==")}, "BadDigest", "ok"},
	{"wrong SHA256", s3.PutObjectInput{ChecksumSHA256: text(strings.Repeat("A", 43) + "=")}, "BadDigest", "ok"},
	{"wrong MD5", s3.PutObjectInput{ContentMD5: text("AAAAAAAAAAAAAAAAAAAAAA==")}, "BadDigest", "ok"},
	{"MD5 that is none", s3.PutObjectInput{ContentMD5: text("none")}, "InvalidDigest", "ok"},
	{"right CRC32", s3.PutObjectInput{ChecksumCRC32: text("a2Q7hA==")}, "ok", ""},
	{"right MD5", s3.PutObjectInput{ContentMD5: text("njZp0ZtnW9VwWP1GZCBdKg==")}, "ok", ""},
}

func digestCases() []testCase {
	const page = "Checking object integrity in Amazon S3"
	cases := each(digests, func(d digest) testCase {
		return testCase{name: "s3/digest/" + d.what, page: page, want: d.want, moto: d.moto, run: func(b *bench) string {
			in := d.in
			in.Bucket, in.Key, in.Body = b.bucket(), text("digest"), reader("v")
			return outcome(b.s3.PutObject(b.ctx, &in))
		}}
	})
	return append(cases, testCase{name: "s3/digest/SHA256 comes back", page: page, want: "on put and on get", run: func(b *bench) string {
		const sum = "TJRIXgwhrmxBzh3+e2v6zupato5AokdvUCCOUm9QYIA="
		put, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("sha"), Body: reader("v"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256})
		b.must(err)
		got, err := b.s3.HeadObject(b.ctx, &s3.HeadObjectInput{Bucket: b.bucket(), Key: text("sha"), ChecksumMode: types.ChecksumModeEnabled})
		b.must(err)
		return verdict(aws.ToString(put.ChecksumSHA256) == sum && aws.ToString(got.ChecksumSHA256) == sum, "on put and on get", "not at all")
	}})
}

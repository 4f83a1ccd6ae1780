package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type listing struct {
	what string
	in   s3.ListObjectsV2Input // with the keys below a prefix of its own
	want string
}

var listings = []listing{
	{"all, in the order of their bytes", s3.ListObjectsV2Input{}, "B a/1 a/2 a/sub/3 b é"},
	{"prefix", s3.ListObjectsV2Input{Prefix: text("a/")}, "a/1 a/2 a/sub/3"},
	{"delimiter", s3.ListObjectsV2Input{Delimiter: text("/")}, "B b é and a/"},
	{"prefix and delimiter", s3.ListObjectsV2Input{Prefix: text("a/"), Delimiter: text("/")}, "a/1 a/2 and a/sub/"},
	{"start after", s3.ListObjectsV2Input{StartAfter: text("a/2")}, "a/sub/3 b é"},
	{"prefix of none", s3.ListObjectsV2Input{Prefix: text("z")}, "none"},
}

func listCases() []testCase {
	const page = "ListObjectsV2, Amazon S3 API Reference"
	cases := each(listings, func(l listing) testCase {
		return testCase{name: "s3/list/" + l.what, page: page, want: l.want, run: func(b *bench) string {
			in := l.in
			in.Bucket = b.listed()
			out, err := b.s3.ListObjectsV2(b.ctx, &in)
			b.must(err)
			return found(out)
		}}
	})
	return append(cases, []testCase{
		{name: "s3/list/by page", page: page, want: "2: B a/1 | 2: a/2 a/sub/3 | 2: b é", run: listPages(s3.ListObjectsV2Input{})},
		{name: "s3/list/by page with a delimiter", page: page, want: "2: B and a/ | 2: b é", run: listPages(s3.ListObjectsV2Input{Delimiter: text("/")})},
		{name: "s3/list/token that is none", page: page, want: "refused", moto: "HTTP 500", run: func(b *bench) string {
			return refusal(b.s3.ListObjectsV2(b.ctx, &s3.ListObjectsV2Input{Bucket: b.bucket(), ContinuationToken: text("none")}))
		}},
		{name: "s3/list/no bucket", page: page, want: "NoSuchBucket", run: func(b *bench) string {
			return outcome(b.s3.ListObjectsV2(b.ctx, &s3.ListObjectsV2Input{Bucket: text(b.name())}))
		}},
	}...)
}

// listed is a bucket with six objects.
func (b *bench) listed() *string {
	bucket := b.newBucket()
	for _, key := range []string{"é", "a/2", "b", "a/1", "a/sub/3", "B"} {
		_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: reader("v")})
		b.must(err)
	}
	return bucket
}

// found words the keys and, after them, the common prefixes.
func found(out *s3.ListObjectsV2Output) string {
	var keys, prefixes []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	for _, p := range out.CommonPrefixes {
		prefixes = append(prefixes, *p.Prefix)
	}
	words := strings.Join(keys, " ")
	if len(prefixes) > 0 {
		words += " and " + strings.Join(prefixes, " ")
	}
	return cmp.Or(words, "none")
}

func listPages(in s3.ListObjectsV2Input) func(*bench) string {
	return func(b *bench) string {
		in := in
		in.Bucket, in.MaxKeys = b.listed(), aws.Int32(2)
		var all []string
		for pages := s3.NewListObjectsV2Paginator(b.s3, &in); pages.HasMorePages(); {
			page, err := pages.NextPage(b.ctx)
			b.must(err)
			all = append(all, fmt.Sprintf("%d: %s", aws.ToInt32(page.KeyCount), found(page)))
		}
		return strings.Join(all, " | ")
	}
}

func deleteCases() []testCase {
	const page = "DeleteObjects, Amazon S3 API Reference"
	return []testCase{
		{name: "s3/delete/one that is not there", page: "DeleteObject, Amazon S3 API Reference", want: "ok", run: func(b *bench) string {
			return outcome(b.s3.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: b.bucket(), Key: text("nosuch")}))
		}},
		{name: "s3/delete/many", page: page, want: "3 deleted, 0 errors; NoSuchKey", run: deleteMany(false)},
		{name: "s3/delete/many, quietly", page: page, want: "0 deleted, 0 errors; NoSuchKey", moto: "3 deleted, 0 errors; NoSuchKey", run: deleteMany(true)},
		{name: "s3/delete/1001", page: page, want: "MalformedXML", moto: "ok", run: func(b *bench) string {
			var all []types.ObjectIdentifier
			for i := range 1001 {
				all = append(all, types.ObjectIdentifier{Key: text(fmt.Sprint("nosuch", i))})
			}
			return outcome(b.s3.DeleteObjects(b.ctx, &s3.DeleteObjectsInput{Bucket: b.bucket(), Delete: &types.Delete{Objects: all}}))
		}},
	}
}

// deleteMany deletes two objects and one that is not there.
func deleteMany(quiet bool) func(*bench) string {
	return func(b *bench) string {
		bucket := b.listed()
		out, err := b.s3.DeleteObjects(b.ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Quiet: &quiet, Objects: []types.ObjectIdentifier{
			{Key: text("é")}, {Key: text("a/1")}, {Key: text("nosuch")},
		}}})
		b.must(err)
		return fmt.Sprintf("%d deleted, %d errors; %s", len(out.Deleted), len(out.Errors), outcome(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("é")})))
	}
}

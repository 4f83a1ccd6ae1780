package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func isNoSuchKey(err error) bool {
	_, ok := errors.AsType[*types.NoSuchKey](err)
	return ok
}

// onceCases are about conditional writes.
func onceCases() []testCase {
	const page = "How to prevent object overwrites with conditional writes"
	return []testCase{
		{name: "s3/once/put twice", page: page, want: "ok, PreconditionFailed 412, first", run: func(b *bench) string {
			got := code(b.storeOnce("once", "first"))
			err := b.storeOnce("once", "second")
			return fmt.Sprintf("%s, %s %d, %s", got, code(err), status(err), b.load("once"))
		}},
		{name: "s3/once/by 8 at the same time", page: page, want: "1 wins, 7 are refused", run: raceObjects},
		{name: "s3/once/if it matches", page: page, want: "ok, PreconditionFailed", run: func(b *bench) string {
			out, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("match"), Body: reader("first")})
			b.must(err)
			in := &s3.PutObjectInput{Bucket: b.bucket(), Key: text("match"), Body: reader("second"), IfMatch: out.ETag}
			got := outcome(b.s3.PutObject(b.ctx, in))
			in.Body = reader("third")
			return got + ", " + outcome(b.s3.PutObject(b.ctx, in))
		}},
		{name: "s3/once/if it matches what is not there", page: page, want: "NoSuchKey", run: func(b *bench) string {
			return outcome(b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("nosuch"), Body: reader("v"), IfMatch: text(`"none"`)}))
		}},
	}
}

func (b *bench) storeOnce(key, body string) error {
	_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: &key, Body: reader(body), IfNoneMatch: text("*")})
	return err
}

// raceObjects writes one key at once. Who meets another's write may be refused
// with 409 in place of 412.
func raceObjects(b *bench) string {
	b.bucket() // which may end the case, on this goroutine alone
	var won, lost atomic.Int64
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			switch err := b.storeOnce("race", fmt.Sprint(n)); {
			case err == nil:
				won.Add(1)
			case status(err) == 412, status(err) == 409:
				lost.Add(1)
			}
		})
	}
	all.Wait()
	return fmt.Sprintf("%d wins, %d are refused", won.Load(), lost.Load())
}

func versionCases() []testCase {
	const page = "How S3 Versioning works"
	return []testCase{
		{name: "s3/version/each is kept", page: page, want: "first, second, 2 versions", run: keepVersions},
		{name: "s3/version/deleted, and back", page: "Managing delete markers", want: "marker true, NoSuchKey, 1 marker, second", run: deleteAndBack},
		{name: "s3/version/none", page: page, want: "refused", run: func(b *bench) string {
			bucket, _, _ := b.versions()
			return refusal(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("k"), VersionId: text("3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY")}))
		}},
		{name: "s3/version/bucket without", page: page, want: "no status, no version ID", run: func(b *bench) string {
			out, err := b.s3.GetBucketVersioning(b.ctx, &s3.GetBucketVersioningInput{Bucket: b.bucket()})
			b.must(err)
			put, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: text("unversioned"), Body: reader("v")})
			b.must(err)
			return verdict(out.Status == "", "no status", string(out.Status)) + verdict(put.VersionId == nil, ", no version ID", ", a version ID")
		}},
	}
}

// versions is a bucket that keeps versions, with two of the object k.
func (b *bench) versions() (bucket, first, second *string) {
	bucket = b.newBucket()
	_, err := b.s3.PutBucketVersioning(b.ctx, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	b.must(err)
	put := func(body string) *string {
		out, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: bucket, Key: text("k"), Body: reader(body)})
		b.must(err)
		return out.VersionId
	}
	b.eventually(func() bool { // it may take a while ("Enabling versioning on buckets")
		out, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: bucket, Key: text("probe"), Body: reader("")})
		return err == nil && out.VersionId != nil
	})
	return bucket, put("first"), put("second")
}

func keepVersions(b *bench) string {
	bucket, first, second := b.versions()
	out, err := b.s3.ListObjectVersions(b.ctx, &s3.ListObjectVersionsInput{Bucket: bucket, Prefix: text("k")})
	b.must(err)
	return content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("k"), VersionId: first})) + ", " +
		content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("k"), VersionId: second})) + fmt.Sprintf(", %d versions", len(out.Versions))
}

func deleteAndBack(b *bench) string {
	bucket, _, _ := b.versions()
	deleted, err := b.s3.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: text("k")})
	b.must(err)
	gone := outcome(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("k")}))
	out, err := b.s3.ListObjectVersions(b.ctx, &s3.ListObjectVersionsInput{Bucket: bucket, Prefix: text("k")})
	b.must(err)
	_, err = b.s3.DeleteObject(b.ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: text("k"), VersionId: deleted.VersionId})
	b.must(err)
	back := content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: bucket, Key: text("k")}))
	return fmt.Sprintf("marker %t, %s, %d marker, %s", aws.ToBool(deleted.DeleteMarker), gone, len(out.DeleteMarkers), back)
}

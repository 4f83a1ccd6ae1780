package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func s3Cases() []testCase {
	return slices.Concat(bucketCases(), documentCases(), objectCases(), readCases(), digestCases(), onceCases(), listCases(), versionCases(), deleteCases())
}

// createBucket makes the shared bucket.
func (f *fixtures) createBucket() (string, error) {
	name, err := f.makeBucket()
	if err != nil {
		return "", fmt.Errorf("create bucket: %w", err)
	}
	return name, nil
}

func (b *bench) makeBucket() (string, error) {
	name := b.name()
	_, err := b.s3.CreateBucket(b.ctx, b.bucketInput(name))
	if err == nil {
		b.later(func(ctx context.Context) error { return b.removeBucket(ctx, name) })
	}
	return name, err
}

// bucketInput names the region but for us-east-1, which may not be named
// ("CreateBucket", Amazon S3 API Reference).
func (b *bench) bucketInput(name string) *s3.CreateBucketInput {
	in := &s3.CreateBucketInput{Bucket: &name}
	if b.region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(b.region)}
	}
	return in
}

// newBucket makes a bucket for this case alone.
func (b *bench) newBucket() *string {
	name, err := b.makeBucket()
	b.must(err)
	return &name
}

// removeBucket removes a bucket with all versions of all objects. It may have
// gone before.
func (b *bench) removeBucket(ctx context.Context, name string) error {
	for pages := s3.NewListObjectVersionsPaginator(b.s3, &s3.ListObjectVersionsInput{Bucket: &name}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if _, gone := errors.AsType[*types.NoSuchBucket](err); gone || code(err) == "NoSuchBucket" {
			return nil
		}
		if err != nil {
			return err
		}
		var all []types.ObjectIdentifier
		for _, v := range page.Versions {
			all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			all = append(all, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(all) == 0 {
			continue
		}
		if _, err := b.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &name, Delete: &types.Delete{Objects: all}}); err != nil {
			return err
		}
	}
	_, err := b.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
	return err
}

// bucket is the name of the shared bucket.
func (b *bench) bucket() *string {
	name, err := b.shared.bucket()
	b.must(err)
	return &name
}

// store stores an object that must be accepted, in the shared bucket.
func (b *bench) store(key, body string) {
	_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: &key, Body: reader(body)})
	b.must(err)
}

// load is the body of an object of the shared bucket, or the code.
func (b *bench) load(key string) string {
	return content(b.s3.GetObject(b.ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: &key}))
}

// content is the body of an object that was read, or the code.
func content(out *s3.GetObjectOutput, err error) string {
	if err != nil {
		return code(err)
	}
	defer out.Body.Close() // it has been read
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func reader(body string) *bytes.Reader { return bytes.NewReader([]byte(body)) }

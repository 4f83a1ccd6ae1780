package main

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type bucketName struct{ what, name, moto string }

var bucketNames = []bucketName{
	{"name of 2 characters", "ab", ""},
	{"name of 64 characters", strings.Repeat("n", 64), ""},
	{"name with capitals", "Conf-Capitals", "ok"},
	{"name with an underscore", "conf_underscore", "ok"},
	{"name that ends in a hyphen", "conf-hyphen-", "ok"},
	{"name with two periods in a row", "conf..periods", "ok"},
	{"name like an IP address", "192.168.5.4", "ok"},
}

func bucketCases() []testCase {
	cases := each(bucketNames, func(n bucketName) testCase {
		return testCase{name: "s3/bucket/" + n.what, page: "General purpose bucket naming rules", want: "InvalidBucketName", moto: n.moto, run: func(b *bench) string {
			_, err := b.s3.CreateBucket(b.ctx, b.bucketInput(n.name))
			if err == nil {
				b.must(b.removeBucket(b.ctx, n.name))
			}
			return code(err)
		}}
	})
	return append(cases, []testCase{
		{name: "s3/bucket/created again", page: "CreateBucket, Amazon S3 API Reference", want: "still mine", run: func(b *bench) string {
			_, err := b.s3.CreateBucket(b.ctx, b.bucketInput(*b.bucket()))
			// In us-east-1 it succeeds, for the sake of old clients.
			return verdict(code(err) == "BucketAlreadyOwnedByYou" || err == nil && b.region == "us-east-1", "still mine", code(err))
		}},
		{name: "s3/bucket/head of one", page: "HeadBucket, Amazon S3 API Reference", want: "ok", run: func(b *bench) string {
			return outcome(b.s3.HeadBucket(b.ctx, &s3.HeadBucketInput{Bucket: b.bucket()}))
		}},
		{name: "s3/bucket/head of none", page: "HeadBucket, Amazon S3 API Reference", want: "NotFound", run: func(b *bench) string {
			return outcome(b.s3.HeadBucket(b.ctx, &s3.HeadBucketInput{Bucket: text(b.name())}))
		}},
		{name: "s3/bucket/with objects is not deleted", page: "DeleteBucket, Amazon S3 API Reference", want: "BucketNotEmpty", run: func(b *bench) string {
			bucket := b.newBucket()
			_, err := b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: bucket, Key: text("k"), Body: reader("v")})
			b.must(err)
			return outcome(b.s3.DeleteBucket(b.ctx, &s3.DeleteBucketInput{Bucket: bucket}))
		}},
		{name: "s3/bucket/none is deleted", page: "DeleteBucket, Amazon S3 API Reference", want: "NoSuchBucket", run: func(b *bench) string {
			return outcome(b.s3.DeleteBucket(b.ctx, &s3.DeleteBucketInput{Bucket: text(b.name())}))
		}},
		{name: "s3/bucket/none is written to", page: "Error responses, Amazon S3 API Reference", want: "NoSuchBucket", run: func(b *bench) string {
			return outcome(b.s3.PutObject(b.ctx, &s3.PutObjectInput{Bucket: text(b.name()), Key: text("k"), Body: reader("v")}))
		}},
		{name: "s3/bucket/location", page: "GetBucketLocation, Amazon S3 API Reference", want: "the region", run: func(b *bench) string {
			out, err := b.s3.GetBucketLocation(b.ctx, &s3.GetBucketLocationInput{Bucket: b.bucket()})
			b.must(err)
			got := string(out.LocationConstraint)
			return verdict(got == b.region || got == "" && b.region == "us-east-1", "the region", got)
		}},
		{name: "s3/bucket/location that is not allowed", page: "CreateBucket, Amazon S3 API Reference", want: "refused", run: func(b *bench) string {
			name := b.name()
			out, err := b.s3.CreateBucket(b.ctx, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: b.elsewhere()}})
			if err == nil {
				b.must(b.removeBucket(b.ctx, name))
			}
			return refusal(out, err)
		}},
	}...)
}

// elsewhere is a location that a bucket cannot be made in: us-east-1 may make one
// in every other region but may not name itself, the others make them at home.
func (b *bench) elsewhere() types.BucketLocationConstraint {
	switch b.region {
	case "us-east-1":
		return "us-east-1"
	case "eu-north-1":
		return "eu-west-3"
	default:
		return "eu-north-1"
	}
}

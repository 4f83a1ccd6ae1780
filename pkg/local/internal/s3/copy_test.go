package s3_test

import (
	"context"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

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

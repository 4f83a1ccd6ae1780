package s3_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestObjectTagging(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		ctx, name, key := context.Background(), aws.String(bucketName), aws.String("key")
		put(t, c, "key", "hello")
		tags := []types.Tag{{Key: aws.String("a"), Value: aws.String("<&>")}}
		if _, err := c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: name, Key: key, Tagging: &types.Tagging{TagSet: tags}}); err != nil {
			t.Fatal(err)
		}
		got, err := c.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: name, Key: key})
		if err != nil || len(got.TagSet) != 1 || *got.TagSet[0].Value != "<&>" {
			t.Errorf("tags are %v, %v", got, err)
		}
		if _, err := c.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: name, Key: key}); err != nil {
			t.Fatal(err)
		}
		if got, err := c.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: name, Key: key}); err != nil || len(got.TagSet) != 0 {
			t.Errorf("tags are %v, %v", got, err)
		}
		wantBody(t, c, "key", "hello")
	})
}

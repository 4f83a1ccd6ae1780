package main

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func documentCases() []testCase {
	return []testCase{
		{name: "s3/policy/set, read, deleted", page: "PutBucketPolicy, Amazon S3 API Reference", want: "as it was set, NoSuchBucketPolicy", run: bucketPolicy},
		{name: "s3/policy/that is no JSON", page: "PutBucketPolicy, Amazon S3 API Reference", want: "MalformedPolicy", moto: "ok", run: badPolicy("{")},
		{name: "s3/policy/without a statement", page: "IAM JSON policy elements: Statement", want: "MalformedPolicy", moto: "ok", run: badPolicy("{}")},
		{name: "s3/lifecycle/set, read, deleted", page: "PutBucketLifecycleConfiguration, Amazon S3 API Reference", want: "logs/ after 30 days, NoSuchLifecycleConfiguration", run: lifecycle},
		{name: "s3/public access block/set, read, deleted", page: "PutPublicAccessBlock, Amazon S3 API Reference", want: "all four, NoSuchPublicAccessBlockConfiguration", run: publicAccessBlock},
		{name: "s3/tags/of a bucket", page: "PutBucketTagging, Amazon S3 API Reference", want: "NoSuchTagSet, a=1 b=", run: bucketTags},
		{name: "s3/tags/of an object", page: "PutObjectTagging, Amazon S3 API Reference", want: "a=1 b=; none", run: objectTags},
		{name: "s3/tags/11 of an object", page: "Categorizing your objects using tags", want: "refused", moto: "", run: func(b *bench) string {
			b.store("tags-11", "v")
			var tags []types.Tag
			for i := range 11 {
				tags = append(tags, types.Tag{Key: text(fmt.Sprint(i)), Value: text("v")})
			}
			return refusal(b.s3.PutObjectTagging(b.ctx, &s3.PutObjectTaggingInput{Bucket: b.bucket(), Key: text("tags-11"), Tagging: &types.Tagging{TagSet: tags}}))
		}},
		{name: "s3/public access block/by default", page: "Default settings for new S3 buckets FAQ", want: "all four", moto: "NoSuchPublicAccessBlockConfiguration", run: func(b *bench) string {
			return b.blocked(b.newBucket())
		}},
		{name: "s3/ownership/by default", page: "Default settings for new S3 buckets FAQ", want: "BucketOwnerEnforced", moto: "OwnershipControlsNotFoundError", run: func(b *bench) string {
			out, err := b.s3.GetBucketOwnershipControls(b.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: b.newBucket()})
			if err != nil {
				return code(err)
			}
			return string(out.OwnershipControls.Rules[0].ObjectOwnership)
		}},
		{name: "s3/encryption/by default", page: "GetBucketEncryption, Amazon S3 API Reference", want: "AES256", moto: "ServerSideEncryptionConfigurationNotFoundError", run: func(b *bench) string {
			out, err := b.s3.GetBucketEncryption(b.ctx, &s3.GetBucketEncryptionInput{Bucket: b.newBucket()})
			if err != nil {
				return code(err)
			}
			return string(out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm)
		}},
	}
}

func badPolicy(policy string) func(*bench) string {
	return func(b *bench) string {
		return outcome(b.s3.PutBucketPolicy(b.ctx, &s3.PutBucketPolicyInput{Bucket: b.newBucket(), Policy: &policy}))
	}
}

// bucketPolicy denies what nobody does, so that it hinders no clean-up.
func bucketPolicy(b *bench) string {
	bucket := b.newBucket()
	policy := document(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "Nothing", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:" + b.partition + ":s3:::" + *bucket + "/never/*",
	}}})
	_, err := b.s3.PutBucketPolicy(b.ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy})
	b.must(err)
	got := b.settles("as it was set", func() string {
		out, err := b.s3.GetBucketPolicy(b.ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
		if err != nil {
			return code(err)
		}
		return verdict(sameJSON(*out.Policy, policy), "as it was set", "changed")
	})
	_, err = b.s3.DeleteBucketPolicy(b.ctx, &s3.DeleteBucketPolicyInput{Bucket: bucket})
	b.must(err)
	return got + ", " + b.settles("NoSuchBucketPolicy", func() string {
		return outcome(b.s3.GetBucketPolicy(b.ctx, &s3.GetBucketPolicyInput{Bucket: bucket}))
	})
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func lifecycle(b *bench) string {
	bucket := b.newBucket()
	rules := []types.LifecycleRule{{ID: text("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: text("logs/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}}}
	_, err := b.s3.PutBucketLifecycleConfiguration(b.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules}})
	b.must(err)
	got := b.settles("logs/ after 30 days", func() string {
		out, err := b.s3.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
		if err != nil {
			return code(err)
		}
		return fmt.Sprintf("%s after %d days", aws.ToString(out.Rules[0].Filter.Prefix), aws.ToInt32(out.Rules[0].Expiration.Days))
	})
	_, err = b.s3.DeleteBucketLifecycle(b.ctx, &s3.DeleteBucketLifecycleInput{Bucket: bucket})
	b.must(err)
	return got + ", " + b.settles("NoSuchLifecycleConfiguration", func() string {
		return outcome(b.s3.GetBucketLifecycleConfiguration(b.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket}))
	})
}

func publicAccessBlock(b *bench) string {
	bucket := b.newBucket()
	_, err := b.s3.PutPublicAccessBlock(b.ctx, &s3.PutPublicAccessBlockInput{Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: yes(), BlockPublicPolicy: yes(), IgnorePublicAcls: yes(), RestrictPublicBuckets: yes(),
	}})
	b.must(err)
	got := b.settles("all four", func() string { return b.blocked(bucket) })
	_, err = b.s3.DeletePublicAccessBlock(b.ctx, &s3.DeletePublicAccessBlockInput{Bucket: bucket})
	b.must(err)
	return got + ", " + b.settles("NoSuchPublicAccessBlockConfiguration", func() string {
		return outcome(b.s3.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket}))
	})
}

// blocked words which public access is blocked, or the code.
func (b *bench) blocked(bucket *string) string {
	out, err := b.s3.GetPublicAccessBlock(b.ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket})
	if err != nil {
		return code(err)
	}
	c := out.PublicAccessBlockConfiguration
	all := aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.BlockPublicPolicy) && aws.ToBool(c.IgnorePublicAcls) && aws.ToBool(c.RestrictPublicBuckets)
	return verdict(all, "all four", "not all four")
}

var twoTags = &types.Tagging{TagSet: []types.Tag{{Key: text("a"), Value: text("1")}, {Key: text("b"), Value: text("")}}}

func tagPairs(set []types.Tag) string {
	tags := map[string]string{}
	for _, t := range set {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return pairs(tags)
}

func bucketTags(b *bench) string {
	bucket := b.newBucket()
	read := func() string {
		out, err := b.s3.GetBucketTagging(b.ctx, &s3.GetBucketTaggingInput{Bucket: bucket})
		if err != nil {
			return code(err)
		}
		return tagPairs(out.TagSet)
	}
	got := read()
	_, err := b.s3.PutBucketTagging(b.ctx, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: twoTags})
	b.must(err)
	return got + ", " + b.settles("a=1 b=", read)
}

func objectTags(b *bench) string {
	b.store("tags", "v")
	_, err := b.s3.PutObjectTagging(b.ctx, &s3.PutObjectTaggingInput{Bucket: b.bucket(), Key: text("tags"), Tagging: twoTags})
	b.must(err)
	out, err := b.s3.GetObjectTagging(b.ctx, &s3.GetObjectTaggingInput{Bucket: b.bucket(), Key: text("tags")})
	b.must(err)
	_, err = b.s3.DeleteObjectTagging(b.ctx, &s3.DeleteObjectTaggingInput{Bucket: b.bucket(), Key: text("tags")})
	b.must(err)
	after, err := b.s3.GetObjectTagging(b.ctx, &s3.GetObjectTaggingInput{Bucket: b.bucket(), Key: text("tags")})
	b.must(err)
	return tagPairs(out.TagSet) + verdict(len(after.TagSet) == 0, "; none", "; some")
}

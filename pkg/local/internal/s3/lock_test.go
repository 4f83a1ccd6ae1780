package s3_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lockedStore is a client of a bucket with Object Lock.
func lockedStore(t *testing.T) *s3.Client {
	t.Helper()
	c := client("http://127.0.0.1", open(t, "").Client())
	_, err := c.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String(bucketName), ObjectLockEnabledForBucket: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestObjectLock(t *testing.T) {
	later := aws.Time(time.Now().Add(time.Hour))
	cases := map[string]struct {
		lock     func(*s3.PutObjectInput)
		plain    string // code of a delete
		bypassed string // code of one with the bypass
	}{
		"none":       {func(*s3.PutObjectInput) {}, "", ""},
		"governance": {func(in *s3.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "GOVERNANCE", later }, "AccessDenied", ""},
		"compliance": {func(in *s3.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "COMPLIANCE", later }, "AccessDenied", "AccessDenied"},
		"legal hold": {func(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = "ON" }, "AccessDenied", "AccessDenied"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			c := lockedStore(t)
			in := putInput("key", "hello")
			tt.lock(in)
			out, err := c.PutObject(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			del(t, c, "key", "") // a delete marker is always allowed
			_, err = c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: in.Bucket, Key: in.Key, VersionId: out.VersionId})
			wantCode(t, err, tt.plain)
			_, err = c.DeleteObject(context.Background(), &s3.DeleteObjectInput{
				Bucket: in.Bucket, Key: in.Key, VersionId: out.VersionId, BypassGovernanceRetention: aws.Bool(true),
			})
			wantCode(t, err, tt.bypassed)
			_, err = getVersion(c, "key", *out.VersionId)
			if (err == nil) != (tt.bypassed != "") {
				t.Errorf("the version is there: %v", err)
			}
		})
	}
}

func TestDefaultRetention(t *testing.T) {
	c := lockedStore(t)
	_, err := c.PutObjectLockConfiguration(context.Background(), &s3.PutObjectLockConfigurationInput{
		Bucket: aws.String(bucketName), ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: "Enabled",
			Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: "GOVERNANCE", Days: aws.Int32(2)}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := put(t, c, "key", "hello")
	head, err := c.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String(bucketName), Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(*head.ObjectLockRetainUntilDate); head.ObjectLockMode != "GOVERNANCE" || left < 47*time.Hour || left > 48*time.Hour {
		t.Errorf("retained %s until %v", head.ObjectLockMode, head.ObjectLockRetainUntilDate)
	}
	out, err := c.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: aws.String(bucketName), Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("key"), VersionId: &id}},
	}})
	if err != nil || len(out.Errors) != 1 || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("DeleteObjects: %v, %v", out, err)
	}
}

func TestRetentionAndLegalHold(t *testing.T) {
	c, ctx := lockedStore(t), context.Background()
	name, key := aws.String(bucketName), aws.String("key")
	put(t, c, "key", "hello")
	_, err := c.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: name, Key: key})
	wantCode(t, err, "NoSuchObjectLockConfiguration")
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	retain := func(mode types.ObjectLockRetentionMode, at time.Time, bypass bool) error {
		_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
			Bucket: name, Key: key, Retention: &types.ObjectLockRetention{Mode: mode, RetainUntilDate: &at}, BypassGovernanceRetention: &bypass,
		})
		return err
	}
	for _, tt := range []struct {
		mode   types.ObjectLockRetentionMode
		at     time.Time
		bypass bool
		code   string
	}{
		{"GOVERNANCE", until, false, ""},
		{"GOVERNANCE", until.Add(-time.Minute), false, "AccessDenied"},
		{"GOVERNANCE", until.Add(-time.Minute), true, ""},
		{"COMPLIANCE", until, false, ""},
		{"COMPLIANCE", until.Add(-time.Minute), true, "AccessDenied"},
		{"GOVERNANCE", until.Add(time.Hour), true, "AccessDenied"},
		{"COMPLIANCE", until.Add(-3 * time.Hour), false, "InvalidArgument"},
	} {
		wantCode(t, retain(tt.mode, tt.at, tt.bypass), tt.code)
	}
	got, err := c.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: name, Key: key})
	if err != nil || got.Retention.Mode != "COMPLIANCE" || !got.Retention.RetainUntilDate.Equal(until) {
		t.Errorf("retention is %v, %v", got, err)
	}
	for _, status := range []types.ObjectLockLegalHoldStatus{"ON", "OFF"} {
		in := &s3.PutObjectLegalHoldInput{Bucket: name, Key: key, LegalHold: &types.ObjectLockLegalHold{Status: status}}
		if _, err := c.PutObjectLegalHold(ctx, in); err != nil {
			t.Fatal(err)
		}
		if got, err := c.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{Bucket: name, Key: key}); err != nil || got.LegalHold.Status != status {
			t.Errorf("legal hold is %v, %v", got, err)
		}
	}
}

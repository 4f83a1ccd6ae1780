package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/audit"
)

func (d *doctor) bucketChecks() []check {
	return []check{
		{"bucket " + d.AuditBucket(), d.bucket, d.apply()}, {"public access to the log", d.publicAccess, d.publicAccessFix()},
		{"versions of the log", d.versions, d.versionsFix()}, {"encryption of the log", d.encryption, d.encryptionFix()},
		{"policy of the log", d.bucketPolicy, d.bucketPolicyFix()},
	}
}

// code is AWS's code of an error, empty where it is none of AWS's.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

func (d *doctor) bucket(ctx context.Context) (string, error) {
	_, err := d.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(d.AuditBucket())})
	if c := code(err); c == "NotFound" || c == "NoSuchBucket" {
		return "", &fault{"there is no bucket " + d.AuditBucket(), d.apply()}
	}
	return "there", err
}

// inBucket is an error of S3's, of which one that the bucket is not there is no other
// check's.
func inBucket(err error) error {
	if code(err) == "NoSuchBucket" {
		return &unchecked{"there is no such bucket"}
	}
	return err
}

func (d *doctor) publicAccessFix() string {
	return d.aws("s3api", "put-public-access-block", "--bucket", d.AuditBucket(), "--public-access-block-configuration",
		"BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true")
}

func (d *doctor) publicAccess(ctx context.Context) (string, error) {
	out, err := d.S3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(d.AuditBucket())})
	if code(err) == "NoSuchPublicAccessBlockConfiguration" {
		return "", &fault{"it is not blocked", d.publicAccessFix()}
	}
	if err != nil {
		return "", inBucket(err)
	}
	var open []string
	c := out.PublicAccessBlockConfiguration
	for _, setting := range []struct {
		name string
		on   *bool
	}{
		{"BlockPublicAcls", c.BlockPublicAcls}, {"IgnorePublicAcls", c.IgnorePublicAcls},
		{"BlockPublicPolicy", c.BlockPublicPolicy}, {"RestrictPublicBuckets", c.RestrictPublicBuckets},
	} {
		if !aws.ToBool(setting.on) {
			open = append(open, setting.name)
		}
	}
	if open != nil {
		return "", &fault{"it is not blocked: " + strings.Join(open, ", ") + " not set", d.publicAccessFix()}
	}
	return "blocked", nil
}

func (d *doctor) versionsFix() string {
	return d.aws("s3api", "put-bucket-versioning", "--bucket", d.AuditBucket(), "--versioning-configuration", "Status=Enabled")
}

func (d *doctor) versions(ctx context.Context) (string, error) {
	out, err := d.S3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(d.AuditBucket())})
	if err != nil {
		return "", inBucket(err)
	}
	if out.Status != types.BucketVersioningStatusEnabled {
		return "", &fault{"they are not kept, so what is overwritten or deleted is lost", d.versionsFix()}
	}
	return "kept", nil
}

func (d *doctor) encryptionFix() string {
	return d.aws("s3api", "put-bucket-encryption", "--bucket", d.AuditBucket(), "--server-side-encryption-configuration",
		`{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}`)
}

func (d *doctor) encryption(ctx context.Context) (string, error) {
	out, err := d.S3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(d.AuditBucket())})
	if code(err) == "ServerSideEncryptionConfigurationNotFoundError" {
		return "", &fault{"objects are not encrypted", d.encryptionFix()}
	}
	if err != nil {
		return "", inBucket(err)
	}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		if by := rule.ApplyServerSideEncryptionByDefault; by != nil {
			return strings.TrimSpace(string(by.SSEAlgorithm) + " " + aws.ToString(by.KMSMasterKeyID)), nil
		}
	}
	return "", &fault{"objects are not encrypted", d.encryptionFix()}
}

func (d *doctor) bucketPolicyFix() string {
	return d.aws("s3api", "put-bucket-policy", "--bucket", d.AuditBucket(), "--policy", d.BucketPolicy())
}

// bucketPolicy checks that the bucket refuses what comes without TLS, and writes that
// could go over what is there.
func (d *doctor) bucketPolicy(ctx context.Context) (string, error) {
	out, err := d.S3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(d.AuditBucket())})
	if code(err) == "NoSuchBucketPolicy" {
		return "", &fault{"there is none, so objects may be overwritten, and sent without TLS", d.bucketPolicyFix()}
	}
	if err != nil {
		return "", inBucket(err)
	}
	bucket, policy := "arn:"+d.Partition+":s3:::"+d.AuditBucket(), aws.ToString(out.Policy)
	objects := bucket + "/logs/x"
	says, err := guarded(policy, d.bucketPolicyFix(), deed{"s3:getobject", objects}, deed{"s3:putobject", objects}, deed{"s3:listbucket", bucket})
	if err != nil {
		return "", err
	}
	refused, err := guard{[]deed{{"s3:putobject", objects}}, overAnother}.refused(policy)
	if err != nil {
		return "", err
	}
	if !refused {
		return "", &fault{"it lets objects be overwritten", d.bucketPolicyFix()}
	}
	return says + ", nothing over another object", nil
}

// writeLog writes the last object of the log on the condition that it is not there:
// that is refused, by the condition or for want of permission.
func (d *doctor) writeLog(ctx context.Context) (string, error) {
	last, err := d.log().Last(ctx)
	if errors.Is(err, audit.ErrNotFound) {
		return "", &unchecked{"the log is empty, so that no write could be refused; --probe finds out"}
	}
	if err != nil {
		return "", inBucket(err)
	}
	_, err = d.S3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(d.AuditBucket()), Key: aws.String(last.Name), IfNoneMatch: aws.String("*"), Body: strings.NewReader(""),
	})
	switch code(err) {
	case "PreconditionFailed":
		return "allowed, and overwriting is not", nil
	case "AccessDenied":
		return "", &unchecked{fmt.Sprintf("these credentials may not write the log, which clients need not; the audit service must: %v", err)}
	}
	if err == nil {
		return "", errors.New("the endpoint overwrote object " + last.Name + " against its condition")
	}
	return "", err
}

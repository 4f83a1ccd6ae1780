package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/statline/statline/pkg/cloud"
)

const (
	credentialsFix = "aws configure list && aws sts get-caller-identity (and, with single sign-on, aws sso login)"
	regionFix      = "export AWS_REGION=us-east-1 (or the region that the stack is in)"
	clockFix       = "sudo timedatectl set-ntp true"
)

// maxSkew is the most that the clock may differ from AWS's. AWS refuses signatures
// that differ by 5 minutes, S3 by 15 ("Signature Version 4 signing", AWS IAM User
// Guide); deadlines are kept by the client's clock.
const maxSkew = time.Minute

// unopened is the fault for which a stack could not be opened; ok is false where that
// is a mistake in the call.
func (a *app) unopened(ctx context.Context, err error) (f finding, ok bool) {
	if e, usage := errors.AsType[*exitError](err); usage && e.code == exitUsage || ctx.Err() != nil {
		return finding{}, false
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	api, refused := errors.AsType[smithy.APIError](err)
	switch {
	case errors.Is(err, cloud.ErrNoRegion):
		return finding{"region", faulty, text, regionFix}, true
	case refused && (api.ErrorCode() == "RequestExpired" || api.ErrorCode() == "RequestTimeTooSkewed"),
		refused && api.ErrorCode() == "SignatureDoesNotMatch" && strings.Contains(api.ErrorMessage(), "expired"):
		return finding{"clock", faulty, text, clockFix}, true
	default:
		return finding{"credentials", faulty, text, credentialsFix}, true
	}
}

func (d *doctor) identity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	return sts.NewFromConfig(d.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
}

func (d *doctor) credentials(ctx context.Context) (string, error) {
	out, err := d.identity(ctx)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Arn), nil
}

func (d *doctor) clock(ctx context.Context) (string, error) {
	out, err := d.identity(ctx)
	if err != nil {
		return "", err
	}
	theirs, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
	ours, answered := awsmiddleware.GetResponseAt(out.ResultMetadata)
	if !ok || !answered {
		return "", &unchecked{"the endpoint does not say what time it is"}
	}
	skew := ours.Sub(theirs).Round(time.Second)
	if skew.Abs() > maxSkew {
		return "", &fault{fmt.Sprintf("the clock of this machine differs by %v from that of the endpoint", skew), clockFix}
	}
	return fmt.Sprintf("differs by %v", skew), nil
}

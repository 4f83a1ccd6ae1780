package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func stsCases() []testCase {
	return []testCase{{
		name: "sts/caller", page: "GetCallerIdentity, AWS STS API Reference", want: "12 digits, the same in the ARN, a user ID",
		run: func(b *bench) string {
			out, err := b.sts.GetCallerIdentity(b.ctx, &sts.GetCallerIdentityInput{})
			b.must(err)
			account := aws.ToString(out.Account)
			caller, err := arn.Parse(aws.ToString(out.Arn))
			b.must(err)
			return verdict(len(account) == 12, "12 digits", account) + verdict(caller.AccountID == account, ", the same in the ARN", ", another in the ARN") +
				verdict(aws.ToString(out.UserId) != "", ", a user ID", ", no user ID")
		},
	}}
}

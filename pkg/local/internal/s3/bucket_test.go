package s3_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/statline/statline/pkg/local"
)

func TestBucketNames(t *testing.T) {
	server := open(t, "")
	for name, valid := range map[string]bool{
		"abc": true, "a.b-c.9": true, strings.Repeat("a", 63): true, "1.2.3": true, "1.2.3.4.5": true, "stats-audit-000000000000-us-east-1": true,
		"ab": false, strings.Repeat("a", 64): false, "Abc": false, "a_b": false, "-abc": false, "abc-": false, ".abc": false, "abc.": false,
		"a..b": false, "192.168.5.4": false, "xn--abc": false, "sthree-abc": false, "amzn-s3-demo-abc": false, "abc-s3alias": false,
		"abc--ol-s3": false, "abc.mrap": false, "abc--x-s3": false, "abc--table-s3": false, "a%20b": false, "..": false, "a%5Cb": false,
	} {
		resp := raw(t, server, "PUT", "/"+name, nil)
		if body := text(t, resp); (resp.StatusCode == 200) != valid || !valid && !strings.Contains(body, "InvalidBucketName") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
}

func TestCreateBucket(t *testing.T) {
	cases := []struct {
		region, constraint, code, location string
	}{
		{"us-east-1", "", "", ""},
		{"us-east-1", "eu-west-1", "", "eu-west-1"},
		{"us-east-1", "us-east-1", "InvalidLocationConstraint", ""},
		{"eu-west-1", "eu-west-1", "", "eu-west-1"},
		{"eu-west-1", "EU", "IllegalLocationConstraintException", ""},
		{"us-east-1", "EU", "", "eu-west-1"},
		{"eu-west-1", "", "IllegalLocationConstraintException", ""},
		{"eu-west-1", "us-west-2", "IllegalLocationConstraintException", ""},
	}
	for _, tt := range cases {
		t.Run(tt.region+"/"+tt.constraint, func(t *testing.T) {
			server, ctx := open(t, ""), context.Background()
			region := func(o *s3.Options) { o.Region = tt.region }
			c := client(local.URL, server.Client())
			in := &s3.CreateBucketInput{Bucket: aws.String(bucketName)}
			if tt.constraint != "" {
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(tt.constraint)}
			}
			_, err := c.CreateBucket(ctx, in, region)
			wantCode(t, err, tt.code)
			if tt.code != "" {
				return
			}
			_, err = c.CreateBucket(ctx, in, region)
			again := "BucketAlreadyOwnedByYou"
			if tt.region == "us-east-1" {
				again = ""
			}
			wantCode(t, err, again)
			got, err := c.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: in.Bucket})
			if err != nil || string(got.LocationConstraint) != tt.location {
				t.Errorf("location is %v, %v", got, err)
			}
			head, err := c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: in.Bucket})
			if want := cmp.Or(tt.location, "us-east-1"); err != nil || *head.BucketRegion != want {
				t.Errorf("region is %v, %v, want %s", head, err, want)
			}
		})
	}
}

func TestCreateBucketWithTagsAndOwnership(t *testing.T) {
	c, ctx := client(local.URL, open(t, "").Client()), context.Background()
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: aws.String(bucketName), ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tags, err := c.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String(bucketName)})
	if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Key != "a" {
		t.Errorf("tags are %v, %v", tags, err)
	}
	controls, err := c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String(bucketName)})
	if err != nil || controls.OwnershipControls.Rules[0].ObjectOwnership != types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("ownership is %v, %v", controls, err)
	}
}

func TestListBuckets(t *testing.T) {
	c, ctx := client(local.URL, open(t, "").Client()), context.Background()
	var want []string
	for i := range 25 {
		name := fmt.Sprintf("bucket-%02d", i)
		mustCreate(t, c, name)
		want = append(want, name)
	}
	mustCreate(t, c, "other")
	var got []string
	pages := s3.NewListBucketsPaginator(c, &s3.ListBucketsInput{Prefix: aws.String("bucket-"), MaxBuckets: aws.Int32(10)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range page.Buckets {
			got = append(got, *b.Name)
			if b.CreationDate == nil || *b.BucketRegion != "us-east-1" {
				t.Errorf("listed as %+v", b)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

func TestBucketACL(t *testing.T) {
	c, ctx := store(t, ""), context.Background()
	acl, err := c.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: aws.String(bucketName)})
	if err != nil {
		t.Fatal(err)
	}
	if g := acl.Grants; len(g) != 1 || g[0].Permission != "FULL_CONTROL" || g[0].Grantee.Type != "CanonicalUser" || *g[0].Grantee.ID != *acl.Owner.ID {
		t.Errorf("ACL is %+v", acl)
	}
	for canned, want := range map[types.BucketCannedACL]string{"private": "", "public-read": "NotImplemented"} {
		_, err := c.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: aws.String(bucketName), ACL: canned})
		wantCode(t, err, want)
	}
}

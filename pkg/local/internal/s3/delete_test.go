package s3_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestConditionalDelete(t *testing.T) {
	c := store(t, "")
	put(t, c, "key", "hello")
	for _, tt := range []struct{ key, match, code string }{
		{"key", `"x"`, "PreconditionFailed"},
		{"nothing", "*", "PreconditionFailed"},
		{"nothing", `"x"`, "NoSuchKey"},
		{"key", `"5d41402abc4b2a76b9719d911017c592"`, ""},
	} {
		_, err := c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &tt.key, IfMatch: &tt.match})
		wantCode(t, err, tt.code)
	}
}

func TestDeleteObjects(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		for _, key := range []string{"a", "a/b", "c"} {
			put(t, c, key, key)
		}
		del := &types.Delete{Objects: []types.ObjectIdentifier{
			{Key: aws.String("a")}, {Key: aws.String("nothing")}, {Key: aws.String("c"), ETag: aws.String("x")},
		}}
		out, err := c.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: aws.String(bucketName), Delete: del})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Deleted) != 2 || len(out.Errors) != 1 || *out.Errors[0].Key != "c" || *out.Errors[0].Code != "PreconditionFailed" {
			t.Errorf("deleted %v, errors %v", out.Deleted, out.Errors)
		}
		del.Quiet, del.Objects = aws.Bool(true), []types.ObjectIdentifier{{Key: aws.String("a/b")}}
		out, err = c.DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: aws.String(bucketName), Delete: del})
		if err != nil || len(out.Deleted) != 0 {
			t.Errorf("quiet: %v, %v", out, err)
		}
		wantBody(t, c, "c", "c")
	})
	server := open(t, "")
	mustCreate(t, client("http://127.0.0.1", server.Client()), bucketName)
	one := []byte("<Delete><Object><Key>k</Key></Object></Delete>")
	many := []byte("<Delete>" + strings.Repeat("<Object><Key>k</Key></Object>", 1001) + "</Delete>")
	for _, tt := range []struct {
		body []byte
		code string
	}{{one, "InvalidRequest"}, {many, "MalformedXML"}, {[]byte("<Delete>"), "MalformedXML"}, {[]byte("<Delete></Delete>"), "MalformedXML"}} {
		header := []string{"Content-Md5", md5Base64(tt.body)}
		if tt.code == "InvalidRequest" {
			header = nil
		}
		resp := raw(t, server, "POST", "/objects?delete", tt.body, header...)
		if body := text(t, resp); !strings.Contains(body, "<Code>"+tt.code+"</Code>") {
			t.Errorf("%.40s: %s, want %s", tt.body, body, tt.code)
		}
	}
}

package s3_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/s3"
)

func TestOperation(t *testing.T) {
	for request, want := range map[string]string{
		"GET /":                             "ListBuckets",
		"GET /?x-id=ListBuckets":            "ListBuckets",
		"PUT /b":                            "CreateBucket",
		"PUT /b/":                           "CreateBucket",
		"HEAD /b":                           "HeadBucket",
		"DELETE /b":                         "DeleteBucket",
		"GET /b":                            "ListObjects",
		"GET /b?prefix=x&marker=y":          "ListObjects",
		"GET /b/?list-type=2&start-after=x": "ListObjectsV2",
		"GET /b?versions&key-marker=x":      "ListObjectVersions",
		"GET /b?location":                   "GetBucketLocation",
		"GET /b?lifecycle":                  "GetBucketLifecycleConfiguration",
		"PUT /b?lifecycle=":                 "PutBucketLifecycleConfiguration",
		"DELETE /b?lifecycle":               "DeleteBucketLifecycle",
		"PUT /b?publicAccessBlock":          "PutPublicAccessBlock",
		"GET /b?object-lock":                "GetObjectLockConfiguration",
		"POST /b?delete":                    "DeleteObjects",
		"GET /b/k":                          "GetObject",
		"GET /b//":                          "GetObject",
		"GET /b/k?versionId=v&response-expires=x":  "GetObject",
		"PUT /b/k?x-id=PutObject&X-Amz-Signature=": "PutObject",
		"PUT /b/k?x-id=CopyObject":                 "CopyObject",
		"PUT /b/k?x-mark-of-mine=1":                "PutObject",
		"DELETE /b/k?versionId=null":               "DeleteObject",
		"PUT /b/k?tagging":                         "PutObjectTagging",
		"GET http://b.s3.amazonaws.com/":           "ListObjects",
		"GET http://b.s3.eu-west-1.amazonaws.com/": "ListObjects",
		"PUT http://b.s3.amazonaws.com/k":          "PutObject",
		"GET http://s3.eu-west-1.amazonaws.com/b":  "ListObjects",

		// What is not there says what was asked.
		"GET /b?policyStatus":              "GetBucketPolicyStatus",
		"PUT /b/k?partNumber=1&uploadId=u": "UploadPart",
		"POST /b/k?uploads":                "CreateMultipartUpload",
		"GET /b/k?partNumber=1":            "GetObject ?partNumber",
		"GET /b?nonsense":                  "ListObjects ?nonsense",
		"GET /b?acl&cors":                  "GET bucket ?acl&cors",
		"DELETE /b?versioning":             "DELETE bucket ?versioning",
		"PATCH /b/k":                       "PATCH object",
		"POST /":                           "POST service",
		"GET /b/k?website":                 "GET object ?website",
		"GET /v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab": "S3 Control GET /v20180820/tags/arn:aws:s3:::b",
	} {
		method, target, _ := strings.Cut(request, " ")
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := s3.Operation(method, u); got != want {
			t.Errorf("%s is %q, want %q", request, got, want)
		}
	}
}

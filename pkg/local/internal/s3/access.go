package s3

import (
	"errors"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// renamed are the actions that are not called as their operations are: "Actions,
// resources, and condition keys for Amazon S3" (Service Authorization Reference) and
// "Required permissions for Amazon S3 API operations" (Amazon S3 User Guide).
var renamed = map[string]string{
	"ListBuckets":        "ListAllMyBuckets",
	"HeadBucket":         "ListBucket",
	"ListObjects":        "ListBucket",
	"ListObjectsV2":      "ListBucket",
	"ListObjectVersions": "ListBucketVersions",
	"HeadObject":         "GetObject",
	"CopyObject":         "PutObject",

	"GetBucketAccelerateConfiguration":   "GetAccelerateConfiguration",
	"PutBucketAccelerateConfiguration":   "PutAccelerateConfiguration",
	"GetBucketCors":                      "GetBucketCORS",
	"PutBucketCors":                      "PutBucketCORS",
	"DeleteBucketCors":                   "PutBucketCORS",
	"GetBucketEncryption":                "GetEncryptionConfiguration",
	"PutBucketEncryption":                "PutEncryptionConfiguration",
	"DeleteBucketEncryption":             "PutEncryptionConfiguration",
	"GetBucketLifecycleConfiguration":    "GetLifecycleConfiguration",
	"PutBucketLifecycleConfiguration":    "PutLifecycleConfiguration",
	"DeleteBucketLifecycle":              "PutLifecycleConfiguration",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"PutBucketNotificationConfiguration": "PutBucketNotification",
	"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"DeleteBucketOwnershipControls":      "PutBucketOwnershipControls",
	"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
	"DeletePublicAccessBlock":            "PutBucketPublicAccessBlock",
	"GetBucketReplication":               "GetReplicationConfiguration",
	"PutBucketReplication":               "PutReplicationConfiguration",
	"DeleteBucketReplication":            "PutReplicationConfiguration",
	"DeleteBucketTagging":                "PutBucketTagging",
}

// ofVersions are the actions on a version that a request names.
var ofVersions = map[string]string{
	"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion", "GetObjectTagging": "GetObjectVersionTagging",
	"PutObjectTagging": "PutObjectVersionTagging", "DeleteObjectTagging": "DeleteObjectVersionTagging",
}

// byHeader are the actions that a write needs leave for beside its own where it has a
// header.
var byHeader = []struct{ header, action string }{
	{"X-Amz-Tagging", "PutObjectTagging"}, {modeHeader, "PutObjectRetention"}, {holdHeader, "PutObjectLegalHold"}, {"X-Amz-Acl", "PutObjectAcl"},
}

// authorize refuses a request that the policies do not allow. It asks before it looks
// whether bucket and object are there. DeleteObjects it leaves to be asked of each.
func (s *Service) authorize(r *request, operation string) error {
	if r.May == nil || operation == "DeleteObjects" {
		return nil
	}
	action := operation
	if name, ok := renamed[operation]; ok {
		action = name
	}
	keys := map[string][]string{}
	if version := r.query.Get("versionId"); version != "" && ofVersions[action] != "" {
		action, keys["s3:versionid"] = ofVersions[action], []string{version}
	}
	switch action {
	case "ListBucket", "ListBucketVersions":
		for _, name := range []string{"prefix", "delimiter"} {
			if r.query.Has(name) {
				keys["s3:"+name] = []string{r.query.Get(name)}
			}
		}
	case "PutObject":
		keys["s3:objectcreationoperation"] = []string{"true"}
		for key, header := range map[string]string{"s3:if-none-match": "If-None-Match", "s3:if-match": "If-Match"} {
			if values := r.Header.Values(header); len(values) > 0 {
				keys[key] = values[:1]
			}
		}
	}
	all, err := s.accesses(r, operation, action, keys)
	if err != nil {
		return err
	}
	return r.Check(all...)
}

// accesses are an action, and those that go with it.
func (s *Service) accesses(r *request, operation, action string, keys map[string][]string) ([]wire.Access, error) {
	first, err := s.access(action, r.bucket, r.key, keys)
	all := []wire.Access{first}
	if err != nil {
		return nil, err
	}
	add := func(action, bucket, key string, keys map[string][]string) {
		a, failed := s.access(action, bucket, key, keys)
		all, err = append(all, a), errors.Join(err, failed)
	}
	if action == "PutObject" {
		for _, h := range byHeader {
			if r.Header.Get(h.header) != "" {
				add(h.action, r.bucket, r.key, nil)
			}
		}
	}
	if operation == "CreateBucket" && r.Header.Get("X-Amz-Bucket-Object-Lock-Enabled") == "true" {
		add("PutBucketObjectLockConfiguration", r.bucket, "", nil)
		add("PutBucketVersioning", r.bucket, "", nil)
	}
	if bypasses(r.Header) {
		add("BypassGovernanceRetention", r.bucket, r.key, nil)
	}
	if operation == "CopyObject" {
		from, err := copySource(r)
		if err != nil {
			return nil, err
		}
		action := "GetObject"
		if from.query.Get("versionId") != "" {
			action = "GetObjectVersion"
		}
		add(action, from.bucket, from.key, nil)
	}
	return all, err
}

// access is an access to a bucket or, with a key, to an object; without a bucket, to
// all.
func (s *Service) access(action, bucket, key string, keys map[string][]string) (wire.Access, error) {
	a := wire.Access{Action: "s3:" + action, Resource: "*", Keys: keys}
	if bucket == "" {
		return a, nil
	}
	a.Resource = "arn:aws:s3:::" + bucket
	if key != "" {
		a.Resource += "/" + key
	}
	err := s.look(func(*store.Tx) error {
		if b := s.buckets[bucket]; b != nil {
			a.Policy = string(b.Documents["policy"].Body)
		}
		return nil
	})
	return a, err
}

// mayMiss is the error of a read of an object that is not there: only who may list the
// bucket is told so ("GetObject", S3 API Reference).
func (s *Service) mayMiss(r *request, err error) error {
	refusal, ok := errors.AsType[*wire.Error](err)
	if !ok || refusal.Status != http.StatusNotFound || r.key == "" || r.May == nil {
		return err
	}
	a, failed := s.access("ListBucket", r.bucket, "", nil)
	if failed != nil {
		return failed
	}
	if denied := r.Denied(a); denied != nil {
		return denied
	}
	return err
}

// mayDeleteEach are, by place, the refusals of deletions that the policies do not
// allow.
func (s *Service) mayDeleteEach(r *request, wanted *deleteRequest) ([]error, error) {
	refused := make([]error, len(wanted.Objects))
	if r.May == nil {
		return refused, nil
	}
	for i, o := range wanted.Objects {
		one := *r
		one.key, one.query = o.Key, nil
		action := "DeleteObject"
		if o.VersionId != "" {
			action = "DeleteObjectVersion"
		}
		all, err := s.accesses(&one, "DeleteObjects", action, nil)
		if err != nil {
			return nil, err
		}
		refused[i] = r.Check(all...)
	}
	return refused, nil
}

package s3

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Operation is AWS's name for what a request asks for ("PutObject",
// "GetBucketLifecycleConfiguration"). S3 says it in the method, the depth of the
// path and the sub-resource in the query ("Actions" in the S3 API Reference). For
// what is not there the name says what was asked ("GetObject ?partNumber",
// "PATCH object"), and Serve refuses it. A copy is told from PutObject by the
// x-id that SDKs send; Serve goes by its header.
func Operation(method string, u *url.URL) string {
	if strings.HasPrefix(u.Path, "/v20180820/") {
		return "S3 Control " + method + " " + u.Path
	}
	query := u.Query()
	subresource, params := divide(query)
	shape := method + " " + depth(u)
	if subresource != "" {
		shape += " ?" + subresource
	}
	op, ok := operations[shape]
	if !ok {
		return shape
	}
	for _, p := range params {
		if !slices.Contains(strings.Fields(op.params), p) {
			return op.name + " ?" + p
		}
	}
	if shape == "PUT object" && query.Get("x-id") == "CopyObject" {
		return "CopyObject"
	}
	return op.name
}

// target splits a request's URL into bucket and key. A host of AWS's own that
// starts with a bucket is virtual-hosted style; all else is path style.
func target(u *url.URL) (bucket, key string) {
	path := strings.TrimPrefix(u.Path, "/")
	if i := strings.LastIndex(u.Host, ".s3."); i > 0 && strings.Contains(u.Host[i:], ".amazonaws.com") {
		return u.Host[:i], path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

func depth(u *url.URL) string {
	switch bucket, key := target(u); {
	case key != "":
		return "object"
	case bucket != "":
		return "bucket"
	default:
		return "service"
	}
}

// divide finds the sub-resource in a query and the parameters that are left,
// both in a fixed order. More than one sub-resource is none that exists.
func divide(query url.Values) (subresource string, params []string) {
	var subresources []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch lower := strings.ToLower(name); {
		case strings.HasPrefix(lower, "x-") || name == "AWSAccessKeyId" || name == "Signature" || name == "Expires":
			// A signature, a header of a presigned request, or a mark for the log.
		case isSubresource(name):
			subresources = append(subresources, name)
		default:
			params = append(params, name)
		}
	}
	return strings.Join(subresources, "&"), params
}

func isSubresource(name string) bool {
	_, ok := documents[name]
	return ok || slices.Contains(otherSubresources, name)
}

var otherSubresources = []string{
	"abac", "acl", "analytics", "annotation", "attributes", "delete", "intelligent-tiering", "inventory", "legal-hold",
	"list-type", "location", "metadataAnnotationTable", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable",
	"metadataTable", "metrics", "policyStatus", "renameObject", "restore", "retention", "select", "session", "torrent",
	"uploadId", "uploads", "versions",
}

type operation struct {
	name   string
	params string // the parameters that it may have, separated by spaces
}

const (
	listParams     = "delimiter encoding-type max-keys prefix "
	responseParams = " response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type response-expires"
)

// operations by method, depth and sub-resource. Some are named so that a refusal
// names them.
var operations = merge(documentOperations(), map[string]operation{
	"GET service":         {"ListBuckets", "bucket-region continuation-token max-buckets prefix"},
	"PUT bucket":          {"CreateBucket", ""},
	"HEAD bucket":         {"HeadBucket", ""},
	"DELETE bucket":       {"DeleteBucket", ""},
	"POST bucket":         {"PostObject", ""},
	"GET bucket":          {"ListObjects", listParams + "marker"},
	"POST bucket ?delete": {"DeleteObjects", ""},

	"GET bucket ?list-type":    {"ListObjectsV2", listParams + "continuation-token fetch-owner start-after"},
	"GET bucket ?versions":     {"ListObjectVersions", listParams + "key-marker version-id-marker"},
	"GET bucket ?location":     {"GetBucketLocation", ""},
	"GET bucket ?acl":          {"GetBucketAcl", ""},
	"PUT bucket ?acl":          {"PutBucketAcl", ""},
	"GET bucket ?uploads":      {"ListMultipartUploads", listParams + "key-marker max-uploads upload-id-marker"},
	"GET bucket ?session":      {"CreateSession", ""},
	"GET bucket ?policyStatus": {"GetBucketPolicyStatus", ""},
	"GET bucket ?abac":         {"GetBucketAbac", ""},
	"PUT bucket ?abac":         {"PutBucketAbac", ""},

	"PUT object":    {"PutObject", ""},
	"GET object":    {"GetObject", "versionId" + responseParams},
	"HEAD object":   {"HeadObject", "versionId" + responseParams},
	"DELETE object": {"DeleteObject", "versionId"},

	"GET object ?tagging":      {"GetObjectTagging", "versionId"},
	"PUT object ?tagging":      {"PutObjectTagging", "versionId"},
	"DELETE object ?tagging":   {"DeleteObjectTagging", "versionId"},
	"GET object ?retention":    {"GetObjectRetention", "versionId"},
	"PUT object ?retention":    {"PutObjectRetention", "versionId"},
	"GET object ?legal-hold":   {"GetObjectLegalHold", "versionId"},
	"PUT object ?legal-hold":   {"PutObjectLegalHold", "versionId"},
	"GET object ?acl":          {"GetObjectAcl", "versionId"},
	"PUT object ?acl":          {"PutObjectAcl", "versionId"},
	"GET object ?attributes":   {"GetObjectAttributes", "versionId"},
	"GET object ?torrent":      {"GetObjectTorrent", ""},
	"POST object ?restore":     {"RestoreObject", "versionId"},
	"POST object ?select":      {"SelectObjectContent", "select-type"},
	"POST object ?uploads":     {"CreateMultipartUpload", ""},
	"PUT object ?uploadId":     {"UploadPart", "partNumber"},
	"GET object ?uploadId":     {"ListParts", "max-parts part-number-marker"},
	"POST object ?uploadId":    {"CompleteMultipartUpload", ""},
	"DELETE object ?uploadId":  {"AbortMultipartUpload", ""},
	"PUT object ?encryption":   {"UpdateObjectEncryption", "versionId"},
	"PUT object ?renameObject": {"RenameObject", ""},
})

func documentOperations() map[string]operation {
	all := map[string]operation{}
	for name, kind := range documents {
		all["GET bucket ?"+name] = operation{"Get" + kind.noun, ""}
		all["PUT bucket ?"+name] = operation{"Put" + kind.noun, ""}
		if kind.deleted != "" {
			all["DELETE bucket ?"+name] = operation{kind.deleted, ""}
		}
	}
	return all
}

func merge(a, b map[string]operation) map[string]operation {
	maps.Copy(a, b)
	return a
}

// hoist makes the parameters of a presigned request that stand for headers
// headers ("Authenticating Requests: Using Query Parameters", S3 API Reference).
func (r *request) hoist() {
	var hoisted http.Header
	for name, values := range r.query {
		name = http.CanonicalHeaderKey(name)
		if !strings.HasPrefix(name, "X-Amz-") || slices.Contains(signatureParams, name) || r.Header.Get(name) != "" {
			continue
		}
		if hoisted == nil {
			hoisted = r.Header.Clone()
		}
		if hoisted == nil {
			hoisted = http.Header{}
		}
		hoisted[name] = values
	}
	if hoisted == nil {
		return
	}
	call := *r.Call
	call.Header = hoisted
	r.Call = &call
}

var signatureParams = []string{
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-Signedheaders",
}

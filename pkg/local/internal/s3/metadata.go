package s3

import (
	"encoding/xml"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/wire"
)

const (
	metaPrefix = "X-Amz-Meta-"
	// maxMeta is the most user metadata, in bytes of names and values ("Working
	// with object metadata", S3 User Guide).
	maxMeta            = 2 << 10
	defaultContentType = "binary/octet-stream"
)

const (
	sseHeader          = "X-Amz-Server-Side-Encryption"
	sseKeyHeader       = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	sseBucketKeyHeader = "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"
)

// refuseUnkept refuses what a new object may ask for and the endpoint does not
// keep.
func refuseUnkept(r *request) error {
	if err := refuseACL(r); err != nil {
		return err
	}
	if class := r.Header.Get("X-Amz-Storage-Class"); class != "" && class != "STANDARD" {
		return wire.Unknown("s3", "the storage class "+class)
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Server-Side-Encryption-Customer-") || name == "X-Amz-Write-Offset-Bytes" {
			return wire.Unknown("s3", "the header "+strings.ToLower(name))
		}
	}
	switch sse := r.Header.Get(sseHeader); sse {
	case "", "AES256", "aws:kms", "aws:kms:dsse":
		return nil
	default:
		return refuse(http.StatusBadRequest, "InvalidArgument", "The encryption method specified is not supported: %s", sse)
	}
}

// metadata is what a request says of an object, as GetObject returns it.
func metadata(h http.Header) (map[string]string, error) {
	kept := map[string]string{"Content-Type": defaultContentType}
	for _, name := range []string{"Content-Type", "Cache-Control", "Content-Disposition", "Content-Language", "Expires", "X-Amz-Website-Redirect-Location"} {
		if value := h.Get(name); value != "" {
			kept[name] = value
		}
	}
	if coding := contentEncoding(h); coding != "" {
		kept["Content-Encoding"] = coding
	}
	size := 0
	for name, values := range h {
		if user, ok := strings.CutPrefix(name, metaPrefix); ok {
			kept[name] = strings.Join(values, ",")
			size += len(user) + len(kept[name])
		}
	}
	if size > maxMeta {
		return nil, refuse(http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size: %d bytes, at most %d.", size, maxMeta)
	}
	for name, value := range kept {
		if !utf8.ValidString(name + value) {
			return nil, refuse(http.StatusBadRequest, "InvalidArgument", "The header %s is not UTF-8.", strings.ToLower(name))
		}
	}
	return kept, nil
}

// encryption is how a new object says that it is encrypted: as the request asks,
// else as the bucket's default does, else with S3's own keys ("Amazon S3 now
// automatically encrypts all new objects", S3 User Guide).
func (b *bucket) encryption(h http.Header) map[string]string {
	sse := map[string]string{}
	for _, name := range []string{sseHeader, sseKeyHeader, sseBucketKeyHeader} {
		if value := h.Get(name); value != "" {
			sse[name] = value
		}
	}
	if sse[sseHeader] != "" {
		return sse
	}
	sse[sseHeader] = "AES256"
	var config struct {
		Rules []struct {
			Algorithm string `xml:"ApplyServerSideEncryptionByDefault>SSEAlgorithm"`
			Key       string `xml:"ApplyServerSideEncryptionByDefault>KMSMasterKeyID"`
			BucketKey string `xml:"BucketKeyEnabled"`
		} `xml:"Rule"`
	}
	d, ok := b.Documents["encryption"]
	if !ok || xml.Unmarshal(d.Body, &config) != nil || len(config.Rules) == 0 || config.Rules[0].Algorithm == "" {
		return sse
	}
	rule := config.Rules[0]
	sse[sseHeader] = rule.Algorithm
	if rule.Key != "" {
		sse[sseKeyHeader] = rule.Key
	}
	if rule.BucketKey == "true" {
		sse[sseBucketKeyHeader] = "true"
	}
	return sse
}

// tellVersion writes the version's ID as a response header, where the bucket has
// or had versioning.
func (b *bucket) tellVersion(h http.Header, v *version) {
	if b.Versioning != "" {
		h.Set("X-Amz-Version-Id", v.ID)
	}
}

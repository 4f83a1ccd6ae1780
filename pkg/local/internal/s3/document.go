package s3

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// documentKind is a sub-resource of a bucket that is a document: put, given back
// byte for byte, deleted.
type documentKind struct {
	noun    string // of its operations: GetNOUN, PutNOUN
	deleted string // its DELETE operation, empty where there is none
	root    string // its root element; empty where it is JSON
	status  int    // of a PUT
	// What a GET answers where nothing was put: an error, or an empty document.
	code, message string
	empty         string
}

// documents by sub-resource, with AWS's codes for the ones that are not there
// ("List of error codes", S3 API Reference).
var documents = map[string]documentKind{
	"accelerate": {noun: "BucketAccelerateConfiguration", root: "AccelerateConfiguration", status: 200,
		empty: `<AccelerateConfiguration xmlns="` + namespace + `"/>`},
	"cors": {noun: "BucketCors", deleted: "DeleteBucketCors", root: "CORSConfiguration", status: 200,
		code: "NoSuchCORSConfiguration", message: "The CORS configuration does not exist"},
	"encryption": {noun: "BucketEncryption", deleted: "DeleteBucketEncryption", root: "ServerSideEncryptionConfiguration", status: 200,
		empty: `<ServerSideEncryptionConfiguration xmlns="` + namespace + `"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`}, // "GetBucketEncryption": every bucket has it
	"lifecycle": {noun: "BucketLifecycleConfiguration", deleted: "DeleteBucketLifecycle", root: "LifecycleConfiguration", status: 200,
		code: "NoSuchLifecycleConfiguration", message: "The lifecycle configuration does not exist"},
	"logging": {noun: "BucketLogging", root: "BucketLoggingStatus", status: 200,
		empty: `<BucketLoggingStatus xmlns="` + namespace + `"/>`},
	"notification": {noun: "BucketNotificationConfiguration", root: "NotificationConfiguration", status: 200,
		empty: `<NotificationConfiguration xmlns="` + namespace + `"/>`},
	"object-lock": {noun: "ObjectLockConfiguration", root: "ObjectLockConfiguration", status: 200,
		code: "ObjectLockConfigurationNotFoundError", message: "Object Lock configuration does not exist for this bucket"},
	"ownershipControls": {noun: "BucketOwnershipControls", deleted: "DeleteBucketOwnershipControls", root: "OwnershipControls", status: 200,
		code: "OwnershipControlsNotFoundError", message: "The bucket ownership controls were not found"},
	"policy": {noun: "BucketPolicy", deleted: "DeleteBucketPolicy", status: 204,
		code: "NoSuchBucketPolicy", message: "The bucket policy does not exist"},
	"publicAccessBlock": {noun: "PublicAccessBlock", deleted: "DeletePublicAccessBlock", root: "PublicAccessBlockConfiguration", status: 200,
		code: "NoSuchPublicAccessBlockConfiguration", message: "The public access block configuration was not found"},
	"replication": {noun: "BucketReplication", deleted: "DeleteBucketReplication", root: "ReplicationConfiguration", status: 200,
		code: "ReplicationConfigurationNotFoundError", message: "The replication configuration was not found"},
	"requestPayment": {noun: "BucketRequestPayment", root: "RequestPaymentConfiguration", status: 200,
		empty: `<RequestPaymentConfiguration xmlns="` + namespace + `"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`},
	"tagging": {noun: "BucketTagging", deleted: "DeleteBucketTagging", root: "Tagging", status: 204,
		code: "NoSuchTagSet", message: "The TagSet does not exist"},
	"versioning": {noun: "BucketVersioning", root: "VersioningConfiguration", status: 200,
		empty: `<VersioningConfiguration xmlns="` + namespace + `"/>`},
	"website": {noun: "BucketWebsite", deleted: "DeleteBucketWebsite", root: "WebsiteConfiguration", status: 200,
		code: "NoSuchWebsiteConfiguration", message: "The specified bucket does not have a website configuration"},
}

// document is a sub-resource as it was put; it is never changed.
type document struct {
	Body []byte
	// MinimumSize is the x-amz-transition-default-minimum-object-size of a
	// lifecycle configuration, which GET returns beside the document.
	MinimumSize string `json:",omitempty"`
}

const (
	minimumSizeHeader  = "X-Amz-Transition-Default-Minimum-Object-Size"
	defaultMinimumSize = "all_storage_classes_128K" // "PutBucketLifecycleConfiguration", S3 API Reference
)

func (k documentKind) response(d document) *wire.Response {
	resp := &wire.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}}, Body: bytes.Clone(d.Body)}
	if k.root == "" {
		resp.Header.Set("Content-Type", "application/json")
	}
	if d.MinimumSize != "" {
		resp.Header.Set(minimumSizeHeader, d.MinimumSize)
	}
	return resp
}

func (s *Service) getDocument(r *request, name string) (*wire.Response, error) {
	kind := documents[name]
	d := document{Body: []byte(kind.empty)}
	err := s.inBucket(r, func(b *bucket) error {
		kept, ok := b.Documents[name]
		switch {
		case ok:
			d = kept
		case kind.code != "":
			return refuse(http.StatusNotFound, kind.code, "%s", kind.message)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return kind.response(d), nil
}

func (s *Service) putDocument(r *request, name string) (*wire.Response, error) {
	kind := documents[name]
	if err := kind.validate(r.body); err != nil {
		return nil, err
	}
	d := document{Body: r.body}
	if name == "lifecycle" {
		d.MinimumSize = r.Header.Get(minimumSizeHeader)
		if d.MinimumSize == "" {
			d.MinimumSize = defaultMinimumSize
		}
	}
	err := s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		if err := b.accept(name, r.body); err != nil {
			return err
		}
		b.Documents[name] = d
		c.saveBucket(b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	resp := empty(kind.status)
	if d.MinimumSize != "" {
		resp.Header.Set(minimumSizeHeader, d.MinimumSize)
	}
	return resp, nil
}

// validate checks that a document is what its kind is written in.
func (k documentKind) validate(body []byte) error {
	if k.root != "" {
		return wellFormed(body, k.root)
	}
	var policy map[string]json.RawMessage
	if err := json.Unmarshal(body, &policy); err != nil || policy == nil {
		return refuse(http.StatusBadRequest, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
	}
	if policy["Statement"] == nil {
		return refuse(http.StatusBadRequest, "MalformedPolicy", "Missing required field Statement")
	}
	return nil
}

// accept lets a document that acts do so. Where it fails it has changed nothing.
func (b *bucket) accept(name string, body []byte) error {
	switch name {
	case "versioning":
		return b.setVersioning(body)
	case "object-lock":
		return b.setLock(body)
	default:
		return nil
	}
}

// setVersioning applies a VersioningConfiguration. A bucket with Object Lock
// keeps its versions ("Locking objects with Object Lock", S3 User Guide).
func (b *bucket) setVersioning(body []byte) error {
	var config struct {
		XMLName           xml.Name `xml:"VersioningConfiguration"`
		Status, MfaDelete string
	}
	if err := xml.Unmarshal(body, &config); err != nil {
		return malformed()
	}
	switch {
	case config.MfaDelete == enabled:
		return wire.Unknown("s3", "PutBucketVersioning with MfaDelete")
	case config.Status != enabled && config.Status != suspended:
		return refuse(http.StatusBadRequest, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	case config.Status == suspended && b.Locked:
		return refuse(http.StatusConflict, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	b.Versioning = config.Status
	return nil
}

func (s *Service) deleteDocument(r *request, name string) (*wire.Response, error) {
	err := s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		delete(b.Documents, name)
		c.saveBucket(b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return empty(http.StatusNoContent), nil
}

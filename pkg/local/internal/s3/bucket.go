package s3

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// States of a bucket's versioning; the empty one is a bucket that never had it.
const (
	enabled   = "Enabled"
	suspended = "Suspended"
)

// bucketRecord is what survives a restart of a bucket itself.
type bucketRecord struct {
	Region     string
	Created    time.Time
	Versioning string              `json:",omitempty"`
	Locked     bool                `json:",omitempty"` // has Object Lock
	Documents  map[string]document `json:",omitempty"` // by sub-resource
}

type bucket struct {
	name string
	bucketRecord
	keys index
	tree *tree
}

func (s *Service) newBucket(name string) *bucket {
	return &bucket{
		name: name, bucketRecord: bucketRecord{Documents: map[string]document{}},
		tree: newTree(s.files != nil && s.files.caseless),
	}
}

// path is the file of a key below the root.
func (b *bucket) path(key string) string { return b.name + "/" + key }

// placing is the step that puts the staged file of a version in its place.
func (b *bucket) placing(v *version) step {
	return step{kind: placeFile, path: b.path(v.Key), temp: v.Temp, bucket: b.name, key: v.Key, seq: v.seq}
}

func (c *change) saveBucket(b *bucket) { c.put(bucketRecords, b.name, b.bucketRecord) }

// bucket is the bucket that a request names.
func (s *Service) bucket(name string) (*bucket, error) {
	if b := s.buckets[name]; b != nil {
		return b, nil
	}
	return nil, refuse(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist: %s", name)
}

// inBucket runs fn with the request's bucket, within an Update that changes
// nothing.
func (s *Service) inBucket(r *request, fn func(b *bucket) error) error {
	return s.look(func(*store.Tx) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		return fn(b)
	})
}

type bucketConfiguration struct {
	LocationConstraint string
	Location, Bucket   *struct{}
	Tags               *struct {
		Tag []tag
	}
}

// createBucket makes a bucket of the caller's. In us-east-1 making it again
// succeeds and changes nothing, elsewhere it is refused ("CreateBucket", S3 API
// Reference).
func (s *Service) createBucket(r *request) (*wire.Response, error) {
	if !validBucketName(r.bucket) {
		return nil, refuse(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid: %s", r.bucket)
	}
	if err := refuseACL(r); err != nil {
		return nil, err
	}
	b := s.newBucket(r.bucket)
	if err := b.configure(r); err != nil {
		return nil, err
	}
	err := s.update(func(c *change) error {
		if old := s.buckets[b.name]; old != nil {
			if r.Region == "us-east-1" && old.Region == b.Region {
				return nil
			}
			return refuse(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
		}
		b.Created = c.now()
		s.buckets[b.name] = b
		c.saveBucket(b)
		c.steps = append(c.steps, step{kind: makeDir, path: b.name})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.Response{Status: http.StatusOK, Header: http.Header{"Location": {"/" + b.name}}}, nil
}

// configure takes what the request says of a new bucket. Where it says nothing,
// ACLs are disabled, and all public access is blocked in any case ("Default settings
// for new S3 buckets FAQ", Amazon S3 User Guide).
func (b *bucket) configure(r *request) error {
	var config bucketConfiguration
	if len(bytes.TrimSpace(r.body)) > 0 {
		if err := decodeXML(r.body, "CreateBucketConfiguration", &config); err != nil {
			return err
		}
	}
	if config.Location != nil || config.Bucket != nil {
		return wire.Unknown("s3", "CreateBucket of a directory bucket")
	}
	var err error
	if b.Region, err = location(r.Region, config.LocationConstraint); err != nil {
		return err
	}
	if config.Tags != nil {
		b.Documents["tagging"] = document{Body: encodeXML(tagging{Space: namespace, Tags: config.Tags.Tag})}
	}
	b.Documents["ownershipControls"] = document{Body: encodeXML(ownershipControls{
		Space: namespace, Rule: cmp.Or(r.Header.Get("X-Amz-Object-Ownership"), "BucketOwnerEnforced"),
	})}
	b.Documents["publicAccessBlock"] = document{Body: encodeXML(publicAccessBlock{
		Space: namespace, BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true,
	})}
	if r.Header.Get("X-Amz-Bucket-Object-Lock-Enabled") == "true" {
		b.lock(emptyLockConfiguration)
	}
	return nil
}

type ownershipControls struct {
	XMLName xml.Name `xml:"OwnershipControls"`
	Space   string   `xml:"xmlns,attr"`
	Rule    string   `xml:"Rule>ObjectOwnership"`
}

type publicAccessBlock struct {
	XMLName                                                                     xml.Name `xml:"PublicAccessBlockConfiguration"`
	Space                                                                       string   `xml:"xmlns,attr"`
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// location is the region of a new bucket. A request to us-east-1 may name any
// other region, one to another region must name that one.
func location(endpoint, constraint string) (string, error) {
	switch {
	case constraint == "" && endpoint == "us-east-1":
		return endpoint, nil
	case constraint == "":
		return "", refuse(http.StatusBadRequest, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint == "us-east-1":
		return "", refuse(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid")
	case constraint != endpoint && endpoint != "us-east-1":
		return "", refuse(http.StatusBadRequest, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to.", constraint)
	case constraint == "EU":
		return "eu-west-1", nil
	default:
		return constraint, nil
	}
}

func (s *Service) headBucket(r *request) (*wire.Response, error) {
	var region string
	err := s.inBucket(r, func(b *bucket) error { region = b.Region; return nil })
	if err != nil {
		return nil, err
	}
	resp := empty(http.StatusOK)
	resp.Header.Set("X-Amz-Bucket-Region", region)
	resp.Header.Set("X-Amz-Access-Point-Alias", "false")
	return resp, nil
}

func (s *Service) deleteBucket(r *request) (*wire.Response, error) {
	err := s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		if !b.keys.empty() {
			return refuse(http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
		}
		delete(s.buckets, b.name)
		c.Delete(bucketRecords, b.name)
		c.steps = append(c.steps, step{kind: removeDir, path: b.name})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return empty(http.StatusNoContent), nil
}

func (s *Service) getBucketLocation(r *request) (*wire.Response, error) {
	doc := struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Space   string   `xml:"xmlns,attr"`
		Region  string   `xml:",chardata"`
	}{Space: namespace}
	err := s.inBucket(r, func(b *bucket) error {
		if b.Region != "us-east-1" { // which S3 leaves empty
			doc.Region = b.Region
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.XML(http.StatusOK, doc), nil
}

type bucketList struct {
	XMLName           xml.Name      `xml:"ListAllMyBucketsResult"`
	Space             string        `xml:"xmlns,attr"`
	Owner             owner         `xml:"Owner"`
	Buckets           []bucketEntry `xml:"Buckets>Bucket"`
	ContinuationToken string        `xml:",omitempty"`
	Prefix            string        `xml:",omitempty"`
}

type bucketEntry struct{ Name, CreationDate, BucketRegion string }

// maxBuckets is the most that one ListBuckets gives ("ListBuckets", S3 API
// Reference).
const maxBuckets = 10000

func (s *Service) listBuckets(r *request) (*wire.Response, error) {
	limit := maxBuckets
	if value := r.query.Get("max-buckets"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxBuckets {
			return nil, refuse(http.StatusBadRequest, "InvalidArgument", "max-buckets must be between 1 and %d.", maxBuckets)
		}
		limit = n
	}
	after, err := parseToken(r.query.Get("continuation-token"))
	if err != nil {
		return nil, err
	}
	list := bucketList{Space: namespace, Owner: accountOwner(r.Account), Prefix: r.query.Get("prefix")}
	region := r.query.Get("bucket-region")
	err = s.look(func(*store.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(s.buckets)) {
			b := s.buckets[name]
			if name <= after || !strings.HasPrefix(name, list.Prefix) || region != "" && region != b.Region {
				continue
			}
			if len(list.Buckets) == limit {
				list.ContinuationToken = token(list.Buckets[limit-1].Name)
				break
			}
			list.Buckets = append(list.Buckets, bucketEntry{name, b.Created.Format("2006-01-02T15:04:05.000Z"), b.Region})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.XML(http.StatusOK, list), nil
}

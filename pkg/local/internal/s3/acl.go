package s3

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// owner is who owns a bucket or an object.
type owner struct{ ID string }

// accountOwner is the canonical user of the endpoint's account: 64 hexadecimal
// digits, as AWS's are.
func accountOwner(account string) owner {
	sum := sha256.Sum256([]byte(account))
	return owner{hex.EncodeToString(sum[:])}
}

type accessControlPolicy struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Space   string   `xml:"xmlns,attr"`
	Owner   owner
	Grants  []grant `xml:"AccessControlList>Grant"`
}

type grant struct {
	Grantee    grantee
	Permission string
}

type grantee struct {
	Space string `xml:"xmlns:xsi,attr"`
	Type  string `xml:"xsi:type,attr"`
	owner
}

// getBucketACL answers with the only ACL that a bucket has here, the private
// one: full control for its owner.
func (s *Service) getBucketACL(r *request) (*wire.Response, error) {
	if err := s.inBucket(r, func(*bucket) error { return nil }); err != nil {
		return nil, err
	}
	who := accountOwner(r.Account)
	return wire.XML(http.StatusOK, accessControlPolicy{Space: namespace, Owner: who, Grants: []grant{{
		grantee{"http://www.w3.org/2001/XMLSchema-instance", "CanonicalUser", who}, "FULL_CONTROL",
	}}}), nil
}

func (s *Service) putBucketACL(r *request) (*wire.Response, error) {
	if err := refuseACL(r); err != nil {
		return nil, err
	}
	if r.Header.Get("X-Amz-Acl") == "" || len(bytes.TrimSpace(r.body)) > 0 {
		return nil, wire.Unknown("s3", "PutBucketAcl with grants")
	}
	if err := s.inBucket(r, func(*bucket) error { return nil }); err != nil {
		return nil, err
	}
	return empty(http.StatusOK), nil
}

// refuseACL refuses every access control list but those that leave all to the
// owner.
func refuseACL(r *request) error {
	switch acl := r.Header.Get("X-Amz-Acl"); acl {
	case "", "private", "bucket-owner-full-control":
	default:
		return wire.Unknown("s3", "the ACL "+acl)
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			return wire.Unknown("s3", "the ACL in "+strings.ToLower(name))
		}
	}
	return nil
}

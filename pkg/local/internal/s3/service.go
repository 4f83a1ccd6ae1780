package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// Service is S3. It may be used by any number of goroutines at once.
type Service struct {
	db       *store.DB
	files    *files // nil without a directory
	handlers map[string]handler

	// What follows is read and changed within db.Update alone.
	buckets map[string]*bucket
	seq     uint64 // of the latest version
}

type handler func(*request) (*wire.Response, error)

// Open opens the objects whose records are in db and whose files are below dir,
// and completes what a crash has cut off. The empty dir keeps every body where
// db keeps its records. The directory is created where it does not exist.
func Open(db *store.DB, dir string) (*Service, error) {
	s := &Service{db: db, buckets: map[string]*bucket{}}
	s.handlers = s.operations()
	if dir != "" {
		f, err := openFiles(dir)
		if err != nil {
			return nil, fmt.Errorf("open objects: %w", err)
		}
		s.files = f
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("load objects: %w", err)
	}
	if err := s.recover(); err != nil {
		return nil, fmt.Errorf("recover objects: %w", err)
	}
	return s, nil
}

func (s *Service) operations() map[string]handler {
	all := map[string]handler{
		"ListBuckets":         s.listBuckets,
		"CreateBucket":        s.createBucket,
		"HeadBucket":          s.headBucket,
		"DeleteBucket":        s.deleteBucket,
		"GetBucketLocation":   s.getBucketLocation,
		"GetBucketAcl":        s.getBucketACL,
		"PutBucketAcl":        s.putBucketACL,
		"ListObjects":         s.listObjects,
		"ListObjectsV2":       s.listObjectsV2,
		"ListObjectVersions":  s.listObjectVersions,
		"PutObject":           s.putObject,
		"CopyObject":          s.copyObject,
		"GetObject":           s.getObject,
		"HeadObject":          s.headObject,
		"DeleteObject":        s.deleteObject,
		"DeleteObjects":       s.deleteObjects,
		"GetObjectTagging":    s.getObjectTagging,
		"PutObjectTagging":    s.putObjectTagging,
		"DeleteObjectTagging": s.deleteObjectTagging,
		"GetObjectRetention":  s.getObjectRetention,
		"PutObjectRetention":  s.putObjectRetention,
		"GetObjectLegalHold":  s.getObjectLegalHold,
		"PutObjectLegalHold":  s.putObjectLegalHold,
	}
	for name, kind := range documents {
		all["Get"+kind.noun] = func(r *request) (*wire.Response, error) { return s.getDocument(r, name) }
		all["Put"+kind.noun] = func(r *request) (*wire.Response, error) { return s.putDocument(r, name) }
		if kind.deleted != "" {
			all[kind.deleted] = func(r *request) (*wire.Response, error) { return s.deleteDocument(r, name) }
		}
	}
	return all
}

// request is a call, taken apart.
type request struct {
	*wire.Call
	bucket, key string
	query       url.Values
	body        []byte   // as the client meant it: without framing, verified
	checksum    checksum // of the body, where the client sent one
}

// Serve performs a call. The error of a HeadObject or HeadBucket is a status
// without a body.
func (s *Service) Serve(_ context.Context, c *wire.Call) (*wire.Response, error) {
	resp, err := s.serve(c)
	if err != nil {
		resp = errorResponse(err)
	}
	if c.Method == http.MethodHead {
		resp.Body = nil
	}
	return resp, nil
}

func (s *Service) serve(c *wire.Call) (*wire.Response, error) {
	r := &request{Call: c}
	var err error
	if r.query, err = url.ParseQuery(c.URL.RawQuery); err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI: %v", err)
	}
	r.hoist()
	operation := Operation(c.Method, c.URL)
	if operation == "PutObject" && r.Header.Get("X-Amz-Copy-Source") != "" {
		operation = "CopyObject"
	}
	perform, ok := s.handlers[operation]
	if !ok {
		return nil, wire.Unknown("s3", operation)
	}
	r.bucket, r.key = target(c.URL)
	if !utf8.ValidString(r.key) || !utf8.ValidString(r.bucket) {
		return nil, refuse(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI: its path is not UTF-8.")
	}
	if len(r.key) > maxKey {
		return nil, refuse(http.StatusBadRequest, "KeyTooLongError", "Your key is too long: %d bytes, at most %d.", len(r.key), maxKey)
	}
	if owner := r.Header.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != c.Account {
		return nil, refuse(http.StatusForbidden, "AccessDenied", "Access Denied: the bucket belongs to account %s, not %s.", c.Account, owner)
	}
	if r.body, r.checksum, err = payload(r.Header, c.Body); err != nil {
		return nil, err
	}
	if err := s.authorize(r, operation); err != nil {
		return nil, err
	}
	resp, err := perform(r)
	if err != nil && (operation == "GetObject" || operation == "HeadObject") {
		err = s.mayMiss(r, err)
	}
	return resp, err
}

// failure is a refusal whose response has a header of its own.
type failure struct {
	error
	header http.Header
}

func (f *failure) Unwrap() error { return f.error }

func refuse(status int, code, format string, args ...any) *wire.Error {
	return &wire.Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func errorResponse(err error) *wire.Response {
	refusal, ok := errors.AsType[*wire.Error](err)
	if !ok {
		refusal = refuse(http.StatusInternalServerError, "InternalError", "%v", err)
	}
	resp := wire.ErrorResponse("s3", refusal)
	if f, ok := errors.AsType[*failure](err); ok {
		for k, v := range f.header {
			resp.Header[k] = v
		}
	}
	return resp
}

func empty(status int) *wire.Response { return &wire.Response{Status: status, Header: http.Header{}} }

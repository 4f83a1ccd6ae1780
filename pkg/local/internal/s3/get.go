package s3

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

func (s *Service) getObject(r *request) (*wire.Response, error) {
	f, body, err := s.fetch(func() (*found, error) { return s.find(r) })
	if err != nil {
		return nil, err
	}
	return f.answer(r, body)
}

// headObject tells what was put, without a look at the file.
func (s *Service) headObject(r *request) (*wire.Response, error) {
	f, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return f.answer(r, nil)
}

// find is the version that a request means.
func (s *Service) find(r *request) (f *found, err error) {
	err = s.look(func(*store.Tx) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		v, err := b.choose(r)
		if err != nil {
			return err
		}
		f = &found{version: *v, bucket: b.name, versioned: b.Versioning != ""}
		return nil
	})
	return f, err
}

// answer is the response to a GetObject or, with no body, a HeadObject.
func (f *found) answer(r *request, body []byte) (*wire.Response, error) {
	notModified, err := mayRead(r.Header, "", &f.version)
	if err != nil {
		return nil, err
	}
	if notModified {
		resp := empty(http.StatusNotModified)
		f.validators(resp.Header)
		return resp, nil
	}
	part, partial, err := parseRange(r.Header.Get("Range"), f.Size)
	if err != nil {
		return nil, &failure{err, http.Header{"Content-Range": {fmt.Sprintf("bytes */%d", f.Size)}}}
	}
	resp := &wire.Response{Status: http.StatusOK, Header: http.Header{}, Body: body}
	f.describe(resp.Header)
	if !partial {
		part = byteRange{0, f.Size}
		if r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
			f.Checksum.set(resp.Header) // of the whole, so with the whole alone
		}
	} else {
		resp.Status = http.StatusPartialContent
		resp.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.start, part.end-1, f.Size))
		if body != nil {
			resp.Body = body[part.start:part.end]
		}
	}
	resp.Header.Set("Content-Length", strconv.FormatInt(part.end-part.start, 10))
	override(resp.Header, r)
	return resp, nil
}

// validators writes what later conditions compare with as response headers.
func (f *found) validators(h http.Header) {
	h.Set("ETag", f.etag())
	h.Set("Last-Modified", f.Modified.Format(http.TimeFormat))
	if f.versioned {
		h.Set("X-Amz-Version-Id", f.ID)
	}
}

// tellWritten writes what a write says of the version that it made as response
// headers.
func (f *found) tellWritten(h http.Header) {
	if f.versioned {
		h.Set("X-Amz-Version-Id", f.ID)
	}
	for _, name := range []string{sseHeader, sseKeyHeader, sseBucketKeyHeader} {
		if value := f.Header[name]; value != "" {
			h.Set(name, value)
		}
	}
}

// describe writes all that is known of the version as response headers.
func (f *found) describe(h http.Header) {
	f.validators(h)
	h.Set("Accept-Ranges", "bytes")
	for name, value := range f.Header {
		h.Set(name, value)
	}
	if len(f.Tags) > 0 {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(f.Tags)))
	}
	f.Lock.set(h)
}

// override applies the response-* parameters.
func override(h http.Header, r *request) {
	for _, name := range []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires"} {
		if value := r.query.Get("response-" + strings.ToLower(name)); value != "" {
			h.Set(name, value)
		}
	}
}

package s3

import (
	"errors"
	"maps"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// putObject stores an object. It is there, on disk, once and only once the
// response says so; of several that race with If-None-Match: * exactly one wins.
func (s *Service) putObject(r *request) (*wire.Response, error) {
	v, err := r.newVersion()
	if err != nil {
		return nil, err
	}
	if v.Checksum.Algorithm == "" {
		v.Checksum = compute(defaultAlgorithm, r.body)
	}
	w, err := s.write(r, v, r.body)
	if err != nil {
		return nil, err
	}
	resp := empty(http.StatusOK)
	resp.Header.Set("ETag", v.etag())
	v.Checksum.set(resp.Header)
	w.tellWritten(resp.Header)
	return resp, nil
}

// newVersion is the version that a PutObject describes.
func (r *request) newVersion() (*version, error) {
	if err := refuseUnkept(r); err != nil {
		return nil, err
	}
	header, err := metadata(r.Header)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(r.Header)
	if err != nil {
		return nil, err
	}
	held, err := lockOf(r.Header)
	if err != nil {
		return nil, err
	}
	if held != (lock{}) && r.checksum.Algorithm == "" && r.Header.Get("Content-Md5") == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
	}
	return &version{Key: r.key, Header: header, Tags: tags, Lock: held, Checksum: r.checksum}, nil
}

// write makes v, with its body, the latest version of the request's key, if the
// request's conditions hold.
func (s *Service) write(r *request, v *version, body []byte) (*found, error) {
	v.Size, v.MD5 = int64(len(body)), digest(body)
	staged, err := s.stage(r.key, body)
	if err != nil {
		return nil, err
	}
	v.Temp = staged
	var w *found
	err = s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		if err := mayWrite(r.Header, r.key, b.current(r.key)); err != nil {
			return err
		}
		held, err := b.defaultLock(v.Lock, c.now())
		if err != nil {
			return err
		}
		v.Lock = held
		maps.Copy(v.Header, b.encryption(r.Header))
		if err := c.add(b, v, body); err != nil {
			return err
		}
		w = &found{version: *v, bucket: b.name, versioned: b.Versioning != ""}
		return nil
	})
	if staged != "" && (w == nil || w.Place != inFile) {
		err = errors.Join(err, s.files.discard(staged))
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// stage writes a body to a file where its key may have one.
func (s *Service) stage(key string, body []byte) (string, error) {
	if s.files == nil || !newTree(s.files.caseless).allowed(key) {
		return "", nil
	}
	return s.files.stage(body)
}

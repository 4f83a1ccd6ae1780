package s3

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// deletion is one object or version to delete, and its outcome.
type deletion struct {
	key, version string
	match        string // the ETag that the current object must have, if any
	bypass       bool   // governance retention

	marker   bool   // a delete marker was added or deleted
	markerID string // its version ID
}

func bypasses(h http.Header) bool { return h.Get("X-Amz-Bypass-Governance-Retention") == "true" }

func (s *Service) deleteObject(r *request) (*wire.Response, error) {
	d := deletion{key: r.key, version: r.query.Get("versionId"), match: r.Header.Get("If-Match"), bypass: bypasses(r.Header)}
	if r.query.Has("versionId") && d.version == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "Version id cannot be the empty string")
	}
	err := s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		return c.delete(b, &d)
	})
	if err != nil {
		return nil, err
	}
	resp := empty(http.StatusNoContent)
	if d.marker {
		resp.Header.Set("X-Amz-Delete-Marker", "true")
	}
	if id := cmp.Or(d.version, d.markerID); id != "" {
		resp.Header.Set("X-Amz-Version-Id", id)
	}
	return resp, nil
}

// delete deletes what d says: a version for good, or the current object, which
// in a bucket with versioning a delete marker hides ("Deleting object versions
// from a versioning-enabled bucket", S3 User Guide). What is not there is
// deleted already. Where it fails it has changed nothing.
func (c *change) delete(b *bucket, d *deletion) error {
	if err := mayDelete(d.match, d.key, b.current(d.key)); err != nil {
		return err
	}
	if d.version != "" {
		return c.deleteVersion(b, d)
	}
	if b.Versioning == "" {
		if v := b.current(d.key); v != nil {
			c.drop(b, b.keys.get(d.key), v)
		}
		return nil
	}
	v := &version{Key: d.key, Marker: true}
	if err := c.add(b, v, nil); err != nil {
		return err
	}
	d.marker, d.markerID = true, v.ID
	return nil
}

func (c *change) deleteVersion(b *bucket, d *deletion) error {
	o := b.keys.get(d.key)
	if o == nil {
		return nil
	}
	v := o.find(d.version)
	if v == nil {
		return nil
	}
	if v.Lock.refusesDelete(c.now(), d.bypass) {
		return accessDenied()
	}
	c.drop(b, o, v)
	if v.Marker {
		d.marker, d.markerID = true, v.ID
	}
	return nil
}

type deleteRequest struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Objects []struct{ Key, VersionId, ETag string } `xml:"Object"`
}

type deleteResult struct {
	XMLName xml.Name       `xml:"DeleteResult"`
	Space   string         `xml:"xmlns,attr"`
	Deleted []deletedEntry `xml:"Deleted"`
	Errors  []deleteError  `xml:"Error"`
}

type deletedEntry struct {
	Key                   string
	VersionId             string `xml:",omitempty"`
	DeleteMarker          string `xml:",omitempty"`
	DeleteMarkerVersionId string `xml:",omitempty"`
}

type deleteError struct {
	Key       string
	VersionId string `xml:",omitempty"`
	Code      string
	Message   string
}

// maxDeletes is the most objects of one DeleteObjects ("DeleteObjects", S3 API
// Reference).
const maxDeletes = 1000

// deleteObjects deletes up to 1,000 objects or versions, all of them at once;
// those that cannot be deleted are named in the response.
func (s *Service) deleteObjects(r *request) (*wire.Response, error) {
	if r.checksum.Algorithm == "" && r.Header.Get("Content-Md5") == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: Content-MD5")
	}
	var wanted deleteRequest
	if err := decodeXML(r.body, "Delete", &wanted); err != nil {
		return nil, err
	}
	if len(wanted.Objects) == 0 || len(wanted.Objects) > maxDeletes {
		return nil, malformed()
	}
	refused, err := s.mayDeleteEach(r, &wanted)
	if err != nil {
		return nil, err
	}
	var result deleteResult
	err = s.update(func(c *change) error {
		b, err := s.bucket(r.bucket)
		if err != nil {
			return err
		}
		for i, o := range wanted.Objects {
			d := deletion{key: o.Key, version: o.VersionId, match: o.ETag, bypass: bypasses(r.Header)}
			outcome := refused[i]
			if outcome == nil {
				outcome = c.delete(b, &d)
			}
			result.add(d, outcome)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	result.Space = namespace
	if wanted.Quiet {
		result.Deleted = nil
	}
	return wire.XML(http.StatusOK, result), nil
}

// add adds the outcome of one deletion.
func (result *deleteResult) add(d deletion, err error) {
	if err == nil {
		entry := deletedEntry{Key: d.key, VersionId: d.version, DeleteMarkerVersionId: d.markerID}
		if d.marker {
			entry.DeleteMarker = strconv.FormatBool(true)
		}
		result.Deleted = append(result.Deleted, entry)
		return
	}
	refusal, ok := errors.AsType[*wire.Error](err)
	if !ok {
		refusal = refuse(http.StatusInternalServerError, "InternalError", "%v", err)
	}
	result.Errors = append(result.Errors, deleteError{d.key, d.version, refusal.Code, refusal.Message})
}

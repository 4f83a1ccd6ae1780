package s3

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// nullID is the version ID of an object that was put while versioning was not
// enabled.
const nullID = "null"

// version is one version of an object, or a delete marker. It is also its own
// record in the store.
type version struct {
	Key      string
	ID       string
	Marker   bool `json:",omitempty"`
	Modified time.Time
	Size     int64             `json:",omitempty"`
	MD5      string            `json:",omitempty"` // in hex: the ETag
	Header   map[string]string `json:",omitempty"` // as GetObject returns it; never changed
	Checksum checksum
	Tags     []tag `json:",omitempty"` // never changed, only replaced
	Lock     lock
	Place    place  `json:",omitempty"`
	Temp     string `json:",omitempty"` // of a file: its name below .tmp until it was renamed into place
	seq      uint64 // orders all versions by their creation
	body     []byte // of a version in a store that is not durable
}

// place is where the body of a version is.
type place string

const (
	inStore place = ""
	inFile  place = "file"
	// lost is a version whose file was changed or removed before the version
	// ceased to be the current one.
	lost place = "lost"
)

func (v *version) etag() string { return `"` + v.MD5 + `"` }

// lastModified is the time of the version as S3's XML has it.
func (v *version) lastModified() string { return v.Modified.Format("2006-01-02T15:04:05.000Z") }

// object is a key with its versions.
type object struct {
	key      string
	versions []*version // from the oldest on; never empty
}

func (o *object) latest() *version { return o.versions[len(o.versions)-1] }

// find is the version with the ID, or nil.
func (o *object) find(id string) *version {
	i := slices.IndexFunc(o.versions, func(v *version) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return o.versions[i]
}

// cut takes a version out.
func (o *object) cut(v *version) {
	o.versions = slices.DeleteFunc(o.versions, func(other *version) bool { return other == v })
}

// current is the object that a request without a version ID sees, or nil.
func (b *bucket) current(key string) *version {
	o := b.keys.get(key)
	if o == nil || o.latest().Marker {
		return nil
	}
	return o.latest()
}

// choose is the version that a request means by its key and versionId.
func (b *bucket) choose(r *request) (*version, error) {
	o := b.keys.get(r.key)
	if r.query.Has("versionId") {
		return b.chooseVersion(o, r.query.Get("versionId"))
	}
	if o == nil {
		return nil, noSuchKey(r.key)
	}
	if v := o.latest(); v.Marker {
		return nil, &failure{noSuchKey(r.key), http.Header{"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {v.ID}}}
	}
	return o.latest(), nil
}

func (b *bucket) chooseVersion(o *object, id string) (*version, error) {
	if id == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "Version id cannot be the empty string")
	}
	var v *version
	if o != nil {
		v = o.find(id)
	}
	if v == nil {
		return nil, refuse(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
	}
	if v.Marker {
		refusal := refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return nil, &failure{refusal, http.Header{
			"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {v.ID}, "Allow": {"DELETE"},
			"Last-Modified": {v.Modified.Format(http.TimeFormat)},
		}}
	}
	return v, nil
}

// recordKey names the version's records in the store, in the order of creation
// within a bucket, whose name has no slash.
func recordKey(bucket string, seq uint64) string { return fmt.Sprintf("%s/%016x", bucket, seq) }

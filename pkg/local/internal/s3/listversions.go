package s3

import (
	"encoding/xml"
	"net/http"
	"slices"

	"github.com/statline/statline/pkg/local/internal/wire"
)

type listVersionsResult struct {
	XMLName             xml.Name `xml:"ListVersionsResult"`
	Space               string   `xml:"xmlns,attr"`
	Name                string
	Prefix              string
	KeyMarker           string
	VersionIdMarker     string
	NextKeyMarker       string `xml:",omitempty"`
	NextVersionIdMarker string `xml:",omitempty"`
	Delimiter           string `xml:",omitempty"`
	MaxKeys             int
	EncodingType        string `xml:",omitempty"`
	IsTruncated         bool
	Entries             []versionEntry
	CommonPrefixes      []commonPrefix
}

// versionEntry is a <Version> or a <DeleteMarker>.
type versionEntry struct {
	XMLName           xml.Name
	Key               string
	VersionId         string
	IsLatest          bool
	LastModified      string
	ETag              string `xml:",omitempty"`
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
	Size              *int64 `xml:",omitempty"`
	StorageClass      string `xml:",omitempty"`
	Owner             owner
}

func (l listing) versionEntry(v *version, latest bool, who owner) versionEntry {
	e := versionEntry{
		XMLName: xml.Name{Local: "DeleteMarker"}, Key: l.text(v.Key), VersionId: v.ID, IsLatest: latest,
		LastModified: v.lastModified(), Owner: who,
	}
	if v.Marker {
		return e
	}
	e.XMLName.Local = "Version"
	e.ETag, e.ChecksumAlgorithm, e.ChecksumType = v.etag(), v.Checksum.Algorithm, "FULL_OBJECT"
	e.Size, e.StorageClass = new(v.Size), "STANDARD"
	return e
}

// listObjectVersions lists every version and delete marker, by key and from the
// newest on. After a version that has since been deleted it goes on with all
// that are left of its key.
func (s *Service) listObjectVersions(r *request) (*wire.Response, error) {
	l, err := parseListing(r)
	if err != nil {
		return nil, err
	}
	l.after = r.query.Get("key-marker")
	marker := r.query.Get("version-id-marker")
	if marker != "" && l.after == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "A version-id marker cannot be specified without a key marker.")
	}
	result := listVersionsResult{
		Space: namespace, Name: r.bucket, Prefix: l.text(l.prefix), KeyMarker: l.text(l.after), VersionIdMarker: marker,
		Delimiter: l.text(l.delimiter), MaxKeys: l.limit, EncodingType: l.encoding,
	}
	err = s.inBucket(r, func(b *bucket) error {
		b.listVersions(l, marker, accountOwner(r.Account), &result)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.XML(http.StatusOK, result), nil
}

func (b *bucket) listVersions(l listing, marker string, who owner, result *listVersionsResult) {
	from := l.start()
	if marker != "" {
		from = max(l.prefix, l.after) // the key itself may have more versions
	}
	all := func(*object) bool { return true }
	b.walk(l, from, all, func(prefix string, o *object) bool {
		if prefix != "" {
			if !result.room(l) {
				return false
			}
			result.CommonPrefixes = append(result.CommonPrefixes, commonPrefix{l.text(prefix)})
			result.NextKeyMarker, result.NextVersionIdMarker = l.text(prefix), ""
			return true
		}
		for i, v := range slices.Backward(o.versions) {
			if marker != "" && o.key == l.after && i >= o.position(marker) {
				continue
			}
			if !result.room(l) {
				return false
			}
			result.Entries = append(result.Entries, l.versionEntry(v, v == o.latest(), who))
			result.NextKeyMarker, result.NextVersionIdMarker = l.text(o.key), v.ID
		}
		return true
	})
	if !result.IsTruncated {
		result.NextKeyMarker, result.NextVersionIdMarker = "", ""
	}
}

// room says whether one more fits in the page; where not, the page is truncated.
func (result *listVersionsResult) room(l listing) bool {
	if len(result.Entries)+len(result.CommonPrefixes) < l.limit {
		return true
	}
	result.IsTruncated = l.limit > 0
	return false
}

// position is where the version with the ID is, or above all where it is not.
func (o *object) position(id string) int {
	if i := slices.IndexFunc(o.versions, func(v *version) bool { return v.ID == id }); i >= 0 {
		return i
	}
	return len(o.versions)
}

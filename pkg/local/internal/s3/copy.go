package s3

import (
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

type copyResult struct {
	XMLName      xml.Name `xml:"CopyObjectResult"`
	Space        string   `xml:"xmlns,attr"`
	LastModified string
	ETag         string
	ChecksumType string
	Checksum     checksumElement
}

// checksumElement is a checksum in an XML response: <ChecksumCRC32>.
type checksumElement struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// copyObject puts an object whose body and, unless the request replaces them,
// metadata and tags are those of another ("CopyObject", S3 API Reference).
func (s *Service) copyObject(r *request) (*wire.Response, error) {
	from, err := copySource(r)
	if err != nil {
		return nil, err
	}
	source, body, err := s.fetch(func() (*found, error) { return s.find(from) })
	if err != nil {
		return nil, err
	}
	if notModified, err := mayRead(r.Header, "X-Amz-Copy-Source-", &source.version); err != nil || notModified {
		return nil, preconditionFailed("x-amz-copy-source-if-...")
	}
	v, err := r.newCopy(source)
	if err != nil {
		return nil, err
	}
	if algorithm := strings.ToUpper(r.Header.Get("X-Amz-Checksum-Algorithm")); algorithm != "" && algorithm != v.Checksum.Algorithm {
		if hasher(algorithm) == nil {
			return nil, wire.Unknown("s3", "the checksum algorithm "+algorithm)
		}
		v.Checksum = compute(algorithm, body)
	}
	w, err := s.write(r, v, body)
	if err != nil {
		return nil, err
	}
	resp := wire.XML(http.StatusOK, copyResult{
		Space: namespace, LastModified: w.lastModified(), ETag: v.etag(), ChecksumType: "FULL_OBJECT",
		Checksum: checksumElement{xml.Name{Local: "Checksum" + v.Checksum.Algorithm}, v.Checksum.Value},
	})
	w.tellWritten(resp.Header)
	if source.versioned {
		resp.Header.Set("X-Amz-Copy-Source-Version-Id", source.ID)
	}
	return resp, nil
}

// copySource is the request that reads what a copy copies: BUCKET/KEY, written
// like a path, with versionId as its only parameter.
func copySource(r *request) (*request, error) {
	header := r.Header.Get("X-Amz-Copy-Source")
	path, rawQuery, _ := strings.Cut(header, "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "The copy source %q is not URL-encoded.", header)
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "The copy source %q is not URL-encoded.", header)
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || bucket == "" || key == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	}
	if strings.HasPrefix(bucket, "arn:") {
		return nil, wire.Unknown("s3", "CopyObject from an access point")
	}
	return &request{Call: r.Call, bucket: bucket, key: key, query: query}, nil
}

// newCopy is the version that a CopyObject of source describes.
func (r *request) newCopy(source *found) (*version, error) {
	v, err := r.newVersion()
	if err != nil {
		return nil, err
	}
	v.Checksum = source.Checksum
	replaceMetadata, err := replaces(r, "X-Amz-Metadata-Directive")
	if err != nil {
		return nil, err
	}
	replaceTags, err := replaces(r, "X-Amz-Tagging-Directive")
	if err != nil {
		return nil, err
	}
	if !replaceTags {
		v.Tags = source.Tags
	}
	if replaceMetadata {
		return v, nil
	}
	redirect := v.Header["X-Amz-Website-Redirect-Location"]
	itself := source.bucket == r.bucket && source.Key == r.key && !strings.Contains(r.Header.Get("X-Amz-Copy-Source"), "?")
	if itself && redirect == "" && r.Header.Get(sseHeader) == "" && r.Header.Get("X-Amz-Storage-Class") == "" && !replaceTags {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	v.Header = maps.Clone(source.Header)
	for _, name := range []string{sseHeader, sseKeyHeader, sseBucketKeyHeader, "X-Amz-Website-Redirect-Location"} {
		delete(v.Header, name)
	}
	if redirect != "" {
		v.Header["X-Amz-Website-Redirect-Location"] = redirect
	}
	return v, nil
}

// replaces reads a directive of a copy.
func replaces(r *request, header string) (bool, error) {
	directive := r.Header.Get(header)
	if !slices.Contains([]string{"", "COPY", "REPLACE"}, directive) {
		return false, refuse(http.StatusBadRequest, "InvalidArgument", "Unknown %s: %s", strings.ToLower(header), directive)
	}
	return directive == "REPLACE", nil
}

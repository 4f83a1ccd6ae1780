package s3

import (
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/statline/statline/pkg/local/internal/wire"
)

type tag struct{ Key, Value string }

type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Space   string   `xml:"xmlns,attr"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

// Limits of an object's tags ("Categorizing your objects using tags", S3 User
// Guide).
const (
	maxTags     = 10
	maxTagKey   = 128 // characters
	maxTagValue = 256
)

// validTags applies them.
func validTags(tags []tag) error {
	if len(tags) > maxTags {
		return refuse(http.StatusBadRequest, "BadRequest", "Object tags cannot be greater than %d", maxTags)
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey || !utf8.ValidString(t.Key):
			return refuse(http.StatusBadRequest, "InvalidTag", "The TagKey you have provided is invalid")
		case utf8.RuneCountInString(t.Value) > maxTagValue || !utf8.ValidString(t.Value):
			return refuse(http.StatusBadRequest, "InvalidTag", "The TagValue you have provided is invalid")
		case seen[t.Key]:
			return refuse(http.StatusBadRequest, "InvalidTag", "Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
	}
	return nil
}

// tagsOf reads the x-amz-tagging of a request, which is written like a query.
func tagsOf(h http.Header) ([]tag, error) {
	values, err := url.ParseQuery(h.Get("X-Amz-Tagging"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	}
	var tags []tag
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			tags = append(tags, tag{key, value})
		}
	}
	return tags, validTags(tags)
}

func (s *Service) getObjectTagging(r *request) (*wire.Response, error) {
	doc := tagging{Space: namespace}
	resp := empty(http.StatusOK)
	err := s.inVersion(r, func(b *bucket, v *version) error {
		doc.Tags = v.Tags
		b.tellVersion(resp.Header, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	resp.Header.Set("Content-Type", "application/xml")
	resp.Body = encodeXML(doc)
	return resp, nil
}

func (s *Service) putObjectTagging(r *request) (*wire.Response, error) {
	var doc tagging
	if err := decodeXML(r.body, "Tagging", &doc); err != nil {
		return nil, err
	}
	if err := validTags(doc.Tags); err != nil {
		return nil, err
	}
	return s.setTags(r, doc.Tags, http.StatusOK)
}

func (s *Service) deleteObjectTagging(r *request) (*wire.Response, error) {
	return s.setTags(r, nil, http.StatusNoContent)
}

func (s *Service) setTags(r *request, tags []tag, status int) (*wire.Response, error) {
	resp := empty(status)
	err := s.changeVersion(r, func(_ *change, b *bucket, v *version) error {
		v.Tags = tags
		b.tellVersion(resp.Header, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

package s3

import (
	"encoding/base64"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPage is the most that a listing gives at once ("ListObjectsV2", S3 API
// Reference).
const maxPage = 1000

// listing is what a listing asks for.
type listing struct {
	prefix, delimiter string
	after             string // what was listed last: a key or a common prefix
	limit             int
	encoding          string // "" or "url"
}

func parseListing(r *request) (listing, error) {
	l := listing{prefix: r.query.Get("prefix"), delimiter: r.query.Get("delimiter"), limit: maxPage, encoding: r.query.Get("encoding-type")}
	if l.encoding != "" && l.encoding != "url" {
		return l, refuse(http.StatusBadRequest, "InvalidArgument", "Invalid Encoding Method specified in Request")
	}
	if value := r.query.Get("max-keys"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > math.MaxInt32 {
			return l, refuse(http.StatusBadRequest, "InvalidArgument", "Provided max-keys not an integer or within integer range")
		}
		l.limit = min(n, maxPage)
	}
	for _, values := range r.query {
		if !utf8.ValidString(values[0]) {
			return l, refuse(http.StatusBadRequest, "InvalidArgument", "The parameters of a listing must be UTF-8.")
		}
	}
	return l, nil
}

// common is the common prefix that a key is listed under, empty where it is
// listed by itself.
func (l listing) common(key string) string {
	rest, ok := strings.CutPrefix(key, l.prefix)
	if !ok || l.delimiter == "" {
		return ""
	}
	i := strings.Index(rest, l.delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(l.prefix)+i+len(l.delimiter)]
}

// past is the least key that comes after a common prefix: no byte of UTF-8 is
// 0xff.
func past(prefix string) string { return prefix + "\xff" }

// start is the least key that may be listed.
func (l listing) start() string {
	switch {
	case l.after == "":
		return l.prefix
	case l.common(l.after) == l.after:
		return max(l.prefix, past(l.after))
	default:
		return max(l.prefix, l.after+"\x00")
	}
}

// walk gives the objects of a listing in order, each by itself or as the common
// prefix that it is the first of, until take returns false.
func (b *bucket) walk(l listing, from string, shown func(*object) bool, take func(prefix string, o *object) bool) {
	for o := b.keys.ceil(from); o != nil && strings.HasPrefix(o.key, l.prefix); o = b.keys.ceil(from) {
		from = o.key + "\x00"
		if !shown(o) {
			continue
		}
		prefix := l.common(o.key)
		if prefix != "" {
			from = past(prefix)
		}
		if !take(prefix, o) {
			return
		}
	}
}

// text is a key or a prefix as a listing writes it. With encoding-type url that
// is URL encoding with "/" and "*" as they are.
func (l listing) text(s string) string {
	if l.encoding == "" {
		return s
	}
	s = url.QueryEscape(s)
	return strings.NewReplacer("%2F", "/", "%2A", "*", "~", "%7E").Replace(s)
}

// token is a continuation token: opaque to clients.
func token(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

func parseToken(s string) (last string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return "", refuse(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
	}
	return string(b), nil
}

// entry is an object in a listing.
type entry struct {
	Key               string
	LastModified      string
	ETag              string
	ChecksumAlgorithm string
	ChecksumType      string
	Size              int64
	Owner             *owner `xml:",omitempty"`
	StorageClass      string
}

type commonPrefix struct{ Prefix string }

func (l listing) entry(v *version, who *owner) entry {
	return entry{
		Key: l.text(v.Key), LastModified: v.lastModified(), ETag: v.etag(), ChecksumAlgorithm: v.Checksum.Algorithm,
		ChecksumType: "FULL_OBJECT", Size: v.Size, Owner: who, StorageClass: "STANDARD",
	}
}

// page is a part of a listing of current objects.
type page struct {
	entries   []entry
	prefixes  []commonPrefix
	last      string // what is listed last
	truncated bool   // there is more after last
}

// list lists current objects.
func (s *Service) list(r *request, l listing, who *owner) (p page, err error) {
	err = s.inBucket(r, func(b *bucket) error {
		b.walk(l, l.start(), func(o *object) bool { return !o.latest().Marker }, func(prefix string, o *object) bool {
			if len(p.entries)+len(p.prefixes) == l.limit {
				p.truncated = l.limit > 0
				return false
			}
			if prefix != "" {
				p.last = prefix
				p.prefixes = append(p.prefixes, commonPrefix{l.text(prefix)})
				return true
			}
			p.last = o.key
			p.entries = append(p.entries, l.entry(o.latest(), who))
			return true
		})
		return nil
	})
	return p, err
}

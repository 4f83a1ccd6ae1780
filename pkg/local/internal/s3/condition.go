package s3

import (
	"net/http"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/wire"
)

func preconditionFailed(header string) *wire.Error {
	return refuse(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold: %s", header)
}

func noSuchKey(key string) *wire.Error {
	return refuse(http.StatusNotFound, "NoSuchKey", "The specified key does not exist: %s", key)
}

// matches says whether one of the entity tags in a header is the version's.
func matches(header string, v *version) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.Trim(strings.TrimPrefix(strings.TrimSpace(candidate), "W/"), `"`)
		if candidate == "*" || candidate == v.MD5 {
			return true
		}
	}
	return false
}

// mayWrite applies the conditions of a write to the current object, nil where
// there is none ("Prevent object overwrites with conditional writes", S3 User
// Guide).
func mayWrite(h http.Header, key string, current *version) error {
	if none := h.Get("If-None-Match"); none != "" {
		if none != "*" {
			return wire.Unknown("s3", "a write with If-None-Match other than *")
		}
		if current != nil {
			return preconditionFailed("If-None-Match")
		}
	}
	match := h.Get("If-Match")
	switch {
	case match == "":
		return nil
	case current == nil:
		return noSuchKey(key)
	case !matches(match, current):
		return preconditionFailed("If-Match")
	default:
		return nil
	}
}

// mayDelete applies the condition of a delete to the current object, nil where
// there is none ("How to perform conditional deletes", S3 User Guide).
func mayDelete(match, key string, current *version) error {
	switch {
	case match == "":
		return nil
	case current == nil && match == "*":
		return preconditionFailed("If-Match")
	case current == nil:
		return noSuchKey(key)
	case !matches(match, current):
		return preconditionFailed("If-Match")
	default:
		return nil
	}
}

// mayRead applies the conditions of a read in the order of RFC 9110, section
// 13.2.2; prefix is that of the headers. notModified is the outcome 304.
func mayRead(h http.Header, prefix string, v *version) (notModified bool, err error) {
	if match := h.Get(prefix + "If-Match"); match != "" {
		if !matches(match, v) {
			return false, preconditionFailed("If-Match")
		}
	} else if since, ok := date(h, prefix+"If-Unmodified-Since"); ok && v.Modified.After(since) {
		return false, preconditionFailed("If-Unmodified-Since")
	}
	if none := h.Get(prefix + "If-None-Match"); none != "" {
		return matches(none, v), nil
	}
	since, ok := date(h, prefix+"If-Modified-Since")
	return ok && !v.Modified.After(since), nil
}

// date is the time in a header; one that is no time is as if it were not there.
func date(h http.Header, name string) (time.Time, bool) {
	t, err := http.ParseTime(h.Get(name))
	return t, err == nil
}

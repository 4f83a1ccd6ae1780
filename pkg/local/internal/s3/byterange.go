package s3

import (
	"net/http"
	"strconv"
	"strings"
)

// byteRange is the part of a body from start up to and without end.
type byteRange struct{ start, end int64 }

// parseRange reads a Range header for a body of the given size. ok is false
// where there is none that S3 honours, which is a single range of bytes: then
// the whole body is meant (RFC 9110, section 14.2). The error is InvalidRange
// where no byte of the body is in it.
func parseRange(header string, size int64) (part byteRange, ok bool, err error) {
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	first, last, isRange := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !isRange || !digits(first) || !digits(last) || first+last == "" {
		return byteRange{}, false, nil
	}
	from, to := number(first), number(last)
	switch {
	case first == "":
		part = byteRange{max(size-to, 0), size}
	case last == "":
		part = byteRange{from, size}
	case to < from:
		return byteRange{}, false, nil
	default:
		part = byteRange{from, min(to, size-1) + 1}
	}
	if part.start >= size {
		return byteRange{}, false, refuse(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable: %s of %d bytes", header, size)
	}
	return part, true, nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// number is the value of decimal digits; what is beyond an int64 is its largest.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // beyond the range, ParseInt gives its end
	return n
}

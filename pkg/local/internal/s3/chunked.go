package s3

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// unchunk decodes an aws-chunked body: chunks of
//
//	SIZE-IN-HEX[;chunk-signature=...] CRLF DATA CRLF
//
// up to one of size 0, then the trailer's lines. Signatures are not checked.
func unchunk(body []byte) (data []byte, trailer http.Header, err error) {
	data = make([]byte, 0, len(body))
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		if !ok {
			return nil, nil, incomplete()
		}
		digits, _, _ := strings.Cut(string(line), ";")
		size, err := strconv.ParseUint(digits, 16, 63)
		if err != nil {
			return nil, nil, refuse(http.StatusBadRequest, "InvalidRequest", "The chunk size %.32q is no hexadecimal number.", digits)
		}
		if size == 0 {
			trailer, err := parseTrailer(rest)
			return data, trailer, err
		}
		if uint64(len(rest)) < size+2 {
			return nil, nil, incomplete()
		}
		data = append(data, rest[:size]...)
		if !bytes.HasPrefix(rest[size:], []byte("\r\n")) {
			return nil, nil, refuse(http.StatusBadRequest, "InvalidRequest", "A chunk is longer than its size says.")
		}
		body = rest[size+2:]
	}
}

func incomplete() *wire.Error {
	return refuse(http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly.")
}

// parseTrailer reads the lines after the last chunk, NAME:VALUE. Empty ones are
// allowed: clients differ in how they end a trailer.
func parseTrailer(rest []byte) (http.Header, error) {
	trailer := http.Header{}
	for line := range bytes.SplitSeq(rest, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return nil, refuse(http.StatusBadRequest, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.")
		}
		trailer.Add(string(bytes.TrimSpace(name)), string(bytes.TrimSpace(value)))
	}
	return trailer, nil
}

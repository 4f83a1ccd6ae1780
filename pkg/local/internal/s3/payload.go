package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// payload is the body that the client meant: the framing of aws-chunked is
// undone, and every digest that came with it holds. The checksum is the one
// that the client sent, if any.
func payload(h http.Header, body []byte) (data []byte, sum checksum, err error) {
	data, trailer, err := unframe(h, body)
	if err != nil {
		return nil, checksum{}, err
	}
	if err := verifySHA256(h.Get("X-Amz-Content-Sha256"), data); err != nil {
		return nil, checksum{}, err
	}
	if err := verifyMD5(h.Get("Content-Md5"), data); err != nil {
		return nil, checksum{}, err
	}
	if sum, err = declaredChecksum(h, trailer); err != nil {
		return nil, checksum{}, err
	}
	return data, sum, sum.verify(data)
}

// unframe undoes the aws-chunked encoding, where the body has it, and checks the
// length that it says ("Signature Calculations for the Authorization Header:
// Transferring Payload in Multiple Chunks", S3 API Reference).
func unframe(h http.Header, body []byte) (data []byte, trailer http.Header, err error) {
	if !framed(h) {
		return body, nil, nil
	}
	said := h.Get("X-Amz-Decoded-Content-Length")
	if said == "" {
		return nil, nil, refuse(http.StatusLengthRequired, "MissingContentLength", "You must provide the X-Amz-Decoded-Content-Length HTTP header.")
	}
	length, err := strconv.ParseUint(said, 10, 63)
	if err != nil {
		return nil, nil, refuse(http.StatusBadRequest, "InvalidArgument", "The value %q of x-amz-decoded-content-length is no length.", said)
	}
	if data, trailer, err = unchunk(body); err != nil {
		return nil, nil, err
	}
	if uint64(len(data)) != length {
		return nil, nil, refuse(http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: %d of %d.", len(data), length)
	}
	return data, trailer, nil
}

func framed(h http.Header) bool {
	if strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return true
	}
	coding, _, _ := strings.Cut(h.Get("Content-Encoding"), ",")
	return strings.EqualFold(strings.TrimSpace(coding), "aws-chunked") && h.Get("X-Amz-Decoded-Content-Length") != ""
}

// contentEncoding is what is kept of the request's Content-Encoding: without
// aws-chunked, which is of the transfer alone.
func contentEncoding(h http.Header) string {
	var kept []string
	for coding := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		coding = strings.TrimSpace(coding)
		if coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

var streamingModes = map[string]bool{
	"STREAMING-UNSIGNED-PAYLOAD-TRAILER":               true,
	"STREAMING-AWS4-HMAC-SHA256-PAYLOAD":               true,
	"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":       true,
	"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD":         true,
	"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": true,
}

// verifySHA256 compares the payload hash of the signature with the data.
func verifySHA256(said string, data []byte) error {
	if said == "" || said == "UNSIGNED-PAYLOAD" || streamingModes[said] {
		return nil
	}
	want, err := hex.DecodeString(said)
	if err != nil || len(want) != sha256.Size {
		return refuse(http.StatusBadRequest, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of STREAMING-..., or a valid sha256 value.")
	}
	if sha256.Sum256(data) != [sha256.Size]byte(want) {
		return refuse(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return nil
}

func verifyMD5(said string, data []byte) error {
	if said == "" {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(said)
	if err != nil || len(want) != md5.Size {
		return refuse(http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified is not valid.")
	}
	if md5.Sum(data) != [md5.Size]byte(want) {
		return refuse(http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	return nil
}

// declaredChecksum is the checksum in the header or, as x-amz-trailer
// announces it, in the trailer.
func declaredChecksum(h, trailer http.Header) (checksum, error) {
	sum, err := sentChecksum(h)
	if err != nil {
		return checksum{}, err
	}
	announced := false
	for name := range strings.SplitSeq(h.Get("X-Amz-Trailer"), ",") {
		name = strings.TrimSpace(name)
		if name != "" && trailer.Get(name) == "" {
			return checksum{}, refuse(http.StatusBadRequest, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema: it lacks %s.", name)
		}
		announced = announced || name != ""
	}
	if announced {
		sum, err = sentChecksum(trailer)
	}
	if err == nil && sum.Algorithm == "" && h.Get("X-Amz-Sdk-Checksum-Algorithm") != "" {
		return checksum{}, refuse(http.StatusBadRequest, "InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return sum, err
}

package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// checksum is a digest of an object in one of S3's algorithms ("Checking object
// integrity", S3 User Guide). The zero checksum is none.
type checksum struct {
	Algorithm string // "CRC32"
	Value     string // base64
}

const checksumHeader = "X-Amz-Checksum-"

// defaultAlgorithm is what S3 computes where the client chose none.
const defaultAlgorithm = "CRC64NVME"

// nvme is the reversed polynomial of CRC-64/NVME (NVM Express Command Set
// Specification, "64b CRC Polynomial").
const nvme = 0x9a6c9329ac4bc9b5

// hasher is a new hash of the algorithm, nil where S3 or the endpoint has none.
func hasher(algorithm string) hash.Hash {
	switch algorithm {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(nvme))
	case "SHA1":
		return sha1.New()
	case "SHA256":
		return sha256.New()
	case "SHA512":
		return sha512.New()
	case "MD5":
		return md5.New()
	default:
		return nil
	}
}

// compute is the checksum of data; the algorithm is one that hasher has.
func compute(algorithm string, data []byte) checksum {
	h := hasher(algorithm)
	h.Write(data)
	return checksum{algorithm, base64.StdEncoding.EncodeToString(h.Sum(nil))}
}

// set writes the checksum as a response header.
func (c checksum) set(h http.Header) {
	if c.Algorithm != "" {
		h.Set(checksumHeader+c.Algorithm, c.Value)
		h.Set(checksumHeader+"Type", "FULL_OBJECT")
	}
}

// sentChecksum is the checksum in a header or a trailer, zero where there is
// none.
func sentChecksum(h http.Header) (checksum, error) {
	var found checksum
	for name := range h {
		algorithm, ok := strings.CutPrefix(name, checksumHeader)
		if !ok || algorithm == "Type" || algorithm == "Algorithm" || algorithm == "Mode" {
			continue
		}
		algorithm = strings.ToUpper(algorithm)
		if found.Algorithm != "" {
			return checksum{}, refuse(http.StatusBadRequest, "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		found = checksum{algorithm, h.Get(name)}
	}
	if found.Algorithm == "" {
		return checksum{}, nil
	}
	h2 := hasher(found.Algorithm)
	if h2 == nil {
		return checksum{}, wire.Unknown("s3", "the checksum algorithm "+found.Algorithm)
	}
	sum, err := base64.StdEncoding.DecodeString(found.Value)
	if err != nil || len(sum) != h2.Size() {
		return checksum{}, refuse(http.StatusBadRequest, "InvalidRequest", "Value for x-amz-checksum-%s header is invalid.", strings.ToLower(found.Algorithm))
	}
	return found, nil
}

// verify compares the checksum with that of data.
func (c checksum) verify(data []byte) error {
	if c.Algorithm == "" || compute(c.Algorithm, data) == c {
		return nil
	}
	return refuse(http.StatusBadRequest, "BadDigest", "The %s you specified did not match the calculated checksum.", c.Algorithm)
}

package s3

import (
	"net/netip"
	"path/filepath"
	"strings"
)

// maxKey is the longest key, in bytes of UTF-8 ("Naming Amazon S3 objects", S3
// User Guide).
const maxKey = 1024

// validBucketName applies the "General purpose bucket naming rules" of the S3
// User Guide.
func validBucketName(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return false
	}
	for i := range len(name) {
		c := name[i]
		alphanumeric := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		inside := 0 < i && i < len(name)-1
		if !alphanumeric && !(inside && (c == '-' || c == '.')) {
			return false
		}
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	ip, err := netip.ParseAddr(name)
	return err != nil || !ip.Is4()
}

// plain says whether a key is an ordinary relative path, so that its current
// version can be a file of that path.
func plain(key string) bool {
	if strings.ContainsAny(key, "\x00\\") || !filepath.IsLocal(filepath.FromSlash(key)) {
		return false
	}
	for component := range strings.SplitSeq(key, "/") {
		if component == "" || component == "." || component == ".." || len(component) > 255 {
			return false
		}
	}
	return true
}

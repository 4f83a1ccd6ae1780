package s3

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// chunks frames data as aws-chunked, in chunks of the size.
func chunks(data []byte, size int) []byte {
	var b bytes.Buffer
	for len(data) > 0 {
		n := min(size, len(data))
		fmt.Fprintf(&b, "%x;chunk-signature=0\r\n%s\r\n", n, data[:n])
		data = data[n:]
	}
	b.WriteString("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")
	return b.Bytes()
}

func FuzzUnchunk(f *testing.F) {
	for _, seed := range []string{
		"", "0\r\n", "0\r\n\r\n", "5\r\nhello\r\n0\r\nx:y\r\n\r\n", "5;chunk-signature=a\r\nhello\r\n0;a\r\n\r\n", "ffffffffffffffff\r\n", "-1\r\n", "+5\r\nhello\r\n0\r\n\r\n",
		"5\r\nhel", "5\r\nhello0\r\n", "0\r\nno colon\r\n", "0x5\r\nhello\r\n0\r\n", "7fffffffffffffff\r\nx\r\n",
	} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, size int) {
		if data, _, err := unchunk(body); err == nil && len(data) > len(body) {
			t.Errorf("%q holds more than it has: %q", body, data)
		}
		data, trailer, err := unchunk(chunks(body, max(size, 1)))
		if err != nil || !bytes.Equal(data, body) || trailer.Get("x-amz-checksum-crc32") != "AAAAAA==" {
			t.Errorf("%q framed in %d comes back as %q, %v", body, size, data, err)
		}
	})
}

// Whatever is asked, S3 neither panics nor answers a 5xx, and an operation has a
// name.
func FuzzServe(f *testing.F) {
	f.Add("PUT", "/bkt/key", "", "If-None-Match", "*", []byte("body"))
	f.Add("PUT", "/bkt/key", "", "X-Amz-Copy-Source", "bkt/key?versionId=null", []byte(nil))
	f.Add("PUT", "/bkt/key", "", "X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", []byte("0\r\n\r\n"))
	f.Add("PUT", "/bkt/key", "", "X-Amz-Object-Lock-Mode", "GOVERNANCE", []byte(nil))
	f.Add("PUT", "/bkt/key", "", "X-Amz-Tagging", "a=1&b=%zz", []byte(nil))
	f.Add("GET", "/bkt/key", "versionId=null&response-expires=x", "Range", "bytes=-1", []byte(nil))
	f.Add("HEAD", "/bkt/key", "", "If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", []byte(nil))
	f.Add("DELETE", "/bkt/../key", "versionId=x", "If-Match", "*", []byte(nil))
	f.Add("GET", "/bkt", "list-type=2&prefix=%ff&max-keys=9&delimiter=/", "", "", []byte(nil))
	f.Add("GET", "/bkt", "versions&key-marker=a&version-id-marker=b", "", "", []byte(nil))
	f.Add("POST", "/bkt", "delete", "Content-Md5", "x", []byte("<Delete><Object><Key>a</Key></Object></Delete>"))
	f.Add("PUT", "/bkt", "versioning", "", "", []byte("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"))
	f.Add("PUT", "/bkt", "object-lock", "", "", []byte("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"))
	f.Add("PUT", "/bkt", "policy", "", "", []byte("{}"))
	f.Add("PUT", "/another", "", "X-Amz-Bucket-Object-Lock-Enabled", "true", []byte("<CreateBucketConfiguration/>"))
	f.Add("GET", "/", "max-buckets=1&continuation-token=YQ", "", "", []byte(nil))
	f.Add("PATCH", "", "a&acl;&uploads&%zz", "", "", []byte(nil))
	f.Add("PUT", "/bkt/key", "retention", "", "", []byte("<Retention><Mode>GOVERNANCE</Mode></Retention>"))
	f.Add("PUT", "/bkt/key", "tagging", "", "", []byte("<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"))
	f.Add("PUT", "/bkt/key", "X-Amz-Meta-A=1&X-Amz-Signature=2", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, header, value string, body []byte) {
		db, err := store.Open("")
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(db, "")
		if err != nil {
			t.Fatal(err)
		}
		serve(t, s, "PUT", "/bkt", "", nil, nil)
		serve(t, s, "PUT", "/bkt/key", "", nil, []byte("first"))
		for range 2 { // the second meets what the first has left
			serve(t, s, method, path, query, http.Header{http.CanonicalHeaderKey(header): {value}}, body)
		}
		serve(t, s, "GET", "/bkt/key", "", nil, nil)
		serve(t, s, "GET", "/bkt", "versions", nil, nil)
	})
}

func serve(t *testing.T, s *Service, method, path, query string, h http.Header, body []byte) *wire.Response {
	t.Helper()
	u := &url.URL{Path: path, RawQuery: query}
	if Operation(method, u) == "" {
		t.Errorf("%s %s?%s has no name", method, path, query)
	}
	c := &wire.Call{Service: "s3", Region: "us-east-1", Account: "000000000000", Method: method, URL: u, Header: h, Body: body}
	resp, err := s.Serve(context.Background(), c)
	if err != nil || resp.Status < 200 || resp.Status >= 500 {
		t.Errorf("%s %s?%s: %+v, %v", method, path, query, resp, err)
	}
	if method == http.MethodHead && len(resp.Body) > 0 {
		t.Errorf("HEAD %s?%s has a body", path, query)
	}
	return resp
}

// FuzzKeys puts objects of any key into a directory: each comes back as it is,
// before and after the others, and none gets out of the directory.
func FuzzKeys(f *testing.F) {
	m := newDirectory(f)
	for _, key := range []string{"a", "a/b", "a//b", "../x", "/", "a\x00b", "a\\b", "..", "é", "e\u0301", "A", "con", "a:b", " ", "\n", strings.Repeat("n", 256)} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		path := "/bkt/" + key
		put := serve(t, m, "PUT", path, "", nil, []byte(key))
		if put.Status != 200 || key == "" {
			return // too long, not UTF-8, or the bucket itself
		}
		serve(t, m, "PUT", path+"/below", "", nil, []byte("below"))
		if got := serve(t, m, "GET", path, "", nil, nil); got.Status != 200 || string(got.Body) != key {
			t.Errorf("%q holds %q", key, got.Body)
		}
		serve(t, m, "DELETE", path+"/below", "", nil, nil)
		if got := serve(t, m, "DELETE", path, "", nil, nil); got.Status != 204 {
			t.Errorf("delete %q: %d", key, got.Status)
		}
		if entries, err := m.files.root.Open("bkt"); err != nil {
			t.Error(err)
		} else if names, err := entries.Readdirnames(1); len(names) > 0 {
			t.Errorf("%q leaves %q behind, %v", key, names, err)
		}
	})
}

func newDirectory(f *testing.F) *Service {
	f.Helper()
	db, err := store.Open("")
	if err != nil {
		f.Fatal(err)
	}
	s, err := Open(db, f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	u := &url.URL{Path: "/bkt"}
	if _, err := s.Serve(context.Background(), &wire.Call{Region: "us-east-1", Method: "PUT", URL: u, Header: http.Header{}}); err != nil {
		f.Fatal(err)
	}
	return s
}

// The seeds of hashes are those of the algorithms' definitions: the check value
// is that of "123456789".
func TestHashers(t *testing.T) {
	for algorithm, want := range map[string]string{
		"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888", "MD5": "25f9e794323b453885f5181f1b624d0b",
		"SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441", "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	} {
		h := hasher(algorithm)
		h.Write([]byte("123456789"))
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s is %s, want %s", algorithm, got, want)
		}
	}
}

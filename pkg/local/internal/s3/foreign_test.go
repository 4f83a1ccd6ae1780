package s3_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/local"
)

func TestUnknownFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	server := open(t, dir)
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	path := filepath.Join(dir, "s3", bucketName)
	mustWrite(t, filepath.Join(path, "mine"), "mine")
	mustWrite(t, filepath.Join(path, "d", "mine"), "mine")
	_, err := get(c, getInput("mine"))
	wantCode(t, err, "NoSuchKey")
	if got := listV2(t, c, "", "", "", 0); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
	put(t, c, "d/theirs", "x")
	del(t, c, "d/theirs", "")
	del(t, c, "mine", "")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	c = client(local.URL, open(t, dir).Client())
	wantTree(t, dir, "objects/d/", "objects/d/mine", "objects/mine")
	put(t, c, "mine", "an object") // replaces the file
	wantFile(t, dir, "mine", "an object")
	del(t, c, "mine", "")
	if _, err := c.DeleteBucket(context.Background(), &s3.DeleteBucketInput{Bucket: aws.String(bucketName)}); err != nil {
		t.Errorf("delete the bucket, whose directory holds a file of others: %v", err)
	}
	wantTree(t, dir, "objects/d/", "objects/d/mine")
}

func mustWrite(t testing.TB, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An object whose file was edited, removed or replaced is an error that names
// the file, never other bytes; a new put or a delete repairs it.
func TestFilesChangedByOthers(t *testing.T) {
	edits := map[string]func(path string) error{
		"edited":      func(path string) error { return os.WriteFile(path, []byte("hellO"), 0o600) },
		"truncated":   func(path string) error { return os.Truncate(path, 3) },
		"removed":     os.Remove,
		"a directory": func(path string) error { os.Remove(path); return os.MkdirAll(filepath.Join(path, "x"), 0o700) },
		"a link out":  func(path string) error { os.Remove(path); return os.Symlink("/etc/passwd", path) },
		"no parent": func(path string) error {
			os.RemoveAll(filepath.Dir(path))
			return os.WriteFile(filepath.Dir(path), []byte("x"), 0o600)
		},
	}
	for name, edit := range edits {
		for _, versioned := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " versioned"}[versioned], func(t *testing.T) {
				dir := t.TempDir()
				c := store(t, dir)
				if versioned {
					enableVersioning(t, c, "Enabled")
				}
				old := put(t, c, "d/key", "hello")
				path := filepath.Join(dir, "s3", bucketName, "d", "key")
				if err := edit(path); err != nil {
					t.Fatal(err)
				}
				_, err := get(c, getInput("d/key"))
				wantCode(t, err, "InternalError")
				if err == nil || !strings.Contains(err.Error(), path) {
					t.Errorf("the error %v does not name %s", err, path)
				}
				if _, err := c.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String(bucketName), Key: aws.String("d/key")}); err != nil {
					t.Errorf("head: %v", err)
				}
				put(t, c, "d/key", "repaired")
				wantBody(t, c, "d/key", "repaired")
				if versioned {
					_, err = getVersion(c, "d/key", old)
					wantCode(t, err, "InternalError")
				}
				del(t, c, "d/key", "")
				_, err = get(c, getInput("d/key"))
				wantCode(t, err, "NoSuchKey")
			})
		}
	}
}

// A directory of someone else's in the way puts the object in the store.
func TestForeignDirectoryInTheWay(t *testing.T) {
	dir := t.TempDir()
	server := open(t, dir)
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	mustWrite(t, filepath.Join(dir, "s3", bucketName, "key", "mine"), "mine")
	mustWrite(t, filepath.Join(dir, "s3", bucketName, "file"), "mine")
	for range 2 {
		put(t, c, "key", "hello")
		put(t, c, "file/below", "hello")
		wantBody(t, c, "key", "hello")
		wantBody(t, c, "file/below", "hello")
		wantTree(t, dir, "objects/file", "objects/key/", "objects/key/mine")
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		server = open(t, dir)
		c = client(local.URL, server.Client())
		wantBody(t, c, "key", "hello")
		wantBody(t, c, "file/below", "hello")
	}
	if err := os.RemoveAll(filepath.Join(dir, "s3", bucketName, "key")); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	c = client(local.URL, open(t, dir).Client())
	wantBody(t, c, "key", "hello")
	wantFile(t, dir, "key", "hello") // once the way is free
}

// No request makes, changes or reads anything outside the directory.
func TestNoWayOut(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "state")
	mustWrite(t, filepath.Join(parent, "secret"), "secret")
	server := open(t, dir)
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	if err := os.Symlink(parent, filepath.Join(dir, "s3", bucketName, "out")); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/objects/../../secret", "/objects/../../../secret", "/objects/%2e%2e/%2e%2e/%2e%2e/secret", "/objects/..%2f..%2f..%2fsecret",
		"/objects//etc/passwd", "/objects/%2fetc%2fpasswd", "/objects/a/../../../../secret", "/objects/..%5c..%5csecret", "/objects/x%00y",
		"/../secret", "/..%2fsecret", "/%2e%2e/secret", "/.tmp/secret", "/objects/out/secret", "/./objects/secret", "/objects/a/./b",
		"/objects/..", "/objects/.", "/objects/%2e%2e%2f", "/objects/\\..\\secret",
	}
	for _, path := range paths {
		for _, method := range []string{"PUT", "GET", "DELETE"} {
			r, err := http.NewRequest(method, local.URL, strings.NewReader("changed"))
			if err != nil {
				t.Fatal(err)
			}
			if r.URL, err = r.URL.Parse(local.URL); err != nil {
				t.Fatal(err)
			}
			r.URL.Path, r.URL.RawPath = unescape(path), path
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if body := text(t, resp); resp.StatusCode >= 500 || body == "secret" || strings.Contains(body, "root:") {
				t.Errorf("%s %s: %d %q", method, path, resp.StatusCode, body)
			}
		}
	}
	got, err := os.ReadFile(filepath.Join(parent, "secret"))
	if err != nil || string(got) != "secret" {
		t.Errorf("the file outside holds %q, %v", got, err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 2 {
		t.Errorf("beside the directory are %v, %v", entries, err)
	}
	entries, err = os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("in the directory are %v, %v", entries, err)
	}
}

func unescape(path string) string {
	return strings.NewReplacer("%2e", ".", "%2f", "/", "%5c", "\\", "%00", "\x00").Replace(path)
}

// A link from one bucket's directory to another's is someone else's file too:
// nothing is put, read or removed through it.
func TestLinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	mustCreate(t, c, "another")
	if err := os.Symlink("../another", filepath.Join(dir, "s3", bucketName, "link")); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "s3", "another", "key"), "mine")
	put(t, c, "link/key", "hello")
	wantBody(t, c, "link/key", "hello")
	del(t, c, "link/key", "")
	wantTree(t, dir, "another/", "another/key", "objects/link")
	got, err := os.ReadFile(filepath.Join(dir, "s3", "another", "key"))
	if err != nil || string(got) != "mine" {
		t.Errorf("behind the link is %q, %v", got, err)
	}
}

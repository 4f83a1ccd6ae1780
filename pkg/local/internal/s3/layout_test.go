package s3_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/local"
)

// tree is every file and directory below dir/s3, directories with a slash, but
// for those that are always there.
func tree(t testing.TB, dir string) (all []string) {
	t.Helper()
	root := filepath.Join(dir, "s3")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if d.IsDir() {
			name += "/"
		}
		if name != "./" && name != ".tmp/" && name != bucketName+"/" {
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantTree(t testing.TB, dir string, want ...string) {
	t.Helper()
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("below s3 are %q, want %q", got, want)
	}
}

func TestOrdinaryKeysArePlainFiles(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	for _, key := range []string{"log/2026/11/x.txt", "top", "ü/ö", " ", "..x/y..", "a:b"} {
		put(t, c, key, "body of "+key)
		got, err := os.ReadFile(filepath.Join(dir, "s3", bucketName, key))
		if err != nil || string(got) != "body of "+key {
			t.Errorf("the file of %q holds %q, %v", key, got, err)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOtherKeysAreInTheStore(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	keys := []string{"/a", "a/", "a//b", "./a", "a/.", "../a", "a/../b", "..", ".", "a\\b", "a\x00b", "/", strings.Repeat("x", 256), "y/" + strings.Repeat("x", 256)}
	for _, key := range keys {
		put(t, c, key, "body of "+key)
	}
	wantTree(t, dir)
	for _, key := range keys {
		wantBody(t, c, key, "body of "+key)
	}
}

// Of "a" and "a/b" only one can have its path; the other is as good an object.
func TestCollidingKeys(t *testing.T) {
	for _, order := range [][]string{{"a", "a/b", "a/b/c"}, {"a/b/c", "a/b", "a"}, {"a/b", "a/b/c", "a"}} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			dir := t.TempDir()
			server := open(t, dir)
			c := client(local.URL, server.Client())
			mustCreate(t, c, bucketName)
			for _, key := range order {
				put(t, c, key, "first "+key)
				put(t, c, key, "body of "+key)
			}
			check := func(c *s3.Client) {
				t.Helper()
				for _, key := range order {
					wantBody(t, c, key, "body of "+key)
				}
			}
			check(c)
			if info, err := os.Stat(filepath.Join(dir, "s3", bucketName, order[0])); err != nil || !info.Mode().IsRegular() {
				t.Errorf("the first key's file: %v, %v", info, err)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			c = client(local.URL, open(t, dir).Client())
			check(c)
			for _, key := range order {
				del(t, c, key, "")
			}
			wantTree(t, dir)
			for i, key := range order {
				put(t, c, key, "again")
				wantBody(t, c, key, "again")
				if i == 0 {
					wantFile(t, dir, key, "again")
				}
			}
		})
	}
}

func wantFile(t testing.TB, dir, key, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "s3", bucketName, key))
	if err != nil || string(got) != want {
		t.Errorf("the file of %q holds %q, %v, want %q", key, got, err, want)
	}
}

func TestDeletingPrunesDirectories(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	put(t, c, "a/b/c/d", "1")
	put(t, c, "a/e", "2")
	del(t, c, "a/b/c/d", "")
	wantTree(t, dir, "objects/a/", "objects/a/e")
	del(t, c, "a/e", "")
	wantTree(t, dir)
	if _, err := os.Stat(filepath.Join(dir, "s3", bucketName)); err != nil {
		t.Errorf("the bucket's directory: %v", err)
	}
	if _, err := c.DeleteBucket(context.Background(), &s3.DeleteBucketInput{Bucket: aws.String(bucketName)}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "s3", bucketName)); err == nil {
		t.Error("the bucket's directory is still there")
	}
}

// Only the current version is a file; when it goes, the one before is one again.
func TestVersionsAndFiles(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	enableVersioning(t, c, "Enabled")
	one := put(t, c, "d/key", "one")
	two := put(t, c, "d/key", "two")
	wantFile(t, dir, "d/key", "two")
	marker := *del(t, c, "d/key", "").VersionId
	wantTree(t, dir)
	del(t, c, "d/key", marker)
	wantFile(t, dir, "d/key", "two")
	del(t, c, "d/key", two)
	wantFile(t, dir, "d/key", "one")
	del(t, c, "d/key", one)
	wantTree(t, dir)
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	server := open(t, dir)
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	enableVersioning(t, c, "Enabled")
	keys := []string{"plain", "d/plain", "../stored", "d"}
	versions := map[string]string{}
	for _, key := range keys {
		versions[put(t, c, key, "old "+key)] = "old " + key
		versions[put(t, c, key, "new "+key)] = "new " + key
	}
	put(t, c, "deleted", "x")
	del(t, c, "deleted", "")
	before := history(t, c)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	c = client(local.URL, open(t, dir).Client())
	if after := history(t, c); !slices.Equal(after, before) {
		t.Errorf("history is %q, was %q", after, before)
	}
	for id, want := range versions {
		if got, err := getVersion(c, strings.Fields(want)[1], id); err != nil || got != want {
			t.Errorf("%s is %q, %v", want, got, err)
		}
	}
	if id := put(t, c, "plain", "newest"); versions[id] != "" {
		t.Errorf("the version ID %s was given twice", id)
	}
	wantBody(t, c, "plain", "newest")
}

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

// A body that the bucket refuses leaves no file behind.
func TestRefusedPutLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	c := store(t, dir)
	put(t, c, "key", "hello")
	in := putInput("key", "other")
	in.IfNoneMatch = aws.String("*")
	_, err := c.PutObject(context.Background(), in)
	wantCode(t, err, "PreconditionFailed")
	in = putInput("key", "other")
	in.Bucket = aws.String("nobody")
	_, err = c.PutObject(context.Background(), in)
	wantCode(t, err, "NoSuchBucket")
	wantTree(t, dir, "objects/key")
	wantFile(t, dir, "key", "hello")
}

func TestLargeObject(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		body := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<20))
		put(t, c, "large", body)
		put(t, c, "../large", body)
		wantBody(t, c, "large", body)
		wantBody(t, c, "../large", body)
	})
}

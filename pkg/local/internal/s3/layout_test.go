package s3_test

import (
	"bytes"
	"context"
	"io/fs"
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

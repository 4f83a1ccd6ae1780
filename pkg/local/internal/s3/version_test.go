package s3_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func getVersion(c *s3.Client, key, id string) (string, error) {
	in := getInput(key)
	in.VersionId = &id
	return get(c, in)
}

func del(t testing.TB, c *s3.Client, key, id string) *s3.DeleteObjectOutput {
	t.Helper()
	in := &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &key}
	if id != "" {
		in.VersionId = &id
	}
	out, err := c.DeleteObject(context.Background(), in)
	if err != nil {
		t.Fatalf("delete %s version %q: %v", key, id, err)
	}
	return out
}

// history is what ListObjectVersions tells of a key: IDs, the markers starred.
func history(t testing.TB, c *s3.Client) (all []string) {
	t.Helper()
	out, err := c.ListObjectVersions(context.Background(), &s3.ListObjectVersionsInput{Bucket: aws.String(bucketName)})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range out.Versions {
		all = append(all, fmt.Sprint(*v.Key, " ", *v.VersionId, " ", *v.IsLatest))
	}
	for _, v := range out.DeleteMarkers {
		all = append(all, fmt.Sprint(*v.Key, " *", *v.VersionId, " ", *v.IsLatest))
	}
	return all
}

func TestVersions(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		if id := put(t, c, "key", "zero"); id != "" {
			t.Errorf("version ID %q in a bucket without versioning", id)
		}
		enableVersioning(t, c, types.BucketVersioningStatusEnabled)
		one, two := put(t, c, "key", "one"), put(t, c, "key", "two")
		if one == two || one == "" || one == "null" {
			t.Fatalf("version IDs %q and %q", one, two)
		}
		wantBody(t, c, "key", "two")
		for id, want := range map[string]string{"null": "zero", one: "one", two: "two"} {
			if got, err := getVersion(c, "key", id); got != want || err != nil {
				t.Errorf("version %s: %q, %v", id, got, err)
			}
		}
		_, err := getVersion(c, "key", "nothing")
		wantCode(t, err, "NoSuchVersion")

		marker := del(t, c, "key", "")
		if !*marker.DeleteMarker || *marker.VersionId == "" {
			t.Errorf("deleted with %+v", marker)
		}
		_, err = get(c, getInput("key"))
		wantCode(t, err, "NoSuchKey")
		_, err = getVersion(c, "key", *marker.VersionId)
		wantCode(t, err, "MethodNotAllowed")
		want := []string{"key " + two + " false", "key " + one + " false", "key null false", "key *" + *marker.VersionId + " true"}
		if got := history(t, c); !slices.Equal(got, want) {
			t.Errorf("history is %v, want %v", got, want)
		}

		if out := del(t, c, "key", *marker.VersionId); !*out.DeleteMarker || *out.VersionId != *marker.VersionId {
			t.Errorf("deleted the marker with %+v", out)
		}
		wantBody(t, c, "key", "two")
		del(t, c, "key", two)
		wantBody(t, c, "key", "one")
		del(t, c, "key", "null")
		wantBody(t, c, "key", "one")
		del(t, c, "key", one)
		_, err = get(c, getInput("key"))
		wantCode(t, err, "NoSuchKey")
		if got := history(t, c); len(got) != 0 {
			t.Errorf("history is %v", got)
		}
	})
}

func TestSuspendedVersioning(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		enableVersioning(t, c, types.BucketVersioningStatusEnabled)
		kept := put(t, c, "key", "kept")
		enableVersioning(t, c, types.BucketVersioningStatusSuspended)
		if id := put(t, c, "key", "null one"); id != "null" {
			t.Errorf("version ID %q", id)
		}
		put(t, c, "key", "null two")
		want := []string{"key null true", "key " + kept + " false"}
		if got := history(t, c); !slices.Equal(got, want) {
			t.Errorf("history is %v, want %v", got, want)
		}
		wantBody(t, c, "key", "null two")
		if out := del(t, c, "key", ""); !*out.DeleteMarker || *out.VersionId != "null" {
			t.Errorf("deleted with %+v", out)
		}
		want = []string{"key " + kept + " false", "key *null true"}
		if got := history(t, c); !slices.Equal(got, want) {
			t.Errorf("history is %v, want %v", got, want)
		}
		if got, err := getVersion(c, "key", kept); got != "kept" || err != nil {
			t.Errorf("kept version: %q, %v", got, err)
		}
	})
}

func TestDeleteMarkerIsTold(t *testing.T) {
	server := open(t, "")
	c := client("http://127.0.0.1", server.Client())
	mustCreate(t, c, bucketName)
	enableVersioning(t, c, types.BucketVersioningStatusEnabled)
	id := *del(t, c, "never there", "").VersionId
	for _, tt := range []struct {
		query  string
		status int
	}{{"", 404}, {"?versionId=" + id, 405}} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			resp := raw(t, server, method, "/objects/never%20there"+tt.query, nil)
			if resp.StatusCode != tt.status || resp.Header.Get("X-Amz-Delete-Marker") != "true" || resp.Header.Get("X-Amz-Version-Id") != id {
				t.Errorf("%s %s: %d %v", method, tt.query, resp.StatusCode, resp.Header)
			}
		}
	}
}

// forceDestroy empties and deletes the bucket as Terraform does.
func forceDestroy(c *s3.Client) error {
	ctx, name := context.Background(), aws.String(bucketName)
	pages := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var ids []types.ObjectIdentifier
		for _, v := range page.Versions {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, v := range page.DeleteMarkers {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		if len(ids) == 0 {
			break
		}
		out, err := c.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: name, Delete: &types.Delete{Quiet: aws.Bool(true), Objects: ids}})
		if err != nil {
			return err
		}
		if len(out.Errors) > 0 {
			return fmt.Errorf("%s: %s", *out.Errors[0].Key, *out.Errors[0].Code)
		}
	}
	_, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: name})
	return err
}

// More than a page of versions in memory, some in a directory.
func TestForceDestroy(t *testing.T) {
	places(t, func(t *testing.T, c *s3.Client) {
		enableVersioning(t, c, types.BucketVersioningStatusEnabled)
		keys := 260
		if strings.HasSuffix(t.Name(), "directory") {
			keys = 20
		}
		for i := range keys {
			key := fmt.Sprintf("dir/%03d", i)
			for range 1 + i%5 {
				put(t, c, key, "x")
			}
			del(t, c, key, "")
		}
		_, err := c.DeleteBucket(context.Background(), &s3.DeleteBucketInput{Bucket: aws.String(bucketName)})
		wantCode(t, err, "BucketNotEmpty")
		if err := forceDestroy(c); err != nil {
			t.Fatal(err)
		}
		_, err = c.HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: aws.String(bucketName)})
		if status(err) != http.StatusNotFound {
			t.Errorf("the bucket is still there: %v", err)
		}
	})
}

// Pages of versions continue within a key, by key and version.
func TestVersionPages(t *testing.T) {
	c := store(t, "")
	enableVersioning(t, c, types.BucketVersioningStatusEnabled)
	var want []string
	for _, key := range []string{"a", "b", "c"} {
		var ids []string
		for range 5 {
			ids = append(ids, key+put(t, c, key, ""))
		}
		slices.Reverse(ids)
		want = append(want, ids...)
	}
	for limit := int32(1); limit <= 16; limit++ {
		var got []string
		pages := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: aws.String(bucketName), MaxKeys: &limit})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.Versions {
				got = append(got, *v.Key+*v.VersionId)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d give %v, want %v", limit, got, want)
		}
	}
}

// A page that ended at a version that has since been deleted goes on with what is
// left of its key: nothing is skipped while a lister deletes what it lists.
func TestVersionPageAfterADeletedVersion(t *testing.T) {
	c := store(t, "")
	enableVersioning(t, c, types.BucketVersioningStatusEnabled)
	one, two := put(t, c, "key", "one"), put(t, c, "key", "two")
	del(t, c, "key", two)
	out, err := c.ListObjectVersions(context.Background(), &s3.ListObjectVersionsInput{
		Bucket: aws.String(bucketName), KeyMarker: aws.String("key"), VersionIdMarker: &two,
	})
	if err != nil || len(out.Versions) != 1 || *out.Versions[0].VersionId != one {
		t.Errorf("listed %v, %v", out, err)
	}
}

func TestCopyOfVersion(t *testing.T) {
	c := store(t, "")
	enableVersioning(t, c, types.BucketVersioningStatusEnabled)
	one := put(t, c, "key", "one")
	put(t, c, "key", "two")
	out, err := c.CopyObject(context.Background(), &s3.CopyObjectInput{
		Bucket: aws.String(bucketName), Key: aws.String("key"), CopySource: aws.String("objects/key?versionId=" + one),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *out.CopySourceVersionId != one || *out.VersionId == one {
		t.Errorf("copied %s as %s", *out.CopySourceVersionId, *out.VersionId)
	}
	wantBody(t, c, "key", "one")
}

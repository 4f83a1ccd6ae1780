package s3_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// manyKeys are 1,205 keys: 1,000 in ten folders, 205 at the top.
func manyKeys() []string {
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("folder-%d/%03d", i%10, i))
	}
	for i := range 205 {
		keys = append(keys, fmt.Sprintf("top-%03d", i))
	}
	slices.Sort(keys)
	return keys
}

// expect is what a listing should give, by its definition.
func expect(keys []string, prefix, delimiter, after string) (want []string) {
	for _, key := range keys {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok || key <= after {
			continue
		}
		if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
			key = prefix + rest[:i+len(delimiter)]
		}
		if key != after && (len(want) == 0 || want[len(want)-1] != key) {
			want = append(want, key)
		}
	}
	return want
}

func TestListingsGiveEachKeyOnce(t *testing.T) {
	c := store(t, "")
	keys := manyKeys()
	for _, key := range keys {
		put(t, c, key, "")
	}
	for _, tt := range []struct{ prefix, delimiter, after string }{
		{"", "", ""}, {"", "/", ""}, {"folder-", "", ""}, {"folder-3/", "/", ""}, {"folder-3", "/", ""}, {"nothing", "/", ""},
		{"", "", "folder-5/555"}, {"", "/", "folder-5/555"}, {"", "/", "folder-5/"}, {"", "-", ""}, {"top-", "0", ""},
		{"top-", "", "a"}, {"top-", "", "zzz"}, {"", "", "top-204"}, {"folder-9/", "", "folder-9/500"}, {"f", "er-", ""},
	} {
		want := expect(keys, tt.prefix, tt.delimiter, tt.after)
		for _, limit := range []int32{0, 1, 7, 400} {
			if limit < 400 && int32(len(want)) > 6*limit && limit > 0 {
				continue // hundreds of small pages say nothing new
			}
			t.Run(fmt.Sprintf("%q %q %q %d", tt.prefix, tt.delimiter, tt.after, limit), func(t *testing.T) {
				if got := listV2(t, c, tt.prefix, tt.delimiter, tt.after, limit); !slices.Equal(got, want) {
					t.Errorf("ListObjectsV2 gives %d, want %d: %.300v", len(got), len(want), got)
				}
				if got := listV1(t, c, tt.prefix, tt.delimiter, tt.after, limit); !slices.Equal(got, want) {
					t.Errorf("ListObjects gives %d, want %d: %.300v", len(got), len(want), got)
				}
				if got := listVersions(t, c, tt.prefix, tt.delimiter, tt.after, limit); !slices.Equal(got, want) {
					t.Errorf("ListObjectVersions gives %d, want %d: %.300v", len(got), len(want), got)
				}
			})
		}
	}
}

// limited is the pointer to a limit, nil for none.
func limited(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}

func listV2(t *testing.T, c *s3.Client, prefix, delimiter, after string, limit int32) (got []string) {
	t.Helper()
	in := &s3.ListObjectsV2Input{Bucket: aws.String(bucketName), Prefix: &prefix, Delimiter: &delimiter, StartAfter: &after, MaxKeys: limited(limit)}
	pages := s3.NewListObjectsV2Paginator(c, in)
	for pages.HasMorePages() {
		out, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(out.Contents) + len(out.CommonPrefixes); int(*out.KeyCount) != n || n > 1000 || limit > 0 && n > int(limit) {
			t.Errorf("a page of %d says %d", n, *out.KeyCount)
		}
		got = append(got, names(out.Contents, out.CommonPrefixes)...)
	}
	return got
}

func names(objects []types.Object, prefixes []types.CommonPrefix) (all []string) {
	for _, o := range objects {
		all = append(all, *o.Key)
	}
	for _, p := range prefixes {
		all = append(all, *p.Prefix)
	}
	slices.Sort(all)
	return all
}

func listV1(t *testing.T, c *s3.Client, prefix, delimiter, after string, limit int32) (got []string) {
	t.Helper()
	in := &s3.ListObjectsInput{Bucket: aws.String(bucketName), Prefix: &prefix, Delimiter: &delimiter, Marker: &after, MaxKeys: limited(limit)}
	for {
		out, err := c.ListObjects(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, names(out.Contents, out.CommonPrefixes)...)
		if !*out.IsTruncated {
			return got
		}
		in.Marker = out.NextMarker
		if delimiter == "" {
			in.Marker = out.Contents[len(out.Contents)-1].Key
		}
	}
}

func listVersions(t *testing.T, c *s3.Client, prefix, delimiter, after string, limit int32) (got []string) {
	t.Helper()
	in := &s3.ListObjectVersionsInput{Bucket: aws.String(bucketName), Prefix: &prefix, Delimiter: &delimiter, KeyMarker: &after, MaxKeys: limited(limit)}
	pages := s3.NewListObjectVersionsPaginator(c, in)
	for pages.HasMorePages() {
		out, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var page []string
		for _, v := range out.Versions {
			page = append(page, *v.Key)
		}
		for _, p := range out.CommonPrefixes {
			page = append(page, *p.Prefix)
		}
		slices.Sort(page)
		got = append(got, page...)
	}
	return got
}

func TestListingSays(t *testing.T) {
	c := store(t, "")
	put(t, c, "a b/c+d~*", "hello")
	in := &s3.ListObjectsV2Input{
		Bucket: aws.String(bucketName), EncodingType: types.EncodingTypeUrl, FetchOwner: aws.Bool(true), Prefix: aws.String("a b/"),
	}
	out, err := c.ListObjectsV2(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	o := out.Contents[0]
	if *o.Key != "a+b/c%2Bd%7E*" || *out.Prefix != "a+b/" || out.EncodingType != "url" {
		t.Errorf("key is %q, prefix %q", *o.Key, *out.Prefix)
	}
	if key, err := url.QueryUnescape(*o.Key); key != "a b/c+d~*" || err != nil {
		t.Errorf("key unescapes to %q, %v", key, err)
	}
	if *o.ETag != `"5d41402abc4b2a76b9719d911017c592"` || *o.Size != 5 || o.StorageClass != "STANDARD" || len(*o.Owner.ID) != 64 {
		t.Errorf("listed as %+v", o)
	}
	if time.Since(*o.LastModified) > time.Minute || *out.Name != bucketName || *out.MaxKeys != 1000 {
		t.Errorf("listed as %+v", out)
	}
	in.MaxKeys = aws.Int32(5000)
	if out, err = c.ListObjectsV2(context.Background(), in); err != nil || *out.MaxKeys != 1000 {
		t.Errorf("a page above the limit: %v, %v", out, err)
	}
	in.FetchOwner, in.EncodingType, in.MaxKeys = nil, "", aws.Int32(0)
	if out, err = c.ListObjectsV2(context.Background(), in); err != nil || *out.IsTruncated || *out.KeyCount != 0 {
		t.Errorf("a page of none: %v, %v", out, err)
	}
}

func TestListingRefusals(t *testing.T) {
	server := open(t, "")
	mustCreate(t, client("http://127.0.0.1", server.Client()), bucketName)
	for _, query := range []string{
		"?max-keys=-1", "?max-keys=x", "?max-keys=99999999999", "?encoding-type=base64", "?list-type=3", "?list-type=2&continuation-token=",
		"?list-type=2&continuation-token=%21", "?versions&version-id-marker=x", "?prefix=%ff",
	} {
		resp := raw(t, server, "GET", "/objects"+query, nil)
		if body := text(t, resp); resp.StatusCode != 400 || !strings.Contains(body, "<Code>InvalidArgument</Code>") {
			t.Errorf("%s: %d %s", query, resp.StatusCode, body)
		}
	}
	for _, query := range []string{"?list-type=2", "?versions", ""} {
		if body := text(t, raw(t, server, "GET", "/nobody"+query, nil)); !strings.Contains(body, "<Code>NoSuchBucket</Code>") {
			t.Errorf("%s of no bucket: %s", query, body)
		}
	}
}

// Listing a page of a large bucket does not get slower with its size.
func BenchmarkListPage(b *testing.B) {
	c := store(b, "")
	for i := range 100_000 {
		put(b, c, fmt.Sprintf("%02d/%05d", i%100, i), "")
	}
	for b.Loop() {
		out, err := c.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{
			Bucket: aws.String(bucketName), StartAfter: aws.String("50/50000"), MaxKeys: aws.Int32(100),
		})
		if err != nil || *out.KeyCount != 100 {
			b.Fatal(out, err)
		}
	}
}

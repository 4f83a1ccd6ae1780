package s3_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/local"
)

// While keys are overwritten, deleted and put in each other's way, every read is
// one write's whole body or none, and the files that are left are whole.
func TestReadersSeeWholeObjects(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprint("versioned ", versioned), func(t *testing.T) {
			dir := t.TempDir()
			server := open(t, dir)
			c := client(local.URL, server.Client())
			mustCreate(t, c, bucketName)
			if versioned {
				enableVersioning(t, c, "Enabled")
			}
			keys := []string{"a", "a/b", "a/b/c"}
			var wg sync.WaitGroup
			for w := range 8 {
				wg.Go(func() { disturb(t, c, keys, w) })
			}
			wg.Wait()
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			c = client(local.URL, open(t, dir).Client())
			for _, key := range keys {
				readWhole(t, c, key)
			}
		})
	}
}

func disturb(t *testing.T, c *s3.Client, keys []string, w int) {
	for i := range 25 {
		key := keys[(w+i)%len(keys)]
		switch (w + i) % 4 {
		case 0:
			if _, err := c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &key}); err != nil {
				t.Error(err)
			}
		case 1, 2:
			body := strings.Repeat(fmt.Sprintf("%d-%d;", w, i), 2000)
			if _, err := c.PutObject(context.Background(), putInput(key, body)); err != nil {
				t.Error(err)
			}
		}
		readWhole(t, c, key)
	}
}

func readWhole(t *testing.T, c *s3.Client, key string) {
	t.Helper()
	body, err := get(c, getInput(key))
	if code(err) == "NoSuchKey" {
		return
	}
	first, _, _ := strings.Cut(body, ";")
	if err != nil || body != strings.Repeat(first+";", 2000) {
		t.Errorf("%s is %.40q and %d bytes, %v", key, body, len(body), err)
	}
}

// A bubble's time is the objects' time, in memory and in a directory.
func TestInBubble(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "directory": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := store(t, dir)
				enableVersioning(t, c, "Enabled")
				var wg sync.WaitGroup
				for i := range 20 {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * time.Hour)
						put(t, c, fmt.Sprintf("%02d/key", i), "hello")
					})
				}
				start := time.Now().UTC()
				wg.Wait()
				out, err := c.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: aws.String(bucketName)})
				if err != nil {
					t.Fatal(err)
				}
				for i, o := range out.Contents {
					if want := start.Add(time.Duration(i) * time.Hour); !o.LastModified.Equal(want) {
						t.Errorf("%s was put at %v, want %v", *o.Key, o.LastModified, want)
					}
				}
			})
		})
	}
}

// Sixteen at a time put an object of 1 KiB, each acknowledged on disk.
func BenchmarkPutObject(b *testing.B) {
	for name, dir := range map[string]string{"memory": "", "directory": b.TempDir()} {
		b.Run(name, func(b *testing.B) {
			if dir != "" {
				dir = filepath.Join(dir, fmt.Sprint(b.N))
			}
			c := store(b, dir)
			body := strings.Repeat("x", 1024)
			var mu sync.Mutex
			n := 0
			b.SetParallelism(8) // times GOMAXPROCS
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					mu.Lock()
					n++
					key := fmt.Sprintf("log/%03d/%07d", n/1000, n)
					mu.Unlock()
					put(b, c, key, body)
				}
			})
		})
	}
}

//go:build unix

package s3_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/pkg/local"
)

// childDir, in the environment, makes TestWriterProcess the writer.
const childDir = "S3_TEST_WRITER_DIR"

const writers = 4

// TestStoppedProcess stops a process that writes, again and again at a random
// moment, copies what it has on disk then, and opens the copy: that is what a
// kill -9 at that moment leaves. Each worker's last acknowledged write must be
// there whole, or the one after it, which was under way.
func TestStoppedProcess(t *testing.T) {
	home := t.TempDir()
	writer := exec.Command(os.Args[0], "-test.run=^TestWriterProcess$")
	writer.Env = append(os.Environ(), childDir+"="+home)
	writer.Stderr = os.Stderr
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(writer.Process.Kill(), syscall.Kill(writer.Process.Pid, syscall.SIGCONT)); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Error(err)
		}
		if _, err := writer.Process.Wait(); err != nil {
			t.Error(err)
		}
	}()
	acknowledged := 0
	for image := 0; image < 12 || acknowledged < 100; image++ {
		time.Sleep(time.Duration(20+rand.IntN(120)) * time.Millisecond)
		stop(t, writer.Process.Pid)
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(home)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(writer.Process.Pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		acknowledged = verifyImage(t, copied)
	}
	t.Logf("the last image holds %d acknowledged writes", acknowledged)
}

// stop returns once every thread of the process is stopped.
func stop(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the writer ended: %v, %v", status, err)
	}
}

// TestWriterProcess is the process that TestStoppedProcess stops. By itself it
// writes a little and ends.
func TestWriterProcess(t *testing.T) {
	dir, forever := os.Getenv(childDir), true
	if dir == "" {
		dir, forever = t.TempDir(), false
	}
	server, err := local.Open(local.Config{Dir: filepath.Join(dir, "state")})
	if err != nil {
		t.Fatal(err)
	}
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			acks, err := os.Create(filepath.Join(dir, "acks-"+strconv.Itoa(w)))
			if err != nil {
				t.Error(err)
				return
			}
			for n := 1; forever || n < 30; n++ {
				if err := writeOne(c, w, n); err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintln(acks, n)
			}
		})
	}
	wg.Wait()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if got := verifyImage(t, dir); got != writers*29 {
		t.Errorf("%d writes were acknowledged", got)
	}
}

// content is what write n of a worker makes of its key: nothing, now and then.
func content(w, n int) (body string, there bool) {
	if n%5 == 0 {
		return "", false
	}
	return strings.Repeat(fmt.Sprintf("worker %d write %d;", w, n), 1+n%300), true
}

// writeOne does write n: to the worker's key, which it overwrites and deletes,
// and every third time to a key of its own.
func writeOne(c *s3.Client, w, n int) error {
	hot := fmt.Sprintf("hot/%d/key", w)
	body, there := content(w, n)
	if n%3 == 0 {
		if _, err := c.PutObject(context.Background(), putInput(fmt.Sprintf("once/%d/%d", w, n), body)); err != nil {
			return err
		}
	}
	if !there {
		_, err := c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: &hot})
		return err
	}
	_, err := c.PutObject(context.Background(), putInput(hot, body))
	return err
}

// verifyImage opens a directory that was copied while it was written, and
// returns how many writes had been acknowledged.
func verifyImage(t *testing.T, dir string) (acknowledged int) {
	t.Helper()
	acks := make([]int, writers)
	for w := range acks {
		f, err := os.Open(filepath.Join(dir, "acks-"+strconv.Itoa(w)))
		if errors.Is(err, os.ErrNotExist) {
			continue // not yet begun
		}
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			acks[w]++
		}
		f.Close()
	}
	server, err := local.Open(local.Config{Dir: filepath.Join(dir, "state")})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c := client(local.URL, server.Client())
	for w, n := range acks {
		acknowledged += n
		verifyWorker(t, c, w, n)
	}
	return acknowledged
}

func verifyWorker(t *testing.T, c *s3.Client, w, n int) {
	t.Helper()
	if n == 0 {
		return
	}
	got, err := get(c, getInput(fmt.Sprintf("hot/%d/key", w)))
	if code(err) == "NoSuchKey" {
		got, err = "", nil
	}
	last, _ := content(w, n)
	next, _ := content(w, n+1)
	if err != nil || got != last && got != next {
		t.Errorf("worker %d acknowledged write %d: its key is %.60q, %v", w, n, got, err)
	}
	for i := 3; i <= n; i += 3 {
		want, _ := content(w, i)
		wantBody(t, c, fmt.Sprintf("once/%d/%d", w, i), want)
	}
}

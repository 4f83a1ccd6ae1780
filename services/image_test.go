//go:build processes && linux

package services_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/message"
)

// TestImages runs the programs in the images that scripts/build makes as containers
// run them: as nobody, with nothing of the machine but what the image holds, over TLS.
// An endpoint whose authority the image does not hold is refused.
func TestImages(t *testing.T) {
	dir := t.TempDir()
	build := exec.Command("../scripts/build", "--images", dir, runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	s := newStage(t)
	refusals := &output{}
	secure := httptest.NewUnstartedServer(s.server)
	secure.Config.ErrorLog = log.New(refusals, "", 0)
	secure.StartTLS()
	t.Cleanup(func() {
		s.server.EndPolls()
		secure.CloseClientConnections()
		secure.Close()
	})
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})

	stats, audits := newContainer(t, filepath.Join(dir, "stats.tar")), newContainer(t, filepath.Join(dir, "audit.tar"))
	stats.start(secure.URL)
	s.await("refusal", func() bool { return strings.Contains(refusals.String(), "bad certificate") })
	stats.cmd.Process.Kill()
	stats.cmd.Wait() // killed, so an error
	for _, c := range []*container{stats, audits} {
		c.trust(authority)
		c.start(secure.URL)
	}
	inbox := s.inbox("aaaaaaaaaaaaaaaaaaaa")
	s.publish(request("r1", inbox))
	s.await("reply", func() bool { return s.replies(inbox)["r1"] == message.StatusOK })
	s.wantRow("r1", message.StatusOK)
	reader := audit.Reader{S3: s.S3, Bucket: s.AuditBucket()}
	s.await("entry", func() bool {
		for found, err := range reader.Find(s.Context(), "r1", time.Now().Add(-time.Hour)) {
			return err == nil && string(found.Result.Mean) == "39.5"
		}
		return false
	})
	stats.stop()
	audits.stop()
}

// container is an image that is unpacked, and its process.
type container struct {
	*testing.T
	root, program, user string
	cmd                 *exec.Cmd
	output              *output
}

// newContainer unpacks the one layer of an image.
func newContainer(t *testing.T, image string) *container {
	t.Helper()
	packed, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	files := untar(t, bytes.NewReader(packed), t.TempDir())
	var load []struct {
		Config string
		Layers []string
	}
	parse(t, filepath.Join(files, "manifest.json"), &load)
	var configured struct {
		Config struct {
			User       string
			Entrypoint []string
		} `json:"config"`
	}
	parse(t, filepath.Join(files, load[0].Config), &configured)
	layer, err := os.Open(filepath.Join(files, load[0].Layers[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer layer.Close()
	unzipped, err := gzip.NewReader(layer)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.MkdirTemp("", "image")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil { // nobody passes
		t.Fatal(err)
	}
	return &container{T: t, root: untar(t, unzipped, root), program: configured.Config.Entrypoint[0], user: configured.Config.User}
}

// trust adds an authority to those of the image.
func (c *container) trust(authority []byte) {
	c.Helper()
	f, err := os.OpenFile(filepath.Join(c.root, "etc/ssl/certs/ca-certificates.crt"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(authority)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		c.Fatal(err)
	}
}

// start starts the program as the user of the image, with the image as its root.
// Where this test is not root itself, that takes a namespace of users.
func (c *container) start(endpoint string) {
	c.Helper()
	if c.user != "65532:65532" {
		c.Fatalf("the image runs as %s", c.user)
	}
	c.output = &output{}
	c.cmd = exec.Command(c.program)
	c.cmd.Path, c.cmd.Err = c.program, nil // in the image, not here
	c.cmd.Dir = "/"
	c.cmd.Env = []string{"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "STATLINE_STACK=statline"}
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		c.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65532, Gid: 65532}
	} else {
		c.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		c.cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getuid(), Size: 1}}
		c.cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getgid(), Size: 1}}
	}
	if err := c.cmd.Start(); err != nil {
		c.Fatal(err)
	}
}

// stop has the program end as ECS does.
func (c *container) stop() {
	c.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.Error(err)
	}
	if err := c.cmd.Wait(); err != nil {
		c.Errorf("%s ended with %v: %s", c.program, err, c.output)
	}
}

func (s *stage) publish(body string) {
	s.Helper()
	if _, err := s.SNS.Publish(s.Context(), &sns.PublishInput{TopicArn: aws.String(s.TopicARN()), Message: &body}); err != nil {
		s.Fatal(err)
	}
}

// await tries again until it is so.
func (s *stage) await(what string, so func() bool) {
	s.Helper()
	for until := time.Now().Add(patience); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			s.Fatalf("no %s", what)
		}
	}
}

// untar unpacks files into a directory, which it returns.
func untar(t *testing.T, packed io.Reader, dir string) string {
	t.Helper()
	r := tar.NewReader(packed)
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsLocal(head.Name) {
			t.Fatalf("the image reaches out of itself: %q", head.Name)
		}
		if err := unpacked(r, filepath.Join(dir, head.Name), head); err != nil {
			t.Fatal(err)
		}
	}
}

// unpacked writes one file of a tar, with its mode, or makes a directory.
func unpacked(content io.Reader, name string, head *tar.Header) error {
	if head.Typeflag == tar.TypeDir {
		return os.Mkdir(name, fs.FileMode(head.Mode))
	}
	bytes, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return os.WriteFile(name, bytes, fs.FileMode(head.Mode))
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

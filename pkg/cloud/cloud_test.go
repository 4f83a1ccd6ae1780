package cloud

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// closing is a transport under which the body of a request is closed before it is
// read, as the SDK may do.
type closing struct {
	t    *testing.T
	body *body
	got  string
}

func (c *closing) Do(r *http.Request) (*http.Response, error) {
	c.body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	c.got = string(b)
	return &http.Response{}, nil
}

// body fails when it is read after it was closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, os.ErrClosed
	}
	return b.Reader.Read(p)
}

func (b *body) Close() error { b.closed = true; return nil }

// TestWhole: what is sent does not depend on when the body of a request is closed.
func TestWhole(t *testing.T) {
	for _, text := range []string{"x", strings.Repeat("text", 100_000)} {
		b := &body{Reader: strings.NewReader(text)}
		c := &closing{t: t, body: b}
		r, err := http.NewRequest("POST", "http://localhost/", b)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = int64(len(text))
		if _, err := (whole{c}).Do(r); err != nil || c.got != text {
			t.Errorf("%d bytes were sent of %d: %v", len(c.got), len(text), err)
		}
	}
	without, err := http.NewRequest("GET", "http://localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (whole{&noBody{t}}).Do(without); err != nil {
		t.Error(err)
	}
	short, err := http.NewRequest("POST", "http://localhost/", strings.NewReader("four"))
	if err != nil {
		t.Fatal(err)
	}
	short.ContentLength = 5
	if _, err := (whole{&closing{t: t}}).Do(short); err == nil {
		t.Error("a body that is too short was sent")
	}
}

// TestNoDigests: a body is taken whatever its MD5 is said to be.
func TestNoDigests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		io.WriteString(w, `{"Messages":[{"MessageId":"1","ReceiptHandle":"1","Body":"text","MD5OfBody":"00000000000000000000000000000000"}]}`)
	}))
	defer server.Close()
	stack := (&Stack{}).With(Config(server.URL, "us-east-1", HTTPClient()))
	out, err := stack.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(server.URL + "/1/q")})
	if err != nil || len(out.Messages) != 1 || aws.ToString(out.Messages[0].Body) != "text" {
		t.Errorf("received %+v, %v", out, err)
	}
}

type noBody struct{ t *testing.T }

func (n *noBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		n.t.Error("a request without a body got one")
	}
	return &http.Response{}, nil
}

// TestLoadBundle: AWS_CA_BUNDLE is heard, so that a company's own proxies can be
// passed.
func TestLoadBundle(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_CA_BUNDLE", filepath.Join(t.TempDir(), "none.pem"))
	if _, err := Load(context.Background(), "", ""); err == nil || !strings.Contains(err.Error(), "none.pem") {
		t.Errorf("a bundle that is not there: %v", err)
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	c, err := Load(context.Background(), "", "")
	if _, ok := c.HTTPClient.(whole); err != nil || !ok {
		t.Errorf("client %T, %v", c.HTTPClient, err)
	}
}

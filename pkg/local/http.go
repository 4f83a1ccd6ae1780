package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// maxBody is the most that a request may carry: S3's limit for a single
// PutObject is 5 GiB, which no local use comes near; this holds a 64 MiB object
// with its framing.
const maxBody = 65 << 20

// ServeHTTP answers one API call. A request whose Host is no loopback address is
// refused with 403: a page in a browser could otherwise reach the endpoint under
// a name of its own (DNS rebinding).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) {
		http.Error(w, fmt.Sprintf("the local endpoint serves loopback addresses only, not %q", r.Host), http.StatusForbidden)
		return
	}
	resp, err := s.answer(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the hook wants the connection broken
	}
	h := w.Header()
	for k, v := range resp.Header {
		h[k] = v
	}
	w.WriteHeader(resp.Status)
	w.Write(resp.Body) // a client that has gone away needs no answer
}

func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// answer turns a request into a call, passes it through the hook and the
// service, and completes the response. An error breaks the connection.
func (s *Server) answer(r *http.Request) (*wire.Response, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	call := s.identify(r, body)
	resp, err := s.run(r.Context(), call, len(body) > maxBody)
	if err != nil {
		return nil, err
	}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	resp.Header.Set("X-Amzn-Requestid", wire.RequestID)
	resp.Header.Set("X-Amz-Request-Id", wire.RequestID)
	resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if resp.Header.Get("Content-Length") == "" {
		resp.Header.Set("Content-Length", strconv.Itoa(len(resp.Body)))
	}
	return resp, nil
}

func (s *Server) run(ctx context.Context, c *wire.Call, tooLarge bool) (*wire.Response, error) {
	next := func() *wire.Response {
		if tooLarge {
			return wire.ErrorTo(c, &wire.Error{Code: "EntityTooLarge", Message: fmt.Sprintf("the local endpoint takes at most %d bytes", maxBody)})
		}
		return s.perform(ctx, c)
	}
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return next(), nil
	}
	return hook(c, next)
}

// perform answers the call by its service. The region becomes a part of names on
// disk, so it has to look like one.
func (s *Server) perform(ctx context.Context, c *wire.Call) *wire.Response {
	if !wire.IsName(c.Region, 32) {
		return wire.ErrorTo(c, &wire.Error{Code: "InvalidSignatureException", Message: fmt.Sprintf("the credential scope names no region: %q", c.Region)})
	}
	service, ok := s.services[c.Service]
	if !ok {
		return wire.ErrorTo(c, wire.Unknown(c.Service, c.Operation))
	}
	resp, err := s.serve(ctx, c, service)
	if err == nil {
		return resp
	}
	refusal, ok := errors.AsType[*wire.Error](err)
	if !ok {
		refusal = &wire.Error{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: err.Error()}
	}
	return wire.ErrorTo(c, refusal)
}

func (s *Server) serve(ctx context.Context, c *wire.Call, service wire.Handler) (*wire.Response, error) {
	if s.authority != nil {
		if err := s.authority.attend(c); err != nil {
			return nil, err
		}
	}
	return service.Serve(ctx, c)
}

// transport answers requests in the process.
type transport struct{ server *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	resp, err := t.server.answer(r)
	if err != nil {
		return nil, err
	}
	// What was done is answered, also to a client that meanwhile wants it no
	// longer: received messages are not lost with the answer.
	if err := r.Context().Err(); err != nil && resp.Status >= http.StatusBadRequest {
		return nil, err
	}
	length, err := strconv.ParseInt(resp.Header.Get("Content-Length"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("content length: %w", err)
	}
	body := resp.Body
	if r.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status: strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status), StatusCode: resp.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: length, Request: r,
	}, nil
}

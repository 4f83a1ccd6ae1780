package local

import (
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// Call is one API call: service ("sqs"), operation ("ReceiveMessage"), and the
// request as it came. A [Hook] may change its body before it passes it on.
type Call = wire.Call

// Response is what a call is answered with: an HTTP status, a header and a body.
type Response = wire.Response

// A Hook stands between the wire and the services: every call passes through it,
// in the goroutine of the caller, any number of them at once. Next performs the
// call and may be called at most once. So a hook can
//
//   - let the call pass: return next(), nil
//   - fail it before it happened: return [Refuse](c, ...), nil
//   - fail it after it happened: call next, then return something else
//   - break the connection, before or after: return an error
//   - delay it, or hold it until its turn.
type Hook func(c *Call, next func() *Response) (*Response, error)

// Hook puts h before the services from now on; nil takes the hook away.
func (s *Server) Hook(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
}

// Refuse is an error response in the protocol of the call's service: code is
// AWS's, such as "ThrottlingException".
func Refuse(c *Call, status int, code, message string) *Response {
	r := wire.ErrorTo(c, &wire.Error{Status: status, Code: code, Message: message})
	if r.Header == nil {
		r.Header = http.Header{}
	}
	return r
}

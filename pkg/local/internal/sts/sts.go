// Package sts answers GetCallerIdentity, with which clients learn the account
// they are in.
package sts

import (
	"cmp"
	"context"
	"net/http"

	"github.com/statline/statline/pkg/local/internal/wire"
)

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Service is STS. It has no state.
type Service struct{}

// Serve performs a call.
func (Service) Serve(_ context.Context, c *wire.Call) (*wire.Response, error) {
	if c.Operation != "GetCallerIdentity" {
		return nil, wire.Unknown(c.Service, c.Operation)
	}
	if c.May != nil && c.Caller == "" {
		return nil, &wire.Error{Status: http.StatusForbidden, Code: "MissingAuthenticationToken", Message: "Request is missing Authentication Token"}
	}
	return wire.Query(c.Operation, namespace, struct{ UserId, Account, Arn string }{
		UserId: "local", Account: c.Account, Arn: cmp.Or(c.Caller, "arn:aws:iam::"+c.Account+":user/local"),
	})
}

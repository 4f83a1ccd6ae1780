// Package local is SNS, SQS, DynamoDB, S3 and STS GetCallerIdentity as one
// http.Handler, for programs and tests that speak to AWS with an SDK and have no
// AWS to speak to.
//
// A test needs five lines:
//
//	server, err := local.Open(local.Config{})
//	if err != nil { t.Fatal(err) }
//	defer server.Close()
//	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(local.URL),
//		HTTPClient: server.Client(), Credentials: aws.AnonymousCredentials{}}
//
// It speaks the services' own wire protocols, so any SDK works, in this process
// through [Server.Client] or over a loopback port through [Server.Serve]. What
// AWS refuses it refuses with AWS's own error. What it does not have is HTTP 400
// with an error that names it: never a wrong success, and never a 5xx, which
// clients would retry.
//
// Its time is the time package's alone and it starts no goroutine, so a server
// that was opened inside a testing/synctest bubble lives in the bubble's time.
//
// Whoever reaches it may do anything, unless [Config.Principals] says who may do what.
// Then it evaluates the policies of principals and those of topics, queues and buckets
// as AWS does within one account, and refuses with AWS's errors what they do not
// allow. Signatures it never checks: an access key alone says who calls. A request
// counts as one that came by TLS (aws:SecureTransport), as if that ended before the
// endpoint, unless its header X-Forwarded-Proto says http. Whatever the principals,
// SNS delivers to a queue only what the queue's policy lets it.
package local

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/statline/statline/pkg/local/internal/dynamodb"
	"github.com/statline/statline/pkg/local/internal/s3"
	"github.com/statline/statline/pkg/local/internal/sns"
	"github.com/statline/statline/pkg/local/internal/sqs"
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/sts"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// URL is the base endpoint for clients that reach the server through
// [Server.Client]. Being an IP address, it makes S3 clients use path style.
const URL = "http://127.0.0.1:4566"

// ErrLocked is the error of [Open] where another process has the directory open.
var ErrLocked = store.ErrLocked

// Config says what a server is.
type Config struct {
	// Dir is the directory that keeps the state: the file state.db and, below
	// s3/BUCKET/, the objects as plain files. What the server has acknowledged is
	// on disk. It is created where it does not exist. Defaults to none: the state
	// is in memory and ends with the server.
	Dir string
	// Region is where a request without a credential scope goes. Defaults to
	// us-east-1.
	Region string
	// Account is the account number in every ARN, 12 digits. Defaults to
	// 000000000000.
	Account string
	// Chance decides what AWS leaves open. Defaults to the best: order, no message
	// twice, deletes that last.
	Chance Chance
	// Principals are those who may call, by their access keys, and have policies
	// enforced. Defaults to none: nothing is enforced. Of an empty map, nobody may.
	Principals map[string]Principal
}

// Chance decides what SQS and SNS leave open, see its fields.
type Chance = sqs.Chance

// Server is the endpoint. It may be used by any number of clients at once.
type Server struct {
	region, account string
	db              *store.DB
	services        map[string]wire.Handler
	authority       *authority // nil where no policies are enforced
	pollsEnded      chan struct{}
	endPolls        sync.Once

	mu   sync.Mutex
	hook Hook
}

// Open opens the endpoint. The error is [ErrLocked] where another process has
// the directory open, and a [*PolicyError] where a policy of a principal is not valid or
// has what is not evaluated here.
func Open(c Config) (*Server, error) {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	authority, err := newAuthority(c.Principals, c.Account)
	if err != nil {
		return nil, fmt.Errorf("open local endpoint: %w", err)
	}
	file, objects := "", ""
	if c.Dir != "" {
		file, objects = filepath.Join(c.Dir, "state.db"), filepath.Join(c.Dir, "s3")
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("open local endpoint: %w", err)
		}
	}
	db, err := store.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open local endpoint: %w", err)
	}
	s := &Server{region: c.Region, account: c.Account, authority: authority, db: db, pollsEnded: make(chan struct{})}
	if err := s.load(objects, c.Chance); err != nil {
		return nil, fmt.Errorf("open local endpoint: %w", errors.Join(err, db.Close()))
	}
	return s, nil
}

// load opens the services over the state.
func (s *Server) load(objects string, chance Chance) error {
	queues, err := sqs.Open(s.db, s.pollsEnded, chance)
	if err != nil {
		return err
	}
	topics, err := sns.Open(s.db, queues)
	if err != nil {
		return err
	}
	tables, err := dynamodb.Open(s.db)
	if err != nil {
		return err
	}
	buckets, err := s3.Open(s.db, objects)
	if err != nil {
		return err
	}
	s.services = map[string]wire.Handler{"sqs": queues, "sns": topics, "dynamodb": tables, "s3": buckets, "sts": sts.Service{}}
	return nil
}

// EndPolls answers every open long poll at once, with what there is, and lets no
// later one wait. Workers that poll in a loop until they are told to stop can so
// be stopped without waiting for their polls.
func (s *Server) EndPolls() { s.endPolls.Do(func() { close(s.pollsEnded) }) }

// Close ends the polls, writes what is unwritten and releases the directory.
// Calls that come later find the state in memory, and fail to change it where
// there is a directory.
func (s *Server) Close() error {
	s.EndPolls()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close local endpoint: %w", err)
	}
	return nil
}

// Client is an HTTP client whose requests the server answers in this process,
// whatever host they name.
func (s *Server) Client() *http.Client { return &http.Client{Transport: transport{s}} }

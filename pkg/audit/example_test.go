package audit_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/statline/statline/pkg/audit"
	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
	"github.com/statline/statline/pkg/message"
)

// What a request asked and what it computes to is one paragraph of the log.
func Example() {
	ctx := context.Background()
	server, err := local.Open(local.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	stack, err := cloud.Open(ctx, "statline", cloud.Config(local.URL, "us-east-1", server.Client()))
	if err != nil {
		log.Fatal(err)
	}
	if err := stack.Create(ctx); err != nil {
		log.Fatal(err)
	}

	l := audit.NewLog(audit.Config{S3: stack.S3, Bucket: stack.AuditBucket(), Age: time.Millisecond})
	in := message.Parse("statline", []byte(`{"schema":"statline.request/v1","request_id":"r1","numbers":[7, 8.0,54,89]}`))[0]
	taken := time.Date(2026, 11, 23, 4, 15, 2, 201e6, time.UTC)
	if err := l.Append(ctx, []audit.Entry{audit.NewEntry(in, "5fea7756-0ea4-451a-a703-a558b933e274", taken)}); err != nil {
		log.Fatal(err)
	}

	r := &audit.Reader{S3: stack.S3, Bucket: stack.AuditBucket()}
	for found, err := range r.Find(ctx, "r1", taken) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(found.Entry)
	}
	// Output:
	// request   r1
	// message   5fea7756-0ea4-451a-a703-a558b933e274
	// received  2026-11-23T04:15:02.201Z
	// numbers   7,8.0,54,89
	// sha256    2c3230677dfac303a351bc0a71833b2e4b391448771b316f10e2091d145ef800
	// status    ok
	// count     4
	// sum       158
	// min       7
	// max       89
	// mean      39.5
	// median    31
	// variance  1569.6666666666667
	// stddev    39.619019001821165
	// q1        7.75
	// q3        62.75
	// method    R7
}

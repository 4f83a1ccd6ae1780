package cloud

import (
	"fmt"
	"regexp"
	"strings"
)

// Names are the names of a stack's resources, which all derive from its own.
// Terraform derives the same.
type Names struct{ Stack string }

var stackPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,23}$`)

// CheckStack says what is wrong with the name of a stack.
func CheckStack(name string) error {
	if !stackPattern.MatchString(name) {
		return fmt.Errorf("stack name %q: write 1 to 24 of a-z 0-9 -, beginning with a letter", name)
	}
	if strings.Contains(name, "-inbox") {
		return fmt.Errorf("stack name %q: it may not contain -inbox, which marks the reply queues of clients", name)
	}
	return nil
}

// Topic is the SNS topic that requests are published to.
func (n Names) Topic() string { return n.Stack + "-requests" }

// StatsQueue is the queue that the stats service consumes.
func (n Names) StatsQueue() string { return n.Stack + "-stats" }

// AuditQueue is the queue that the audit service consumes.
func (n Names) AuditQueue() string { return n.Stack + "-audit" }

// StatsDLQ is the dead-letter queue of the stats queue.
func (n Names) StatsDLQ() string { return n.Stack + "-stats-dlq" }

// AuditDLQ is the dead-letter queue of the audit queue.
func (n Names) AuditDLQ() string { return n.Stack + "-audit-dlq" }

// Undelivered is the dead-letter queue of both subscriptions.
func (n Names) Undelivered() string { return n.Stack + "-undelivered" }

// Inboxes is what the name of every inbox begins with.
func (n Names) Inboxes() string { return n.Stack + "-inbox-" }

// Table is the DynamoDB table of the results.
func (n Names) Table() string { return n.Stack + "-results" }

// Bucket is the S3 bucket of the audit log. Bucket names are unique in all of
// AWS, so it bears the account and the region.
func (n Names) Bucket(account, region string) string {
	return n.Stack + "-audit-" + account + "-" + region
}

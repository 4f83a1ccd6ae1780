package pkg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/statline/statline/pkg/message"
)

const (
	random  = "abcdefghijklmnop"
	good    = shop + "-inbox-lab-" + random
	foreign = shop + "-inbox-other-" + random
	sqsHost = "https://sqs." + region + ".amazonaws.com/"
)

// hostileInboxes are what a client lab might write for its inbox to have the stats
// service send elsewhere, by kind. Those that are names of queues are there.
var hostileInboxes = map[string][]string{
	"the stack's own": {
		"shop-7-stats", "shop-7-audit", "shop-7-stats-dlq", "shop-7-audit-dlq", "shop-7-undelivered", "shop-7-requests", "shop-7-results", "shop-7-inbox-", "shop-7-inbox", "shop-7",
	},
	"another client's": {
		foreign, "shop-7-inbox-lab-2-" + random, "shop-7-inbox-lab-abcdefgh-" + random, "shop-7-inbox-lab_2-" + random, "shop-7-inbox-anon-" + random,
		"shop-7-inbox-la-" + random, "shop-7-inbox-labx-" + random, "shop-7-inbox--" + random, "shop-7-inbox-" + random, "shop-7-inbox-2-lab-" + random,
	},
	"another stack's": {
		"shop-inbox-lab-" + random, "shop-72-inbox-lab-" + random, "statline-inbox-lab-" + random, "my-shop-7-inbox-lab-" + random,
		"shop-7-inbox-inbox-lab-" + random, "shop-7-shop-7-inbox-lab-" + random, "-inbox-lab-" + random,
	},
	"a URL": {
		sqsHost + account + "/" + foreign, sqsHost + account + "/" + good, sqsHost + "999999999999/" + good, "http://127.0.0.1:4566/" + account + "/" + good,
		"//example.com/" + good, "http://169.254.169.254/latest/meta-data/", "https://user:pass@example.com/" + good, "file:///etc/passwd", good + "@example.com",
	},
	"an ARN": {
		"arn:aws:sqs:" + region + ":" + account + ":" + foreign, "arn:aws:sqs:" + region + ":" + account + ":" + good, "arn:aws:sqs:" + region + ":999999999999:" + good,
		"arn:aws:sns:" + region + ":" + account + ":shop-7-requests", "arn:aws:lambda:" + region + ":" + account + ":function:x",
	},
	"another account's": {"999999999999/" + good, "/" + account + "/" + good, account + ":" + good, good + ":999999999999"},
	"a path": {
		"../shop-7-stats", "../" + foreign, good + "/../shop-7-stats", good + "/" + foreign, good + "/", "./" + good, "/" + good, `..\` + foreign,
		good + "%2f" + foreign, "%73hop-7-inbox-lab-" + random, good + "%00", good + "?QueueUrl=" + foreign, good + "#" + foreign, good + ";" + foreign,
	},
	"in another case": {"SHOP-7-inbox-lab-" + random, "shop-7-INBOX-lab-" + random, "shop-7-inbox-LAB-" + random, "Shop-7-Inbox-Lab-" + random},
	"alike": {
		"shop-7-inbox-l\u0430b-" + random, "shop-7-inbox-\uff4cab-" + random, "shop\u20107-inbox-lab-" + random, "shop-7-inbox-lab\u2212" + random,
		"shop-7-inbox-lab-abcdefghijklmno\u00f6", "shop-7-inbox-lab-abcdefghijklmno\u0440", "shop-7-inbox-lab-\u0661bcdefghijklmnop", "shop-7-inbox-la\u0301b-" + random,
		"shop-7-inbox-\u200blab-" + random, "\u202e" + good, "\ufeff" + good, good + "\u00ad", "shop-7-inbox-lab-" + strings.Repeat("\u212a", 16),
	},
	"with what cannot be seen": {
		good + "\n", "\n" + good, good + "\r\n" + foreign, good + "\x00", good + "\x00" + foreign, good + "\x7f", good + "\x1b[31m", "\t" + good, " " + good, good + " ",
		good + "\u00a0", good + "\u0085", good + "\u2028", "shop-7-inbox-lab-abcdefgh ijklmnop",
	},
	"of another length": {
		"", " ", "shop-7-inbox-lab-", "shop-7-inbox-lab-abcdefghijklmno", "shop-7-inbox-lab-" + strings.Repeat("a", 33), "shop-7-inbox-lab-" + strings.Repeat("a", 64),
		good + strings.Repeat("a", 1000), strings.Repeat("a", 81), strings.Repeat("a", 10_000),
	},
	"a pattern": {"*", "shop-7-inbox-lab-*", "shop-7-inbox-lab-????????????????", "shop-7-inbox-%-" + random, "shop-7-inbox-[a-z]*-" + random},
	"to be expanded": {
		"${stack}-inbox-lab-" + random, "{{.Inbox}}", "$(hostname)", "`hostname`", "'; DROP TABLE results; --", `"},"Entries":[]`, "<script>", "shop-7-inbox-${client_id}-" + random, "%s%s%s%n",
	},
	"another kind of queue": {good + ".fifo", "shop-7-inbox-lab-abcdefgh_ijklmnop", "shop-7-inbox-lab-abcdefgh.ijklmnop"},
}

// hostileMembers are the same as members of a request that write no text.
var hostileMembers = []string{
	`"inbox":null`, `"inbox":7`, `"inbox":true`, `"inbox":["` + good + `"]`, `"inbox":{"name":"` + good + `"}`, `"inbox":"` + good + `","inbox":"` + foreign + `"`,
	`"inbox":"` + foreign + `","INBOX":"` + good + `"`, `"Inbox":"` + good + `"`, `"inbox":"` + good + `\ud800"`,
}

// hostileClaims are right for the client that a request claims to be of, were that a
// client.
var hostileClaims = map[string]string{
	"-lab": "shop-7-inbox--lab-" + random, "../lab": "shop-7-inbox-../lab-" + random, "": "shop-7-inbox--" + random,
	"*": "shop-7-inbox-*-" + random, "läb": "shop-7-inbox-läb-" + random, "lab\n": "shop-7-inbox-lab\n-" + random, "abcdefghijklmnopqrstuvwxy": "shop-7-inbox-abcdefghijklmnopqrstuvwxy-" + random,
}

// TestHostileInboxes: nothing but an inbox of the request's own client, in the service's
// own stack, is ever sent to, with the policies of the service or, were it to come to
// that, without. The request is answered all the same: by a row that says what is wrong.
func TestHostileInboxes(t *testing.T) {
	var bodies []string
	add := func(members string) string {
		id := fmt.Sprintf("r%d", len(bodies))
		bodies = append(bodies, fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"numbers":[1],%s}`, id, members))
		return id
	}
	quote := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	paths := map[string][]string{} // by request ID: where its fault may be
	var queues []string
	for kind, names := range hostileInboxes {
		for _, name := range names {
			paths[add(`"client_id":"lab","inbox":`+quote(name))] = []string{"inbox", kind + " " + name}
			queues = append(queues, name)
		}
	}
	paths[add(`"inbox":`+quote(good))] = []string{"inbox", "of a client, by nobody"}
	for _, members := range hostileMembers {
		paths[add(`"client_id":"lab",`+members)] = []string{"inbox", members}
	}
	for client, inbox := range hostileClaims {
		paths[add(`"client_id":`+quote(client)+`,"inbox":`+quote(inbox))] = []string{"client_id", client}
	}
	if len(bodies) < 60 {
		t.Fatalf("%d requests", len(bodies))
	}
	control := add(`"client_id":"lab","inbox":` + quote(good))
	all := readPolicies(t)
	for _, s := range all.Services["stats"].Statement {
		if s.sid() == "Replies" {
			s["Resource"] = "*"
		}
	}
	for name, p := range map[string]*policies{"as it may": readPolicies(t), "if it might": all} {
		t.Run(name, func(t *testing.T) {
			if err := underPolicies(t, p, func(ctx context.Context, e *enforced) error {
				e.makeAll(ctx, append(queues, good))
				e.start()
				defer e.halt()
				for _, body := range bodies {
					if _, err := e.SNS.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(e.TopicARN()), Message: aws.String(body)}); err != nil {
						return fmt.Errorf("%s: %w", body, err)
					}
				}
				for _, queue := range []string{e.StatsQueue(), e.AuditQueue()} {
					if err := e.settle(ctx, queue, 0); err != nil {
						return err
					}
				}
				time.Sleep(time.Hour) // any retry would have come
				e.mu.Lock()
				sent := e.sent
				e.mu.Unlock()
				if len(sent) != 1 || !strings.HasPrefix(sent[0], "arn:aws:iam::"+account+":role/stats: ") || !strings.Contains(sent[0], `/`+good+`"`) || !strings.Contains(sent[0], control) {
					t.Errorf("sent %q, want the answer to %s alone", sent, control)
				}
				for id, path := range paths {
					row, err := storeOf(e.Stack).Get(ctx, id)
					if err != nil || row.Fault == nil || !strings.HasPrefix(strings.ToLower(row.Fault.Path), path[0]) {
						t.Errorf("%.100q: row %+v %+v, %v; want a fault of %s", path[1], row.Reply, row.Fault, err, path[0])
						continue
					}
					if c := row.Fault.Code; c != message.InvalidField && c != message.InvalidJSON {
						t.Errorf("%.100q: %s", path[1], c)
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

// makeAll makes queues, those of their names that a queue may have.
func (e *enforced) makeAll(ctx context.Context, names []string) (made int) {
	for _, name := range names {
		if _, err := e.SQS.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name)}); err == nil {
			made++
		}
	}
	return made
}

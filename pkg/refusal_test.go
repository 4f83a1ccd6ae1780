package pkg_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/statline/statline/pkg/message"
)

// TestEveryRefusal: whatever is wrong with a request, it is delivered once to each
// service, its refusal is stored, logged and, where the client can be known,
// replied, and it never becomes a dead letter.
func TestEveryRefusal(t *testing.T) {
	tests := []struct {
		name string
		body string // INBOX stands for an inbox, ID for the request ID
		code message.Code
		path string
		id   bool // the request's own ID is readable
	}{
		{"not JSON", `7 8 54 89`, message.InvalidJSON, "", false},
		{"broken list", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1,,2]}`, message.InvalidJSON, "numbers", true},
		{"trailing data", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1]}]`, message.InvalidJSON, "", true},
		{"cut off", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1`, message.InvalidJSON, "numbers", true},
		{"another schema", `{"schema":"statline.request/v9","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1]}`, message.InvalidSchema, "schema", true},
		{"unknown field", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1],"op":"mean"}`, message.InvalidField, "op", true},
		{"field twice", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1],"numbers":[2]}`, message.InvalidField, "numbers", true},
		{"field in another case", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","NUMBERS":[1]}`, message.InvalidField, "NUMBERS", true},
		{"no list", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1"}`, message.InvalidField, "numbers", true},
		{"parts", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","parts":[]}`, message.InvalidField, "parts", true},
		{"null", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[7,8,null]}`, message.InvalidNumber, "numbers[2]", true},
		{"string", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":["7"]}`, message.InvalidNumber, "numbers[0]", true},
		{"NaN", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[NaN]}`, message.InvalidNumber, "numbers[0]", true},
		{"nested", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1,[2]]}`, message.InvalidNumber, "numbers[1]", true},
		{"beyond the limits", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1e999999999]}`, message.InvalidNumber, "numbers[0]", true},
		{"empty list", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[]}`, message.EmptyList, "numbers", true},
		{"quantile", `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1],"quantiles":[2]}`, message.InvalidField, "quantiles[0]", true},
		{"result too large", tooLarge(), message.TooLarge, "", true},
		{"no ID", `{"schema":"statline.request/v1","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[1]}`, message.InvalidField, "request_id", false},
		{"ID twice", `{"schema":"statline.request/v1","request_id":"ID","request_id":"other","client_id":"lab","inbox":"INBOX","numbers":[1]}`, message.InvalidField, "request_id", false},
		{"empty message with several requests", `{"schema":"statline.requests/v1","requests":[]}`, message.EmptyList, "requests", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSystem(t)
				inbox := s.inbox("lab")
				body := strings.NewReplacer("INBOX", inbox, `"ID"`, `"r1"`).Replace(tt.body)
				id := "r1"
				if !tt.id {
					sum := sha256.Sum256([]byte(body))
					id = "bad-" + hex.EncodeToString(sum[:])[:32]
				}
				s.start()
				s.publish(body)
				time.Sleep(time.Hour) // any retry would have come
				s.halt()

				row := s.row(id)
				if row.Status != message.StatusError || row.Fault.Code != tt.code || row.Fault.Path != tt.path {
					t.Errorf("stored %+v %+v, want %s at %q", row, row.Fault, tt.code, tt.path)
				}
				if !strings.HasPrefix(row.Fault.Message, tt.path) {
					t.Errorf("message %q does not name the place", row.Fault.Message)
				}
				checkReplies(t, s.replies(inbox), tt.id, row.Fault)
				entries := s.entries(id)
				if len(entries) != 1 || entries[0].Fault == nil || *entries[0].Fault != *row.Fault {
					t.Errorf("logged %+v, want %+v once", entries, row.Fault)
				}
				if toStats, toAudit := s.deliveries(body); toStats != 1 || toAudit != 1 {
					t.Errorf("delivered %d times to the stats service, %d times to the audit service", toStats, toAudit)
				}
				s.noDeadLetters()
			})
		})
	}
}

func checkReplies(t *testing.T, replies []message.Reply, replied bool, fault *message.Fault) {
	if !replied {
		if len(replies) > 0 {
			t.Errorf("replied %+v although nobody is known to reply to", replies)
		}
		return
	}
	if len(replies) != 1 || replies[0].Nonce != "n1" || replies[0].Fault == nil || *replies[0].Fault != *fault {
		t.Errorf("replied %+v, want %+v once, with the nonce", replies, fault)
	}
}

// tooLarge asks for a result that no reply can hold.
func tooLarge() string {
	var quantiles []string
	for i := range message.MaxQuantiles {
		quantiles = append(quantiles, fmt.Sprintf("0.%03d", i+1))
	}
	nines := strings.Repeat("9", 999)
	return `{"schema":"statline.request/v1","request_id":"ID","client_id":"lab","inbox":"INBOX","nonce":"n1","numbers":[` + nines + `e-1000,` +
		nines + `e1],"quantiles":[` + strings.Join(quantiles, ",") + `]}`
}

// TestPackedRequests: several requests in one message are each answered as if
// alone, the broken one among them too.
func TestPackedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSystem(t)
		inbox := s.inbox("lab")
		one := func(id, list string) string {
			return fmt.Sprintf(`{"schema":"statline.request/v1","request_id":%q,"client_id":"lab","inbox":%q,"nonce":"n1","numbers":%s}`, id, inbox, list)
		}
		body := `{"schema":"statline.requests/v1","requests":[` + one("r1", "[7,8,54,89]") + "," + one("r2", "[1,,2]") + "," + one("r3", "[3]") + "," + one("r3", "[4]") + `]}`
		s.start()
		s.publish(body)
		s.settle()
		s.halt()
		s.noDeadLetters()
		got := map[string][]string{}
		for _, r := range s.replies(inbox) {
			text := string(r.Status)
			if r.Fault != nil {
				text = string(r.Fault.Code)
			}
			got[r.RequestID] = append(got[r.RequestID], text)
		}
		slices.Sort(got["r3"])
		if fmt.Sprint(got) != "map[r1:[ok] r2:[invalid_json] r3:[id_conflict ok]]" {
			t.Errorf("replies %v", got)
		}
		if s.row("r1").Result.Mean != "39.5" || s.row("r2").Fault.Code != message.InvalidJSON || s.row("r3").Result.Mean != "3" {
			t.Error("rows differ from the replies")
		}
		if n := len(s.entries("r1")) + len(s.entries("r2")) + len(s.entries("r3")); n != 4 {
			t.Errorf("%d entries in the log, want 4", n)
		}
	})
}

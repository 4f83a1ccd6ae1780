package message

import (
	"strings"
	"testing"
	"time"
)

func TestNewID(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	id := NewID()
	if !ValidID(id) || len(id) != 36 {
		t.Fatalf("NewID = %q", id)
	}
	made, ok := IDTime(id)
	if !ok || made.Before(before) || made.After(time.Now()) {
		t.Errorf("IDTime(%q) = %v, %v", id, made, ok)
	}
	for _, foreign := range []string{"", "r1", strings.Repeat("x", 36), "0199a3f2-7c1e-4abc-8def-0123456789ab"} {
		if _, ok := IDTime(foreign); ok {
			t.Errorf("IDTime(%q) found a time", foreign)
		}
	}
}

func TestNewInbox(t *testing.T) {
	for _, client := range []string{"", "lab", "a-b_c", strings.Repeat("x", 24)} {
		name := NewInbox("a-stack-of-24-characters", client)
		if !ValidInbox("a-stack-of-24-characters", client, name) {
			t.Errorf("NewInbox(%q) = %q, not valid", client, name)
		}
	}
}

// TestInboxOfAnother: however a name is built, it is an inbox of one client only.
func TestInboxOfAnother(t *testing.T) {
	random := "abcdefghijklmnop"
	for _, tt := range []struct{ client, name string }{
		{"lab", "statline-inbox-law-" + random},
		{"lab", "statline-inbox-lab-x-" + random},
		{"lab-x", "statline-inbox-lab-" + random},
		{"", "statline-inbox-lab-" + random},
		{"lab", "statline-inbox-anon-" + random},
		{"lab", "other-inbox-lab-" + random},
		{"lab", "statline-inbox-lab-short"},
		{"lab", "statline-inbox-lab-" + random + "\n"},
		{"lab", "statline-inbox-lab-" + strings.Repeat("x", 33)},
		{"lab", "statline-inbox-lab-" + random + ".fifo"},
		{"lab", "statline-stats"},
		{"lab", "arn:aws:sqs:us-east-1:000000000000:statline-inbox-lab-" + random},
		{"lab", ""},
	} {
		if ValidInbox("statline", tt.client, tt.name) {
			t.Errorf("%q is taken for an inbox of %q", tt.name, tt.client)
		}
	}
}

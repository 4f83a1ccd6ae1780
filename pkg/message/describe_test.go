package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/message"
)

// TestDescribe: a line of a log says whose requests it is about, and whose traces where
// these are valid, and nothing else of them.
func TestDescribe(t *testing.T) {
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	one := func(id string, more string) string {
		return `{"schema":"statline.request/v1","request_id":"` + id + `","numbers":[7,8,54,89],"nonce":"secret"` + more + `}`
	}
	for _, tt := range []struct{ name, body, want string }{
		{"one", one("r1", ""), "[request_id=r1]"},
		{"with a trace", one("r1", `,"traceparent":"`+trace+`"`), "[request_id=r1 trace_id=0af7651916cd43dd8448eb211c80319c]"},
		{"refused", one("r1", `,"traceparent":"`+trace+`","x":1`), "[request_id=r1 trace_id=0af7651916cd43dd8448eb211c80319c]"},
		{"a trace twice", one("r1", `,"traceparent":"`+trace+`","traceparent":"`+trace+`"`), "[request_id=r1]"},
		{"no trace at all", one("r1", `,"traceparent":"00-00000000000000000000000000000000-b7ad6b7169203331-01"`), "[request_id=r1]"},
		{"a trace that says more", one("r1", `,"traceparent":"`+trace+`-secret"`), "[request_id=r1]"},
		{"several", `{"schema":"statline.requests/v1","requests":[` + one("r1", "") + "," + one("r2", `,"traceparent":"`+trace+`"`) + `]}`, "[request_id=[r1 r2] trace_id=0af7651916cd43dd8448eb211c80319c]"},
		{"none", "secret", "[request_id=bad-2bb80d537b1da3e38bd30361aa855686]"},
	} {
		if got := fmt.Sprint(message.Describer("statline")(tt.body)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := message.Describe(); got != nil {
		t.Errorf("no requests: %v", got)
	}
	if many := message.Describe(make([]message.Request, 11)...); !strings.Contains(fmt.Sprint(many), "requests=11") {
		t.Errorf("11 requests: %v", many)
	}
}

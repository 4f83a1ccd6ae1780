package message

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

var (
	tracePattern = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)
	timePattern  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-]00:00)$`)
)

// maxNonce is the longest nonce.
const maxNonce = 128

// refusedPrefix begins the IDs under which requests are kept that have none of
// their own that could be read.
const refusedPrefix = "bad-"

// NewID makes a request ID: a UUID of version 7 (RFC 9562), which begins with
// the time in milliseconds and ends with 74 random bits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(time.Now().UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// IDTime is the time that a request ID was made at, if it is a UUID of version 7.
func IDTime(id string) (time.Time, bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[14] != '7' {
		return time.Time{}, false
	}
	b, err := hex.DecodeString(id[:8] + id[9:13])
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, b...)))).UTC(), true
}

// ValidID says whether a client may use id for a request: 1 to 64 of
// [A-Za-z0-9_-], beginning with a letter or digit, not "last", and not beginning
// with "bad-".
func ValidID(id string) bool {
	return validName(id, 64) && id != "last" && !strings.HasPrefix(id, refusedPrefix)
}

// ValidClientID says whether id may name a client: 1 to 24 of [A-Za-z0-9_-],
// beginning with a letter or digit.
func ValidClientID(id string) bool { return validName(id, 24) }

// NewNonce makes a nonce of 128 random bits, by which a client knows the reply to
// its own request.
func NewNonce() string { return rand.Text() }

// InboxPrefix is what the names of a client's inboxes begin with; the empty
// client ID stands for clients that have none.
func InboxPrefix(stack, clientID string) string {
	if clientID == "" {
		clientID = "anon"
	}
	return stack + "-inbox-" + clientID + "-"
}

// NewInbox makes the name of a new inbox of a client, STACK-inbox-CLIENT-RANDOM.
func NewInbox(stack, clientID string) string {
	var b [15]byte
	rand.Read(b[:])
	return InboxPrefix(stack, clientID) + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// ValidInbox says whether name can be an inbox of that client in that stack. It
// is the whole of what keeps a service from sending anywhere else.
func ValidInbox(stack, clientID, name string) bool {
	random, ok := strings.CutPrefix(name, InboxPrefix(stack, clientID))
	return ok && len(name) <= 80 && len(random) >= 16 && len(random) <= 32 && only(random, "")
}

// validName says whether s is at most so many of [A-Za-z0-9_-] and begins with a letter
// or digit.
func validName(s string, most int) bool {
	return s != "" && len(s) <= most && only(s[:1], "") && only(s, "_-")
}

// validNonce says whether s is 1 to 128 of [A-Za-z0-9_-].
func validNonce(s string) bool { return s != "" && len(s) <= maxNonce && only(s, "_-") }

// only says whether s has no other characters than letters and digits of ASCII, and
// some more.
func only(s, more string) bool {
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}

// validTraceParent says whether s is a traceparent whose version and IDs may occur
// (W3C Trace Context, section 3.2.2).
func validTraceParent(s string) bool {
	if !tracePattern.MatchString(s) || s[:2] == "ff" {
		return false
	}
	trace, parent := s[3:35], s[36:52]
	return strings.Trim(trace, "0") != "" && strings.Trim(parent, "0") != ""
}

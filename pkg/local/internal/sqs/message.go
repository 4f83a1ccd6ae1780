package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/statline/statline/pkg/local/internal/wire"
)

// Message is what a sender gives.
type Message struct {
	Body       string
	Attributes map[string]Attribute `json:",omitempty"`
	Group      string               `json:",omitempty"` // MessageGroupId
	Trace      string               `json:",omitempty"` // AWSTraceHeader
	Sender     string               // SenderId
}

// Attribute is the value of a message attribute. Its type is String, Number or
// Binary, with or without a label ("Number.float").
type Attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// message is a Message in a queue.
type message struct {
	letter
	state
	in *order
	at [slots]int
}

// letter is what of a message in a queue never changes.
type letter struct {
	Message
	ID      string
	Seq     uint64    // orders messages that became visible at the same time
	Sent    time.Time // when it came into its first queue
	Due     time.Time // when it is first visible in this queue
	Source  string    `json:",omitempty"` // ARN of the queue that it was a dead letter of
	Carried int       `json:",omitempty"` // receives before it came into this queue
}

// state is what receiving changes of a message.
type state struct {
	Receives int       // in all queues: moving to a dead-letter queue keeps the count
	First    time.Time // when it was first received
	Last     time.Time // when it was last received
	Visible  time.Time // from when it may be received
	InFlight bool      // received and, until Visible, neither deleted nor back
}

// newMessage is a message that was just sent and becomes visible after delay.
func (s *Service) newMessage(m Message, now time.Time, delay time.Duration) *message {
	s.seq++
	due := now.Add(delay)
	return &message{letter: letter{Message: m, ID: wire.UUID(), Seq: s.seq, Sent: now, Due: due}, state: state{Visible: due}}
}

// Size is what counts against a queue's maximum: the body, and of every
// attribute name, type and value ("Amazon SQS message quotas").
func (m Message) Size() int {
	n := len(m.Body)
	for name, a := range m.Attributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// md5Attributes is the digest of attributes, empty where there are none
// ("Calculating the MD5 message digest for message attributes", Amazon SQS
// Developer Guide): names in order; name, type and value each after its length;
// before the value 1 for a text, 2 for binary.
func md5Attributes(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var b []byte
	field := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		field(name)
		field(a.DataType)
		if a.isBinary() {
			b = append(b, 2)
			field(string(a.BinaryValue))
		} else {
			b = append(b, 1)
			field(a.StringValue)
		}
	}
	return md5Hex(string(b))
}

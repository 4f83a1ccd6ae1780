package sqs

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// A receipt handle names one receiving of one message: base64 of a check value,
// the number of receives and the message ID. The check value covers the queue,
// so that another queue's handle is malformed here. Nothing is kept for a
// handle, so it outlives a restart.

func (q *queue) handle(id string, receives int) string {
	b := binary.BigEndian.AppendUint32(make([]byte, 4, 8+len(id)), uint32(receives))
	b = append(b, id...)
	binary.BigEndian.PutUint32(b, q.check(b[4:]))
	return base64.StdEncoding.EncodeToString(b)
}

func (q *queue) check(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(q.key())), crc32.IEEETable, b)
}

// receipt is what a handle names.
type receipt struct {
	id       string
	receives int
}

func (q *queue) parseHandle(handle string) (receipt, error) {
	if handle == "" {
		return receipt{}, missing("ReceiptHandle")
	}
	b, err := base64.StdEncoding.DecodeString(handle)
	if err != nil || len(b) < 8 {
		return receipt{}, invalidHandle()
	}
	r := receipt{string(b[8:]), int(binary.BigEndian.Uint32(b[4:]))}
	if q.handle(r.id, r.receives) != handle {
		return receipt{}, invalidHandle()
	}
	return r, nil
}

// message is the message that r names, nil where it has gone or was received
// again since.
func (q *queue) message(r receipt) *message {
	m := q.messages[r.id]
	if m == nil || m.Receives != r.receives {
		return nil
	}
	return m
}

package audit

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Key is the name of an object of the log: when its first and its last request
// were taken by the queue, who wrote it, and that writer's number for it. Keys
// sort by their first request.
type Key struct {
	First, Last time.Time
	Writer      string // 8 to 32 of [a-z0-9], different for every process
	Seq         int    // from 1
}

// hourForm is the part of a key that is the hour of its first request.
const hourForm = "logs/2006/01/02/15/"

var keyPattern = regexp.MustCompile(`^(logs/\d{4}/\d\d/\d\d/\d\d/)(\d{13})-(\d{13})-([a-z0-9]{8,32})-(\d{8})\.txt$`)

// String is logs/YYYY/MM/DD/HH/FIRST-LAST-WRITER-SEQ.txt, in UTC and with times in
// milliseconds since 1970.
func (k Key) String() string {
	return fmt.Sprintf("%s%013d-%013d-%s-%08d.txt", k.First.UTC().Format(hourForm), k.First.UnixMilli(), k.Last.UnixMilli(), k.Writer, k.Seq)
}

// ParseKey reads a key of the log. It takes no other text than String gives.
func ParseKey(s string) (Key, error) {
	m := keyPattern.FindStringSubmatch(s)
	if m == nil {
		return Key{}, fmt.Errorf("%.120q is no key of the log", s)
	}
	var n [3]int64
	for i, text := range []string{m[2], m[3], m[5]} {
		var err error
		if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return Key{}, fmt.Errorf("key %s: %w", s, err)
		}
	}
	k := Key{First: time.UnixMilli(n[0]).UTC(), Last: time.UnixMilli(n[1]).UTC(), Writer: m[4], Seq: int(n[2])}
	if k.String() != s {
		return Key{}, fmt.Errorf("key %s: its hour is not that of its first request", s)
	}
	if k.Last.Before(k.First) {
		return Key{}, fmt.Errorf("key %s: its last request is before its first", s)
	}
	return k, nil
}

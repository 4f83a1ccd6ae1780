package sqs

import "testing"

const documentARN = "arn:aws:sqs:us-east-1:000000000000:q"

// Both documents about dead letters, and receipt handles: no input makes them
// panic, and what is taken means something.
func FuzzDocuments(f *testing.F) {
	q := new(Service).newQueue(address{"r", "q"}, record{}, settings{})
	f.Add(`{"deadLetterTargetArn":"`+documentARN+`","maxReceiveCount":"3"}`, q.handle("id", 1))
	f.Add(`{"redrivePermission":"byQueue","sourceQueueArns":["x"]}`, "AAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, doc, handle string) {
		if r, err := parseRedrive(doc); err == nil && (r.most < 1 || !IsARN(r.target)) {
			t.Errorf("%s is taken as %+v", doc, r)
		}
		if a, err := parseRedriveAllow(doc); err == nil && a.denyAll && a.allows(documentARN) {
			t.Errorf("%s allows", doc)
		}
		if r, err := q.parseHandle(handle); err == nil && q.handle(r.id, r.receives) != handle {
			t.Errorf("handle %s is read as %+v", handle, r)
		}
	})
}

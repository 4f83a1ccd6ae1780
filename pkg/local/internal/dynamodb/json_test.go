package dynamodb_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// sameJSON says whether two documents mean the same.
func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return reflect.DeepEqual(x, y)
}

// quoteAny is v as JSON with its members in order.
func quoteAny(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

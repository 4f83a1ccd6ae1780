package message

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/message/messagetest"
)

// memoryRequest is what each request in a message may cost besides.
const memoryRequest = 4 << 10

// allocated is how many bytes f allocates: the least of two runs, as other
// goroutines allocate too.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 2 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// checkMemory holds a message to times its bytes.
func checkMemory(t *testing.T, name string, body []byte, times int) {
	t.Helper()
	var in []Incoming
	got := allocated(func() {
		in = Parse("statline", body)
		for i := range in {
			in[i].Answer()
		}
	})
	if limit := uint64(times*min(len(body), MaxBody) + memoryRequest*len(in)); got > limit {
		t.Errorf("%s: %d bytes take %d, %.1f times as much; at most %d are allowed", name, len(body), got, float64(got)/float64(len(body)), limit)
	}
}

// TestMemoryOfRefusals: no short text, such as 1e999999999, stands for much.
func TestMemoryOfRefusals(t *testing.T) {
	for _, c := range messagetest.Cases() {
		checkMemory(t, c.Name, c.Body, memoryTimes)
	}
}

// TestMemoryOfRequests holds the largest sound requests to the same bound.
func TestMemoryOfRequests(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	ps := `"quantiles":[` + quantiles(MaxQuantiles) + `],"quantile_method":"R8",`
	tests := []struct {
		name, gap, more string
		number          func() string
	}{
		{"single digits", ",", "", func() string { return "1" }},
		{"integers", ",", ps, func() string { return fmt.Sprint(r.IntN(1_000_000)) }},
		{"integers of 64 bits", ",", "", func() string { return fmt.Sprint(int64(r.Uint64())) }},
		{"integers, spaced", " ,\n ", "", func() string { return fmt.Sprint(r.IntN(1_000_000)) }},
		{"money", ", ", "", func() string { return fmt.Sprintf("%d.%02d", r.IntN(10_000), r.IntN(100)) }},
		{"17 digits", ",", ps, func() string { return fmt.Sprint(r.Float64()) }},
		{"38 digits", ",", "", func() string { return fmt.Sprintf("%d%019d", 1+r.IntN(9), r.Uint64()>>1) }},
		{"1000 digits", ",", "", func() string { return fmt.Sprintf("%d%s7", 1+r.IntN(9), strings.Repeat("5", 998)) }},
		{"1000 digits and exponents", ",", ps, func() string {
			return fmt.Sprintf("%d.%s7e%d", 1+r.IntN(9), strings.Repeat("5", 998), r.IntN(2000)-1000)
		}},
		{"exponents", ",", ps, func() string { return fmt.Sprintf("%de%d", 1+r.IntN(9), r.IntN(2000)-1000) }},
		{"exponents at the ends", ",", "", func() string { return []string{"1e1000", "1e-1000"}[r.IntN(2)] }},
		{"exponents, short", ",", "", func() string { return []string{"1e99", "1"}[r.IntN(2)] }},
		{"zeros", ",", "", func() string { return []string{"0", "-0", "0.0", "0e9"}[r.IntN(4)] }},
	}
	for _, tt := range tests {
		checkMemory(t, tt.name, largest(tt.gap, tt.number, tt.more), memoryTimes)
	}
}

// TestMemoryOfMixedRequests: a list of short numbers costs most where one number
// makes all of them be held another way.
func TestMemoryOfMixedRequests(t *testing.T) {
	for _, last := range []string{"12345678901234567890", "1e18", "0.000000000000000001", "1e30", "1e-30", "1e1000", "1e-1000"} {
		for _, short := range []string{"1", "0", "12", "1.5", "1e9"} {
			checkMemory(t, short+" and "+last, largest(",", func() string { return short }, "", last), memoryTimes)
			next := last
			checkMemory(t, last+" and "+short, largest(",", func() string {
				number := next
				next = short
				return number
			}, ""), memoryTimes)
		}
	}
}

// TestMemoryOfKeys: a message may be all keys, of which each is another.
func TestMemoryOfKeys(t *testing.T) {
	body := []byte(`{"schema":"statline.request/v1","request_id":"r1","numbers":[1]`)
	for i := 0; len(body) < MaxBody-20; i++ {
		body = fmt.Appendf(body, `,"%x":1`, i)
	}
	checkMemory(t, "keys", append(body, '}'), memoryTimes)
}

// largest is a request of at most [MaxBody] bytes, with more members, that ends
// with the last numbers.
func largest(gap string, number func() string, more string, last ...string) []byte {
	body := []byte(`{"schema":"statline.request/v1","request_id":"r1",` + more + `"numbers":[` + number())
	for {
		next := gap + number()
		if len(body)+len(next) > MaxBody-len(strings.Join(last, ","))-4 {
			break
		}
		body = append(body, next...)
	}
	for _, number := range last {
		body = append(append(body, ','), number...)
	}
	return append(body, "]}"...)
}

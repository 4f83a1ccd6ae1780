package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/statline/statline/pkg/cloud"
	"github.com/statline/statline/pkg/local"
)

// times are about those that AWS takes to answer, in milliseconds, each a fifth more or
// less.
var times = map[string]float64{"sqs": 6, "sns": 15, "dynamodb": 5, "s3": 30}

// awslike is a hook that takes the times that AWS takes.
func awslike() local.Hook {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 1))
	return func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		mu.Lock()
		spread := 0.8 + 0.4*random.Float64()
		mu.Unlock()
		time.Sleep(time.Duration(times[c.Service] * spread * float64(time.Millisecond)))
		return next(), nil
	}
}

// TestBenchCost holds the system to what a request may cost at most: API calls, the
// clients' own included, and dollars per million, with the index of past results and
// without. Calls are counted, in virtual time: no machine is too slow for it. The bills
// of scripts/scale are made of what it measures.
func TestBenchCost(t *testing.T) {
	measured := readMeasured(t)
	for _, test := range []struct {
		about           string
		load            load
		calls, services float64 // per request; 0 for no bound
		indexed, bare   float64 // dollars
	}{
		{"saturated", load{Clients: 8, Requests: 1500}, 1.1, 0, 1.70, 1.05},
		{"1000 a second", load{Clients: 8, Requests: 2000, Rate: 1000}, 0, 0, 1.95, 1.30},
		{"500 a second from one process", load{Clients: 1, Requests: 1000, Rate: 500}, 1.5, 0, 0, 0},
		{"500 a second from 100 inboxes", load{Clients: 100, Requests: 1500, Rate: 500}, 3.3, 0, 0, 0},
		{"20 a second", load{Clients: 8, Requests: 300, Rate: 20}, 0, 3.6, 0, 0},
		{"1 a second", load{Clients: 1, Requests: 300, Rate: 1}, 11, 7, 9.0, 8.4},
		{"saturated, 20 lists in a message", load{Clients: 8, Requests: 4000, Pack: 20}, 0.45, 0, 1.45, 0.85},
	} {
		t.Run(test.about, func(t *testing.T) {
			test.load.Size, test.load.Kind = 25, "integers"
			r := benchmark(t, test.load, awslike())
			if r.Failed > 0 || r.Requests != test.load.Requests {
				t.Fatalf("%d of %d failed", r.Failed, r.Requests)
			}
			over := func(got, most float64) bool { return most > 0 && got > most }
			services := 0
			for _, n := range r.Calls["services"] {
				services += n
			}
			each := float64(services) / float64(r.Requests)
			if over(r.CallsPerRequest, test.calls) || over(each, test.services) {
				t.Errorf("%.3f calls a request, %.3f of them the services'; want at most %v, %v: %v", r.CallsPerRequest, each, test.calls, test.services, r.Calls)
			}
			bare := r.USD - indexWrites(t, r)
			if over(r.USD, test.indexed) || over(bare, test.bare) {
				t.Errorf("$%.3f a million, $%.3f without the index; want at most $%v, $%v: %v", r.USD, bare, test.indexed, test.bare, r.Bill)
			}
			measured.hold(t, test.about, unitsOf(r))
			t.Logf("%.3f calls a request, %.3f the services'; $%.2f a million, $%.2f without the index; p50 %.1f ms, p99 %.1f ms, %.0f/s",
				r.CallsPerRequest, each, r.USD, bare, r.Latency.P50, r.Latency.P99, r.PerSecond)
		})
	}
}

// indexWrites is what a million writes to the index cost: a half of all write units,
// for a row of up to 1 KB takes one in the table and one in the index.
func indexWrites(t *testing.T, r *report) float64 {
	t.Helper()
	for _, i := range r.Bill {
		if i.Unit == cloud.WriteUnit {
			if each := fmt.Sprintf("%.2f", i.UnitsPerRequest); each != "2.00" {
				t.Errorf("%s write units a request, want 2.00", each)
			}
			return i.USDPerMillion / 2
		}
	}
	t.Error("no writes in the bill")
	return 0
}

package sim

import (
	"crypto/rand"
	"encoding/binary"
	"hash/fnv"
	"io"
	mathrand "math/rand/v2"
	"runtime"
	"sync"
	"time"
	_ "unsafe" // for go:linkname

	smithyrand "github.com/aws/smithy-go/rand"
)

// random takes the place of crypto/rand's Reader. What it gives depends on the
// seed, the virtual time, and what code asks: goroutines that draw at the same
// moment for different ends, such as an ID and the pause before a retry, get the
// same whoever comes first.
type random struct {
	seed uint64

	mu    sync.Mutex
	now   time.Time
	drawn map[uint64]uint64          // how often, now, by who asks
	known map[[frames]uintptr]uint64 // who asks, by its stack
}

// frames is how much of a stack tells who asks.
const frames = 32

// sdkRandom is what the SDK draws its pauses before a retry from.
//
//go:linkname sdkRandom github.com/aws/aws-sdk-go-v2/internal/rand.Reader
var sdkRandom io.Reader

// randomly has all randomness come from a seed until it is told to stop.
func randomly(seed uint64) (stop func()) {
	var seeded io.Reader = &random{seed: seed, drawn: map[uint64]uint64{}, known: map[[frames]uintptr]uint64{}}
	var before []io.Reader
	readers := []*io.Reader{&rand.Reader, &smithyrand.Reader, &sdkRandom}
	for _, r := range readers {
		before = append(before, *r)
		*r = seeded
	}
	return func() {
		for i, r := range readers {
			*r = before[i]
		}
	}
}

func (r *random) Read(b []byte) (int, error) {
	var stack [frames]uintptr
	runtime.Callers(2, stack[:])
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now.Equal(r.now) {
		clear(r.drawn)
		r.now = now
	}
	asks, ok := r.known[stack]
	if !ok {
		asks = who(stack)
		r.known[stack] = asks
	}
	r.drawn[asks]++
	var key [32]byte
	for i, n := range []uint64{r.seed, uint64(now.UnixNano()), asks, r.drawn[asks]} {
		binary.LittleEndian.PutUint64(key[8*i:], n)
	}
	return io.ReadFull(mathrand.NewChaCha8(key), b)
}

// who tells from the names of the functions on a stack who asks: its addresses are
// other ones in every build.
func who(stack [frames]uintptr) uint64 {
	h := fnv.New64a()
	all := runtime.CallersFrames(stack[:])
	for {
		f, more := all.Next()
		io.WriteString(h, f.Function)
		if !more {
			return h.Sum64()
		}
	}
}

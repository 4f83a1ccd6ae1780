package main

import (
	"context"
	"sync"
)

// fixtures are what the cases share, because AWS takes long to make them. Each
// is made when a case first asks for it.
type fixtures struct {
	*bench
	table  func() (string, error)
	bucket func() (string, error)
}

func newFixtures(ctx context.Context, t *target) *fixtures {
	f := &fixtures{bench: newBench(ctx, t)}
	f.table = sync.OnceValues(f.createTable)
	f.bucket = sync.OnceValues(f.createBucket)
	return f
}

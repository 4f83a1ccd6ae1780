//go:build race

package stats

// garbage is how many allocations a summary may make: under the race detector a
// sync.Pool throws away some of what it is given.
const garbage = 16

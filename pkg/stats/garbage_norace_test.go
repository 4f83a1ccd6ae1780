//go:build !race

package stats

// garbage is how many allocations a summary may make.
const garbage = 0

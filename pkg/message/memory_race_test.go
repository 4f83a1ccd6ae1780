//go:build race

package message

// Under the race detector a sync.Pool throws away some of what it is given, so that
// memory is made anew which otherwise is used again.
const memoryTimes = 64

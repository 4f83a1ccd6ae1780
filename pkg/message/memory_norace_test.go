//go:build !race

package message

// What a message costs is bounded by its length, whatever it says: in memory by
// this many times its bytes.
const memoryTimes = 32

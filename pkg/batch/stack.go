package batch

// stack is a little more than an SDK call takes of its goroutine's stack.
const stack = 24 << 10

// stretch makes a new goroutine's stack large enough for an SDK call, at once. It
// would otherwise double several times on the call's way down and be copied each
// time, with all that is on it: some 8 % of all that a service takes for a request.
//
//go:noinline
func stretch() {
	var room [stack]byte
	touch(&room)
}

// touch keeps the compiler from leaving room out.
//
//go:noinline
func touch(room *[stack]byte) { room[0] = 1 }

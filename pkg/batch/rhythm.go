package batch

import "time"

// Rhythm tells from how things came how soon more will come. The zero Rhythm has
// seen nothing, and expects nothing.
type Rhythm struct {
	last time.Time     // when something came last
	gap  time.Duration // between two things, on average over the last few
	seen bool          // that anything ever came
}

// forgotten is a silence after which what was before says nothing any more.
const forgotten = time.Second

// Note says that n things have come now.
func (r *Rhythm) Note(n int) {
	now := time.Now()
	gap := now.Sub(r.last) / time.Duration(n)
	switch {
	case !r.seen || now.Sub(r.last) >= forgotten:
		r.gap, r.seen = forgotten, true
	default:
		r.gap += (gap - r.gap) / 5
	}
	r.last = now
}

// Wait is how long so many more things take to come, on average, but not longer
// than most. It is 0 where fewer than two are to be expected in that time, for
// which nobody should wait.
func (r *Rhythm) Wait(missing int, most time.Duration) time.Duration {
	if !r.seen || 2*r.gap > most {
		return 0
	}
	return min(most, r.gap*time.Duration(missing))
}

package sim

import "testing"

// smallest is a plan that fails like p with as few requests and faults as can be
// found: the requests are cut as long as it still fails; then halves, quarters and
// so on of the faults are taken out (Zeller and Hildebrandt, "Simplifying and
// isolating failure-inducing input", IEEE Transactions on Software Engineering,
// 2002).
func smallest(t *testing.T, p plan) plan {
	v := run(t, p)
	if len(v.wrong) == 0 {
		return p
	}
	for n := p.requests / 2; n > 0; n /= 2 {
		smaller := p
		smaller.requests = n
		if w := run(t, smaller); len(w.wrong) > 0 {
			p, v = smaller, w
		}
	}
	if p.forced != nil {
		return p
	}
	left := v.struck
	for size := len(left); size > 0; size /= 2 {
		for from := 0; from < len(left); {
			fewer := without(left, from, size)
			if len(run(t, p.leaving(fewer)).wrong) > 0 {
				left = fewer
				continue
			}
			from += size
		}
	}
	return p.leaving(left)
}

// leaving is the plan with only these faults.
func (p plan) leaving(faults []string) plan {
	p.only = map[string]bool{}
	for _, id := range faults {
		p.only[id] = true
	}
	return p
}

// without are the texts without n of them from an index on.
func without(texts []string, from, n int) []string {
	return append(texts[:from:from], texts[min(from+n, len(texts)):]...)
}

package sim

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/statline/statline/pkg/message"
	"github.com/statline/statline/pkg/stats"
	"github.com/statline/statline/pkg/stats/statstest"
)

// ask is one request of one of this project's clients, and how it is made.
type ask struct {
	id      string
	way     string // see ways
	trouble trouble
	lists   []list // one, or two under the same ID
	patience,
	deadline,
	after time.Duration

	done bool // its caller has what it wanted
}

// list is what is asked for.
type list struct {
	numbers, quantiles []string
	method             string
	figures            func() map[string]string // what it computes to, by the model's own arithmetic
}

func newList(numbers, quantiles []string, method string) list {
	return list{numbers, quantiles, method, sync.OnceValue(func() map[string]string {
		return statstest.Figures(numbers, cmp.Or(method, "R7"), quantiles)
	})}
}

// ways are the ways in which a caller asks.
var ways = []string{
	"do", "do", "do", "do", // publish and await
	"publish",   // await nothing
	"impatient", // give up, and read the table later
	"twice",     // ask the same again later
	"conflict",  // ask something else under the same ID
	"deadline",  // have no use for a late answer
}

// asks are the requests of one client.
func (w *world) asks(client string, n int, within time.Duration) []*ask {
	if w.dice.roll("burst") < 0.3 {
		within = time.Second
	}
	all := make([]*ask, n)
	for i := range all {
		id := fmt.Sprintf("%s-r%d", client, i)
		a := &ask{
			id: id, way: ways[w.dice.below("way "+id, len(ways))], lists: []list{w.list(id)},
			patience: w.dice.between("patience "+id, 200*time.Millisecond, 20*time.Second),
			after:    w.dice.between("after "+id, 0, 2*within*callers/time.Duration(n)),
		}
		switch a.way {
		case "conflict":
			a.lists = append(a.lists, newList(append([]string{"1"}, a.lists[0].numbers...), nil, ""))
		case "deadline":
			a.deadline = w.dice.between("deadline "+id, time.Second, 2*time.Minute)
		}
		if w.plan.forced != nil {
			a = &ask{id: id, way: "do", lists: a.lists, after: soon(i), trouble: w.plan.trouble}
		}
		all[i] = a
	}
	return all
}

// burdened gives some requests trouble of their own.
func (w *world) burdened(all []*ask) {
	if w.plan.forced != nil {
		return
	}
	if w.slowWork = w.comes("slow-work", 0.35); w.slowWork {
		all[w.dice.below("slow", len(all))].trouble = slow
	}
	if w.comes("doomed", 0.15) {
		a := all[w.dice.below("doomed", len(all))]
		a.way, a.lists, a.trouble = "do", a.lists[:1], doomed
	}
}

// list is a list of some kind: small integers, money, more digits than a double
// has, magnitudes beyond a double, ties.
func (w *world) list(id string) list {
	digit := func(n int) int { return w.dice.below("digit "+id, n) }
	var numbers, quantiles []string
	kind := digit(6)
	for range 1 + digit(9) {
		n := strconv.Itoa(digit(2000) - 1000)
		switch kind {
		case 1:
			n += fmt.Sprintf(".%02d", digit(100))
		case 2:
			n = fmt.Sprintf("%d%07d%07d", 1+digit(999), digit(1e7), digit(1e7))
		case 3:
			n += fmt.Sprintf("e%d", digit(640)-320)
		case 4:
			n = strconv.Itoa(digit(3))
		case 5:
			n += fmt.Sprintf(".%07d%07d", digit(1e7), digit(1e7))
		}
		numbers = append(numbers, n)
	}
	if digit(4) == 0 {
		quantiles = []string{"0.9", "0.5"}
	}
	method := ""
	if digit(4) == 0 {
		method = fmt.Sprintf("R%d", 1+digit(9))
	}
	return newList(numbers, quantiles, method)
}

// request is the request for one of the lists, as the production code has it.
func (a *ask) request(of int) message.Request {
	l := a.lists[of]
	q := message.Request{ID: a.id, Numbers: parse(l.numbers), Method: stats.Method(l.method)}
	if l.quantiles != nil {
		q.Quantiles = parse(l.quantiles)
	}
	if a.deadline > 0 {
		q.Deadline = time.Now().Add(a.deadline)
	}
	return q
}

func parse(tokens []string) *stats.List {
	l, err := stats.ParseText([]byte(strings.Join(tokens, " ")))
	if err != nil {
		panic(fmt.Sprintf("laboratory: list %v: %v", tokens, err))
	}
	return l
}

// given are the figures of an answer in the form of the model.
func given(s *stats.Summary) map[string]string {
	if s == nil {
		return nil
	}
	got := map[string]string{
		"count": strconv.Itoa(s.Count), "sum": string(s.Sum), "min": string(s.Min), "max": string(s.Max),
		"mean": string(s.Mean), "median": string(s.Median), "method": string(s.Method),
		"q1": string(s.Q1), "q3": string(s.Q3), "variance": string(s.Variance), "stddev": string(s.StdDev),
	}
	for _, q := range s.Quantiles {
		got["p"+string(q.P)] = string(q.Value)
	}
	return got
}

// Command scale prints, as Markdown, what a stack costs in a month and which quotas
// bind at one, a thousand and a hundred thousand requests a second: terraform/scale.md.
// It computes that from what the tests of scripts/statline measure, the prices of
// pkg/cloud and what AWS documents.
//
//	go run ./scripts/scale >terraform/scale.md
package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/statline/statline/pkg/cloud"
)

func main() {
	m, err := readMeasured()
	if err == nil {
		_, err = io.Copy(os.Stdout, document(m))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// document is the whole of terraform/scale.md.
func document(m measured) *bytes.Buffer {
	b := &bytes.Buffer{}
	p := func(format string, args ...any) { fmt.Fprintf(b, format, args...) }
	p(head, m.Bytes.Request, m.Bytes.Row, m.Bytes.Index, m.Bytes.Entry, cpu*1e6)
	p("## A month, in US dollars\n\n")
	writeBill(b, "`lambda`", bill(m, true))
	writeBill(b, "`fargate`", bill(m, false))
	p(afterBill)

	p("## Quotas\n\nWhat is needed; **bold** is more than there is by default.\n\n| quota | there is | 1 | 1,000 | 100,000 | what to do | AWS's page |\n|---|---|---|---|---|---|---|\n")
	for _, q := range quotas {
		p("| %s | %s |", q.about, q.limits())
		binds := false
		for _, s := range scenarios {
			mark := ""
			if q.binds(s, m) {
				mark, binds = "**", true
			}
			p(" %s%s%s |", mark, whole(upTo(q.need(s, m))), mark)
		}
		do := q.raise
		if !binds {
			do = ""
		}
		p(" %s | %s |\n", do, quoted(q.page))
	}

	p("\nHow many lists a message must carry (`--pack`) so that SNS takes them, by region:\n\n| messages a second | regions | 1 | 1,000 | 100,000 |\n|---|---|---|---|---|\n")
	for _, r := range publishing {
		p("| %s | %s |", whole(r.limit), r.regions)
		for _, s := range scenarios {
			p(" %s |", packing(s.rate, r.limit, m))
		}
		p("\n")
	}

	p("\n## Prices\n\nIn %s, %s, for the first units of a month; who uses much pays less. They are those of AWS's pages as others quote them; ° is from memory.\n\n| | $ | AWS's page |\n|---|---|---|\n", cloud.PricesRegion, cloud.PricesDate)
	for _, c := range cloud.Prices {
		if c.Unit != cloud.Free {
			p("| a million %s | %s | %s |\n", c.Unit, number(c.Million), quoted(c.Source))
		}
	}
	for _, o := range others {
		mark := "°"
		if o.known {
			mark = ""
		}
		p("| a %s | %s%s | %s |\n", o.unit, number(o.dollars), mark, quoted(o.page))
	}
	return b
}

func quoted(page string) string {
	if page == "" {
		return ""
	}
	return `"` + page + `"`
}

// writeBill writes a bill with its sums.
func writeBill(w io.Writer, title string, lines []line) {
	fmt.Fprintf(w, "| %s | 1 a second | 1,000 a second | 100,000 a second, 20 in a message, no index |\n|---|---|---|---|\n", title)
	sums := make([]float64, len(scenarios))
	row := func(about, mark string, dollars []float64) {
		fmt.Fprintf(w, "| %s |", about)
		for _, d := range dollars {
			fmt.Fprintf(w, " %s%s%s |", mark, money(d), mark)
		}
		fmt.Fprintln(w)
	}
	for _, l := range lines {
		if l.aside {
			continue
		}
		row(l.about, "", l.dollars)
		for i, d := range l.dollars {
			sums[i] += d
		}
	}
	row("**all**", "**", sums)
	each := make([]float64, len(sums))
	for i, s := range scenarios {
		each[i] = sums[i] / s.month() * 1e6
	}
	row("for a million requests", "", each)
	for _, l := range lines {
		if l.aside {
			row(l.about, "", l.dollars)
		}
	}
	fmt.Fprintln(w)
}

// money is an amount to the cent, or to the dollar where that is many.
func money(d float64) string {
	if math.Abs(d) < 100 {
		return strings.Replace(fmt.Sprintf("%.2f", d), "-", "−", 1)
	}
	return whole(d)
}

// whole is a number without a fraction, in groups of three digits; less than one is
// said with two digits.
func whole(f float64) string {
	if f > 0 && f < 0.995 {
		return fmt.Sprintf("%.2g", f)
	}
	digits := fmt.Sprintf("%.0f", math.Abs(f))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if f < 0 {
		return "−" + digits
	}
	return digits
}

// upTo is a need, of which a part takes a whole one.
func upTo(f float64) float64 {
	if f < 1 {
		return f
	}
	return math.Ceil(f)
}

// number is a price in as many digits as it has.
func number(f float64) string {
	text := strings.TrimRight(fmt.Sprintf("%.10f", f), "0")
	return strings.TrimSuffix(text, ".")
}

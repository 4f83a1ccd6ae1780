// Gonum prints a figure of the numbers on standard input, one a line, as the
// functions of gonum compute it: mean, sum, min, max, median or stddev.
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

var figures = map[string]func([]float64) float64{
	"mean":   func(x []float64) float64 { return stat.Mean(x, nil) },
	"sum":    floats.Sum,
	"min":    floats.Min,
	"max":    floats.Max,
	"stddev": func(x []float64) float64 { return stat.StdDev(x, nil) },
	"median": func(x []float64) float64 {
		slices.Sort(x)
		return stat.Quantile(0.5, stat.LinInterp, x, nil)
	},
	"variance": func(x []float64) float64 { return stat.Variance(x, nil) },
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gonum:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 || figures[args[0]] == nil {
		return fmt.Errorf("the arguments %q are not one figure", args)
	}
	var x []float64
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		v, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return err
		}
		x = append(x, v)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	fmt.Println(figures[args[0]](x))
	return nil
}

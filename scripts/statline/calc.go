package main

import (
	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/message"
)

func (a *app) calcCommand() *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:   "calc [NUMBER...]",
		Short: "Compute the same statistics here, without the pipeline",
		Long: `Compute the statistics of a list here, without the pipeline, by the code that the
service computes them with.

` + listHelp,
		Example: "  statline calc 0.1 0.2 0.3",
		RunE: func(_ *cobra.Command, args []string) error {
			q, err := in.request(a, args)
			if err != nil {
				return err
			}
			result, err := message.Compute(q)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			switch a.format {
			case "json", "jsonl":
				return writeJSON(a.out, result)
			case "csv":
				return a.replies(false).writeCSV(message.Reply{Status: message.StatusOK, Result: result})
			default:
				return writeLines(a.out, summaryLines(result))
			}
		},
	}
	in.flags(cmd)
	return cmd
}

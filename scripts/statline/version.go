package main

import (
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/statline/statline/pkg/cloud"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, and what it was built from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.writeBuild(cloud.ThisBuild()) },
	}
}

func (a *app) writeBuild(b cloud.Build) error {
	switch a.format {
	case "json", "jsonl":
		return writeJSON(a.out, b)
	case "csv":
		w := csv.NewWriter(a.out)
		w.Write([]string{"version", "commit", "committed_at", "modified", "go", "platform"})
		w.Write([]string{b.Version, b.Commit, b.CommittedAt, strconv.FormatBool(b.Modified), b.Go, b.Platform})
		w.Flush()
		return w.Error()
	}
	_, err := fmt.Fprint(a.out, buildText(b))
	return err
}

// buildText is the version, that of Go and the platform, and in a line of its own the
// commit, where the program was built in a clone of the repository.
func buildText(b cloud.Build) string {
	text := fmt.Sprintf("statline %s %s %s\n", b.Version, b.Go, b.Platform)
	if b.Commit == "" {
		return text
	}
	text += "commit " + b.Commit
	if b.CommittedAt != "" {
		text += " of " + b.CommittedAt
	}
	if b.Modified {
		text += ", with changes"
	}
	return text + "\n"
}

// version is the version of this program.
func version() string { return cloud.ThisBuild().Version }

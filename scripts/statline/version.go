package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, and what it was built from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprint(a.out, buildData(info))
			return err
		},
	}
}

// buildData is the version, that of Go and the platform, and in a line of its own the
// commit, where the program was built in a clone of the repository. Info may be nil.
func buildData(info *debug.BuildInfo) string {
	text := fmt.Sprintf("statline %s %s %s/%s\n", versionOf(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	revision := setting(info, "vcs.revision")
	if revision == "" {
		return text
	}
	text += "commit " + revision
	if at := setting(info, "vcs.time"); at != "" {
		text += " of " + at
	}
	if setting(info, "vcs.modified") == "true" {
		text += ", with changes"
	}
	return text + "\n"
}

// version is the version of this program.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf is the version of the module, or of the commit it was built from.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision := setting(info, "vcs.revision")
	if revision == "" {
		return "development"
	}
	version := revision[:min(12, len(revision))]
	if setting(info, "vcs.modified") == "true" {
		version += "+changes"
	}
	return version
}

// setting is a setting of a build, or "".
func setting(info *debug.BuildInfo, key string) string {
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

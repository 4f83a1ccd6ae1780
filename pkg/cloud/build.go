package cloud

import (
	"log/slog"
	"runtime"
	"runtime/debug"
)

// Build is what a program was built from, as far as it says.
type Build struct {
	// Version is that of the module or, where it has none, the first digits of the
	// commit; "development" where there is neither.
	Version string `json:"version"`
	// Commit is the commit of the repository that the program was built in, and
	// CommittedAt its time in RFC 3339. Both are empty for a build without a repository,
	// as those of the zips for Lambda are.
	Commit      string `json:"commit,omitempty"`
	CommittedAt string `json:"committed_at,omitempty"`
	Modified    bool   `json:"modified"` // there were changes that are in no commit
	Go          string `json:"go"`
	Platform    string `json:"platform"` // operating system and processor
}

// ThisBuild is what this program was built from.
func ThisBuild() Build {
	info, _ := debug.ReadBuildInfo()
	return BuildOf(info)
}

// BuildOf reads what a program says of its build, which may be nil.
func BuildOf(info *debug.BuildInfo) Build {
	b := Build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.CommittedAt = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	b.Version = info.Main.Version
	if b.Version != "" && b.Version != "(devel)" {
		return b
	}
	b.Version = "development"
	if b.Commit != "" {
		b.Version = b.Commit[:min(12, len(b.Commit))]
		if b.Modified {
			b.Version += "+changes"
		}
	}
	return b
}

// LogValue is b as a group of a line of a log.
func (b Build) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("version", b.Version)}
	if b.Commit != "" {
		attrs = append(attrs, slog.String("commit", b.Commit), slog.String("committed_at", b.CommittedAt), slog.Bool("modified", b.Modified))
	}
	return slog.GroupValue(append(attrs, slog.String("go", b.Go), slog.String("platform", b.Platform))...)
}

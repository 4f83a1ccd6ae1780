package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/statline/statline/pkg/cloud"
)

// TestBuildData: a build says what it is a build of, as far as that is known.
func TestBuildData(t *testing.T) {
	platform := " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: version}}
		for _, s := range settings {
			key, value, _ := strings.Cut(s, "=")
			info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
		}
		return info
	}
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "statline unknown" + platform},
		{build("(devel)"), "statline development" + platform},
		{build("(devel)", "vcs.revision=0123456789abcdef"), "statline 0123456789ab" + platform + "commit 0123456789abcdef\n"},
		{build("v1.2.3"), "statline v1.2.3" + platform},
		{
			build("v1.2.3", "vcs=git", "vcs.revision=0123abc", "vcs.time=2026-11-23T04:15:02Z", "vcs.modified=false"),
			"statline v1.2.3" + platform + "commit 0123abc of 2026-11-23T04:15:02Z\n",
		},
		{build("(devel)", "vcs.revision=0123abc", "vcs.modified=true"), "statline 0123abc+changes" + platform + "commit 0123abc, with changes\n"},
	} {
		if got := buildText(cloud.BuildOf(test.info)); got != test.want {
			t.Errorf("%+v: %q, want %q", test.info, got, test.want)
		}
	}
}

// TestVersionFormats: the same in every format.
func TestVersionFormats(t *testing.T) {
	c := newCLI(t)
	var b cloud.Build
	if err := json.Unmarshal([]byte(c.ok("version", "-o", "json")), &b); err != nil || b != cloud.ThisBuild() || b.Go != runtime.Version() {
		t.Errorf("%+v, %v", b, err)
	}
	if out := c.ok("version", "-o", "csv"); !strings.HasPrefix(out, "version,commit,committed_at,modified,go,platform\n"+b.Version+",") {
		t.Errorf("%s", out)
	}
	if out := c.ok("version"); !strings.HasPrefix(out, "statline "+b.Version+" "+b.Go+" ") {
		t.Errorf("%s", out)
	}
}

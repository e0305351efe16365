package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd prints what was built from what.
type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, version())
	return err
}

// version is the module's version and the commit, as the build knows them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "sealpost (unknown build)"
	}
	v := "sealpost " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v + " " + info.GoVersion
}

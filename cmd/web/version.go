package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd prints what was built from what.
type versionCmd struct {
	SBOM bool `name:"sbom" help:"Print the bill of materials as CycloneDX JSON."`
}

// Run implements the command.
func (v versionCmd) Run(std streams) error {
	if v.SBOM {
		return writeBOM(std.out)
	}
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

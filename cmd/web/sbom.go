package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// bom is a bill of materials in the form of CycloneDX 1.6: what this binary
// was built of, as the build itself has noted.
type bom struct {
	Format       string         `json:"bomFormat"`
	Spec         string         `json:"specVersion"`
	Version      int            `json:"version"`
	Metadata     bomMetadata    `json:"metadata"`
	Components   []bomComponent `json:"components"`
	Dependencies []bomDepends   `json:"dependencies"`
}

type bomMetadata struct {
	Component  bomComponent  `json:"component"`
	Properties []bomProperty `json:"properties"`
}

type bomComponent struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type bomDepends struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// writeBOM writes the bill of materials of this binary.
func writeBOM(out io.Writer) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this build does not say what it was built of")
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(bomOf(info))
}

// bomOf has no time and no random number in it: the same build has the same.
func bomOf(info *debug.BuildInfo) bom {
	main := bomModule(&info.Main)
	main.Type = "application"
	b := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: bomMetadata{Component: main, Properties: bomSettings(info)}}
	b.Components = append(b.Components, bomComponent{
		Type: "library", Ref: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"), Name: "std", Version: info.GoVersion,
		PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"),
	})
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.Components = append(b.Components, bomModule(m))
	}
	on := []string{}
	for _, c := range b.Components {
		on = append(on, c.Ref)
	}
	b.Dependencies = []bomDepends{{Ref: main.Ref, On: on}}
	return b
}

func bomModule(m *debug.Module) bomComponent {
	// A package URL has its name in lower case and its version escaped: a "+" in
	// it would begin something else.
	purl := "pkg:golang/" + strings.ToLower(m.Path) + "@" + url.QueryEscape(m.Version)
	return bomComponent{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
}

// bomSettings are the settings of the build that change what it does.
func bomSettings(info *debug.BuildInfo) []bomProperty {
	properties := []bomProperty{{Name: "sealpost:go", Value: info.GoVersion}}
	for _, s := range info.Settings {
		if slices.Contains([]string{"CGO_ENABLED", "GOARCH", "GOOS", "-trimpath", "-ldflags", "-tags", "vcs.revision", "vcs.modified"}, s.Key) {
			properties = append(properties, bomProperty{Name: "sealpost:build:" + s.Key, Value: s.Value})
		}
	}
	return properties
}

package main

import (
	"encoding/json"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	b := bomOf(&debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: "github.com/sealpost/sealpost", Version: "v1.0.0"},
		Deps: []*debug.Module{
			{Path: "github.com/miekg/dns", Version: "v1.1.73"},
			{Path: "example.com/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/new", Version: "v2.0.0"}},
		},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "CGO_CFLAGS", Value: "-I/home/somebody"}},
	})
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"bomFormat":"CycloneDX","specVersion":"1.6"`, `"type":"application","bom-ref":"pkg:golang/github.com/sealpost/sealpost@v1.0.0"`,
		`"purl":"pkg:golang/std@1.26.8"`, `"purl":"pkg:golang/github.com/miekg/dns@v1.1.73"`, `"purl":"pkg:golang/example.com/new@v2.0.0"`,
		`{"name":"sealpost:build:vcs.revision","value":"abc"}`,
		`"dependsOn":["pkg:golang/std@1.26.8","pkg:golang/github.com/miekg/dns@v1.1.73","pkg:golang/example.com/new@v2.0.0"]`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if strings.Contains(string(text), "somebody") {
		t.Error("a path of the builder's machine is in it")
	}
}

func TestVersionPrintsTheBillOfMaterials(t *testing.T) {
	t.Parallel()
	r := (command{args: []string{"version", "--sbom"}}).run(t)
	var b bom
	reader := json.NewDecoder(strings.NewReader(r.out))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&b); err != nil || r.code != 0 || len(b.Components) < 20 {
		t.Errorf("exit %d, %d components, %v", r.code, len(b.Components), err)
	}
	checkBOM(t, b)
}

// checkBOM holds a bill of materials against what CycloneDX 1.6 demands of the
// fields that ours has, and package URLs against their grammar.
func checkBOM(t *testing.T, b bom) {
	t.Helper()
	if b.Format != "CycloneDX" || b.Spec != "1.6" || b.Version < 1 || b.Metadata.Component.Type != "application" {
		t.Errorf("it begins with %q %q %d %q", b.Format, b.Spec, b.Version, b.Metadata.Component.Type)
	}
	purl := regexp.MustCompile(`^pkg:golang/[a-z0-9.\-_~/%]+@[A-Za-z0-9.\-_~%]+$`)
	known := map[string]bool{}
	for _, c := range append([]bomComponent{b.Metadata.Component}, b.Components...) {
		if c.Type == "" || c.Name == "" || c.Version == "" || c.Ref == "" || known[c.Ref] || !purl.MatchString(c.PURL) {
			t.Errorf("a component is %+v", c)
		}
		known[c.Ref] = true
	}
	for _, d := range b.Dependencies {
		for _, ref := range append([]string{d.Ref}, d.On...) {
			if !known[ref] {
				t.Errorf("%s is no component", ref)
			}
		}
		if slices.Sort(d.On); len(slices.Compact(slices.Clone(d.On))) != len(d.On) {
			t.Errorf("%s depends on something twice", d.Ref)
		}
	}
	for _, p := range b.Metadata.Properties {
		if p.Name == "" {
			t.Errorf("a property has no name: %q", p.Value)
		}
	}
}

func TestPackageURLsAreEscaped(t *testing.T) {
	t.Parallel()
	for module, want := range map[debug.Module]string{
		{Path: "github.com/PuerkitoBio/goquery", Version: "v1.13.0"}:                                "pkg:golang/github.com/puerkitobio/goquery@v1.13.0",
		{Path: "example.com/a", Version: "v3.0.0+incompatible"}:                                     "pkg:golang/example.com/a@v3.0.0%2Bincompatible",
		{Path: "github.com/sealpost/sealpost", Version: "(devel)"}:                                  "pkg:golang/github.com/sealpost/sealpost@%28devel%29",
		{Path: "github.com/sealpost/sealpost", Version: "v0.0.0-20260101000000-abcdefabcdef+dirty"}: "pkg:golang/github.com/sealpost/sealpost@v0.0.0-20260101000000-abcdefabcdef%2Bdirty",
	} {
		if got := bomModule(&module).PURL; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

package main

import (
	"encoding/json"
	"runtime/debug"
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
	if err := json.Unmarshal([]byte(r.out), &b); err != nil || r.code != 0 || len(b.Components) < 20 {
		t.Errorf("exit %d, %d components, %v", r.code, len(b.Components), err)
	}
}

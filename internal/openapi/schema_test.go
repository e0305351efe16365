package openapi

import (
	"encoding/json"
	"reflect"
	"testing"
)

type stamp string

type leaf struct {
	N int64 `json:"n" enum:"7 30"`
}

type tree struct {
	Word  string   `json:"word" enum:"one,not applicable" doc:"A word."`
	Words []string `json:"words" enum:"a b"`
	At    *stamp   `json:"at"`
	Leaf  *leaf    `json:"leaf,omitempty"`
	Tree  []tree   `json:"trees"`
	Yes   bool     `json:"yes"`
	ID    string   `json:"id" format:"uuid"`
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	s := &Schemas{
		Name: func(t reflect.Type) string { return t.Name() }, Components: Object{},
		Formats: map[reflect.Type]string{reflect.TypeFor[stamp](): "date-time"},
	}
	if got := s.Of(tree{}); got["$ref"] != "#/components/schemas/tree" {
		t.Errorf("%v", got)
	}
	text, err := json.Marshal(s.Components)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"leaf":{"additionalProperties":false,"properties":{"n":{"enum":[7,30],"format":"int64","type":"integer"}},"required":["n"],"type":"object"},` +
		`"tree":{"additionalProperties":false,"properties":{` +
		`"at":{"format":"date-time","type":["string","null"]},` +
		`"id":{"format":"uuid","type":"string"},` +
		`"leaf":{"anyOf":[{"$ref":"#/components/schemas/leaf"},{"type":"null"}]},` +
		`"trees":{"items":{"$ref":"#/components/schemas/tree"},"type":"array"},` +
		`"word":{"description":"A word.","enum":["one","not applicable"],"type":"string"},` +
		`"words":{"items":{"enum":["a","b"],"type":"string"},"type":"array"},` +
		`"yes":{"type":"boolean"}},` +
		`"required":["word","words","at","trees","yes","id"],"type":"object"}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

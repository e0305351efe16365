// Package openapi describes an HTTP API in OpenAPI 3.1: JSON Schemas of Go
// types, and the document around them. It is pure, and knows nothing of ours.
package openapi

import (
	"reflect"
	"strconv"
	"strings"
)

// Object is a JSON object.
type Object map[string]any

// Schemas are the schemas of the struct types that a document names.
type Schemas struct {
	// Name gives the name of a type in the document.
	Name func(reflect.Type) string
	// Formats gives the format of string types that have one.
	Formats map[reflect.Type]string
	// Components are the schemas by their names.
	Components Object
}

// Of is the schema of the type of v: a reference where it is a struct. Fields
// are as encoding/json writes them; the tags doc, format and enum say more of
// them. The words of an enum are separated by commas, or else by blanks.
func (s *Schemas) Of(v any) Object { return s.of(reflect.TypeOf(v)) }

func (s *Schemas) of(t reflect.Type) Object {
	if format, ok := s.Formats[t]; ok {
		return Object{"type": "string", "format": format}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem()))
	case reflect.Struct:
		return s.reference(t)
	case reflect.Slice:
		return Object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Bool:
		return Object{"type": "boolean"}
	case reflect.String:
		return Object{"type": "string"}
	default:
		return Object{"type": "integer", "format": "int64"}
	}
}

func nullable(schema Object) Object {
	if kind, ok := schema["type"].(string); ok {
		schema["type"] = []string{kind, "null"}
		return schema
	}
	return Object{"anyOf": []Object{schema, {"type": "null"}}}
}

func (s *Schemas) reference(t reflect.Type) Object {
	name := s.Name(t)
	if _, done := s.Components[name]; !done {
		s.Components[name] = Object{} // ends a cycle
		s.Components[name] = s.object(t)
	}
	return Object{"$ref": "#/components/schemas/" + name}
}

func (s *Schemas) object(t reflect.Type) Object {
	properties, required := Object{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = s.property(field)
		if options == "" {
			required = append(required, name)
		}
	}
	return Object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (s *Schemas) property(field reflect.StructField) Object {
	schema := s.of(field.Type)
	if doc := field.Tag.Get("doc"); doc != "" {
		schema["description"] = doc
	}
	if format := field.Tag.Get("format"); format != "" {
		schema["format"] = format
	}
	if enum := field.Tag.Get("enum"); enum != "" {
		within := schema
		if items, ok := schema["items"].(Object); ok {
			within = items
		}
		within["enum"] = words(enum, within["type"] == "integer")
	}
	return schema
}

func words(enum string, numbers bool) []any {
	separator := " "
	if strings.Contains(enum, ",") {
		separator = ","
	}
	var list []any
	for word := range strings.SplitSeq(enum, separator) {
		if n, err := strconv.Atoi(word); numbers && err == nil {
			list = append(list, n)
			continue
		}
		list = append(list, word)
	}
	return list
}

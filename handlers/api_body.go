package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// readJSON reads the body of a call into a struct. Each field has to stand
// there by its exact name and once, and nothing else may: a field that is not
// known is a mistake of the caller, who would think that it was taken.
func readJSON(raw []byte, into any) error {
	fields, sentence := splitObject(raw)
	if sentence != "" {
		return refuseCall(http.StatusBadRequest, problemBody, sentence)
	}
	v := reflect.ValueOf(into).Elem()
	known := map[string]reflect.Value{}
	var names []string
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		known[name] = v.Field(i)
		if _, given := fields[name]; !given && options == "" {
			return refuseCall(http.StatusBadRequest, problemBody, "The field "+quoted(name)+" is missing.")
		}
	}
	for name, value := range fields {
		field, ok := known[name]
		if !ok {
			return refuseCall(http.StatusBadRequest, problemBody, "The field "+quoted(name)+" is not known here"+knownNames(names)+".")
		}
		if err := json.Unmarshal(value, field.Addr().Interface()); err != nil || string(value) == "null" {
			return refuseCall(http.StatusBadRequest, problemBody, "The field "+quoted(name)+" must be "+kindWord(field.Type())+".")
		}
	}
	return nil
}

// splitObject takes the one object of a JSON text apart, or says what is wrong.
func splitObject(raw []byte) (fields map[string]json.RawMessage, sentence string) {
	const noJSON, noObject = "The body is not JSON.", "The body must be one JSON object."
	if !utf8.Valid(raw) {
		return nil, "The body is not UTF-8."
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	token, err := d.Token()
	if err != nil {
		return nil, noJSON
	}
	if token != json.Delim('{') {
		return nil, noObject
	}
	fields = map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, noJSON
		}
		if _, twice := fields[name]; twice {
			return nil, "The field " + quoted(name) + " is given twice."
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, noJSON
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, noJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, noObject
	}
	return fields, ""
}

func kindWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of texts"
	default:
		return "a whole number"
	}
}

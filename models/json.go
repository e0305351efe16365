package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSONList is a short list that is only ever read and written whole, stored
// as a JSON array in a text column. nil is stored as [].
type JSONList[T any] []T

// Value implements driver.Valuer.
func (l JSONList[T]) Value() (driver.Value, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]T(l))
	return string(b), err
}

// Scan implements sql.Scanner.
func (l *JSONList[T]) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return json.Unmarshal([]byte(v), (*[]T)(l))
	case []byte:
		return json.Unmarshal(v, (*[]T)(l))
	default:
		return fmt.Errorf("a JSON list cannot be read from %T", src)
	}
}

// GormDataType names the column type that gorm would make.
func (JSONList[T]) GormDataType() string { return "text" }

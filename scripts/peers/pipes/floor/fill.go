package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var attributeValue = reflect.TypeFor[types.AttributeValue]()

// fill sets v, a value of a type of the SDK's, to what a JSON document says.
func fill(v reflect.Value, doc any) error {
	if v.Type() == attributeValue {
		return fillAttribute(v, doc)
	}
	switch d := doc.(type) {
	case map[string]any:
		return fillMembers(v, d)
	case []any:
		return fillElements(v, d)
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), doc)
	}
	switch d := doc.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(d)
			return nil
		}
		if v.Type() == reflect.TypeFor[[]byte]() {
			b, err := base64.StdEncoding.DecodeString(d)
			v.SetBytes(b)
			return err
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(d)
			return nil
		}
	case json.Number:
		if n, err := d.Int64(); err == nil && v.CanInt() {
			v.SetInt(n)
			return nil
		}
	}
	return fmt.Errorf("%v does not fit into %s", doc, v.Type())
}

func fillMembers(v reflect.Value, members map[string]any) error {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillMembers(v.Elem(), members)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for name, doc := range members {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := fill(e, doc); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
		}
		return nil
	case reflect.Struct:
		for name, doc := range members {
			f := v.FieldByName(name)
			if !f.IsValid() {
				return fmt.Errorf("%s has no field %s", v.Type(), name)
			}
			if err := fill(f, doc); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	return fmt.Errorf("an object does not fit into %s", v.Type())
}

func fillElements(v reflect.Value, elements []any) error {
	if v.Kind() != reflect.Slice {
		return fmt.Errorf("an array does not fit into %s", v.Type())
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, doc := range elements {
		if err := fill(v.Index(i), doc); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

// members are the types of attributes by their names on the wire.
var members = map[string]func() types.AttributeValue{
	"S":    func() types.AttributeValue { return new(types.AttributeValueMemberS) },
	"N":    func() types.AttributeValue { return new(types.AttributeValueMemberN) },
	"B":    func() types.AttributeValue { return new(types.AttributeValueMemberB) },
	"SS":   func() types.AttributeValue { return new(types.AttributeValueMemberSS) },
	"NS":   func() types.AttributeValue { return new(types.AttributeValueMemberNS) },
	"BS":   func() types.AttributeValue { return new(types.AttributeValueMemberBS) },
	"L":    func() types.AttributeValue { return new(types.AttributeValueMemberL) },
	"M":    func() types.AttributeValue { return new(types.AttributeValueMemberM) },
	"BOOL": func() types.AttributeValue { return new(types.AttributeValueMemberBOOL) },
	"NULL": func() types.AttributeValue { return new(types.AttributeValueMemberNULL) },
}

func fillAttribute(v reflect.Value, doc any) error {
	object, ok := doc.(map[string]any)
	if !ok || len(object) != 1 {
		return fmt.Errorf("%v is no attribute", doc)
	}
	for name, value := range object {
		member, ok := members[name]
		if !ok {
			return fmt.Errorf("no attribute is of the type %s", name)
		}
		m := reflect.ValueOf(member())
		if err := fill(m.Elem().FieldByName("Value"), value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v.Set(m)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lastFile is where the ID of the last request to a stack is kept.
func (a *app) lastFile(s *session) string {
	place := strings.Join([]string{s.Account, s.Region, s.Stack.Stack}, "-")
	return filepath.Join(a.data, "last", place)
}

// remember notes the ID of a request, before it is sent, for `get last`.
func (a *app) remember(s *session, id string) error {
	if err := makeData(a.data); err != nil {
		return err
	}
	file := a.lastFile(s)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("remember request %s: %w", id, err)
	}
	if err := os.WriteFile(file, []byte(id+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember request %s: %w", id, err)
	}
	return nil
}

// last is the ID of the last request to the stack.
func (a *app) last(s *session) (string, error) {
	text, err := os.ReadFile(a.lastFile(s))
	if errors.Is(err, os.ErrNotExist) {
		return "", &exitError{exitNotFound, fmt.Errorf("nothing was sent to stack %s from here yet (%s)", s.Stack.Stack, a.data)}
	}
	return strings.TrimSpace(string(text)), err
}

// resolve is the request ID that an argument means.
func (a *app) resolve(s *session, id string) (string, error) {
	if id == "last" {
		return a.last(s)
	}
	return id, nil
}

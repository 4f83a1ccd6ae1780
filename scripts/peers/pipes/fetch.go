package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// counts is what the endpoint counted so far.
func (t *trial) counts() (map[tally.Operation]tally.Count, error) {
	var list []tally.Count
	if err := t.fetch(tally.CountsPath, &list); err != nil {
		return nil, err
	}
	counts := map[tally.Operation]tally.Count{}
	for _, c := range list {
		counts[c.Operation] = c
	}
	return counts, nil
}

func (t *trial) fetch(path string, v any) error {
	resp, err := http.Get(t.url + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the endpoint answers %s with %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(v)
}

// floors is what the SDK calls of the services take alone, in microseconds of CPU
// time: those that the endpoint has kept are made again.
func (t *trial) floors(ctx context.Context) (map[tally.Operation]float64, error) {
	var samples []tally.Sample
	if err := t.fetch(tally.SamplesPath, &samples); err != nil {
		return nil, err
	}
	samples = slices.DeleteFunc(samples, func(s tally.Sample) bool { return !slices.Contains(services, s.Who) })
	text, err := json.Marshal(samples)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(t.bin, "samples.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, t.program("floor"), "-gc", strconv.Itoa(t.gc), path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	var list []tally.Floor
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	floors := map[tally.Operation]float64{}
	for _, f := range list {
		floors[f.Operation] = f.Micros
	}
	return floors, nil
}

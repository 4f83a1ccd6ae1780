package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// answerPath is where the server is told what to answer from now on.
const answerPath = "/-/answer"

// serve answers whatever is asked with the same, on a free loopback port whose URL
// it prints, until its input ends.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("http://%s\n", l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	go func() {
		io.Copy(io.Discard, os.Stdin) // until whoever started it is gone
		l.Close()
	}()
	var current atomic.Pointer[tally.Answer]
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == answerPath {
			a := new(tally.Answer)
			if err := json.NewDecoder(r.Body).Decode(a); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			current.Store(a)
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client has gone away
		}
		a := current.Load()
		h := w.Header()
		for k, v := range a.Header {
			h[k] = v
		}
		w.Write(a.Response)
	}))
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

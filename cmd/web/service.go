package main

import "context"

// service is a part that serves before the others, and after them.
type service struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

func begin(serve func(context.Context) error) *service {
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.err = serve(ctx)
	}()
	return s
}

// wait returns when the part has ended.
func (s *service) wait() error {
	<-s.ended
	return s.err
}

// stop ends the part and waits for that. A nil service never began.
func (s *service) stop() {
	if s != nil {
		s.cancel()
		<-s.ended
	}
}

//go:build !linux

package nameserver

import (
	"errors"
	"net"
	"syscall"
)

// sharePort is for Linux, which spreads packets over the sockets of a port; elsewhere one socket
// serves.
func sharePort(*net.UDPConn) error { return errors.ErrUnsupported }

func controlShared(_, _ string, _ syscall.RawConn) error { return errors.ErrUnsupported }

func prepareSocket(*net.UDPConn, bool) error { return nil }

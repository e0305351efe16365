package nameserver

import (
	"encoding/binary"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// controlSize holds one packet-info message of either family.
const controlSize = unix.SizeofCmsghdr + 24

// blockingSocket takes a socket away from conn and its poller.
func blockingSocket(conn *net.UDPConn) (fd int, err error) {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(own uintptr) {
		if fd, failed = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0); failed == nil {
			failed = unix.SetNonblock(fd, false)
		}
	})
	return fd, errors.Join(err, failed)
}

// sharePort lets other sockets of this process bind the port of one that is bound already.
func sharePort(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return setOption(raw, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

func controlShared(_, _ string, raw syscall.RawConn) error {
	return setOption(raw, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// prepareSocket keeps the path MTU that strangers report from splitting replies, and for a wildcard
// socket asks for the address that each packet was sent to.
func prepareSocket(conn *net.UDPConn, wildcard bool) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	// Each fails on a socket of the other family.
	setOption(raw, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_OMIT)
	setOption(raw, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_OMIT)
	if !wildcard {
		return nil
	}
	err4 := setOption(raw, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
	err6 := setOption(raw, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
	if err4 != nil && err6 != nil {
		return errors.Join(err4, err6)
	}
	return nil
}

func setOption(raw syscall.RawConn, level, option, value int) error {
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), level, option, value) }); err != nil {
		return err
	}
	return failed
}

// replyFrom turns the packet-info message of a query into the one that makes the reply leave from
// the address that was asked. The interface is left to the routes, except for link-local addresses.
func replyFrom(control []byte) []byte {
	if len(control) < unix.SizeofCmsghdr {
		return nil
	}
	head, data := control[:unix.SizeofCmsghdr], control[unix.SizeofCmsghdr:]
	level := binary.NativeEndian.Uint32(head[len(head)-8:]) // the length before it has the machine's size
	kind := binary.NativeEndian.Uint32(head[len(head)-4:])
	switch {
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) >= 12:
		clear(data[:4])
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= 20:
		if !(data[0] == 0xFE && data[1]&0xC0 == 0x80) {
			clear(data[16:20])
		}
	default:
		return nil
	}
	return control
}

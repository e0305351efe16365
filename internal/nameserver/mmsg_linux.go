package nameserver

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchCall is recvmmsg or sendmmsg for as many packets as go without waiting; x/sys has neither.
func batchCall(call, fd uintptr, batch []unix.Mmsghdr) (int, unix.Errno) {
	for {
		n, _, errno := unix.Syscall6(call, fd, uintptr(unsafe.Pointer(&batch[0])), uintptr(len(batch)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), 0
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

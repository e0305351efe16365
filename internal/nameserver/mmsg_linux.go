package nameserver

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveBatch is recvmmsg, which x/sys has not: it waits for a packet, and takes those that have
// come with it. patient says that a wait is likely.
func receiveBatch(fd int, batch []unix.Mmsghdr, patient bool) (int, unix.Errno) {
	if !patient {
		if n, errno := batchCall(unix.SYS_RECVMMSG, fd, batch, unix.MSG_DONTWAIT); errno != unix.EAGAIN {
			return n, errno
		}
	}
	return batchCall(unix.SYS_RECVMMSG, fd, batch, unix.MSG_WAITFORONE)
}

// sendBatch is sendmmsg. It waits only when the socket has no room.
func sendBatch(fd int, batch []unix.Mmsghdr) (int, unix.Errno) {
	n, errno := batchCall(unix.SYS_SENDMMSG, fd, batch, unix.MSG_DONTWAIT)
	if errno == unix.EAGAIN {
		return batchCall(unix.SYS_SENDMMSG, fd, batch, 0)
	}
	return n, errno
}

// batchCall hides calls that do not wait from the scheduler. It would take a call that lasts above
// 20 µs for a waiting one and give the processor to another thread; a full batch lasts longer.
func batchCall(call uintptr, fd int, batch []unix.Mmsghdr, flags uintptr) (int, unix.Errno) {
	for {
		var n uintptr
		var errno unix.Errno
		if flags == unix.MSG_DONTWAIT {
			n, _, errno = unix.RawSyscall6(call, uintptr(fd), uintptr(unsafe.Pointer(&batch[0])), uintptr(len(batch)), flags, 0, 0) // #nosec G103 -- the kernel is done with batch when the call returns
		} else {
			n, _, errno = unix.Syscall6(call, uintptr(fd), uintptr(unsafe.Pointer(&batch[0])), uintptr(len(batch)), flags, 0, 0) // #nosec G103 -- the kernel is done with batch when the call returns
		}
		switch errno {
		case 0:
			return int(n), 0
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

package models

import (
	"fmt"
	"syscall"
)

// FreeBytes is how much the disk of the database file still takes. It is not
// known for PostgreSQL, which may stand elsewhere.
func (s *Store) FreeBytes() (free int64, known bool, err error) {
	if s.folder == "" {
		return 0, false, nil
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.folder, &disk); err != nil {
		return 0, false, fmt.Errorf("look at the disk of the database: %w", err)
	}
	return int64(disk.Bavail) * disk.Bsize, true, nil
}

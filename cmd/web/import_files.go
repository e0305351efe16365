package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// filesIn lists the files at paths, those of folders included. Of a maildir only
// the messages are taken, not the lists that mail servers keep beside them.
func filesIn(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "tmp" && isMaildir(filepath.Dir(name)):
				return fs.SkipDir // messages that are still being written
			case entry.Type().IsRegular() && (name == path || !isMaildir(filepath.Dir(name))):
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// isMaildir tells a maildir by its folders cur and new.
func isMaildir(dir string) bool {
	for _, name := range []string{"cur", "new"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// shownName is the name of a file as it is stored and shown: of a maildir
// without the flags behind the colon.
func shownName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ":2,")
	return name
}

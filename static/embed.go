// Package static embeds the stylesheets, scripts and icons, and serves them
// under names that carry their hash, so that browsers may keep them for ever.
// It imports the standard library only.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is where the files are served: mount Assets.Handler at "/static/".
const Prefix = "/static/"

//go:embed css js icons
var files embed.FS

// Assets knows the embedded files by name and by hashed URL. It is built once
// and read only afterwards.
type Assets struct {
	urls  map[string]string
	sums  map[string]string
	files map[string]file
}

type file struct {
	contentType string
	etag        string
	plain, gzip []byte
}

// New reads and compresses the embedded files.
func New() (*Assets, error) { return load(files) }

func load(fsys fs.FS) (*Assets, error) {
	a := &Assets{urls: map[string]string{}, sums: map[string]string{}, files: map[string]file{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(name) {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return a.add(name, data)
	})
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return a, nil
}

// served leaves out licence texts and the like, which are for readers of the source.
func served(name string) bool { return contentType(name) != "" }

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg", ".png", ".ico":
		return mime.TypeByExtension(path.Ext(name))
	}
	return ""
}

func (a *Assets) add(name string, data []byte) error {
	packed, err := pack(data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	url := Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext
	a.urls[name], a.sums[name] = url, "sha256-"+base64.StdEncoding.EncodeToString(sum[:])
	a.files[url] = file{contentType: contentType(name), etag: `"` + hash + `"`, plain: data, gzip: packed}
	return nil
}

// pack returns data compressed, or nil when that makes it no smaller.
func pack(data []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if buf.Len() >= len(data) {
		return nil, nil
	}
	return buf.Bytes(), nil
}

// URL returns the hashed URL of a file by its name ("css/base.css"). An
// unknown name gives a URL that answers 404.
func (a *Assets) URL(name string) string {
	if url, ok := a.urls[name]; ok {
		return url
	}
	return Prefix + name
}

// Integrity is what a page says of a file beside its URL, so that a browser runs
// no other bytes, whatever stands between it and us (Subresource Integrity).
// "" for an unknown name.
func (a *Assets) Integrity(name string) string { return a.sums[name] }

// Has reports whether a path (the whole one, with Prefix) leads to a file.
func (a *Assets) Has(path string) bool {
	_, ok := a.files[path]
	return ok
}

// Handler serves the hashed URLs (the whole path, with Prefix) as immutable,
// compressed for clients that accept gzip. Everything else is 404.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(a.serve)
}

func (a *Assets) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etag)
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body)
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110 §12.5.3), where
// "gzip;q=0" refuses.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
		if !ok {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

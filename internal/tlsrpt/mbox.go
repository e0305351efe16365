package tlsrpt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxPostmark bounds the line that begins a message of an mbox, in bytes.
const maxPostmark = 1024

// Messages gives what a file holds one by one: every message of an mbox (RFC
// 4155), or the file as a whole when it is anything else. It holds one message
// in memory.
type Messages struct {
	in      *bufio.Reader
	limit   int
	started bool
	mbox    bool
	ended   bool
}

// NewMessages reads a file whose messages may have up to limit bytes each.
func NewMessages(r io.Reader, limit int) *Messages {
	return &Messages{in: bufio.NewReaderSize(r, 32<<10), limit: limit}
}

// Mbox tells, after the first Next, whether the file is an mbox.
func (m *Messages) Mbox() bool { return m.mbox }

// Next gives the next message, and io.EOF after the last. ErrTooLarge is about
// this message only: Next goes on behind it. Any other error is the reader's,
// and final.
func (m *Messages) Next() ([]byte, error) {
	if m.ended {
		return nil, io.EOF
	}
	if !m.started {
		m.started = true
		first, err := m.in.Peek(maxPostmark)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, m.end(err)
		}
		line, _, _ := bytes.Cut(first, []byte("\n"))
		if m.mbox = isPostmark(line); m.mbox {
			_, _ = m.in.Discard(min(len(line)+1, len(first)))
		}
	}
	if m.mbox {
		return m.message()
	}
	return m.whole()
}

// end makes err the last that Next has to say.
func (m *Messages) end(err error) error {
	m.ended = true
	return err
}

func (m *Messages) whole() ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(m.in, int64(m.limit)+1))
	m.ended = true
	if err == nil && len(data) > m.limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, m.limit)
	}
	return data, err
}

// message reads up to the next postmark, which it takes too, or to the end.
func (m *Messages) message() ([]byte, error) {
	var out []byte
	blank, lineStart, tooLarge := true, true, false
	for {
		piece, err := m.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, m.end(err)
		}
		if lineStart && blank && isPostmark(piece) {
			break
		}
		if lineStart {
			piece = unquoteFrom(piece)
		}
		if blank = lineStart && isBlank(piece); !tooLarge {
			out = append(out, piece...)
		}
		if len(out) > m.limit+2 { // the blank line before the next postmark is no part of it
			tooLarge, out = true, nil
		}
		if lineStart = !errors.Is(err, bufio.ErrBufferFull); errors.Is(err, io.EOF) {
			m.ended = true
			break
		}
	}
	if out = trimBlank(out); tooLarge || len(out) > m.limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, m.limit)
	}
	return out, nil
}

// isPostmark recognises "From sender Thu Jan  1 00:00:00 1970", which begins a
// message: a line of text that happens to begin with "From " has no such date.
func isPostmark(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("From "))
	if !ok || len(line) > maxPostmark {
		return false
	}
	words := bytes.Fields(rest)
	for i := 0; i+4 < len(words); i++ {
		if isWord(words[i], "MonTueWedThuFriSatSun") && isWord(words[i+1], "JanFebMarAprMayJunJulAugSepOctNovDec") &&
			isDigits(words[i+2]) && bytes.IndexByte(words[i+3], ':') > 0 {
			return true
		}
	}
	return false
}

// isWord finds a word of three letters in a list of such.
func isWord(word []byte, list string) bool {
	for i := 0; len(word) == 3 && i < len(list); i += 3 {
		if string(word) == list[i:i+3] {
			return true
		}
	}
	return false
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// unquoteFrom takes back one ">" before "From ", which writers put there to
// tell the text from a postmark: all that have one (mboxrd), or lines without
// any before (mboxo).
func unquoteFrom(line []byte) []byte {
	if quoted := bytes.TrimLeft(line, ">"); len(quoted) < len(line) && bytes.HasPrefix(quoted, []byte("From ")) {
		return line[1:]
	}
	return line
}

func isBlank(line []byte) bool {
	return len(line) == 0 || line[0] == '\n' || len(line) == 2 && line[0] == '\r'
}

// trimBlank takes off the blank line that separates a message from the next.
func trimBlank(message []byte) []byte {
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if bytes.HasSuffix(message, []byte(end)) {
			return message[:len(message)-len(end)/2]
		}
	}
	return message
}

package ingest

import "sync"

const (
	// acceptQueue bounds how many deliveries wait for the writer. Beyond it
	// senders are asked to come back, which they do (RFC 8460 §5.5).
	acceptQueue = 1024
	// acceptShare is how much of the queue one account may fill, so that there
	// is always room for the others.
	acceptShare = acceptQueue / 2
	// acceptGroup bounds how many deliveries are committed at once.
	acceptGroup = 256
	// acceptGroupBytes bounds the memory of one commit.
	acceptGroupBytes = 32 << 20
)

// queue is what waits for the writer, in one lane for each account. The lanes
// take turns, so that whoever sends most waits longest.
type queue struct {
	filled chan struct{} // says that there may be something to take

	mu      sync.Mutex
	lanes   map[string][]accept
	turns   []string // the lanes that hold something, in the order in which they are served
	waiting int
	writing bool // the group that was taken last is not known to be stored yet
}

func newQueue() *queue {
	return &queue{filled: make(chan struct{}, 1), lanes: map[string][]accept{}}
}

// add puts an accept at the end of its lane, or gives ErrBusy.
func (q *queue) add(a accept) error {
	key := a.rows[0].AccountID
	q.mu.Lock()
	defer q.mu.Unlock()
	lane := q.lanes[key]
	if q.waiting >= acceptQueue || len(lane) >= acceptShare {
		return ErrBusy
	}
	if len(lane) == 0 {
		q.turns = append(q.turns, key)
	}
	q.lanes[key] = append(lane, a)
	q.waiting++
	select {
	case q.filled <- struct{}{}:
	default:
	}
	return nil
}

// take removes the next group, one accept from each lane in turn. It is empty
// when nothing waits.
func (q *queue) take() (group []accept) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer func() { q.writing = len(group) > 0 }()
	rows, bytes := 0, 0
	for rows < acceptGroup && len(q.turns) > 0 {
		key := q.turns[0]
		a := q.lanes[key][0]
		if bytes += a.size(); len(group) > 0 && bytes > acceptGroupBytes {
			break
		}
		rows += len(a.rows)
		group = append(group, a)
		q.advance(key)
	}
	return group
}

// advance removes the first of the lane whose turn it is.
func (q *queue) advance(key string) {
	q.waiting--
	q.turns = q.turns[1:]
	if rest := q.lanes[key][1:]; len(rest) > 0 {
		q.lanes[key] = rest
		q.turns = append(q.turns, key)
		return
	}
	delete(q.lanes, key)
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting >= acceptQueue
}

// busy says that somebody waits for a delivery to be stored.
func (q *queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.writing || q.waiting > 0
}

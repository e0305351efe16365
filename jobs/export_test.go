package jobs

// The constants that tests count with.
const (
	ChecksAtOnce = checksAtOnce
	CheckLease   = checkLease
	LeaseLife    = leaseLife
	Freshness    = freshness
)

// Busy says how many checks have a place.
func (c *DomainChecks) Busy() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}

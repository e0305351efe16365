package smtpd

import "time"

// Limits bounds what one client, one network and all clients together can take. A zero field allows
// nothing: start from DefaultLimits.
type Limits struct {
	MessageBytes int // one message, counted as in RFC 1870 §5; offered as SIZE; above it 552 5.3.4
	HeaderBytes  int // the header of a message without the empty line that ends it; 552 5.3.4
	HeaderFields int // 552 5.3.4
	CommandBytes int // one command line with its CRLF; above it 500 and close. Lines of data have no limit
	BufferBytes  int // messages being received, all connections together, a quarter of it for one IPv4 /26 or IPv6 /48; above it 452 4.3.1

	Recipients   int // accepted per message; above it 452 4.5.3
	Transactions int // per connection; then 421
	Errors       int // 5xx replies per connection; the last one closes it
	IdleCommands int // NOOP, RSET, HELP, VRFY and repeated EHLO since the last message; then 421
	Commands     int // per connection, of any kind; then 421

	Connections int    // in all; above it 421 4.3.2 at once
	PerBlock    [3]int // at the same time from one IPv4 /32, /26, /21 or IPv6 /64, /48, /32; 421 4.3.2
	Rate        [3]int // messages a second from the same blocks; who sends more waits for the answer to MAIL; 0 is no bound

	CommandTimeout     time.Duration // for a command line to arrive in full
	HandshakeTimeout   time.Duration // for STARTTLS
	DataTimeout        time.Duration // longest silence within data, and head start before DataRate counts
	DataRate           int           // bytes a second that data must average
	StressTimeout      time.Duration // replaces the three above while more than half of Connections are taken
	WriteTimeout       time.Duration // for the client to take a reply
	TransactionTimeout time.Duration // from MAIL to the end of data
	SessionTimeout     time.Duration // for a connection; a message that has arrived is still stored and answered

	LookupTimeout time.Duration // for Config.Recipient
	AcceptTimeout time.Duration // for Config.Accept
	Linger        time.Duration // reading on after a refusal, so that the client can send to its end and see the reply
	Grace         time.Duration // for data in flight when the server stops
}

// DefaultLimits returns the published limits of the service.
func DefaultLimits() Limits {
	return Limits{
		MessageBytes: 25 << 20,
		HeaderBytes:  256 << 10,
		HeaderFields: 1000,
		CommandBytes: 12 << 10,
		BufferBytes:  256 << 20,

		Recipients:   20,
		Transactions: 100,
		Errors:       5,
		IdleCommands: 100,
		Commands:     20_000,

		Connections: 3000,
		PerBlock:    [3]int{20, 90, 270},
		Rate:        [3]int{100, 450, 1350},

		CommandTimeout:     45 * time.Second,
		HandshakeTimeout:   30 * time.Second,
		DataTimeout:        30 * time.Second,
		DataRate:           500,
		StressTimeout:      8 * time.Second,
		WriteTimeout:       30 * time.Second,
		TransactionTimeout: 5 * time.Minute,
		SessionTimeout:     10 * time.Minute,

		LookupTimeout: 10 * time.Second,
		AcceptTimeout: time.Minute,
		Linger:        30 * time.Second,
		Grace:         30 * time.Second,
	}
}

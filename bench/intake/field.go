package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

func fdatasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

const key = "a key for benchmarks, long enough"

// field is everything that is measured, running side by side.
type field struct {
	dir     string
	ours    *exec.Cmd
	peers   *exec.Cmd
	sink    *exec.Cmd
	postfix string // its configuration

	mail, pages, metrics         string // addresses of ours
	postfixMail, bareMail, plain string // addresses of the others
	sinkMail                     string
	account                      models.Account
	domain                       models.Domain
	address, secret              string
	letter                       string // the file that is mailed
	posted                       int
	other                        string  // the address of another account's domain
	longest                      float64 // the journal was, in MiB
	data                         string  // the database file
	rate                         string  // LIMIT_SMTP_RATE; "" is none
	binary                       string  // of the product; built when it is ""
}

func newField(ctx context.Context, dir string) (f *field, err error) {
	f = &field{dir: dir, data: filepath.Join(dir, "data", "sealpost.db")}
	for _, at := range []*string{&f.mail, &f.pages, &f.metrics, &f.postfixMail, &f.bareMail, &f.sinkMail, &f.plain} {
		if *at, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	for _, begin := range []func(context.Context) error{f.register, f.startOurs, f.startPeers, f.startSink, f.startPostfix} {
		if err := begin(ctx); err != nil {
			f.stop()
			return nil, err
		}
	}
	for _, at := range []string{f.mail, f.pages, f.metrics, f.postfixMail, f.bareMail, f.sinkMail, f.plain} {
		if err := awaitAnswer(ctx, at); err != nil {
			f.stop()
			return nil, err
		}
	}
	return f, nil
}

// newStocked starts the product alone on a database that holds something.
func newStocked(ctx context.Context, like field) (f *field, err error) {
	f = &like
	for _, at := range []*string{&f.mail, &f.pages, &f.metrics} {
		if *at, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	for _, begin := range []func(context.Context) error{f.register, f.startOurs} {
		if err := begin(ctx); err != nil {
			f.stop()
			return nil, err
		}
	}
	if err := awaitAnswer(ctx, f.metrics); err != nil {
		f.stop()
		return nil, err
	}
	return f, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func awaitAnswer(ctx context.Context, at string) error {
	for range 1200 {
		if conn, err := net.Dial("tcp", at); err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer", at)
}

func (f *field) open(ctx context.Context) (*models.Store, error) {
	derived := sha256.Sum256([]byte(key)) // as the product does with SECRET_KEY
	return models.Open(ctx, f.database(), models.Options{
		Now: time.Now, Random: rand.Reader, SecretKey: derived[:], Quotas: models.Quotas{Domains: 10, PendingDomains: 10},
	})
}

func (f *field) database() string { return "sqlite:" + f.data }

// register makes the domain that reports are about.
func (f *field) register(ctx context.Context) error {
	store, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	mark := strconv.FormatInt(time.Now().UnixNano(), 36) // a stocked database may have been used before
	_, stranger, err := store.SignUp(ctx, "other"+mark+"@example.test", "no password fits this")
	if err != nil {
		return err
	}
	other, err := store.AddDomain(ctx, stranger.ID, "example.test")
	if err != nil {
		return err
	}
	f.other = other.Token + "@rpt.tls.sealpost.test"
	if _, f.account, err = store.SignUp(ctx, "bench"+mark+"@example.test", "no password fits this"); err != nil {
		return err
	}
	if f.domain, err = store.AddDomain(ctx, f.account.ID, "example.test"); err != nil {
		return err
	}
	f.secret = hosted.ReportPath + store.ReportSecret(f.domain)
	f.address = f.domain.Token + "@rpt.tls.sealpost.test"
	mail, err := tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: "tlsrpt@reporter.test", To: f.address, Submitter: "reporter.test", PolicyDomain: "example.test",
		Date: time.Now(), MessageID: "bench@reporter.test",
	}, reportOf(0, 20))
	if err != nil {
		return err
	}
	f.letter = filepath.Join(f.dir, "letter")
	return os.WriteFile(f.letter, []byte(strings.ReplaceAll(string(mail), "\r\n", "\n")), 0o644)
}

// reportOf is report number i, with so many failure details: ten reporters send
// one a day each, over 300 days, and then revisions.
func reportOf(i, details int) *tlsrpt.Report {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%300)
	p := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: "example.test",
		Successful: tlsrpt.Count{N: 1000, Stated: true}, Failed: tlsrpt.Count{N: int64(details), Stated: true},
	}
	for k := range details {
		p.Failures = append(p.Failures, tlsrpt.FailureDetail{
			ResultType: "certificate-expired", SendingMTAIP: fmt.Sprintf("192.0.2.%d", k), ReceivingMXHostname: "mx1.example.test", Sessions: 1,
		})
	}
	return &tlsrpt.Report{
		Organization: "Bench", Contact: fmt.Sprintf("tls@reporter%d.test", i/300%10), ReportID: strconv.Itoa(i),
		Start: start, End: start.AddDate(0, 0, 1), Policies: []tlsrpt.PolicyResult{p},
	}
}

// startOurs builds and starts the product with its own settings, but for what
// one address and one token may bring.
func (f *field) startOurs(ctx context.Context) error {
	if f.binary == "" {
		f.binary = filepath.Join(f.dir, "web")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", f.binary, "./cmd/web").CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	f.ours = exec.CommandContext(ctx, f.binary, "serve")
	f.ours.Dir = f.dir
	f.ours.Env = []string{
		"HOME=" + f.dir, "DATABASE_URL=" + f.database(), "SECRET_KEY=" + key, "SMTP_ADDR=" + f.mail, "HTTP_ADDR=" + f.pages,
		"METRICS_ADDR=" + f.metrics, "DNS_ADDR=127.0.0.1:0", "RESOLVERS=127.0.0.1:9", "LIMIT_SMTP_PER_ADDRESS=1000",
		"LIMIT_SMTP_TRANSACTIONS=1000000", "LIMIT_SMTP_RATE=" + cmp.Or(f.rate, "0"), "CHECK_MIN_INTERVAL=24h",
		"LIMIT_TOKEN_DELIVERIES=100000000", "LIMIT_TOKEN_BYTES=1000000000000",
	}
	if err := f.ours.Start(); err != nil {
		return err
	}
	return awaitAnswer(ctx, f.pages)
}

func (f *field) startPeers(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	f.peers = exec.CommandContext(ctx, self, "peers", f.bareMail+" "+f.plain+" "+filepath.Join(f.dir, "naive.db"))
	f.peers.Stderr = os.Stderr
	return f.peers.Start()
}

// startSink starts the mail server that comes with smtp-source and keeps
// nothing: what the protocol costs with this client.
func (f *field) startSink(ctx context.Context) error {
	f.sink = exec.CommandContext(ctx, "smtp-sink", "-u", "nobody", f.sinkMail, "1000")
	return f.sink.Start()
}

const postfixMain = `compatibility_level = 3.7
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.bench.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = rpt.tls.sealpost.test
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
smtpd_client_connection_count_limit = 0
smtpd_timeout = 60s
`

const postfixMaster = `%s inet n - n - 200 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

func (f *field) startPostfix(ctx context.Context) error {
	base := filepath.Join(f.dir, "postfix")
	f.postfix = filepath.Join(base, "etc")
	for _, sub := range []string{"etc", "queue", "data", "mail"} {
		if err := os.MkdirAll(filepath.Join(base, sub), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chown(filepath.Join(base, "mail"), 65534, 65534); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "chown", "postfix", filepath.Join(base, "data")).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	for name, text := range map[string]string{"main.cf": fmt.Sprintf(postfixMain, base), "master.cf": fmt.Sprintf(postfixMaster, f.postfixMail)} {
		if err := os.WriteFile(filepath.Join(f.postfix, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if out, err := exec.CommandContext(ctx, "postfix", "-c", f.postfix, "start").CombinedOutput(); err != nil {
		return fmt.Errorf("postfix: %w: %s", err, out)
	}
	return nil
}

func (f *field) stop() {
	if f.postfix != "" {
		exec.Command("postfix", "-c", f.postfix, "stop").Run()
	}
	for _, c := range []*exec.Cmd{f.ours, f.peers, f.sink} {
		if c != nil && c.Process != nil {
			c.Process.Signal(syscall.SIGTERM)
			c.Wait()
		}
	}
}

// journal is how long the journal of the database is, in MiB.
func (f *field) journal() float64 {
	info, err := os.Stat(f.data + "-wal")
	if err != nil {
		return 0
	}
	return float64(info.Size()) / (1 << 20)
}

// metric reads one number of ours.
func (f *field) metric(name string) (float64, error) {
	res, err := http.Get("http://" + f.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(fmt.Errorf("there is no metric %s", name), lines.Err())
}

// settle waits until nothing is read or delivered any more, so that one
// measurement does not take from the next.
func (f *field) settle(ctx context.Context) error {
	for {
		f.longest = max(f.longest, f.journal())
		pending, err := f.metric("sealpost_deliveries_pending")
		if err != nil {
			return err
		}
		queue, _ := filepath.Glob(filepath.Join(f.dir, "postfix", "queue", "active", "*"))
		incoming, _ := filepath.Glob(filepath.Join(f.dir, "postfix", "queue", "incoming", "*"))
		if pending == 0 && len(queue)+len(incoming) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func discard(r io.ReadCloser) {
	io.Copy(io.Discard, r)
	r.Close()
}

package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/nameserver"
)

// config is the whole configuration, read from the environment and from .env.
// Its defaults run on a laptop without root. Every key stands with a comment
// in .env.example, which a test compares with this.
type config struct {
	DatabaseURL string `env:"DATABASE_URL" envDefault:"sqlite:data/sealpost.db"`
	BaseURL     string `env:"BASE_URL" envDefault:"http://localhost:8080"`
	HTTPAddr    string `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080"`
	DNSAddr     string `env:"DNS_ADDR" envDefault:"127.0.0.1:5354"`
	SMTPAddr    string `env:"SMTP_ADDR" envDefault:"127.0.0.1:2525"`
	MetricsAddr string `env:"METRICS_ADDR" envDefault:"127.0.0.1:9464"`

	Zone         string   `env:"ZONE" envDefault:"tls.sealpost.test"`
	ZoneSnapshot string   `env:"ZONE_SNAPSHOT"`
	Nameservers  []string `env:"NAMESERVERS"`
	ReportDomain string   `env:"REPORT_DOMAIN"`
	MXHosts      []string `env:"MX_HOSTS"`

	SMTPHostname string `env:"SMTP_HOSTNAME"`
	SMTPTLSCert  string `env:"SMTP_TLS_CERT"`
	SMTPTLSKey   string `env:"SMTP_TLS_KEY"`

	TLSCert        string         `env:"TLS_CERT"`
	TLSKey         string         `env:"TLS_KEY"`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`
	HSTSPreload    bool           `env:"HSTS_PRELOAD" envDefault:"false"`

	RetentionRaw  days `env:"RETENTION_RAW" envDefault:"90d"`
	RetentionRows days `env:"RETENTION_ROWS" envDefault:"400d"`

	Limits limits `envPrefix:"LIMIT_"`

	Resolvers []string `env:"RESOLVERS" envDefault:"1.1.1.1:53,8.8.8.8:53,9.9.9.9:53"`
	// ReverseNames lets a job ask for the names of sending addresses.
	ReverseNames bool `env:"REVERSE_NAMES" envDefault:"true"`

	Roles     []string `env:"ROLES" envDefault:"web,dns,smtp,jobs"`
	SecretKey string   `env:"SECRET_KEY"`

	CheckMinInterval time.Duration `env:"CHECK_MIN_INTERVAL" envDefault:"5s"`
	CheckMaxInterval time.Duration `env:"CHECK_MAX_INTERVAL" envDefault:"24h"`

	OIDCIssuer       string   `env:"OIDC_ISSUER"`
	OIDCClientID     string   `env:"OIDC_CLIENT_ID"`
	OIDCClientSecret string   `env:"OIDC_CLIENT_SECRET"`
	OIDCDomains      []string `env:"OIDC_DOMAINS"`

	MailURL string `env:"MAIL_URL"`
	Signup  string `env:"SIGNUP" envDefault:"open"`
	DNSRRL  int    `env:"DNS_RRL" envDefault:"200"`

	OutboundAllow []netip.Prefix `env:"OUTBOUND_ALLOW"`

	// authPort is where authoritative servers are asked. Tests, which may not
	// bind port 53, set it.
	authPort uint16
	// mxPort is where the mail servers of others are reached. Tests set it.
	mxPort uint16
	// roots are the authorities that https targets and mailboxes are verified by;
	// nil is the system's. Tests set it.
	roots *x509.CertPool
	// now is the clock; tests and the demo set it.
	now func() time.Time
}

// limits are the bounds that operators may move.
type limits struct {
	MessageBytes      int   `env:"MESSAGE_BYTES" envDefault:"26214400"`
	FreeBytes         int64 `env:"FREE_BYTES" envDefault:"67108864"`
	DecompressedBytes int   `env:"DECOMPRESSED_BYTES" envDefault:"67108864"`
	Policies          int   `env:"POLICIES" envDefault:"1000"`
	FailureDetails    int   `env:"FAILURE_DETAILS" envDefault:"20000"`
	SMTPConnections   int   `env:"SMTP_CONNECTIONS" envDefault:"3000"`
	SMTPPerAddress    int   `env:"SMTP_PER_ADDRESS" envDefault:"20"`
	SMTPRate          int   `env:"SMTP_RATE" envDefault:"100"`
	SMTPTransactions  int   `env:"SMTP_TRANSACTIONS" envDefault:"100"`
	SMTPRecipients    int   `env:"SMTP_RECIPIENTS" envDefault:"20"`
	HTTPConnections   int   `env:"HTTP_CONNECTIONS" envDefault:"2000"`
	HTTPPerAddress    int   `env:"HTTP_PER_ADDRESS" envDefault:"100"`
	DNSTCPConnections int   `env:"DNS_TCP_CONNECTIONS" envDefault:"1000"`
	Domains           int   `env:"DOMAINS" envDefault:"2000"`
	PendingDomains    int   `env:"PENDING_DOMAINS" envDefault:"200"`
	PendingAge        days  `env:"PENDING_AGE" envDefault:"90d"`
	TokenDeliveries   int64 `env:"TOKEN_DELIVERIES" envDefault:"5000"`
	TokenBytes        int64 `env:"TOKEN_BYTES" envDefault:"209715200"`
	PublicChecks      int   `env:"PUBLIC_CHECKS" envDefault:"30"`
	Analyses          int   `env:"ANALYSES" envDefault:"30"`
	APICalls          int   `env:"API_CALLS" envDefault:"600"`
	WrongTokens       int   `env:"WRONG_TOKENS" envDefault:"50"`
}

// days is a time span that may also be written in days, as 90d.
type days time.Duration

// UnmarshalText reads 90d as well as what time.ParseDuration reads.
func (d *days) UnmarshalText(text []byte) error {
	if number, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > 36500 {
			return fmt.Errorf("%q is not a number of days", text)
		}
		*d = days(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	span, err := time.ParseDuration(string(text))
	*d = days(span)
	return err
}

// loadConfig reads .env, if there is one, and the environment, which wins.
func loadConfig() (config, error) {
	if err := godotenv.Load(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return config{}, fmt.Errorf(".env: %w", err)
	}
	return readConfig(env.Options{})
}

func readConfig(o env.Options) (config, error) {
	var c config
	if o.Environment == nil {
		o.Environment = env.ToMap(os.Environ())
	}
	if err := env.ParseWithOptions(&c, o); err != nil {
		return c, settingError(err)
	}
	if addr, set := o.Environment["METRICS_ADDR"]; set && addr == "" {
		c.MetricsAddr = "" // switched off; all other settings have their default when empty
	}
	c.now, c.mxPort = time.Now, 25
	c.complete()
	return c, c.check()
}

// settingError names the setting instead of the field that could not be read.
func settingError(err error) error {
	var bad env.ParseError
	var all env.AggregateError
	if !errors.As(err, &all) || len(all.Errors) == 0 || !errors.As(all.Errors[0], &bad) {
		return fmt.Errorf("configuration: %w", err)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[config](), reflect.TypeFor[limits]()} {
		if field, ok := of.FieldByName(bad.Name); ok {
			prefix := ""
			if of == reflect.TypeFor[limits]() {
				prefix = "LIMIT_"
			}
			return fmt.Errorf("%s%s: %w", prefix, field.Tag.Get("env"), bad.Err)
		}
	}
	return fmt.Errorf("configuration: %w", err)
}

// complete fills in the defaults that follow from other settings.
func (c *config) complete() {
	c.Zone = plainName(c.Zone)
	if len(c.Nameservers) == 0 {
		c.Nameservers = []string{"ns1." + c.Zone, "ns2." + c.Zone}
	}
	if c.ReportDomain = plainName(c.ReportDomain); c.ReportDomain == "" {
		c.ReportDomain = "rpt." + c.Zone
	}
	if len(c.MXHosts) == 0 {
		c.MXHosts = []string{"mx1." + c.Zone}
	}
	if c.SMTPHostname == "" {
		c.SMTPHostname, _, _ = strings.Cut(c.MXHosts[0], "=")
	}
}

func plainName(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}

// check refuses what could only fail later, with the name of the setting.
func (c *config) check() error {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return fmt.Errorf("BASE_URL: %q is not an http or https address", c.BaseURL)
	}
	for _, pair := range [][3]string{{"TLS_CERT", c.TLSCert, c.TLSKey}, {"SMTP_TLS_CERT", c.SMTPTLSCert, c.SMTPTLSKey}} {
		if (pair[1] == "") != (pair[2] == "") {
			return fmt.Errorf("%s and its key must be given together", pair[0])
		}
	}
	if c.HSTSPreload && !strings.HasPrefix(c.BaseURL, "https://") {
		return errors.New("HSTS_PRELOAD needs a BASE_URL that begins with https://")
	}
	for _, resolver := range c.Resolvers {
		if _, _, err := net.SplitHostPort(resolver); err != nil {
			return fmt.Errorf("RESOLVERS: %q must be host:port", resolver)
		}
	}
	for _, role := range c.Roles {
		if !slices.Contains([]string{"web", "dns", "smtp", "jobs"}, role) {
			return fmt.Errorf("ROLES: %q is not one of web, dns, smtp, jobs", role)
		}
	}
	if !slices.Contains([]string{"open", "invite", "closed"}, c.Signup) {
		return fmt.Errorf("SIGNUP: %q is not one of open, invite, closed", c.Signup)
	}
	if c.CheckMinInterval <= 0 || c.CheckMaxInterval < c.CheckMinInterval {
		return errors.New("CHECK_MIN_INTERVAL must be above zero and not above CHECK_MAX_INTERVAL")
	}
	if _, err := c.zoneContent(); err != nil {
		return err
	}
	if err := c.checkSignOn(); err != nil {
		return err
	}
	if _, err := c.relay(); err != nil {
		return fmt.Errorf("MAIL_URL: %w", err)
	}
	if strings.HasPrefix(c.DatabaseURL, "postgres") && c.SecretKey == "" {
		return errors.New("SECRET_KEY must be given with PostgreSQL")
	}
	return nil
}

func (c *config) has(role string) bool { return slices.Contains(c.Roles, role) }

func (c *config) names() hosted.Zone {
	return hosted.Zone{Name: c.Zone, ReportDomain: c.ReportDomain}
}

// zoneContent is what the zone holds beside the domains.
func (c *config) zoneContent() (nameserver.Config, error) {
	ns, err := parseHosts("NAMESERVERS", c.Nameservers)
	if err != nil {
		return nameserver.Config{}, err
	}
	mx, err := parseHosts("MX_HOSTS", c.MXHosts)
	return nameserver.Config{Origin: c.Zone, NS: ns, MX: mx, ReportDomain: c.ReportDomain}, err
}

// parseHosts reads name or name=address; a name that stands several times has
// several addresses.
func parseHosts(setting string, list []string) ([]nameserver.Host, error) {
	var hosts []nameserver.Host
	for _, item := range list {
		name, address, hasAddress := strings.Cut(item, "=")
		if name = plainName(name); name == "" {
			return nil, fmt.Errorf("%s: %q has no name", setting, item)
		}
		i := slices.IndexFunc(hosts, func(h nameserver.Host) bool { return h.Name == name })
		if i < 0 {
			hosts = append(hosts, nameserver.Host{Name: name})
			i = len(hosts) - 1
		}
		if !hasAddress {
			continue
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(address))
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not an IP address", setting, address)
		}
		hosts[i].Addrs = append(hosts[i].Addrs, addr)
	}
	return hosts, nil
}

// secretKey is the installation's key. On SQLite it is made at the first start
// and kept beside the database.
func (c *config) secretKey() ([]byte, error) {
	if c.SecretKey != "" {
		if len(c.SecretKey) < 32 {
			return nil, errors.New("SECRET_KEY must have at least 32 characters")
		}
		sum := sha256.Sum256([]byte(c.SecretKey))
		return sum[:], nil
	}
	path := filepath.Join(filepath.Dir(strings.TrimPrefix(c.DatabaseURL, "sqlite:")), "secret.key")
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != sha256.Size {
		return nil, fmt.Errorf("secret key: %s does not hold one", path)
	}
	return key, nil
}

// makeKey writes a new key to its place in one step: of two processes that
// start at once both use the same.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "secret-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.WriteString(hex.EncodeToString(key) + "\n"); err != nil {
		return nil, errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path) // #nosec G304 -- the operator names it
}

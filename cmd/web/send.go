package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// sendCmd sends one synthetic report as a real sender would.
type sendCmd struct {
	To         string    `required:"" placeholder:"ADDRESS|URL" help:"Mail address or https URL to send to."`
	Domain     string    `required:"" placeholder:"NAME" help:"Domain that the report is about."`
	Day        time.Time `format:"2006-01-02" help:"UTC day of the report; yesterday if not given."`
	Successful int64     `default:"120" help:"Successful sessions."`
	Failed     int64     `default:"3" help:"Failed sessions."`
	From       string    `default:"tlsrpt@reporter.example" help:"Sender, whose domain is the reporter."`
	Server     string    `placeholder:"HOST:PORT" help:"Mail server to hand the mail to; the MX of the address if not given."`
	Key        string    `placeholder:"FILE" help:"Private key (PEM) to sign with by DKIM."`
	Selector   string    `default:"tlsrpt" help:"Selector of the key."`
}

// Run implements the command.
func (cmd sendCmd) Run(ctx context.Context, std streams) error {
	domain, err := domainname.Parse(cmd.Domain)
	if err != nil {
		return err
	}
	if cmd.Day.IsZero() {
		cmd.Day = time.Now().UTC().AddDate(0, 0, -1)
	}
	report := cmd.report(domain)
	var answer string
	if strings.Contains(cmd.To, "://") {
		answer, err = post(ctx, cmd.To, report)
	} else {
		answer, err = cmd.mail(ctx, domain, report)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "sent %s to %s: %s\n", report.ReportID, cmd.To, answer)
	return err
}

func (cmd sendCmd) report(domain string) *tlsrpt.Report {
	day := cmd.Day.UTC().Truncate(24 * time.Hour)
	result := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: domain, Mode: "testing",
		PolicyStrings: []string{"version: STSv1", "mode: testing", "mx: mx1." + domain, "max_age: 604800"},
		MXHosts:       []string{"mx1." + domain},
		Successful:    tlsrpt.Count{N: cmd.Successful, Stated: true},
		Failed:        tlsrpt.Count{N: cmd.Failed, Stated: true},
	}
	if cmd.Failed > 0 {
		result.Failures = []tlsrpt.FailureDetail{{
			ResultType: "certificate-expired", SendingMTAIP: "192.0.2.25",
			ReceivingMXHostname: "mx1." + domain, ReceivingIP: "198.51.100.25", Sessions: cmd.Failed,
		}}
	}
	return &tlsrpt.Report{
		Organization: "Sealpost synthetic report", Contact: cmd.From,
		ReportID: fmt.Sprintf("%s_%s_%d", day.Format(time.DateOnly), domain, time.Now().UnixNano()),
		Start:    day, End: day.AddDate(0, 0, 1), Policies: []tlsrpt.PolicyResult{result},
	}
}

// anywhere lets the operator send to any address, as this is no request of a user.
func anywhere() *outbound.Dialer {
	return &outbound.Dialer{Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
}

func post(ctx context.Context, to string, report *tlsrpt.Report) (string, error) {
	if u, err := url.Parse(to); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%s is not an http or https address", to)
	}
	data, err := report.Encode()
	if err != nil {
		return "", err
	}
	packed, err := tlsrpt.Gzip(data)
	if err != nil {
		return "", err
	}
	answer, err := outbound.NewClient(anywhere(), nil).Post(ctx, to, tlsrpt.MediaType(packed), packed)
	return answer.Status, err
}

func (cmd sendCmd) mail(ctx context.Context, domain string, report *tlsrpt.Report) (string, error) {
	_, submitter, ok := strings.Cut(cmd.From, "@")
	if !ok {
		return "", fmt.Errorf("--from: %s is not a mail address", cmd.From)
	}
	message, err := tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: cmd.From, To: cmd.To, Submitter: submitter, PolicyDomain: domain, Date: time.Now(),
		MessageID: fmt.Sprintf("%d.tlsrpt@%s", time.Now().UnixNano(), submitter),
	}, report)
	if err != nil {
		return "", err
	}
	if message, err = cmd.sign(message, submitter); err != nil {
		return "", err
	}
	servers, err := cmd.servers(ctx)
	if err != nil {
		return "", err
	}
	var failures []error
	for _, server := range servers {
		err := deliver(ctx, server, cmd.From, cmd.To, message)
		if err == nil {
			return "accepted by " + server, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", server, err))
	}
	return "", errors.Join(failures...)
}

func (cmd sendCmd) sign(message []byte, submitter string) ([]byte, error) {
	if cmd.Key == "" {
		return message, nil
	}
	signer, err := readKey(cmd.Key)
	if err != nil {
		return nil, err
	}
	return outbound.Signature{Domain: submitter, Selector: cmd.Selector, Key: signer}.Sign(message)
}

// servers are the places to try, best first.
func (cmd sendCmd) servers(ctx context.Context) ([]string, error) {
	if cmd.Server != "" {
		return []string{cmd.Server}, nil
	}
	_, domain, ok := strings.Cut(cmd.To, "@")
	if !ok {
		return nil, fmt.Errorf("--to: %s is neither a mail address nor a URL", cmd.To)
	}
	c, err := loadConfig()
	if err != nil {
		return nil, err
	}
	list, err := resolver(c.Resolvers).LookupMX(ctx, domain+".")
	if err != nil {
		return nil, fmt.Errorf("find the mail servers of %s: %w", domain, err)
	}
	var servers []string
	for _, mx := range list {
		servers = append(servers, net.JoinHostPort(strings.TrimSuffix(mx.Host, "."), "25"))
	}
	return servers, nil
}

// deliver hands a message over as a sender of reports would.
func deliver(ctx context.Context, server, from, to string, message []byte) error {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // the library's own
	}
	return anywhere().HandOver(ctx, server, hostname, outbound.Mail{From: from, To: to, Raw: message}, nil)
}

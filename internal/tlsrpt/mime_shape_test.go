package tlsrpt

import (
	"encoding/base64"
	"strings"
	"testing"
)

// onePart is a report mail whose only part has the given header lines.
func onePart(body string, header ...string) []byte {
	return reportMail("--b\r\n" + strings.Join(header, "\r\n") + "\r\n\r\n" + body + "\r\n--b--\r\n")
}

func reportMail(body string) []byte {
	return whole("multipart/report; report-type=tlsrpt; boundary=b", "7bit", body)
}

// TestShapes reads one report from every shape of mail that senders, gateways
// and forwarding people make of it.
func TestShapes(t *testing.T) {
	t.Parallel()
	const json = "Content-Type: application/tlsrpt+json"
	const encoding = "Content-Transfer-Encoding: "
	const part = json + "\r\n\r\n"
	text := base64.StdEncoding.EncodeToString([]byte(grenz()))
	compressed := base64.StdEncoding.EncodeToString(zipped(t, []byte(grenz())))
	attached := string(mustRead(t, "00-plain.eml"))
	for _, c := range []struct {
		name  string
		in    []byte
		codes string
	}{
		{"encoding with a comment", onePart(text, json, encoding+"Base64 (as ever)"), ""},
		{"encoding with a semicolon", onePart(text, json, encoding+"base64;"), ""},
		{"encoding in quotes", onePart(text, json, encoding+`"base64"`), ""},
		{"encoding on a line of its own", onePart(text, json, encoding+"\r\n BASE64"), ""},
		{"encoding that nobody knows", onePart(grenz(), json, encoding+"x-plain"), "transfer-encoding"},
		{"8bit", onePart(strings.Replace(grenz(), "Grenz", "Grüße", 1), json, encoding+"8bit"), ""},
		{"binary", onePart(string(zipped(t, []byte(grenz()))), "Content-Type: application/tlsrpt+gzip", encoding+"binary"), ""},
		{"plain text called base64", onePart(grenz(), json, encoding+"base64"), "transfer-encoding"},
		{"base64 not called so", onePart(compressed, "Content-Type: application/tlsrpt+gzip"), "transfer-encoding"},
		{"boundary in pieces", whole(`multipart/report; report-type=tlsrpt; Boundary*0="a"; Boundary*1=b`, "7bit", "--ab\r\n"+part+grenz()+"\r\n--ab--"), ""},
		{"boundary with a comment", whole("multipart/report; report-type=tlsrpt; boundary=b (here)", "7bit", "--b\r\n"+part+grenz()+"\r\n--b--"), ""},
		{"report-type with its character set", whole("multipart/report; report-type*=us-ascii''tlsrpt; boundary=b", "7bit", "--b\r\n"+part+grenz()+"\r\n--b--"), ""},
		{"report-type in folds", whole("multipart/report;\r\n\treport-type\r\n =\r\n \"tlsrpt\";\r\n boundary=\"b\"", "7bit", "--b\r\n"+part+grenz()+"\r\n--b--"), ""},
		{"no last delimiter", reportMail("--b\r\n" + part + grenz()), ""},
		{"line feeds and CRLF mixed", []byte(strings.Replace(string(onePart(text, json, encoding+"base64")), "\r\n--b", "\n--b", 1)), ""},
		{"line feeds only", []byte(strings.ReplaceAll(string(onePart(text, json, encoding+"base64")), "\r\n", "\n")), ""},
		{"multipart in multipart", whole("multipart/mixed; boundary=o", "7bit", "--o\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nhi\r\n--i\r\n"+part+grenz()+"\r\n--i--\r\n--o\r\n\r\nfooter\r\n--o--"), "report-type-missing"},
		{"digest", whole("multipart/digest; boundary=b", "7bit", "--b\r\n\r\nSubject: x\r\n"+part+grenz()+"\r\n--b--"), "report-type-missing forwarded"},
		{"mail file attached", onePart(attached, "Content-Type: application/octet-stream; name=report.eml"), "forwarded"},
		{"mail file attached in base64", onePart(base64.StdEncoding.EncodeToString([]byte(attached)), "Content-Type: application/octet-stream", "Content-Disposition: attachment; filename=R.EML", encoding+"base64"), "forwarded"},
		{"forwarded in turn", whole("multipart/mixed; boundary=o", "7bit", "--o\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: message/rfc822\r\n\r\nSubject: b\r\nContent-Type: message/rfc822\r\n\r\nSubject: c\r\n"+part+grenz()+"\r\n--i--\r\n--o--"), "report-type-missing forwarded"},
		{"text in UTF-16 beside", reportMail("--b\r\nContent-Type: text/plain; charset=utf-16\r\n" + encoding + "base64\r\n\r\n//5oAGkA\r\n--b\r\n" + part + grenz() + "\r\n--b--"), ""},
		{"other JSON beside", reportMail("--b\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}\r\n--b\r\n" + part + grenz() + "\r\n--b--"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := Read(c.in, DefaultLimits())
			if err != nil || len(found.Reports) != 1 || len(found.Problems) != 0 || found.Mail.ReportParts != 1 {
				t.Fatalf("%v, %d reports, %v, %+v", err, len(found.Reports), found.Problems, found.Mail)
			}
			if got := strings.Join(codes(found.Reports[0]), " "); got != c.codes {
				t.Errorf("%q, want %q", got, c.codes)
			}
		})
	}
}

// TestUTF16ReportInAMail is J21 inside a mail, where text for people in UTF-16
// is passed over.
func TestUTF16ReportInAMail(t *testing.T) {
	t.Parallel()
	_, err := Read(onePart("//57AA==", "Content-Type: text/plain", "Content-Transfer-Encoding: base64"), DefaultLimits())
	if Reason(err) != "encoding" {
		t.Error(err)
	}
}

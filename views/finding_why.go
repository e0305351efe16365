package views

import "strings"

// senders says which senders a finding costs.
func (f Finding) senders() string {
	var parts []string
	if len(f.Drops) > 0 {
		parts = append(parts, "Sends nothing because of it: "+strings.Join(f.Drops, ", ")+".")
	}
	if len(f.Cuts) > 0 {
		parts = append(parts, "Uses only a part: "+strings.Join(f.Cuts, ", ")+".")
	}
	return strings.Join(parts, " ")
}

// why explains a finding by its id: what was seen, and what it does to reports.
// "" for an id that needs no more than its sentence.
func why(id string) string { return whys[id] }

var whys = map[string]string{
	"A1": "The name servers of the domain above say that this name does not exist (NXDOMAIN). Nothing can be published below a name that is not there, and no mail arrives.",
	"A2": "A single MX record with the host “.” is the agreed way to say that a domain takes no mail (RFC 7505). Senders do not even try, so there is nothing to report.",
	"A3": "A null MX says “no mail”, the other MX records say “mail here”. Some senders obey the one, some the others, so mail and reports depend on luck.",
	"A4": "Without an MX record and without an address of its own a domain cannot be sent mail. Reports begin once there is something to connect to.",
	"A5": "Senders fall back to the address of the domain itself when there is no MX record (RFC 5321 §5.1). That is rarely a mail server; if it is one, say so by an MX record.",
	"A6": "The record asks for reports about mail that nobody can send. It does no harm, and is ready if the domain takes mail again.",

	"N1":  "A validating resolver refuses the answer, and gives it when told not to validate: the signatures are expired or do not fit the DS record at the registry. To all validating senders the domain is gone.",
	"N2":  "No name server of the domain and no public resolver gave an answer. That says nothing about the record, so nothing is concluded from it; the last known state stands.",
	"N3":  "The domain names this server as one of its own, but it is silent, refuses, or does not know the zone. Senders that happen to ask it wait or fail; the others cover for it.",
	"N4":  "The servers of one zone give different answers. Usually a secondary has not yet copied the newest version; if it stays, the transfer between them is broken.",
	"N5":  "Your own servers are right. A resolver keeps what it saw before until its time to live runs out, be it an old record or the absence of one. Nobody can hurry it, and the time is known.",
	"N6":  "Public resolvers still remember the record, your own servers no longer have it. Reports go on until the caches forget, and then they stop.",
	"N7":  "A server that answers NXDOMAIN for _tls says that nothing exists below it either (RFC 8020). Resolvers that believe it never ask for _smtp._tls, and the record is invisible to them.",
	"N8":  "The record that stood here before allowed resolvers to keep it for more than a day. They may use it until then. A short time to live before the next change avoids this.",
	"N9":  "The answer did not fit into one UDP packet and the server does not talk TCP. Resolvers that need the whole answer get none (RFC 7766 makes TCP mandatory).",
	"N10": "Your zone is signed with DNSSEC and the zone that the CNAME leads to is not, or the other way round. Senders use the answer all the same; only part of the way is protected.",
	"N11": "The address is a private or special one. It may be a server for the inside of your network; from the internet nobody can ask it, and neither do we.",

	"D1":  "The CNAME leads to the name with your token, and behind it stands our record. The token was drawn for you alone, so that seeing it is proof that you control the domain.",
	"D2":  "Instead of the CNAME, your DNS host answers with a copy of our TXT record. Senders see what they should. If we ever change it, the copy is stale until your host looks again.",
	"D3":  "The CNAME leads to us by way of another name. That works, but each step is one more that can break, and some software gives up early.",
	"D4":  "Following the CNAME leads round in a circle, or further than resolvers are willing to go. Nobody reaches a record.",
	"D5":  "Your own name servers say that there is nothing at this name. Without the record, senders do not know that you want reports.",
	"D6":  "The value leads to a name that ends with your own domain. Many forms complete a value that has no dot at its end; the dot says that the name is complete.",
	"D7":  "The record stands at a name that ends with the domain twice. The form completes the host by itself, so the whole name became only a part of it.",
	"D8":  "Senders look at exactly one name, _smtp._tls below the domain (RFC 8460 §3). A record beside it is never found, however right it is.",
	"D9":  "The record stands at the domain itself. Senders look below it, at _smtp._tls only.",
	"D10": "The CNAME leads into our zone, but to a name that is not the one drawn for this domain here. A character may be missing, or it was copied from another domain.",
	"D11": "The CNAME leads to another provider, whose record is valid: reports go there. A name can have one CNAME only, so moving means replacing it.",
	"D12": "The CNAME leads to a name without a TLS-RPT record. To senders that is the same as no record.",
	"D13": "A CNAME says “for everything at this name, look there”, so nothing else may stand beside it (RFC 1034 §3.6.2). Servers then answer with the one or the other, or not at all.",
	"D14": "The value is right, but it was entered as a text. Senders read the text as a TLS-RPT record, which it is not.",
	"D15": "At the name stand addresses or a delegation, and no text. This happens when a proxy or CDN is switched on for the record: it answers with its own addresses.",
	"D16": "A name that nobody ever entered gives the same answer: a wildcard catches everything. It cannot prove that you control the name, and it may change without anybody noticing.",
	"D17": "NS records hand this part of the zone to other servers, so what you enter in the zone itself is not looked at. The record must stand where the delegation leads.",
	"D18": "The CNAME carries a token that is not active for this domain here: the domain was deleted, is pending, or is another account's. Reports sent there are not yours to see.",
	"D19": "The CNAME is right. The name server that answers for its target has not taken the record in yet, which is our doing and over in seconds.",
	"D20": "The TXT record carries our address, so reports arrive. But it is yours to keep right: we can change nothing about it, and its owner is not proven to us.",
	"D21": "A valid TXT record sends reports to somebody else. They can be kept informed: once the CNAME stands, originals can be sent on to them.",
	"D22": "DNS does not tell upper from lower case, and a final dot only says that a name is complete. It is the same name.",
	"D23": "A name in DNS has at most 253 characters. The target of the CNAME contains the domain's own name, and together they are longer.",

	"R1":  "When more than one record begins with v=TLSRPTv1; a sender must assume that the domain has none at all (RFC 8460 §3).",
	"R2":  "Texts that do not begin with v=TLSRPTv1; are passed over when there are several records. They do no harm, but they make mistakes harder to see.",
	"R3":  "There are texts at the name, but none is a TLS-RPT record. Records for other purposes, such as SPF or the proof of ownership for a service, belong at other names.",
	"R4":  "The grammar takes upper and lower case seriously here (RFC 8460 §3, RFC 7405), and allows no blank around the equals sign. Anything else is not recognised as a record.",
	"R5":  "Senders skip a record whose version they do not know, and only one was ever defined.",
	"R6":  "The record must begin with the letter v. A blank, a quotation mark or an invisible character before it makes it some other text. Often a form adds quotation marks to those that were typed.",
	"R7":  "Zone files and dig show a backslash before a semicolon, which is not part of the text. Typed into a form it becomes part of it, and the version no longer ends where it should.",
	"R8":  "By the grammar a record without rua is no record: nobody knows where to send. Some checkers only warn about it; the outcome is no reports either way.",
	"R9":  "The list of destinations is there and empty, which the grammar does not allow. Strict senders drop the record.",
	"R10": "A destination is a URI and begins with its scheme. Strict senders drop the whole record for one address without it, even beside others that are right.",
	"R11": "Only mailto and https are defined for reports (RFC 8460 §3). Others are passed over.",
	"R12": "After a comma comes the next address, not another rua=. Strict senders drop the whole record; others try to send to an address that is none.",
	"R13": "The grammar allows it. But the software that reports for Postfix takes the second field of the record as it stands: with several fields or with blanks it loses addresses or the record.",
	"R14": "A semicolon ends the list and a blank breaks it; only a comma separates addresses. What follows is read as an unknown field or as garbage.",
	"R15": "The size limit after an exclamation mark is a habit of DMARC. Here an exclamation mark must be written as %21, and strict senders drop the record for it.",
	"R16": "No mail server takes an address of this form. Senders that notice drop it, others try and fail.",
	"R17": "The domain of the address has no mail server, or says that it takes no mail. Reports to it bounce, and nobody is told.",
	"R18": "The address of the web server could not be reached as a sender would do it. Senders try for a day and then give up without a word.",
	"R19": "Microsoft sends to the first destination only. With ours further back its reports, which are many, do not arrive here.",
	"R20": "The same destination stands twice; reports come twice or once, depending on the sender.",
	"R21": "A blank before the first semicolon is legal, but then the text no longer begins with v=TLSRPTv1; and is discarded as soon as any other text stands beside it. Two semicolons in a row are never legal.",
	"R22": "The version and the next field run into each other, so no sender recognises either.",
	"R23": "The standard lets records carry fields that it does not know, for later. Senders pass over them.",
	"R24": "A field is a name of at most 32 characters, an equals sign and a value without blanks. Strict senders drop the record for a piece that is none.",
	"R25": "Long records are stored in pieces of at most 255 characters, which are joined without blanks. Joined, these are right.",
	"R26": "The pieces are joined without blanks (RFC 8460 §3). What looks right piece by piece is broken once joined.",
	"R27": "Resolvers must ask again every few minutes, which makes the record depend on your name servers at all times. The standard advises a large value, as this record hardly ever changes.",
	"R28": "Reports tell you about encryption, they do not demand it. MTA-STS or DANE tell senders to insist on it.",
	"R29": "Reports came and then stopped. Either the senders have had no mail for you, or something about the record has changed for them.",
}

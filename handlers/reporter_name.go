package handlers

// friendlyName is how people know a reporter, by its identity; "" when it is
// known by nothing else.
func friendlyName(identity string) string {
	switch identity {
	case "google.com":
		return "Google"
	case "microsoft.com":
		return "Microsoft"
	case "yahooinc.com", "yahoo.com":
		return "Yahoo"
	case "comcast.net", "comcast.com":
		return "Comcast"
	case "mail.ru", "corp.mail.ru":
		return "Mail.ru"
	case "gmx.net", "1und1.de", "web.de":
		return "GMX and web.de"
	case "mimecast.com", "mimecastreport.com":
		return "Mimecast"
	case "cisco.com":
		return "Cisco"
	case "fastmail.com":
		return "Fastmail"
	case "socketlabs.com":
		return "SocketLabs"
	case "zoho.com", "zohocorp.com":
		return "Zoho"
	default:
		return ""
	}
}

// reporterName is the friendly name, or else the identity.
func reporterName(identity string) string {
	if name := friendlyName(identity); name != "" {
		return name
	}
	return identity
}

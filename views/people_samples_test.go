package views_test

import (
	"time"

	"github.com/sealpost/sealpost/views"
)

func membersPage() views.MembersPage {
	return views.MembersPage{
		Frame: frame("Members", "/settings/members"), CanManage: true, CanRename: true, Name: "Acme GmbH", MaxName: 80,
		Roles: []string{"owner", "manager", "member", "read-only"},
		Rows: []views.MemberRow{
			{ID: "1", Email: "ada@acme.example", Role: "owner", Since: daysAgo(400), You: true, CanChange: true},
			{ID: "2", Email: "a.person.with.a.remarkably.long.name@subsidiary.acme.example", Role: "member", Since: daysAgo(3), CanChange: true},
		},
		Invitations: []views.InvitationRow{{ID: "3", Email: "grace@acme.example", Role: "manager", By: "ada@acme.example", Expires: daysAgo(-6), CanTakeBack: true}},
		Link:        "https://sealpost.example/invitations/0123456789abcdefghjkmnpqrs", Email: "grace@acme.example",
	}
}

func closingPage(closesAt time.Time) views.ClosingPage {
	page := views.ClosingPage{
		Frame: frame("Delete the account", "/settings/members"), Domains: []string{"example.com", "a-remarkably-long-name-of-a-domain.subsidiary.example.com"}, DomainCount: 212,
		Reports: 18_220, Members: 4, LastAccounts: 1, Tokens: 2, Links: 1, Forwards: 3, TakeBackDays: 7, RemovalHours: 24,
		AsksCode: true, Confirm: "Acme", ConfirmError: "Type Acme GmbH to delete it.",
	}
	page.ClosesAt, page.CanClose = closesAt, true
	return page
}

func accountsPage() views.AccountsPage {
	return views.AccountsPage{
		Frame: frame("Your accounts", "/accounts"), MaxName: 80,
		Rows: []views.AccountRow{
			{ID: "1", Name: "Acme GmbH", Role: "owner", State: "active", Open: true},
			{ID: "2", Name: "A customer with a remarkably long name", Role: "read-only", State: "suspended"},
		},
	}
}

func auditPage() views.AuditPage {
	return views.AuditPage{
		Frame: frame("Audit log", "/settings/audit"), KeptDays: 400, Pager: views.Pager{Page: 1, PerPage: 50, Total: 120}, Object: "grace@acme.example",
		Rows: []views.AuditRow{
			{At: sampleNow, Actor: "ada@acme.example", Address: "2001:db8::17", Action: "member changed", Object: "grace@acme.example", Facts: []views.AuditFact{{"role", "member", "manager"}, {"tags", "", "customers"}}, Number: 1204, Hash: "3f2a9c0d5be17788aa01f4e2c3d4b5a69788f0e1d2c3b4a5968778695a4b3c2d"},
			{At: daysAgo(1), Actor: "sealpost", Action: "domain deleted", Object: "a-remarkably-long-name-of-a-domain.subsidiary.example.com", Facts: []views.AuditFact{{"state", "pending", ""}}},
		},
	}
}

func sessionRows() []views.SessionRow {
	return []views.SessionRow{
		{ID: "1", Device: "Firefox on Linux", Address: "2001:db8::17", Begun: daysAgo(12), LastSeen: sampleNow, This: true},
		{ID: "2", Device: "Safari on iPhone", Address: "192.0.2.7", Begun: daysAgo(3), LastSeen: daysAgo(1)},
	}
}

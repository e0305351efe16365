package models_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"gorm.io/gorm"
)

// The guard refuses what does not say whose rows it means, however it is
// written, and lets through what does.
func TestTenantTablesNeedAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db, account := w.store.TenantDB(), w.account.ID
	var domains []models.Domain
	var n int64
	var names []string
	for name, c := range map[string]struct {
		run     func(*gorm.DB) error
		allowed bool
	}{
		"all domains":          {func(tx *gorm.DB) error { return tx.Find(&domains).Error }, false},
		"a domain by its name": {func(tx *gorm.DB) error { return tx.Where("name = ?", "example.com").Find(&domains).Error }, false},
		"a domain by its id":   {func(tx *gorm.DB) error { return tx.Where("id = ?", w.domain.ID).Find(&domains).Error }, false},
		"counting":             {func(tx *gorm.DB) error { return tx.Model(&models.Domain{}).Count(&n).Error }, false},
		"by table":             {func(tx *gorm.DB) error { return tx.Table("domains").Pluck("name", &names).Error }, false},
		"in an alias":          {func(tx *gorm.DB) error { return tx.Table("domains AS d").Pluck("d.name", &names).Error }, false},
		"raw":                  {func(tx *gorm.DB) error { return tx.Raw("SELECT name FROM domains").Scan(&names).Error }, false},
		"raw in other case":    {func(tx *gorm.DB) error { return tx.Raw("select name\n\tFrom\n\tDOMAINS").Scan(&names).Error }, false},
		"raw in quotes":        {func(tx *gorm.DB) error { return tx.Raw(`SELECT name FROM "domains"`).Scan(&names).Error }, false},
		"raw rows":             {func(tx *gorm.DB) error { _, err := tx.Raw("SELECT name FROM domains").Rows(); return err }, false},
		"a subquery": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT id FROM accounts WHERE id IN (SELECT account_id FROM domains)").Scan(&names).Error
		}, false},
		"a join": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT d.name FROM accounts a JOIN domains d ON d.account_id = a.id").Scan(&names).Error
		}, false},
		"two tables, no value": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT d.name FROM domains d JOIN reports r ON r.account_id = d.account_id").Scan(&names).Error
		}, false},
		"a column, no bound": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT account_id FROM domains WHERE account_id <> ?", account).Scan(&names).Error
		}, false},
		"update": {func(tx *gorm.DB) error {
			return tx.Model(&models.Domain{}).Where("name = ?", "x").Update("name", "y").Error
		}, false},
		"update of the account": {func(tx *gorm.DB) error {
			return tx.Exec("UPDATE domains SET account_id = ? WHERE name = ?", account, "x").Error
		}, false},
		"delete":     {func(tx *gorm.DB) error { return tx.Where("name = ?", "x").Delete(&models.Domain{}).Error }, false},
		"delete raw": {func(tx *gorm.DB) error { return tx.Exec("DELETE FROM delivery_bodies").Error }, false},
		"insert from a select": {func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO issued_tokens SELECT token, created_at FROM domains").Error
		}, false},
		"rows of no domain": {func(tx *gorm.DB) error { return tx.Raw("SELECT mode FROM daily_policies").Scan(&names).Error }, false},

		"the account's": {func(tx *gorm.DB) error { return tx.Where("account_id = ?", account).Find(&domains).Error }, true},
		"by a struct":   {func(tx *gorm.DB) error { return tx.Where(&models.Domain{AccountID: account}).Find(&domains).Error }, true},
		"some accounts": {func(tx *gorm.DB) error { return tx.Where("account_id IN ?", []string{account}).Find(&domains).Error }, true},
		"raw with an account": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT name FROM domains\n\tWHERE account_id=@a", map[string]any{"a": account}).Scan(&names).Error
		}, true},
		"a domain's rows": {func(tx *gorm.DB) error {
			return tx.Raw("SELECT mode FROM daily_policies WHERE domain_id = ?", w.domain.ID).Scan(&names).Error
		}, true},
		"update of one account": {func(tx *gorm.DB) error {
			return tx.Model(&models.Domain{}).Where("account_id = ?", account).Update("verdict", "pass").Error
		}, true},
		"no tenant's table": {func(tx *gorm.DB) error { return tx.Raw("SELECT token FROM issued_tokens").Scan(&names).Error }, true},
	} {
		err := c.run(db)
		if c.allowed && err != nil || !c.allowed && !errors.Is(err, models.ErrTenant) {
			t.Errorf("%s: allowed is to be %v: %v", name, c.allowed, err)
		}
		err = db.Transaction(c.run)
		if c.allowed && err != nil || !c.allowed && !errors.Is(err, models.ErrTenant) {
			t.Errorf("%s in a transaction: allowed is to be %v: %v", name, c.allowed, err)
		}
	}
	if err := db.Raw("SELECT name FROM domains").Row().Scan(new(string)); err == nil {
		t.Error("a single row was read without an account")
	}
	if n := w.count("domains", "verdict = 'pass' AND name = 'example.com'"); n != 1 {
		t.Error("what was allowed was not done, or what was refused was")
	}
}

// Every table that has a column of a tenant is watched by it.
func TestGuardKnowsTheTenantTables(t *testing.T) {
	t.Parallel()
	db := testkit.Store(t, testkit.NewClock()).WriteDB()
	query := "SELECT m.name AS name, c.name AS col FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
	if db.Name() == "postgres" {
		query = "SELECT table_name AS name, column_name AS col FROM information_schema.columns WHERE table_schema = current_schema()"
	}
	var rows []struct{ Name, Col string }
	if err := db.Raw(query).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	watched, seen := models.TenantTables(), map[string]bool{}
	for _, r := range rows {
		seen[r.Name] = true
		if (r.Col == "account_id" || r.Col == "domain_id" || r.Col == "delivery_id") && watched[r.Name] == nil {
			t.Errorf("%s has %s and is not watched", r.Name, r.Col)
		}
	}
	for name := range watched {
		if !seen[name] {
			t.Errorf("%s is watched, but there is no such table", name)
		}
	}
}

// pastTheGuard are the functions that may go over the tenants, or past the
// guard, and why. Who adds one says here why no account can be named.
var pastTheGuard = map[string]string{
	"ClaimDueDomains": "a job", "SaveChecks": "a job", "ClaimPendingDeliveries": "a worker", "ReleaseClaims": "a worker", "putBack": "a worker", "SaveAccepts": "the intake",
	"PendingDeliveries": "a metric", "ReleaseAllClaims": "the start of a node", "ClaimForwards": "a job", "DueDispatches": "a job",
	"DispatchDone": "a job", "DispatchNotDone": "a job", "ConfirmForward": "a job", "ForwardNotConfirmed": "a job", "ReleaseForward": "a job",
	"RemoveOldDispatches": "a job", "saveSome": "a worker", "RebuildLedgers": "the start of a node", "ClaimDueMailboxes": "a job",
	"settleSome": "a worker", "UnsettledReporters": "a worker", "RemoveOldBodies": "a job", "RemoveOldObservations": "a job",
	"RemoveOldEvents": "a job", "RemoveOldDeliveries": "a job", "RemoveOldReports": "a job", "SelfTestByNonce": "the intake knows the domain",
	"ClaimSelfTests": "a job", "SaveSelfTest": "a job", "RemoveOldSelfTests": "a job", "ZoneEntries": "the name server answers for all",
	"QueueMail": "bounds by recipient", "ClaimMails": "a job", "MailDone": "a job", "MailNotSent": "a job", "RecentMails": "a laptop's own page",
	"RemoveOldMails": "a job", "RemoveUnseenDomains": "a job", "removeUnseen": "a job",
	"DomainByID": "of a claimed row", "ForwardByToken": "looked up by a secret", "ConfirmByToken": "looked up by a secret",
	"SharedDomain": "looked up by a secret", "OpenAccount": "a person's own session", "Visitor": "looked up by a secret",
	"TouchSession": "looked up by a secret", "EndSession": "looked up by a secret", "RemoveExpiredSessions": "a job",
	"SetPassword": "a person's own sessions", "AccountsOf": "a person's own memberships", "AddAccount": "a person's own memberships",
	"InvitationByToken": "looked up by a secret", "AcceptInvitation": "looked up by a secret", "SignUpInvited": "looked up by a secret",
	"RemoveExpiredInvitations": "a job", "RemoveExpiredTransfers": "a job", "TransferByToken": "looked up by a secret", "AcceptTransfer": "of two accounts",
	"addressee": "looked up by a token or a secret", "StoredAlready": "the intake knows the domain", "DeliveryBody": "a worker; a page asks for the delivery first",
	"OverQuota": "the intake", "RemoveOldAuditEvents": "a job", "SendLink": "bounds mail by recipient", "ResetPassword": "a person's own sessions",
	"ChangeEmail": "a person's own sessions", "SetEmail": "a person's own sessions", "Sessions": "a person's own sessions",
	"EndSessionOf": "a person's own sessions", "EndOtherSessions": "a person's own sessions", "APITokenByHash": "looked up by a secret", "RemoveOldAPITokens": "a job", "RemoveOldReplays": "a job",
	"UserByIdentity": "a person's own memberships", "AddPasskey": "a person's own memberships", "RenamePasskey": "a person's own memberships", "RemovePasskey": "a person's own memberships",
	"ConfirmOneTimeSecret": "a person's own memberships", "UseCode": "a person's own memberships", "RenewRecoveryCodes": "a person's own memberships", "RemoveLostFactors": "a person's own memberships", "RemoveSecondStep": "a person's own memberships",
	"DomainsToJudge": "a worker", "openBooks": "a worker", "rebuildLedger": "the start of a node", "settleReports": "a worker", "rollSome": "a job",
	"Holdings": "which of the members have another account", "beginRemoval": "which of the members have another account",
	"NoteAddresses": "a job", "ClaimAddresses": "a job", "SaveReverseName": "a job", "RemoveOldReverseNames": "a job",
}

func TestEveryWayPastTheGuardHasAReason(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && goesPast(fn.Body) {
				used[fn.Name.Name] = true
			}
		}
	}
	for name := range used {
		if pastTheGuard[name] == "" {
			t.Errorf("%s goes past the tenant guard without a reason in this test", name)
		}
	}
	for name := range pastTheGuard {
		if !used[name] {
			t.Errorf("%s does not go past the tenant guard any more", name)
		}
	}
}

// goesPast finds a mark of system work, and a statement that is run without gorm.
func goesPast(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch fn := call.Fun.(type) {
		case *ast.Ident:
			found = found || fn.Name == "asSystem"
		case *ast.SelectorExpr:
			found = found || fn.Sel.Name == "within" || fn.Sel.Name == "reading"
		}
		return true
	})
	return found
}

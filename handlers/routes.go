package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/static"
)

// routes is every address of the site. GET answers HEAD too.
func (s *site) routes() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = addressOf(s.TrustedProxies)
	e.Use(s.logRequests, s.setHeaders, s.refuseOptions, s.guardOrigin(), s.limitForms)

	page := func(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, h, m...)
	}
	me, members := s.person(), s.may(models.ToManageMembers)
	read, judge, share := s.may(models.ToRead), s.may(models.ToJudge), s.may(models.ToShare)
	domains, mailbox, check := s.may(models.ToManageDomains), s.may(models.ToManageMailbox), s.may(models.ToCheck)
	tokens := s.may(models.ToManageTokens)

	// For anybody.
	page("/", s.showLanding)
	page("/signup", s.showSignup)
	e.POST("/signup", s.createAccount)
	page(sharePath+":token", s.showShared)
	page("/login", s.showLogin)
	e.POST("/login", s.createSession)
	page("/reset", s.showReset)
	e.POST("/reset", s.askReset)
	e.POST("/logout", s.endSession)
	e.POST("/theme", s.setTheme)
	page(toolCheckPath, s.showCheck)
	page(toolGeneratePath, s.showGenerate)
	page(toolAnalyzePath, s.showAnalyze)
	e.POST(toolAnalyzePath, s.analyzeReports)
	page(static.Prefix+"*", echo.WrapHandler(s.Assets.Handler()))

	// For machines.
	page("/robots.txt", s.showRobots)
	page("/sitemap.xml", s.showSitemap)
	page("/healthz", s.answerHealth)
	page("/readyz", s.answerReady)
	e.POST(hosted.ReportPath+":secret", s.postReport)

	// For who has a link from a mail.
	page("/forwards/:secret", s.showForwardConfirmation)
	e.POST("/forwards/:secret", s.confirmForward)
	page(signupPath+":secret", s.showSignupLink)
	e.POST(signupPath+":secret", s.finishSignup)
	page(resetPath+":secret", s.showResetLink)
	e.POST(resetPath+":secret", s.resetPassword)
	page(emailPath+":secret", s.showEmailLink)
	e.POST(emailPath+":secret", s.confirmEmail)
	page(invitationPath+":secret", s.showInvitation)
	e.POST(invitationPath+":secret", s.acceptInvitation)
	if s.ShowsMail {
		page("/dev/mail", s.showDevMail)
	}

	// The person.
	page(accountsPath, s.listAccounts, me)
	e.POST(accountsPath, s.addAccount, me)
	e.POST(accountsPath+"/open", s.openAccount, me)
	page(accountSettingsPath, s.showAccountSettings, me)
	e.POST(accountSettingsPath+"/password", s.changePassword, me)
	e.POST(accountSettingsPath+"/email", s.changeEmail, me)
	e.POST("/settings/sessions/end-others", s.endOtherSessions, me)
	e.POST("/settings/sessions/:id/end", s.endOneSession, me)

	// The account.
	page(membersPath, s.showMembers, read)
	e.POST(membersPath, s.invite, members)
	e.POST(membersPath+"/leave", s.leaveAccount, me)
	e.POST(membersPath+"/name", s.renameAccount, s.may(models.ToManageAccount))
	e.POST(membersPath+"/:id", s.changeMember, members)
	e.POST(membersPath+"/:id/remove", s.removeMember, members)
	e.POST("/settings/invitations/:id/delete", s.takeBackInvitation, members)
	page("/overview", s.showOverview, read)
	page("/failures", s.listAccountFailures, read)
	page("/reports", s.listAccountReports, read)
	e.POST("/reports", s.uploadReports, judge)
	page("/deliveries", s.listDeliveries, read)
	page("/quarantine", s.listQuarantine, read)
	page("/reporters", s.listReporters, read)
	e.POST("/reporters/block", s.blockReporter, judge)
	e.POST("/reporters/unblock", s.unblockReporter, judge)
	page(auditPath, s.showAudit, s.may(models.ToSeeAudit))
	page(auditPath+"/export/:file", s.exportAudit, s.may(models.ToSeeAudit))
	page("/settings/mailbox", s.showMailbox, read)
	page("/settings/mailbox/panel", s.showMailboxPanel, read)
	e.POST("/settings/mailbox", s.connectMailbox, mailbox)
	e.POST("/settings/mailbox/state", s.changeMailbox, mailbox)
	page(tokensPath, s.showTokens, read)
	e.POST(tokensPath, s.addToken, tokens)
	e.POST(tokensPath+"/:id/revoke", s.revokeToken, tokens)

	// Domains.
	page("/domains", s.listDomains, read)
	page("/domains/new", s.showNewDomain, domains)
	e.POST("/domains/new", s.addDomain, domains)
	page("/domains/bulk", s.showBulk, domains)
	e.POST("/domains/bulk", s.addBulk, domains)
	page("/domains/pending", s.listPending, read)
	page("/domains/export/cnames.csv", s.exportCNAMEs, read)
	page("/domains/export/cnames.zone", s.exportZone, read)
	page("/domains/:name", s.showDomain, read)
	page("/domains/:name/days/:day", s.showDay, read)
	page("/domains/:name/export/:file", s.exportDomain, read)
	page("/domains/:name/shares", s.listShares, share)
	e.POST("/domains/:name/shares", s.addShare, share)
	e.POST("/domains/:name/shares/:id/delete", s.removeShare, share)
	page("/domains/:name/failures", s.listFailures, read)
	page("/domains/:name/reports", s.listReports, read)
	e.POST("/domains/:name/reports", s.uploadReports, judge)
	page("/domains/:name/setup", s.showSetup, read)
	page("/domains/:name/setup/panel", s.showSetupPanel, read)
	page("/domains/:name/setup/history", s.showSetupHistory, read)
	e.POST("/domains/:name/check", s.checkDomain, check)
	page("/domains/:name/self-test", s.showSelfTest, read)
	e.POST("/domains/:name/self-test", s.startSelfTest, check)
	page("/domains/:name/forwards", s.showForwards, read)
	e.POST("/domains/:name/forwards", s.addForward, domains)
	e.POST("/domains/:name/forwards/:id/ask", s.askForwardAgain, domains)
	e.POST("/domains/:name/forwards/:id/delete", s.removeForward, domains)
	page("/domains/:name/settings", s.showDomainSettings, read)
	e.POST("/domains/:name/settings/secret", s.renewSecret, domains)
	e.POST("/domains/:name/delete", s.deleteDomain, domains)

	// Reports and what they came in.
	page("/reports/:id", s.showReport, read)
	page("/reports/:id/raw", s.downloadReport, read)
	page("/deliveries/:id", s.showDelivery, read)
	page("/deliveries/:id/original", s.downloadOriginal, read)
	e.POST("/deliveries/:id/accept", s.acceptDelivery, judge)
	e.POST("/deliveries/:id/withdraw", s.withdrawDelivery, judge)
	e.POST("/deliveries/:id/replay", s.replayDelivery, judge)
	e.POST("/deliveries/:id/delete", s.deleteDelivery, judge)

	s.mountAPI(e)
	return e
}

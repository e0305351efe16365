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
	e.Use(s.logRequests, s.setHeaders, s.guardHost, s.giveTheme, s.refuseOptions, s.guardOrigin(), s.limitForms)

	r := router{Echo: e, site: s}
	r.mountPublic()
	r.mountMachines()
	r.mountLinks()
	r.mountPerson()
	r.mountAccount()
	r.mountSettings()
	r.mountDomains()
	r.mountDomain()
	r.mountReports()
	s.mountAPI(e)
	return e
}

// router mounts the pages of a site.
type router struct {
	*echo.Echo
	*site
}

// page mounts what can be looked at.
func (r router) page(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, h, m...)
}

// mountPublic mounts what is for anybody.
func (r router) mountPublic() {
	r.page("/", r.showLanding)
	r.page("/signup", r.showSignup)
	r.POST("/signup", r.createAccount)
	r.page(sharePath+":token", r.showShared)
	r.page(sharePath+":token/export/:file", r.exportShared)
	r.page("/login", r.showLogin)
	r.POST("/login", r.createSession)
	r.page(secondStepPath, r.showSecondStep)
	r.POST(secondStepPath, r.checkSecondStep)
	r.POST(passkeyLoginPath+"/begin", r.askPasskey)
	r.POST(passkeyLoginPath, r.createPasskeySession)
	r.page(ssoPath, r.beginSignOn)
	r.page(SSOCallbackPath, r.finishSignOn)
	r.page("/reset", r.showReset)
	r.POST("/reset", r.askReset)
	r.POST("/logout", r.endSession)
	r.POST("/theme", r.setTheme)
	r.page(toolCheckPath, r.showCheck)
	r.page(toolGeneratePath, r.showGenerate)
	r.page(toolAnalyzePath, r.showAnalyze)
	r.POST(toolAnalyzePath, r.analyzeReports)
	r.page(static.Prefix+"*", r.serveAsset())
}

// mountMachines mounts what is for machines.
func (r router) mountMachines() {
	r.page("/robots.txt", r.showRobots)
	r.page("/sitemap.xml", r.showSitemap)
	r.page("/healthz", r.answerHealth)
	r.page("/readyz", r.answerReady)
	r.POST(hosted.ReportPath+":secret", r.postReport)
}

// mountLinks mounts what is for who has a link from a mail.
func (r router) mountLinks() {
	r.page("/forwards/:secret", r.showForwardConfirmation)
	r.POST("/forwards/:secret", r.confirmForward)
	r.page(signupPath+":secret", r.showSignupLink)
	r.POST(signupPath+":secret", r.finishSignup)
	r.page(resetPath+":secret", r.showResetLink)
	r.POST(resetPath+":secret", r.resetPassword)
	r.page(emailPath+":secret", r.showEmailLink)
	r.POST(emailPath+":secret", r.confirmEmail)
	r.page(transferPath+":secret", r.showOffer)
	r.POST(transferPath+":secret", r.acceptOffer)
	r.page(invitationPath+":secret", r.showInvitation)
	r.POST(invitationPath+":secret", r.acceptInvitation)
	if r.ShowsMail {
		r.page("/dev/mail", r.showDevMail)
		r.page("/dev/gallery", r.showGallery)
	}
}

// mountPerson mounts what is for the person.
func (r router) mountPerson() {
	me := r.person()
	r.page(accountsPath, r.listAccounts, me)
	r.POST(accountsPath, r.addAccount, me)
	r.POST(accountsPath+"/open", r.openAccount, me)
	r.page(accountSettingsPath, r.showAccountSettings, me)
	r.POST(accountSettingsPath+"/password", r.changePassword, me)
	r.POST(accountSettingsPath+"/email", r.changeEmail, me)
	r.page(signingInPath, r.showSigningIn, me)
	r.page(appPath, r.showApp, me)
	r.POST(appPath, r.confirmApp, me)
	r.POST(appPath+"/offer", r.offerApp, me)
	r.POST(appPath+"/remove", r.removeApp, me)
	r.POST(signingInPath+"/codes", r.renewCodes, me)
	r.POST(passkeysPath, r.addPasskey, me)
	r.POST(passkeysPath+"/begin", r.offerPasskey, me)
	r.POST(passkeysPath+"/:id", r.renamePasskey, me)
	r.POST(passkeysPath+"/:id/remove", r.removePasskey, me)
	r.POST("/settings/sessions/end-others", r.endOtherSessions, me)
	r.POST("/settings/sessions/:id/end", r.endOneSession, me)
}

// mountAccount mounts what is for the account.
func (r router) mountAccount() {
	read, bring, block := r.may(models.ToRead), r.may(models.ToBring), r.may(models.ToBlock)
	r.page("/overview", r.showOverview, read)
	r.page("/overview/export/:file", r.exportOverview, read)
	r.page("/failures", r.listAccountFailures, read)
	r.page("/failures/export/:file", r.exportAccountFailures, read)
	r.page("/reports", r.listAccountReports, read)
	r.page("/reports/export/:file", r.exportReports, read)
	r.POST("/reports", r.uploadReports, bring)
	r.page("/deliveries", r.listDeliveries, read)
	r.page("/deliveries/export/:file", r.exportDeliveries, read)
	r.page("/quarantine", r.listQuarantine, read)
	r.page("/reporters", r.listReporters, read)
	r.page("/reporters/export/:file", r.exportReporters, read)
	r.POST("/reporters/block", r.blockReporter, block)
	r.POST("/reporters/unblock", r.unblockReporter, block)
}

// mountSettings mounts what is for the settings of the account.
func (r router) mountSettings() {
	me, members, read, whole, mailbox, tokens, audit := r.person(), r.may(models.ToManageMembers), r.may(models.ToRead), r.may(models.ToReadAccount), r.may(models.ToManageMailbox), r.may(models.ToManageTokens), r.may(models.ToSeeAudit)
	r.page(membersPath, r.showMembers, read)
	r.POST(membersPath, r.invite, members)
	r.POST(membersPath+"/leave", r.leaveAccount, me)
	r.POST(membersPath+"/two-factors", r.demandTwoFactors, r.may(models.ToManageAccount))
	r.POST(membersPath+"/name", r.renameAccount, r.may(models.ToManageAccount))
	r.POST(membersPath+"/:id", r.changeMember, members)
	r.page(membersPath+"/:id/remove", r.showRemoval, members)
	r.POST(membersPath+"/:id/remove", r.removeMember, members)
	closing := r.may(models.ToCloseAccount)
	r.page(closingPath, r.showClosing, closing)
	r.POST(closingPath, r.closeAccount, closing)
	r.POST(closingPath+"/take-back", r.reopenAccount, closing)
	r.POST("/settings/invitations/:id/delete", r.takeBackInvitation, members)
	r.page(auditPath, r.showAudit, audit)
	r.page(auditPath+"/export/:file", r.exportAudit, audit)
	r.page("/settings/mailbox", r.showMailbox, whole)
	r.page("/settings/mailbox/panel", r.showMailboxPanel, whole)
	r.POST("/settings/mailbox", r.connectMailbox, mailbox)
	r.POST("/settings/mailbox/state", r.changeMailbox, mailbox)
	r.page(tokensPath, r.showTokens, whole)
	r.POST(tokensPath, r.addToken, tokens)
	r.POST(tokensPath+"/:id/revoke", r.revokeToken, tokens)
}

// mountDomains mounts what is for all domains.
func (r router) mountDomains() {
	read, domains := r.may(models.ToRead), r.may(models.ToManageDomains)
	r.page("/domains", r.listDomains, read)
	r.page("/domains/new", r.showNewDomain, domains)
	r.POST("/domains/new", r.addDomain, domains)
	r.page("/domains/bulk", r.showBulk, domains)
	r.POST("/domains/bulk", r.addBulk, domains)
	r.POST("/domains/tags", r.tagDomains, domains)
	r.page("/domains/pending", r.listPending, read)
	r.page("/domains/export/:file", r.exportDomains, read)
	r.page("/domains/export/cnames.csv", r.exportCNAMEs, read)
	r.page("/domains/export/cnames.zone", r.exportZone, read)
}

// mountDomain mounts what is for one domain.
func (r router) mountDomain() {
	read, bring, share, domains, check := r.may(models.ToRead), r.may(models.ToBring), r.may(models.ToShare), r.may(models.ToManageDomains), r.may(models.ToCheck)
	r.page("/domains/:name", r.showDomain, read)
	r.page("/domains/:name/days/:day", r.showDay, read)
	r.page("/domains/:name/export/:file", r.exportDomain, read)
	r.page("/domains/:name/shares", r.listShares, share)
	r.POST("/domains/:name/shares", r.addShare, share)
	r.POST("/domains/:name/shares/:id/delete", r.removeShare, share)
	r.page("/domains/:name/failures", r.listFailures, read)
	r.page("/domains/:name/reports", r.listReports, read)
	r.POST("/domains/:name/reports", r.uploadReports, bring)
	r.page("/domains/:name/setup", r.showSetup, read)
	r.page("/domains/:name/setup/panel", r.showSetupPanel, read)
	r.page("/domains/:name/setup/history", r.showSetupHistory, read)
	r.POST("/domains/:name/check", r.checkDomain, check)
	r.page("/domains/:name/self-test", r.showSelfTest, read)
	r.POST("/domains/:name/self-test", r.startSelfTest, check)
	r.page("/domains/:name/forwards", r.showForwards, read)
	r.POST("/domains/:name/forwards", r.addForward, domains)
	r.POST("/domains/:name/forwards/:id/ask", r.askForwardAgain, domains)
	r.POST("/domains/:name/forwards/:id/delete", r.removeForward, domains)
	r.page("/domains/:name/settings", r.showDomainSettings, read)
	r.POST("/domains/:name/settings/tags", r.setDomainTags, domains)
	r.POST("/domains/:name/settings/secret", r.renewSecret, domains)
	r.POST("/domains/:name/transfer", r.offerDomain, r.may(models.ToMoveDomains))
	r.POST("/domains/:name/transfer/withdraw", r.withdrawOffer, r.may(models.ToMoveDomains))
	r.POST("/domains/:name/delete", r.deleteDomain, domains)
}

// mountReports mounts what is for reports and what they came in.
func (r router) mountReports() {
	read, judge := r.may(models.ToRead), r.may(models.ToJudge)
	r.page("/reports/:id", r.showReport, read)
	r.page("/reports/:id/raw", r.downloadReport, read)
	r.page("/reports/:id/export/:file", r.exportReport, read)
	r.page("/deliveries/:id", r.showDelivery, read)
	r.page("/deliveries/:id/original", r.downloadOriginal, read)
	r.POST("/deliveries/:id/accept", r.acceptDelivery, judge)
	r.POST("/deliveries/:id/withdraw", r.withdrawDelivery, judge)
	r.POST("/deliveries/:id/replay", r.replayDelivery, judge)
	r.POST("/deliveries/:id/delete", r.deleteDelivery, judge)
}

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
	reader, writer, manager := s.role(models.ReadOnly), s.role(models.Member), s.role(models.Manager)

	// For anybody.
	page("/", s.showLanding)
	page("/signup", s.showSignup)
	e.POST("/signup", s.createAccount)
	page(sharePath+":token", s.showShared)
	page("/login", s.showLogin)
	e.POST("/login", s.createSession)
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
	if s.ShowsMail {
		page("/dev/mail", s.showDevMail)
	}

	// The account.
	page("/overview", s.showOverview, reader)
	page("/failures", s.listAccountFailures, reader)
	page("/reports", s.listAccountReports, reader)
	e.POST("/reports", s.uploadReports, writer)
	page("/deliveries", s.listDeliveries, reader)
	page("/quarantine", s.listQuarantine, reader)
	page("/reporters", s.listReporters, reader)
	e.POST("/reporters/block", s.blockReporter, writer)
	e.POST("/reporters/unblock", s.unblockReporter, writer)
	page("/settings/account", s.showAccountSettings, reader)
	e.POST("/settings/account/password", s.changePassword, reader)
	page("/settings/mailbox", s.showMailbox, reader)
	page("/settings/mailbox/panel", s.showMailboxPanel, reader)
	e.POST("/settings/mailbox", s.connectMailbox, manager)
	e.POST("/settings/mailbox/state", s.changeMailbox, manager)

	// Domains.
	page("/domains", s.listDomains, reader)
	page("/domains/new", s.showNewDomain, manager)
	e.POST("/domains/new", s.addDomain, manager)
	page("/domains/bulk", s.showBulk, manager)
	e.POST("/domains/bulk", s.addBulk, manager)
	page("/domains/pending", s.listPending, reader)
	page("/domains/export/cnames.csv", s.exportCNAMEs, reader)
	page("/domains/export/cnames.zone", s.exportZone, reader)
	page("/domains/:name", s.showDomain, reader)
	page("/domains/:name/days/:day", s.showDay, reader)
	page("/domains/:name/export/:file", s.exportDomain, reader)
	page("/domains/:name/shares", s.listShares, writer)
	e.POST("/domains/:name/shares", s.addShare, writer)
	e.POST("/domains/:name/shares/:id/delete", s.removeShare, writer)
	page("/domains/:name/failures", s.listFailures, reader)
	page("/domains/:name/reports", s.listReports, reader)
	e.POST("/domains/:name/reports", s.uploadReports, writer)
	page("/domains/:name/setup", s.showSetup, reader)
	page("/domains/:name/setup/panel", s.showSetupPanel, reader)
	page("/domains/:name/setup/history", s.showSetupHistory, reader)
	e.POST("/domains/:name/check", s.checkDomain, writer)
	page("/domains/:name/self-test", s.showSelfTest, reader)
	e.POST("/domains/:name/self-test", s.startSelfTest, writer)
	page("/domains/:name/forwards", s.showForwards, reader)
	e.POST("/domains/:name/forwards", s.addForward, manager)
	e.POST("/domains/:name/forwards/:id/ask", s.askForwardAgain, manager)
	e.POST("/domains/:name/forwards/:id/delete", s.removeForward, manager)
	page("/domains/:name/settings", s.showDomainSettings, reader)
	e.POST("/domains/:name/settings/secret", s.renewSecret, manager)
	e.POST("/domains/:name/delete", s.deleteDomain, manager)

	// Reports and what they came in.
	page("/reports/:id", s.showReport, reader)
	page("/reports/:id/raw", s.downloadReport, reader)
	page("/deliveries/:id", s.showDelivery, reader)
	page("/deliveries/:id/original", s.downloadOriginal, reader)
	e.POST("/deliveries/:id/accept", s.acceptDelivery, writer)
	e.POST("/deliveries/:id/withdraw", s.withdrawDelivery, writer)
	e.POST("/deliveries/:id/replay", s.replayDelivery, writer)
	e.POST("/deliveries/:id/delete", s.deleteDelivery, writer)
	return e
}

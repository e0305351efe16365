package views_test

import (
	"strings"

	"github.com/sealpost/sealpost/views"
)

func signingInPage() views.SigningInPage {
	since := daysAgo(12)
	return views.SigningInPage{Frame: frame("Signing in", "/settings/signing-in"), AppSince: &since, CodesLeft: 9, OffersPasskeys: true, MaxName: 60,
		Passkeys: []views.PasskeyRow{{ID: "1", Name: "Phone", Since: since, Used: &since}, {ID: "2", Name: "A security key with a remarkably long name", Since: since}},
		Form:     views.FormCodes, Error: "This code is wrong."}
}

func appSetupPage() views.AppSetupPage {
	return views.AppSetupPage{Frame: frame("Authenticator app", "/settings/signing-in/app"), Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", PictureSize: 29, PicturePath: "M4 4h7v1h-7z", Error: "This code is wrong."}
}

func recoveryPage() views.RecoveryCodesPage {
	return views.RecoveryCodesPage{Frame: frame("Recovery codes", "/settings/signing-in"), First: true, Codes: strings.Fields(strings.Repeat("0123-4567-89ab-cdef-ghjk-mnpq ", 10))}
}

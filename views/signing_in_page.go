package views

import "time"

// SigningInForm names a form of "/settings/signing-in".
type SigningInForm string

// The forms that a sentence can stand beside.
const (
	FormAppAdd     SigningInForm = "app"
	FormAppRemove  SigningInForm = "app-remove"
	FormCodes      SigningInForm = "codes"
	FormPasskeyAdd SigningInForm = "passkey"
)

// SigningInPage is "/settings/signing-in": what a person proves themself with
// beside the password. POST to ".../app/offer" ("current_password") draws a
// secret for an app; ".../app/remove" and ".../codes" take "current_password"
// and "code".
type SigningInPage struct {
	Frame
	// AppSince is nil while the person has no authenticator app.
	AppSince  *time.Time
	CodesLeft int
	// Demanded says that the account lets nobody in with the password alone.
	Demanded bool
	// Passkeys are listed; OffersPasskeys says that more can be added.
	Passkeys       []PasskeyRow
	OffersPasskeys bool
	MaxName        int
	// Error is a sentence beside Form.
	Form  SigningInForm
	Error string
}

// PasskeyRow is one passkey of the person. POST to
// "/settings/signing-in/passkeys/{id}" renames it ("name"), to ".../remove" takes
// it away ("current_password").
type PasskeyRow struct {
	ID, Name string
	Since    time.Time
	Used     *time.Time
}

func (p SigningInPage) errorOf(f SigningInForm) string {
	if p.Form == f {
		return p.Error
	}
	return ""
}

// AppSetupPage is "/settings/signing-in/app": a secret that waits for its first
// code (POST to the same URL, field "code").
type AppSetupPage struct {
	Frame
	Secret string
	// PicturePath draws the dark fields of a QR code in a square of PictureSize.
	PictureSize int
	PicturePath string
	Error       string
}

// spaced writes the secret in groups, for who types it.
func (p AppSetupPage) spaced() string {
	var out []byte
	for i := range len(p.Secret) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, p.Secret[i])
	}
	return string(out)
}

// RecoveryCodesPage shows codes this once.
type RecoveryCodesPage struct {
	Frame
	Codes []string
	// First says that the app has just been added.
	First bool
}

// SecondStepPage is "/login/code" (POST to the same URL, field "code").
type SecondStepPage struct {
	Frame
	Error string
}

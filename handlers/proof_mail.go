package handlers

import "github.com/sealpost/sealpost/models"

// The mails that tell a person how they log in from now on. The store fills in
// the address.

const notYou = "\nIf it was not you, choose another password at once and tell the owner of your\naccount.\n"

func appAddedMail() models.NewMail {
	return models.NewMail{
		Subject: "An authenticator app was added at Sealpost",
		Text:    "From now on you log in to Sealpost with your password and a code of your\nauthenticator app.\n" + notYou,
	}
}

func appRemovedMail() models.NewMail {
	return models.NewMail{
		Subject: "Your authenticator app was removed at Sealpost",
		Text:    "From now on your password alone is enough to log in to Sealpost. The codes of\nyour app and your recovery codes open nothing any more.\n" + notYou,
	}
}

func codesRenewedMail() models.NewMail {
	return models.NewMail{
		Subject: "You have new recovery codes at Sealpost",
		Text:    "Your old recovery codes open nothing any more.\n" + notYou,
	}
}

func passkeyAddedMail() models.NewMail {
	return models.NewMail{
		Subject: "A passkey was added at Sealpost",
		Text:    "From now on a device that keeps this passkey logs in to Sealpost as you, without\nyour password.\n" + notYou,
	}
}

func passkeyRemovedMail() models.NewMail {
	return models.NewMail{
		Subject: "A passkey was removed at Sealpost",
		Text:    "A passkey of yours opens nothing at Sealpost any more.\n" + notYou,
	}
}

// LostFactorsMail tells a person that the operator has removed what they log in
// with beside the password.
func LostFactorsMail() models.NewMail {
	return models.NewMail{
		Subject: "The second step of your login was removed at Sealpost",
		Text: "The operator of this server has removed what you log in with beside your\npassword: an authenticator app, passkeys, or both. You were logged out\neverywhere.\n\n" +
			"Log in with your password and add an app or a passkey again, under Settings,\nSigning in.\n\n" +
			"If it was not you who asked for this, tell the operator at once, and choose\nanother password.\n",
	}
}

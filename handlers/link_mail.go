package handlers

import (
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

// The paths that stand before the tokens of links in mails.
const (
	signupPath = "/signup/"
	resetPath  = "/reset/"
	emailPath  = "/email/"
)

// provesMail reports whether a new address has to be proven by a link: where
// mails only show at /dev/mail, or cannot be sent at all, it is believed
// (rulings.md 31).
func (s *site) provesMail() bool { return s.SendsMail && !s.ShowsMail }

// newLink draws a token and gives it with the address of its page.
func (s *site) newLink(path string) (token, link string, err error) {
	token, err = hosted.NewSecret(s.Random)
	return token, s.address(path + token), err
}

// The mails to persons name nothing that a stranger could have typed freely.

func signupMail(to, link string) *models.NewMail {
	return &models.NewMail{
		Recipient: to, Subject: "Your account at Sealpost",
		Text: "Somebody, most likely you, wants an account at Sealpost for this address.\n\n" +
			"To choose a password, open this page. The link works once, for an hour:\n\n" + link + "\n\n" +
			"If it was not you, do nothing: without the link there is no account.\n",
	}
}

// knownMail goes to who has an account already and signs up again.
func knownMail(to, login, reset string) *models.NewMail {
	return &models.NewMail{
		Recipient: to, Subject: "Your account at Sealpost",
		Text: "Somebody, most likely you, wants an account at Sealpost for this address.\n" +
			"It has one already. Log in here:\n\n" + login + "\n\n" +
			"If you have forgotten the password, choose another one:\n\n" + reset + "\n\n" +
			"If it was not you, do nothing.\n",
	}
}

func resetMail(to, link string) *models.NewMail {
	return &models.NewMail{
		Recipient: to, Subject: "A new password for Sealpost",
		Text: "Somebody, most likely you, has forgotten the password of this address.\n\n" +
			"To choose another one, open this page. The link works once, for an hour:\n\n" + link + "\n\n" +
			"If it was not you, do nothing: your password stays.\n",
	}
}

func emailMail(to, link string) *models.NewMail {
	return &models.NewMail{
		Recipient: to, Subject: "Your new address at Sealpost",
		Text: "Somebody, most likely you, wants to log in to Sealpost with this address.\n\n" +
			"To confirm it, open this page. The link works once, for an hour:\n\n" + link + "\n\n" +
			"If it was not you, do nothing.\n",
	}
}

// movedMail tells the old address.
func movedMail(to string) models.NewMail {
	return models.NewMail{
		Recipient: to, Subject: "Your address at Sealpost was changed",
		Text: "From now on you log in to Sealpost with another address, and not with this\n" +
			"one any more.\n\n" +
			"If it was not you who changed it, tell the owner of your account at once.\n",
	}
}

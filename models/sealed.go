package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// ErrSealed says that a secret at rest cannot be read: it was written under
// another key of the installation, or has been moved or changed.
var ErrSealed = errors.New("the stored secret cannot be read with this installation's key")

// seal encrypts a secret for the database with AES-256-GCM. purpose chooses the
// key, which is derived from the installation's; owner is bound to the text, so
// that it cannot be read in another row.
func (s *Store) seal(purpose, owner string, secret []byte) ([]byte, error) {
	aead, err := s.sealer(purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, secret, []byte(owner)), nil
}

// unseal gives back what seal was given, or ErrSealed.
func (s *Store) unseal(purpose, owner string, sealed []byte) ([]byte, error) {
	aead, err := s.sealer(purpose)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, ErrSealed
	}
	secret, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(owner))
	if err != nil {
		return nil, ErrSealed
	}
	return secret, nil
}

func (s *Store) sealer(purpose string) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, s.SecretKey)
	mac.Write([]byte("seal\x00" + purpose))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

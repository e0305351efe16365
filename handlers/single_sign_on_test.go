package handlers_test

import (
	"cmp"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/signon"
	"github.com/sealpost/sealpost/internal/testkit"
)

// issuer is a small OpenID Connect issuer. claims changes what it says of the
// person, sign who signs it.
type issuer struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	clock  *testkit.Clock
	asked  url.Values // the person's visit
	claims func(map[string]any)
	forge  bool
	alg    string // what the head of the proof names, RS256 if ""
	given  string // the newest proof of who the person is
}

func newIssuer(t *testing.T, clock *testkit.Clock) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, clock: clock, claims: func(map[string]any) {}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.metadata)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewTLSServer(mux)
	t.Cleanup(i.server.Close)
	return i
}

func (i *issuer) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Error(err)
	}
}

func (i *issuer) metadata(w http.ResponseWriter, _ *http.Request) {
	u := i.server.URL
	i.say(w, map[string]any{"issuer": u, "authorization_endpoint": u + "/ask", "token_endpoint": u + "/token", "jwks_uri": u + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
}

func (i *issuer) keys(w http.ResponseWriter, _ *http.Request) {
	n := base64.RawURLEncoding.EncodeToString(i.key.N.Bytes())
	i.say(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": n, "e": "AQAB"}}})
}

// token trades the code, for who has the verifier of the visit and the secret.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != "sealpost" || secret != "s3cr3t" || r.PostFormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != i.asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		i.say(w, map[string]string{"error": "invalid_grant"})
		return
	}
	i.given = i.signed()
	i.say(w, map[string]any{"access_token": "access-s3cr3t", "token_type": "Bearer", "id_token": i.given})
}

func (i *issuer) signed() string {
	claims := map[string]any{
		"iss": i.server.URL, "sub": "42", "aud": "sealpost", "exp": i.clock.Now().Add(time.Minute).Unix(), "iat": i.clock.Now().Unix(),
		"nonce": i.asked.Get("nonce"), "email": "Ada@example.com", "email_verified": true,
	}
	i.claims(claims)
	body, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	alg := cmp.Or(i.alg, "RS256")
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","kid":"1"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	if alg == "none" {
		return text + "."
	}
	if alg == "HS256" { // with what everybody can read as its key
		mac := hmac.New(sha256.New, i.key.N.Bytes())
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	key := i.key
	if i.forge {
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			i.t.Error(err)
		}
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Error(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// withIssuer is a site whose people sign in at an issuer; change adapts it.
func withIssuer(t *testing.T, change ...func(*handlers.Deps)) (*world, *issuer) {
	t.Helper()
	var i *issuer
	w := newWorld(t, append(change, func(d *handlers.Deps) {
		i = newIssuer(t, nil)
		d.SingleSignOn = signon.New(signon.Config{
			Issuer: i.server.URL, ClientID: "sealpost", ClientSecret: "s3cr3t", Domains: []string{"example.com"},
			Redirect: "http://sealpost.test" + handlers.SSOCallbackPath, Client: i.server.Client(), Now: d.Now,
		})
	})...)
	i.clock = w.clock
	return w, i
}

// visit goes to the issuer and gives the cookies for the way back.
func (i *issuer) visit(w *world) []*http.Cookie {
	i.t.Helper()
	got := w.get("/login/sso?next=/domains", nil)
	u, err := url.Parse(got.location())
	if err != nil || got.StatusCode != 303 || !strings.HasPrefix(got.location(), i.server.URL+"/ask?") {
		i.t.Fatalf("sent to %s with %d", got.location(), got.StatusCode)
	}
	i.asked = u.Query()
	if i.asked.Get("code_challenge_method") != "S256" || len(i.asked.Get("state")) < 26 || len(i.asked.Get("nonce")) < 26 {
		i.t.Errorf("asked with %v", i.asked)
	}
	return got.Cookies()
}

func (w *world) comeBack(cookies []*http.Cookie, query string) answer {
	w.t.Helper()
	r := request("GET", "/login/sso/callback?"+query, nil, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return w.do(r)
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	w, i := withIssuer(t)
	w.person("ada@example.com")
	if n := w.get("/login", nil).doc(t).Find(`a[href="/login/sso"]`).Length(); n != 1 {
		t.Errorf("the login shows %d links", n)
	}
	cookies := i.visit(w)
	back := "code=the-code&state=" + i.asked.Get("state")
	got := w.comeBack(cookies, back)
	if got.StatusCode != 303 || got.location() != "/domains" {
		t.Fatalf("coming back: %d to %s: %s", got.StatusCode, got.location(), got.body)
	}
	in := &person{cookie: got.setCookie("sealpost")}
	if got := w.get("/overview", in); got.StatusCode != 200 || !strings.Contains(got.body, "ada@example.com") {
		t.Errorf("after signing on: %d", got.StatusCode)
	}
	if log := w.get("/settings/audit", in).body; !strings.Contains(log, "single sign-on linked") {
		t.Error("the audit log does not tell of the link")
	}
	// The subject stays the person when the address at the issuer changes.
	i.claims = func(c map[string]any) { c["email"] = "ada.lovelace@example.com" }
	cookies = i.visit(w)
	if got := w.comeBack(cookies, "code=the-code&state="+i.asked.Get("state")); got.StatusCode != 303 {
		t.Errorf("with another address: %d", got.StatusCode)
	}
}

func TestSingleSignOnRefuses(t *testing.T) {
	t.Parallel()
	w, i := withIssuer(t)
	w.person("ada@example.com")
	w.person("ada@example.net")
	for name, c := range map[string]struct {
		claims func(map[string]any)
		forge  bool
		alg    string
		query  string // "" is right
		wait   time.Duration
		want   string
	}{
		"not verified":      {claims: func(c map[string]any) { c["email_verified"] = false }, want: "has not verified"},
		"nothing said":      {claims: func(c map[string]any) { delete(c, "email_verified") }, want: "has not verified"},
		"another domain":    {claims: func(c map[string]any) { c["email"] = "ada@example.net" }, want: "has not verified"},
		"a trick domain":    {claims: func(c map[string]any) { c["email"] = "ada@example.net@example.com" }, want: "has not verified"},
		"nobody":            {claims: func(c map[string]any) { c["email"], c["sub"] = "bob@example.com", "43" }, want: "Ask for an invitation"},
		"another nonce":     {claims: func(c map[string]any) { c["nonce"] = "x" }, want: "Try again"},
		"another audience":  {claims: func(c map[string]any) { c["aud"] = "x" }, want: "Try again"},
		"another issuer":    {claims: func(c map[string]any) { c["iss"] = "https://evil.example" }, want: "Try again"},
		"too old":           {claims: func(c map[string]any) { c["exp"] = 1 }, want: "Try again"},
		"another signature": {forge: true, want: "Try again"},
		"no signature":      {alg: "none", want: "Try again"},
		"a shared secret":   {alg: "HS256", want: "Try again"},
		"another state":     {query: "code=the-code&state=x", want: "Try again"},
		"another code":      {query: "code=x&state=STATE", want: "Try again"},
		"refused there":     {query: "error=access_denied&state=STATE", want: "Try again"},
		"too late":          {wait: 11 * time.Minute, want: "Try again"},
	} {
		i.claims, i.forge, i.alg = func(map[string]any) {}, c.forge, c.alg
		if c.claims != nil {
			i.claims = c.claims
		}
		cookies := i.visit(w)
		w.clock.Advance(c.wait)
		query := strings.ReplaceAll(c.query, "STATE", i.asked.Get("state"))
		if query == "" {
			query = "code=the-code&state=" + i.asked.Get("state")
		}
		got := w.comeBack(cookies, query)
		if got.StatusCode != 401 || got.setCookie("sealpost") != nil || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %d", name, got.StatusCode)
		}
	}
	if got := w.comeBack(nil, "code=the-code&state="+i.asked.Get("state")); got.StatusCode != 401 {
		t.Errorf("without the cookie: %d", got.StatusCode)
	}
	var links int
	if err := w.query("SELECT count(*) FROM identities").Scan(&links); err != nil || links != 0 {
		t.Errorf("%d links, %v", links, err)
	}
	i.server.Close()
	if got := w.get("/login/sso", nil); got.StatusCode != 303 && got.StatusCode != 502 {
		t.Errorf("an issuer that is down: %d", got.StatusCode)
	}
}

// Who has an authenticator app is asked for a code after signing on elsewhere,
// unless the issuer says that it has asked for two factors.
func TestSingleSignOnKeepsTheSecondStep(t *testing.T) {
	t.Parallel()
	w, i := withIssuer(t)
	w.withApp("ada@example.com")
	for _, c := range []struct {
		methods any
		want    string
	}{{[]string{"pwd"}, "/login/code"}, {[]string{"pwd", "mfa"}, "/domains"}} {
		i.claims = func(claims map[string]any) { claims["amr"] = c.methods }
		cookies := i.visit(w)
		if got := w.comeBack(cookies, "code=the-code&state="+i.asked.Get("state")); got.location() != c.want {
			t.Errorf("%v leads to %s", c.methods, got.location())
		}
	}
}

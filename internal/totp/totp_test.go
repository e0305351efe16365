package totp

import (
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"
	"testing"
	"time"
)

// The last six digits of the test vectors of RFC 6238, appendix B, for SHA-1.
func TestCodesOfTheRFC(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for _, c := range []struct {
		at   int64
		want string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}} {
		if got, err := Code(secret, time.Unix(c.at, 0)); err != nil || got != c.want {
			t.Errorf("at %d: %s, %v; want %s", c.at, got, err, c.want)
		}
		if step, ok := Match(secret, c.want[:3]+" "+c.want[3:], time.Unix(c.at, 0)); !ok || step != c.at/30 {
			t.Errorf("at %d the code is of step %d, %v", c.at, step, ok)
		}
	}
}

func TestAClockMayBeOneStepOff(t *testing.T) {
	t.Parallel()
	secret, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_015, 0)
	code, err := Code(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	for off, want := range map[time.Duration]bool{0: true, 30 * time.Second: true, -30 * time.Second: true, time.Minute: false, -time.Minute: false} {
		if step, ok := Match(secret, code, at.Add(off)); ok != want || ok && step != at.Unix()/30 {
			t.Errorf("%v off: step %d, %v", off, step, ok)
		}
	}
	for _, typed := range []string{"", code[:5], code + "0", "abcdef", strings.Repeat(" ", 100) + code} {
		if _, ok := Match(secret, typed, at); ok {
			t.Errorf("%q fits", typed)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	codes, err := NewRecoveryCodes(rand.Reader)
	if err != nil || len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Fatalf("%q, %v", codes, err)
	}
	want, ok := HashRecoveryCode("ada", codes[0])
	if !ok || len(codes[0]) != 29 {
		t.Fatalf("%q is no code", codes[0])
	}
	for _, typed := range []string{strings.ToUpper(codes[0]), strings.ReplaceAll(codes[0], "-", ""), " " + strings.ReplaceAll(codes[0], "-", " "), strings.ReplaceAll(codes[0], "0", "O"), strings.ReplaceAll(codes[0], "1", "l")} {
		if got, ok := HashRecoveryCode("ada", typed); !ok || string(got) != string(want) {
			t.Errorf("%q is not the code", typed)
		}
	}
	if got, _ := HashRecoveryCode("grace", codes[0]); string(got) == string(want) {
		t.Error("the same code of another person has the same hash")
	}
	for _, typed := range []string{"", "123456", codes[0] + "0", codes[0][1:], strings.Repeat("u", 24), strings.Repeat("-", 1000)} {
		if _, ok := HashRecoveryCode("ada", typed); ok {
			t.Errorf("%q passes for a code", typed)
		}
	}
}

func TestPictureIsSquare(t *testing.T) {
	t.Parallel()
	p, err := Draw(URL("Sealpost", "ada@example.test", "JBSWY3DPEHPK3PXP"))
	if err != nil || p.Size < 29 || !strings.HasPrefix(p.Path, "M4 4h7v1h-7z") {
		t.Fatalf("%d %.40s %v", p.Size, p.Path, err)
	}
	if got := URL("Seal post", "a/b@example.test", "AB"); got != "otpauth://totp/Seal%20post:a%2Fb@example.test?secret=AB&issuer=Seal+post" {
		t.Error(got)
	}
}

// Nothing that is typed passes by chance of form, or panics.
func FuzzTyped(f *testing.F) {
	for _, seed := range []string{"", "123456", "12 34 56", "0000-0000-0000-0000-0000-0000", "\x00", "１２３４５６"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if _, ok := Match("JBSWY3DPEHPK3PXP", typed, time.Unix(0, 0)); ok && len(strings.Join(strings.Fields(typed), "")) != 6 {
			t.Errorf("%q fits", typed)
		}
		if hash, ok := HashRecoveryCode("ada", typed); ok && (len(hash) != 32 || len(typed) > 96) {
			t.Errorf("%q is hashed", typed)
		}
	})
}

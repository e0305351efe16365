//go:build e2e

package main

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// shotsEnv names the folder that `task shots` keeps its pictures in.
const shotsEnv = "SEALPOST_SHOTS"

// shotsAt is the moment of the demo in the pictures.
func shotsAt() time.Time { return time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC) }

// TestE2EShots takes the pictures of the documentation: every page of the demo
// in light and dark and on a phone, at a moment and with names that are always
// the same. All together have less than 4 MB.
func TestE2EShots(t *testing.T) {
	dir := os.Getenv(shotsEnv)
	if dir == "" {
		t.Skipf("task shots sets %s", shotsEnv)
	}
	b := shownDemo(t)
	c := startChromium(t, "http://"+b.addr)
	all := int64(0)
	shoot := func(p shownPage) { all += c.shoot(p, filepath.Join(dir, p.name)) }
	for _, p := range publicShots() {
		shoot(p)
	}
	c.open("/login")
	c.enter("#email", demoEmail)
	c.enter("#password", demoPassword)
	c.follow(`form[action="/login"] button[type=submit]`)
	for _, p := range accountShots(b) {
		shoot(p)
	}
	if t.Logf("the pictures have %d KB", all>>10); all > 4<<20 {
		t.Errorf("the pictures have %d KB, which is too much to keep", all>>10)
	}
}

// shownDemo serves the demo at its moment, and is logged in there.
func shownDemo(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var out notes
	stopped := make(chan error, 1)
	c := demoConfig(t, map[string]string{"SECRET_KEY": strings.Repeat("5e", 32)})
	go func() {
		stopped <- demoCmd{Days: 400, at: shotsAt()}.serve(ctx, c, streams{strings.NewReader(""), &out, t.Output()})
	}()
	t.Cleanup(func() { cancel(); <-stopped })
	const patience = 10 * time.Minute
	for until := time.Now().Add(patience); !strings.Contains(out.String(), "password "+demoPassword); {
		if time.Now().After(until) {
			t.Fatal("the demo does not come up")
		}
		select {
		case err := <-stopped:
			t.Fatal("the demo stopped with: ", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	_, after, _ := strings.Cut(out.String(), "(listening on ")
	addr, _, _ := strings.Cut(after, ")")
	b := newBrowser(t, addr, "http://localhost:8080")
	b.submit("/login", url.Values{"email": {demoEmail}, "password": {demoPassword}})
	return b
}

func publicShots() []shownPage {
	return []shownPage{
		{"landing", "/", nil}, {"signup", "/signup", nil}, {"login", "/login", nil},
		{"check", "/tools/check", nil}, {"generate", "/tools/generate?domain=example.com&to=tls%40example.com%0Ahttps%3A%2F%2Freports.example.com%2Ftls", nil}, {"analyze", "/tools/analyze", nil},
	}
}

func accountShots(b *browser) []shownPage {
	report := testID(b.get("/domains/example.com/reports"), "report-row").First().Find("a").AttrOr("href", "")
	quarantined := testID(b.get("/quarantine"), "quarantine-row").First().Find(`a[href^="/deliveries/"]`).AttrOr("href", "/deliveries")
	return []shownPage{
		{"overview", "/overview", nil}, {"domains", "/domains", nil}, {"failures", "/failures?days=30", nil}, {"reports", "/reports", nil},
		{"domain", "/domains/example.com?days=30", nil}, {"domain-year", "/domains/example.com?days=365", nil}, {"domain-filtered", "/domains/example.com?days=90&result=certificate-expired", nil},
		{"domain-day", "/domains/example.com/days/2026-11-20", nil}, {"domain-failures", "/domains/example.com/failures?days=30", nil}, {"domain-reports", "/domains/example.com/reports", nil},
		{"domain-setup", "/domains/example.com/setup", nil}, {"domain-setup-wrong", "/domains/studio.test/setup", nil}, {"domain-history", "/domains/example.org/setup/history", nil},
		{"domain-forwards", "/domains/example.com/forwards", nil}, {"domain-shares", "/domains/example.com/shares", nil}, {"domain-settings", "/domains/example.com/settings", nil},
		{"domain-first-day", "/domains/launch.example", nil}, {"report", report, nil}, {"quarantine", "/quarantine", nil}, {"delivery", quarantined, nil}, {"deliveries", "/deliveries", nil},
		{"reporters", "/reporters", nil}, {"domain-new", "/domains/new", nil}, {"domains-bulk", "/domains/bulk", nil},
		{"members", "/settings/members", nil}, {"audit", "/settings/audit", nil}, {"tokens", "/settings/tokens", nil}, {"mailbox", "/settings/mailbox", nil}, {"account", "/settings/account", nil},
	}
}

// shoot writes the pictures of a page and gives their size.
func (c *chromium) shoot(p shownPage, file string) (size int64) {
	c.t.Helper()
	c.load(navigate(c, p.path))
	for _, s := range []struct {
		name, theme string
		width       int
	}{{"light", "light", 1280}, {"dark", "dark", 1280}, {"360", "light", 360}} {
		c.resize(s.width)
		c.prefer(s.theme)
		shot, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			c.t.Fatal(err)
		}
		small := smallPNG(c.t, shot, 1500)
		if err := os.WriteFile(file+"-"+s.name+".png", small, 0o644); err != nil {
			c.t.Fatal(err)
		}
		size += int64(len(small))
	}
	c.taken()
	return size
}

// smallPNG is a picture in few colours, cut at a height: pages
// have few colours, and the rest are the edges of letters.
func smallPNG(t *testing.T, picture []byte, height int) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	area := full.Bounds()
	area.Max.Y = min(area.Max.Y, area.Min.Y+height)
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		c := color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)
		c.R, c.G, c.B = c.R&^7|c.R>>5, c.G&^7|c.G>>5, c.B&^7|c.B>>5
		return c
	}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	out := image.NewPaletted(area, fewColours(count, 48))
	near := map[color.RGBA]uint8{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := at(x, y)
			index, known := near[c]
			if !known {
				index = uint8(out.Palette.Index(c))
				near[c] = index
			}
			out.SetColorIndex(x, y, index)
		}
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, out); err != nil {
		t.Fatal(err)
	}
	return small.Bytes()
}

// fewColours chooses colours that there are many pixels of and that no colour
// chosen before is near to, so that a small mark keeps its own.
func fewColours(count map[color.RGBA]int, most int) color.Palette {
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	away := make([]int, len(colours)) // from the nearest that is chosen
	for i := range away {
		away[i] = 1 << 20
	}
	palette := color.Palette{}
	for len(palette) < min(most, len(colours)) {
		best := 0
		for i, c := range colours {
			if count[c]*away[i] > count[colours[best]]*away[best] {
				best = i
			}
		}
		palette = append(palette, colours[best])
		for i, c := range colours {
			away[i] = min(away[i], distance(c, colours[best]))
		}
	}
	return palette
}

func distance(a, b color.RGBA) int {
	r, g, bl := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r + g*g + bl*bl
}

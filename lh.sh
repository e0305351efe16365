D=/tmp/w/h/dashb-data; W=/tmp/w/t7/lhrun; rm -rf $W; mkdir -p $W; cd $W; cp /tmp/w/t5/dash/10.db $W/site.db
export DATABASE_URL=sqlite:$W/site.db HTTP_ADDR=127.0.0.1:18099 BASE_URL=http://127.0.0.1:18099 DNS_ADDR=127.0.0.1:0 SMTP_ADDR=127.0.0.1:0 METRICS_ADDR=127.0.0.1:0 ROLES=web LOG_LEVEL=warn
echo correct-horse-battery | timeout 20 /tmp/w/t7/web user passwd a@example.test
/tmp/w/t7/web serve > serve.log 2>&1 & S=$!
for i in $(seq 60); do curl -sf http://127.0.0.1:18099/healthz >/dev/null && break; sleep 0.2; done
C=$(curl -s -o /dev/null -D - -H 'Sec-Fetch-Site: same-origin' --data-urlencode email=a@example.test --data-urlencode password=correct-horse-battery http://127.0.0.1:18099/login | grep -i '^set-cookie: sealpost=' | sed 's/.*\(sealpost=[^;]*\).*/\1/' | tr -d '\r')
echo "cookie ${#C}"
export CHROME_PATH=/usr/bin/chromium
run() { # name path categories headers
  timeout 60 $D/lh/node_modules/.bin/lighthouse "http://127.0.0.1:18099$2" --quiet ${LHX:-} --output=json --output-path=$W/$1.json --only-categories=$3 --chrome-flags="--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --user-data-dir=$W/chrome-$1" ${4:+--extra-headers="$4"} > $W/$1.log 2>&1
  node -e 'const r=require(process.argv[1]);console.log(process.argv[2],"index",r.environment.benchmarkIndex,Object.values(r.categories).map(c=>c.id+" "+Math.round(c.score*100)).join(", "), "FCP",r.audits["first-contentful-paint"]?.displayValue,"LCP",r.audits["largest-contentful-paint"]?.displayValue,"TBT",r.audits["total-blocking-time"]?.displayValue,"CLS",r.audits["cumulative-layout-shift"]?.displayValue);for(const c of Object.values(r.categories))for(const a of c.auditRefs){const x=r.audits[a.id];if(a.weight>0&&x.score!==null&&x.score<1)console.log("   ",c.id,a.id,x.score,x.displayValue||"",JSON.stringify((x.details?.items||[]).slice(0,3)).slice(0,300))}' $W/$1.json "$1" || tail -3 $W/$1.log
}
H="{\"Cookie\":\"$C\"}"
for p in ${PAGES:-landing overview domain check}; do case $p in
landing) run landing / performance,accessibility,best-practices,seo;;
overview) run overview /overview performance,accessibility,best-practices "$H";;
domain) run month "/domains/d1.example?days=30" performance,accessibility,best-practices "$H"; run year "/domains/d1.example?days=365" performance,accessibility,best-practices "$H";;
check) run check /tools/check seo,accessibility;;
generate) run generate /tools/generate seo;;
analyze) run analyze /tools/analyze seo;;
esac; done
kill $S; wait $S 2>/dev/null

// Gives answers of a site to the tests of Mozilla's HTTP Observatory and prints
// their scores; with VERBOSE set also what cost or gained points. The
// Observatory's own command looks at "/" on port 443 only; its tests do not mind.
// Usage: node scan.mjs FOLDER-OF-THE-OBSERVATORY PORT pages|files NAME=[//HOST]/PATH...
// Every host is asked at 127.0.0.1. SET_COOKIE holds what a login has set, line
// by line: it is sent as a browser sends it, and stands in the jar that the test
// of cookies looks into. LISTED says that browsers have the host in their lists.
import { writeFileSync } from "node:fs";
import dns from "node:dns";
const [folder, port, kind, ...surfaces] = process.argv.slice(2);
const hosts = ["localhost", ...surfaces.map((s) => /=\/\/([^/]+)/.exec(s)?.[1]).filter(Boolean)];
// The lists cannot be asked offline. What LISTED gives is the entry that a host
// gets whose answers carry the consent that is checked below.
const listed = Object.fromEntries(hosts.map((host) => [host, { mode: "force-https", includeSubDomains: true }]));
writeFileSync(`${folder}/conf/hsts-preload.json`, JSON.stringify(process.env.LISTED ? listed : {}));
const lookup = dns.lookup;
dns.lookup = (host, options, done) => lookup(hosts.includes(host) ? "127.0.0.1" : host, options, done);
const { retrieve } = await import(`${folder}/src/retriever/retriever.js`);
const { ALL_TESTS } = await import(`${folder}/src/constants.js`);
const { getGradeForScore, getScoreModifier } = await import(`${folder}/src/grader/grader.js`);
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(`${folder}/src/grader/charts.js`);

const cookies = (process.env.SET_COOKIE ?? "").split("\n").filter(Boolean);
const options = { httpPort: 9, httpsPort: Number(port) };
if (cookies.length) {
  // Headers of ours take the place of the Observatory's, so its Accept stands here, too.
  options.headers = ["Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", `Cookie: ${cookies.map((c) => c.split(";")[0]).join("; ")}`];
}

// bound is the least that an answer must have: 100, a strict policy 10,
// frame-ancestors 5, referrer 5, resources 10; pages have hashes of scripts, 5,
// and the cookie that every browser is given, 5, which a file has only from a
// login; under a name that is not ours a page gives none. A place in the lists gives 5.
function bound() {
  return 130 + (kind === "pages" ? 10 : kind === "elsewhere" ? 5 : cookies.length ? 5 : 0) + (process.env.LISTED ? 5 : 0);
}

async function look(surface) {
  const [, name, host = "localhost", path] = /^([^=]*)=(?:\/\/([^/]+))?(\/.*)$/.exec(surface);
  const site = await retrieve(host, { ...options, path });
  for (const line of cookies) site.session.jar.setCookieSync(line, `https://localhost:${port}/`);
  const answer = site.responses.auto;
  let score = 100, without = 100, failed = !answer;
  failed ||= kind === "pages" && !answer.headers["content-type"]?.startsWith("text/html");
  failed ||= Boolean(process.env.LISTED) && !/max-age=\d{8,}; includeSubDomains; preload/.test(answer?.headers["strict-transport-security"] ?? "");
  const notes = [];
  for (const { result, pass } of ALL_TESTS.map((test) => test(site))) {
    const points = getScoreModifier(result);
    score += points;
    without += Math.min(0, points);
    failed ||= pass === false || points < 0;
    if (points !== 0 || pass === false) notes.push(`${result} ${points}`);
  }
  if (without < MINIMUM_SCORE_FOR_EXTRA_CREDIT) score = without;
  console.log(`${score}\t${getGradeForScore(score).grade ?? getGradeForScore(score)}\t${answer?.status}\t${name}\t${host === "localhost" ? "" : host}${path}\t${process.env.VERBOSE ? notes.join(", ") : ""}`);
  return score >= bound() && !failed;
}

let well = true;
for (const surface of surfaces) well = (await look(surface)) && well;
process.exit(well ? 0 : 1);

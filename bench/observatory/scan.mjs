// Gives answers of a site to the tests of Mozilla's HTTP Observatory and prints
// their scores; with VERBOSE set also what cost or gained points. The
// Observatory's own command looks at "/" on port 443 only, and at no errors; its
// tests do not mind. Usage: node scan.mjs FOLDER-OF-THE-OBSERVATORY PORT PATH...
// SET_COOKIE holds what a login has set, line by line: it is sent as a browser
// sends it, and stands in the jar that the test of cookies looks into. LISTED
// says that browsers have the host in their lists.
import { writeFileSync } from "node:fs";
const [folder, port, ...paths] = process.argv.slice(2);
// The lists cannot be asked offline. What LISTED gives is the entry that a host
// gets whose answers carry the consent that is checked below.
const listed = { localhost: { mode: "force-https", includeSubDomains: true } };
writeFileSync(`${folder}/conf/hsts-preload.json`, JSON.stringify(process.env.LISTED ? listed : {}));
const { retrieve } = await import(`${folder}/src/retriever/retriever.js`);
const { ALL_TESTS } = await import(`${folder}/src/constants.js`);
const { getGradeForScore, getScoreModifier } = await import(`${folder}/src/grader/grader.js`);
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(`${folder}/src/grader/charts.js`);

const cookies = (process.env.SET_COOKIE ?? "").split("\n").filter(Boolean);
const headers = ["User-Agent: Mozilla/5.0", "Accept: text/html,*/*;q=0.8"];
if (cookies.length) headers.push(`Cookie: ${cookies.map((c) => c.split(";")[0]).join("; ")}`);

// bound is the least that an answer must have: 100, a strict policy 10,
// frame-ancestors 5, referrer 5, resources 10; hashes of scripts 5 where there
// are scripts; cookies 5 where there are cookies; a place in the lists 5.
function bound(response) {
  const page = response?.headers["content-type"]?.startsWith("text/html");
  return 130 + (page ? 5 : 0) + (cookies.length ? 5 : 0) + (process.env.LISTED ? 5 : 0);
}

async function look(path) {
  const site = await retrieve("localhost", { httpPort: 9, httpsPort: Number(port), path, headers });
  for (const line of cookies) site.session.jar.setCookieSync(line, `https://localhost:${port}/`);
  let score = 100, without = 100, failed = !site.responses.auto;
  const hsts = site.responses.auto?.headers["strict-transport-security"] ?? "";
  failed ||= Boolean(process.env.LISTED) && !/max-age=\d{8,}; includeSubDomains; preload/.test(hsts);
  const notes = [];
  for (const { result, pass } of ALL_TESTS.map((test) => test(site))) {
    const points = getScoreModifier(result);
    score += points;
    without += Math.min(0, points);
    failed ||= pass === false;
    if (points !== 0 || pass === false) notes.push(`${result} ${points}`);
  }
  if (without < MINIMUM_SCORE_FOR_EXTRA_CREDIT) score = without;
  console.log(`${score}\t${getGradeForScore(score).grade ?? getGradeForScore(score)}\t${site.responses.auto?.status}\t${path}\t${process.env.VERBOSE ? notes.join(", ") : ""}`);
  return score >= bound(site.responses.auto) && !failed;
}

let well = true;
for (const path of paths) well = (await look(path)) && well;
process.exit(well ? 0 : 1);

// Gives answers of a site to the tests of Mozilla's HTTP Observatory and prints
// their scores; with VERBOSE set also what cost or gained points. The
// Observatory's own command looks at "/" on port 443 only, and at no errors; its
// tests do not mind. Usage: node scan.mjs FOLDER-OF-THE-OBSERVATORY PORT PATH...,
// as a member when COOKIE is set.
import { writeFileSync } from "node:fs";
const [folder, port, ...paths] = process.argv.slice(2);
// Whether a name is in the browsers' HSTS lists cannot be asked offline.
writeFileSync(`${folder}/conf/hsts-preload.json`, "{}");
const { retrieve } = await import(`${folder}/src/retriever/retriever.js`);
const { ALL_TESTS } = await import(`${folder}/src/constants.js`);
const { getGradeForScore, getScoreModifier } = await import(`${folder}/src/grader/grader.js`);
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(`${folder}/src/grader/charts.js`);

const headers = ["User-Agent: Mozilla/5.0", "Accept: text/html,*/*;q=0.8"];
if (process.env.COOKIE) headers.push(`Cookie: ${process.env.COOKIE}`);

async function look(path) {
  const site = await retrieve("localhost", { httpPort: 9, httpsPort: Number(port), path, headers });
  let score = 100, without = 100, failed = !site.responses.auto;
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
  // All that there is without a cookie set and a place in the browsers' HSTS lists (decision 32).
  const page = site.responses.auto?.headers["content-type"]?.startsWith("text/html");
  return score >= (page ? 135 : 130) && !failed;
}

let well = true;
for (const path of paths) well = (await look(path)) && well;
process.exit(well ? 0 : 1);

// json-rules-engine with the rules of a file: behind Fastify, or by itself against the clock.
//   node json_rules_engine.js RULES serve PORT PROCESSES
//   node json_rules_engine.js RULES time BODIES SECONDS      prints evaluations a second of CPU
import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import { Engine } from "json-rules-engine";

const [rules, task, ...asked] = process.argv.slice(2);

function engine() {
  const made = new Engine(JSON.parse(readFileSync(rules, "utf8")), { allowUndefinedFacts: true });
  made.addOperator("isKnown", (value) => value !== undefined);
  return made;
}

async function fired(made, facts) {
  const { events } = await made.run(facts);
  return events.map((one) => one.type);
}

async function serve(port) {
  const made = engine();
  const app = Fastify();
  app.post("/", (request) => fired(made, request.body));
  await app.listen({ host: "127.0.0.1", port });
}

async function time(bodies, seconds) {
  const made = engine();
  const given = JSON.parse(readFileSync(bodies, "utf8"));
  for (const one of given.slice(0, 50)) await fired(made, one);
  const before = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) await fired(made, given[count++ % given.length]);
  const { user, system } = process.cpuUsage(before);
  console.log(count / ((user + system) / 1e6));
}

if (task === "time") {
  await time(asked[0], Number(asked[1]));
} else if (cluster.isPrimary) {
  for (let one = 0; one < Number(asked[1]); one++) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  await serve(Number(asked[0]));
}

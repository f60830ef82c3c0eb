// A connector in Node.js: the visits that a CRM exports, sent to attune. See docs/connectors.md.
//
//   npm install nats
//   attune source add crm --json > crm.json        # who we are: keep it secret
//   node crm.js crm.json visits.json
//
// visits.json: [{"id": 17, "changes": 0, "at": "2026-03-02T09:30:00+01:00", "minutes": 45,
//                "guests": ["ana@corp.example"], "host": "uli@acme.example", "deleted": false}, …]
//
// It keeps nothing of its own. Each run sends all visits again: what is known already counts no second time.

const { readFileSync } = require("node:fs");
const { setTimeout: pause } = require("node:timers/promises");
const { connect } = require("nats");

const AT_ONCE = 200; // events a message: one message costs what one event costs
const ACK_WITHIN_MS = 5_000;
const GIVE_UP_AFTER_MS = 60_000;

const [, , grantedFile, visitsFile] = process.argv;
const named = { specversion: "1.0", source: "crm/visits" };

/** Every state that the visit has been in is an event of its own; all but the last are taken back. */
function* events(visit) {
  const last = visit.deleted ? -1 : visit.changes;
  for (let version = 0; version <= visit.changes; version++) {
    const id = `visit-${visit.id}-${version}`;
    yield version === last
      ? { ...named, type: "attune.touchpoint.v1", id, time: visit.at, data: touchpoint(visit) }
      : { ...named, type: "attune.retraction.v1", id: `${id}-back`, data: { source: named.source, id } };
  }
}

function touchpoint(visit) {
  const people = visit.guests.map((address) => ({ address }));
  return { kind: "meeting", people, duration_minutes: visit.minutes, by: visit.host };
}

/** Return once the events are stored; without an acknowledgement send the same again, with growing, jittered pauses. */
async function send(jetstream, subject, some) {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (let wait = 100; ; wait = Math.min(2 * wait, 5_000)) {
    try {
      return await jetstream.publish(subject, JSON.stringify(some), { timeout: ACK_WITHIN_MS });
    } catch (error) {
      if (error.code === "PERMISSIONS_VIOLATION" || Date.now() > giveUpAt) throw error;
      await pause(wait * (0.5 + Math.random()));
    }
  }
}

async function main() {
  const granted = JSON.parse(readFileSync(grantedFile, "utf8"));
  const all = JSON.parse(readFileSync(visitsFile, "utf8")).flatMap((visit) => [...events(visit)]);
  const connection = await connect({
    servers: granted.nats_url,
    user: granted.nats_user, // this client does not read them out of the address
    pass: granted.nats_password,
    inboxPrefix: granted.inbox_prefix, // where acknowledgements may reach us
  });
  try {
    for (let begin = 0; begin < all.length; begin += AT_ONCE) {
      await send(connection.jetstream(), granted.subject, all.slice(begin, begin + AT_ONCE));
    }
  } finally {
    await connection.close();
  }
  console.log(`${all.length} events are stored`);
}

main().catch((error) => {
  console.error(`not all is stored, run it again: ${error.message}`);
  process.exitCode = 1;
});

// See compare-prisma.sh.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [cases, changes, write, ...folders] = process.argv.slice(2);

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    throw new Error(`the engine panicked: ${message}`);
  },
};

let runs = 0;
const ok = (value) => ({ ok: true, value, map: (f) => ok(f(value)), flatMap: (f) => f(value) });

// A connection that is never asked anything but its version.
const connection = {
  provider: 'postgres',
  adapterName: 'none',
  errorRegistry: { consumeError() {} },
  executeScript: async () => ok(undefined),
  executeRaw: async () => ok(0),
  queryRaw: async () => ok({ columnNames: ['version'], columnTypes: [7], rows: [['PostgreSQL 16.0']] }),
  getConnectionInfo: () => ok({ schemaName: 'public', supportsRelationJoins: true }),
  startTransaction: async () => ({}),
  dispose: async () => ok(undefined),
};
const adapter = {
  provider: 'postgres',
  adapterName: 'none',
  errorRegistry: { consumeError() {} },
  connect: async () => ok(connection),
  connectToShadowDb: async () => ok(connection),
};

async function engine(folder) {
  const modules = path.resolve(folder, 'node_modules');
  const loader = pathToFileURL(path.join(modules, '@prisma/schema-engine-wasm/schema_engine_bg.js'));
  const binary = new WebAssembly.Module(fs.readFileSync(path.join(modules, 'prisma/build/schema_engine_bg.wasm')));
  const { version } = JSON.parse(fs.readFileSync(path.join(modules, 'prisma/package.json'), 'utf8'));
  const diff = async (files, before) => {
    // A fresh instance each time, with a loader of its own, which keeps views of the memory.
    runs += 1;
    const glue = await import(`${loader}?${runs}`);
    const instance = new WebAssembly.Instance(binary, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    const adapted = (texts) => texts.map(([name, text]) => [name, adapt(text, Number.parseInt(version, 10))]);
    const schema = (texts) => ({
      tag: 'schemaDatamodel',
      files: adapted(texts).map(([name, content]) => ({ path: name, content })),
    });
    const given = adapted(files);
    const made = await glue.SchemaEngine.new({ datamodels: given }, () => {}, adapter);
    const result = await made.diff({
      from: before ? schema(before) : { tag: 'empty' },
      to: schema(files),
      shadowDatabaseUrl: null,
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return result.stdout;
  };
  return { version, diff };
}

// Prisma 6 insists on a url, Prisma 7 refuses one.
function adapt(text, major) {
  return text.replace(/^(\s*datasource\s+\w+\s*\{)([^}]*)\}/m, (_, head, body) => {
    const lines = body.split('\n').filter((line) => !/^\s*(url|directUrl|shadowDatabaseUrl)\s*=/.test(line));
    if (major < 7) lines.splice(1, 0, '  url = "postgresql://localhost/none"');
    return `${head}${lines.join('\n')}}`;
  });
}

function reason(error) {
  try {
    return JSON.parse(error.message).message ?? error.message;
  } catch {
    return String(error.message ?? error);
  }
}

let wrong = 0;
const complain = (text) => {
  wrong += 1;
  console.log(text);
};
const engines = await Promise.all(folders.map(engine));
let compared = 0;
let refused = 0;
for (const name of fs.readdirSync(cases).sort()) {
  const folder = path.join(cases, name);
  const files = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.prisma'))
    .sort()
    .map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]);
  const expected = path.join(folder, 'expected.sql');
  const bad = fs.existsSync(path.join(folder, 'expected.err'));
  const differs = fs.existsSync(path.join(folder, 'differs-from-prisma'));
  const lenient = fs.existsSync(path.join(folder, 'not-refused-by-prisma'));
  const outcomes = [];
  for (const { version, diff } of engines) {
    if (fs.existsSync(path.join(folder, 'prisma-7')) && Number.parseInt(version, 10) < 7) continue;
    let script;
    try {
      script = await diff(files);
    } catch (error) {
      if (!bad) complain(`${name}: Prisma ${version} refuses it: ${reason(error)}`);
      else refused += 1;
      continue;
    }
    outcomes.push(script);
    if (bad && !lenient) complain(`${name}: Prisma ${version} does not refuse it`);
    if (bad || differs) continue;
    if (write && version === engines.at(-1).version) fs.writeFileSync(expected, script);
    compared += 1;
    if (!fs.existsSync(expected) || fs.readFileSync(expected, 'utf8') !== script) {
      complain(`${name}: Prisma ${version} prints something else than expected.sql`);
    }
  }
  if (outcomes.some((script) => script !== outcomes[0])) complain(`${name}: the versions of Prisma differ`);
}
// What a change of the file gives: `prisma.sql` beside `before.prisma` and `after.prisma`.
let changed = 0;
for (const name of fs.readdirSync(changes).sort()) {
  const folder = path.join(changes, name);
  const read = (file) => [[file, fs.readFileSync(path.join(folder, file), 'utf8')]];
  const expected = path.join(folder, 'prisma.sql');
  for (const { version, diff } of engines) {
    let script;
    try {
      script = await diff(read('after.prisma'), read('before.prisma'));
    } catch (error) {
      complain(`${name}: Prisma ${version} refuses the change: ${reason(error)}`);
      continue;
    }
    if (write && version === engines.at(-1).version) fs.writeFileSync(expected, script);
    changed += 1;
    if (!fs.existsSync(expected) || fs.readFileSync(expected, 'utf8') !== script) {
      complain(`${name}: Prisma ${version} prints something else than prisma.sql`);
    }
  }
}
const versions = engines.map(({ version }) => version).join(' and ');
console.log(`Prisma ${versions}: ${compared} scripts and ${changed} changes compared, ${refused} refusals, ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 2);

// read_parquet.mjs MODULES FILE: rows as JSON lines, and on the first line what the footer says, by hyparquet, which
// shares no line of code with us. Exit 77: the modules are not there.
import { createRequire } from 'module';
import { readFileSync } from 'fs';
import { pathToFileURL } from 'url';
import path from 'path';
const [modules, file] = process.argv.slice(2);
let hyparquet, compressors;
try {
    const require = createRequire(path.resolve(modules, 'x.js'));
    const load = name => import(pathToFileURL(require.resolve(name)).href);
    hyparquet = await load('hyparquet');
    ({ compressors } = await load('hyparquet-compressors'));
} catch { process.exit(77); }
const bytes = readFileSync(file);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
const metadata = hyparquet.parquetMetadata(buffer);
const plain = (key, value) => typeof value === 'bigint' ? Number(value) : value instanceof Date ? value.toISOString() : value;
console.log(JSON.stringify({
    rows: metadata.num_rows, groups: metadata.row_groups.map(group => group.num_rows),
    keys: Object.fromEntries((metadata.key_value_metadata ?? []).map(pair => [pair.key, pair.value])),
    codecs: [...new Set(metadata.row_groups.flatMap(group => group.columns.map(column => column.meta_data.codec)))],
    counted: metadata.row_groups.every(group => group.columns.every(column => column.meta_data.statistics?.null_count !== undefined)),
}, plain));
for (const row of await hyparquet.parquetReadObjects({ file: buffer, compressors })) console.log(JSON.stringify(row, plain));

// Values that `echometer records --fields` gives of Parquet files beside those that DuckDB reads:
//     npm install @duckdb/node-api
//     node bench/parquet_compare.mjs build/echometer FILE...
// A line a file: rows, cells that both have, how many differ, and the first that does. Not compared: columns of
// maps and of lists of lists, which echometer does not read, and what DuckDB cannot open.
import { DuckDBInstance } from '@duckdb/node-api';
import { spawnSync } from 'child_process';
import path from 'path';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const [echometer, ...files] = process.argv.slice(2);

const flatten = (object, prefix, out) => {
    for (const key in object) {
        const value = object[key], name = prefix ? `${prefix}.${key}` : key;
        if (value && typeof value === 'object' && !Array.isArray(value)) flatten(value, name, out);
        else out[name] = value;
    }
    return out;
};
// Times are written in two ways; numbers may come as text.
const normal = value => {
    if (value === null || value === undefined) return 'null';
    if (Array.isArray(value)) return JSON.stringify(value);
    if (typeof value === 'number') return String(Math.fround(value));
    return String(value).replace('T', ' ').replace(/Z$|\+00$/, '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
        .replace(/^-?[\d.]+$/, number => String(Math.fround(Number(number))));
};

for (const file of files) {
    const run = spawnSync(echometer, ['records', '--fields', '-q', file], { maxBuffer: 1 << 30 });
    const ours = run.stdout.toString().split('\n').filter(Boolean).map(line => JSON.parse(line))
        .filter(line => line.type === 'row').map(line => line.fields);
    let theirs;
    try {
        const result = await connection.runAndReadAll(
            `select to_json(t)::varchar from (select * from read_parquet('${file}', binary_as_string=true)) t`);
        theirs = result.getRows().map(row => JSON.parse(row[0].replace(/:-?(NaN|Infinity)\b/g, ':null')));
    } catch (error) {
        console.log(path.basename(file), 'exit', run.status, 'rows', ours.length, 'DuckDB:', String(error).slice(0, 120));
        continue;
    }
    let cells = 0, differ = 0, first = ours.length === theirs.length ? '' : `rows ${ours.length} and ${theirs.length}`;
    for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
        const row = flatten(theirs[i], '', {});
        for (const key in ours[i]) {
            cells++;
            if (normal(ours[i][key]) === normal(row[key])) continue;
            differ++;
            first ||= `row ${i} ${key}: ${JSON.stringify(ours[i][key])} and ${JSON.stringify(row[key])}`;
        }
    }
    console.log(path.basename(file), 'exit', run.status, 'rows', ours.length, 'cells', cells, 'differ', differ, first.slice(0, 200));
}

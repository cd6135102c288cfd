// The text column of a Parquet file by DuckDB on one thread, by processor time, beside bench_parquet on the same file:
//     npm install @duckdb/node-api
//     node bench/parquet.mjs FILE [PASSES] && build/bench/bench_parquet FILE
// CSV: what, rows, bytes of text, best MB/s, median MB/s. The query must look at every text: sum(strlen(text)).
import { DuckDBInstance } from '@duckdb/node-api';

const [file, passes = '7'] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
const query = `select count(*), sum(strlen(text)), max(strlen(text)) from read_parquet('${file}')`;
const first = (await connection.runAndReadAll(query)).getRows()[0];
const seconds = [];
for (let i = 0; i < Number(passes); i++) {
    const from = process.cpuUsage();
    await connection.runAndReadAll(query);
    const used = process.cpuUsage(from);
    seconds.push((used.user + used.system) / 1e6);
}
seconds.sort((a, b) => a - b);
const megabytes = Number(first[1]) / 1e6;
console.log('what,rows,bytes,best_mb_s,median_mb_s');
console.log(`duckdb,${first[0]},${first[1]},${(megabytes / seconds[0]).toFixed(0)},${(megabytes / seconds[seconds.length >> 1]).toFixed(0)}`);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every maximum in one place, each with its reason. Input never decides how much memory
 * or time is spent: it is cut, dropped or reported when it reaches one of these.
 */
#ifndef EM_BASE_LIMITS_H
#define EM_BASE_LIMITS_H

#include <stddef.h>

#define EM_KIB ((size_t)1024)
#define EM_MIB (1024 * EM_KIB)

/* Archive records.
 * Common Crawl truncates payloads at 1 MiB (5 MiB since 2025); browsertrix keeps media of
 * any size. 64 MiB holds every page that has readable text and keeps a worker far below
 * 300 MB with the three buffers a record may occupy (block, decoded body, text). A larger
 * block is skipped in constant memory and is the drop `too-big`. */
#define EM_MAX_BLOCK (64 * EM_MIB)

/* A decoded HTTP body (after dechunking and Content-Encoding). 32 MiB of HTML is 200 times
 * the mean page; a bomb ends here as the drop `bomb`. */
#define EM_MAX_BODY (32 * EM_MIB)

/* Content codings applied one on another ("gzip, gzip"): two occur by accident, more are
 * attacks. */
#define EM_MAX_CODINGS 4

/* WARC and HTTP header blocks. Heritrix writes up to some tens of kB (cookies, links);
 * 1 MiB stops a record without a blank line from being read as one header for ever. */
#define EM_MAX_HEADER       (1 * EM_MIB)
#define EM_MAX_HEADER_LINES 4096

/* Bytes scanned for the next record or gzip member after damage before progress is
 * reported; the scan itself continues to the end of the file, in constant memory. */
#define EM_INPUT_WINDOW (1 * EM_MIB)

/* One line of JSONL or one whole text/HTML file: as a record's block. */
#define EM_MAX_LINE EM_MAX_BLOCK

/* zstd window: 128 MiB is what `zstd --long=27` needs and the decoder's own default
 * limit; frames asking for more are refused. */
#define EM_MAX_ZSTD_WINDOW_LOG 27
/* Containers one in another (.warc.gz.gz): two happen when what is compressed is compressed
 * again for transport; more are attacks. */
#define EM_MAX_CONTAINERS 2
/* A WARC zst dictionary frame (IIPC): real ones are about 100 kB. */
#define EM_MAX_ZSTD_DICT (16 * EM_MIB)

/* Parquet (crawler/archive/parquet*.h).
 * The footer: wide tables of thousands of columns and row groups have some MB; what it
 * becomes in memory; nodes of its schema; its row groups. */
#define EM_MAX_PARQUET_FOOTER  (64 * EM_MIB)
#define EM_MAX_PARQUET_META    (512 * EM_MIB)
#define EM_MAX_PARQUET_COLUMNS 100000
#define EM_MAX_PARQUET_GROUPS  1000000
/* One page, inflated. Writers aim at 1 MiB and count only every thousand rows or so: a page
 * of long texts has some tens of MB. */
#define EM_MAX_PARQUET_PAGE (256 * EM_MIB)
/* The header of a page, with the statistics that some writers put in: values as long as
 * the column has them. */
#define EM_MAX_PARQUET_PAGE_HEADER (16 * EM_MIB)

/* WACZ: datapackage.json, and the resources that are looked at in it: crawls of thousands of
 * WARCs have some MB of it. */
#define EM_MAX_WACZ_PACKAGE   (16 * EM_MIB)
#define EM_MAX_WACZ_RESOURCES 100000

/* Pages.
 * Text of one document after extraction: longest real pages (books on one page) have
 * some MB. Longer text is cut there, and the cut is noted. */
#define EM_MAX_TEXT   (16 * EM_MIB)
#define EM_MAX_BLOCKS 100000
#define EM_MAX_LINKS  20000
/* Open elements; the WHATWG parsers stop at 512. Deeper ones are counted, not stacked. */
#define EM_MAX_DEPTH 512
/* Through libxml2, which keeps all of them and looks through them at every end tag: a page
 * that goes deeper is cut there. */
#define EM_MAX_LIBXML2_DEPTH (4 * EM_MAX_DEPTH)
/* Attributes of one element that are kept; later ones are skipped. Character references
 * need no limit: each is decoded where it stands, to no more bytes than three times its own,
 * and none stands for another. */
#define EM_MAX_ATTRIBUTES 256
#define EM_MAX_ATTR_VALUE (64 * EM_KIB)
#define EM_MAX_TITLE      (4 * EM_KIB)
/* A page decoded to UTF-8 from another encoding (three bytes for one at most; real text
 * grows by a tenth to a half). Longer ones are cut. */
#define EM_MAX_DECODED (2 * EM_MAX_BODY)
/* Bytes looked at for <meta charset> (spec: HTML 13.2.3.2) and for a guess. */
#define EM_PRESCAN 1024
/* A <meta charset> further down still counts where nothing else is declared, as in a
 * parser that changes its mind (spec: HTML 13.2.3.5). */
#define EM_PRESCAN_LATE (16 * EM_KIB)
/* Of text that declares no encoding: bytes around those above 0x7F, and where NULs are counted. */
#define EM_GUESS_SAMPLE (8 * EM_KIB)
#define EM_GUESS_HEAD   (64 * EM_KIB)
/* Block elements kept as nodes of the page's outline (56 bytes each); blocks in later ones
 * belong to their parent. */
#define EM_MAX_NODES 200000
/* Structured data (JSON-LD) read from one page. */
#define EM_MAX_JSONLD (256 * EM_KIB)
/* Objects and arrays in each other there: real graphs have fewer than ten. */
#define EM_MAX_JSONLD_DEPTH 32
/* Places of a page that may hold its date: more are lists of other pages. */
#define EM_MAX_DATE_HINTS 64

/* Detector.
 * Words scored in one document: 20,000 words (100 windows of 200) settle a verdict. The
 * cost of one document stays bounded; later words are not scored, which is noted. */
#define EM_MAX_SCORED_WORDS 20000
/* The same in bytes of normalised text: twice what such a text has in any language with
 * spaces, so that text without spaces is bounded too. */
#define EM_MAX_SCORED_BYTES (256 * EM_KIB)
#define EM_MAX_SPANS        1000
#define EM_MAX_LEAKS        100
#define EM_MAX_MODEL        (32 * EM_MIB)

/* Reference sets.
 * Sets open at once: each costs a look-up for every print of a text. */
#define EM_MAX_REFS_SETS 256
/* Words of one text of a set; longer ones are cut there. A book has 100,000. */
#define EM_MAX_REFS_WORDS 4000000
/* Prints of one document found in sets: a text of EM_MAX_TEXT made of nothing but known
 * passages has about a million. */
#define EM_MAX_REFS_SEEDS (2 * EM_MIB)
/* Matches reported of one document, the largest first, and stretches of one match. */
#define EM_MAX_MATCHES         50
#define EM_MAX_MATCH_STRETCHES 16
/* Records of 16 bytes that building a set sorts in memory; more go to a temporary file. */
#define EM_REFS_SORT_RECORDS (4 * EM_MIB)

/* Passages and echoes.
 * Prints kept of one document: 20,000 are those of 320,000 words, three long books. */
#define EM_MAX_PASSAGE_PRINTS 20000
/* Quotations looked for in one document; later ones are not told from other text. */
#define EM_MAX_QUOTES 4096
/* Prints, and sites by name, of one passage that `echo` puts together: 4,096 prints are
 * some 65,000 words. A longer passage is shown in parts. */
#define EM_MAX_ECHO_PRINTS 4096
#define EM_MAX_ECHO_SITES  1024
/* Bytes of rows that `echo` holds at once; where there are more, it reads the table several
 * times, a part of the first documents each time. */
#define EM_ECHO_MEMORY (256 * EM_MIB)
/* Passages `echo` holds to print: the most one can ask for. Some kB each. */
#define EM_MAX_ECHO_LIMIT 10000
/* Sites and pairs of sites counted when looking for mirrors (40 and 100 bytes each): what
 * comes after is not sampled. */
#define EM_MAX_MIRROR_SITES 1000000
#define EM_MAX_MIRROR_PAIRS 500000

/* Arenas: chunk size, what a reset keeps, and the most one document may use. */
#define EM_ARENA_CHUNK (256 * EM_KIB)
#define EM_ARENA_KEEP  (16 * EM_MIB)
#define EM_ARENA_MAX   (128 * EM_MIB)

/* Lines one batch of records may become: its texts are not in them, so a batch of 2 MB of
 * pages gives some 10 kB; spans and drops of 256 records stay far below. */
#define EM_MAX_RESULT  (256 * EM_MIB)
#define EM_KEEP_RESULT (8 * EM_MIB)
/* Of it, what one record of `clean` may become: a line of EM_MAX_LINE twice over. Escaping
 * can make it six times as long; what is longer than this is referred to, not carried. */
#define EM_MAX_CARRIED (160 * EM_MIB)

/* Rows of an index that wait for a commit: a commit is due at a quarter of this, and one
 * batch of records adds some MB. */
#define EM_MAX_ROWS (1024 * EM_MIB)

/* A path, URL or header value that travels beside the text. */
#define EM_MAX_URL (8 * EM_KIB)
/* A URL given to the `url` and `robots` commands, which are also asked about unreasonable
 * ones; the crawl itself takes none longer than EM_MAX_URL. */
#define EM_MAX_URL_INPUT (1 * EM_MIB)
/* robots.txt: what is read of it (RFC 9309 2.5 asks for 500 KiB at least); what it becomes
 * (every byte of a rule escaped, twice, and eight bytes a record); its longest product
 * token; its longest crawl delay in seconds, a day. */
#define EM_MAX_ROBOTS       (500 * EM_KIB)
#define EM_MAX_ROBOTS_FORM  (12 * EM_MAX_ROBOTS)
#define EM_MAX_ROBOTS_AGENT 128
#define EM_MAX_ROBOTS_DELAY 86400
/* /.well-known/tdmrep.json: real ones have under 10 kB. */
#define EM_MAX_TDMREP (256 * EM_KIB)
/* A licence (RSL), and the form it is kept in. */
#define EM_MAX_RSL       (512 * EM_KIB)
#define EM_MAX_RSL_FORM  (56 * EM_KIB)
#define EM_MAX_RSL_DEPTH 32
/* The address of a licence in an index. */
#define EM_MAX_LICENCE 1024
/* ai.txt. */
#define EM_MAX_AI_TXT (56 * EM_KIB)
/* Sitemaps: the protocol allows 50 MB and 50,000 places a file; real ones go somewhat
 * beyond, bombs far. Elements in each other: the extensions use five. */
#define EM_MAX_SITEMAP       (64 * EM_MIB)
#define EM_MAX_SITEMAP_ITEMS 200000
#define EM_MAX_SITEMAP_DEPTH 64
/* One start tag: an address and some namespaces take 3 kB. */
#define EM_MAX_SITEMAP_TAG (64 * EM_KIB)
/* Parameters of one query that are sorted; longer queries stay as they are. */
#define EM_MAX_URL_PARAMETERS 256

/* Frontier of a crawl (crawler/web/frontier).
 * URLs that wait for the sieve, and their bytes: a batch of a million makes merging against
 * 10^8 known hashes cost less than a microsecond a URL, and takes some 150 MB. */
#define EM_MAX_SIEVE_BATCH (1024 * EM_KIB)
#define EM_MAX_SIEVE_BYTES (128 * EM_MIB)
/* URLs queued for one host: the largest sites have some ten million pages worth reading;
 * more is a trap that nothing else saw. */
#define EM_MAX_HOST_QUEUE 10000000
/* Results, robots.txt forms and notes that wait for a commit. */
#define EM_MAX_FRONTIER_STAGED (256 * EM_MIB)
/* URLs of all hosts held in memory to be fetched next, in bytes. */
#define EM_MAX_FRONTIER_LOADED (256 * EM_MIB)
/* Hosts in memory: each takes 1.5 kB beside its URLs. */
#define EM_MAX_FRONTIER_HOSTS 200000
/* Tasks of one host that are out at a time, URLs of one turn, and rows of its queue that are
 * done while one before them is not. */
#define EM_MAX_HOST_TASKS 256
#define EM_MAX_HOST_AHEAD 1024
/* ETag and Last-Modified kept of a page: longer ones are not worth a conditional request. */
#define EM_MAX_VALIDATOR 512
/* Patterns, types and languages of a scope, and seeds that widen it. */
#define EM_MAX_SCOPE_ITEMS 10000000

/* Remote inputs (crawler/archive/remote.h).
 * Bytes read ahead of the reader: a tenth of a second of a fast connection, so that neither
 * waits for the other; what one open object costs in memory. */
#define EM_REMOTE_AHEAD (8 * EM_MIB)
/* Servers that the user has named, as text: command lines are shorter than this. */
#define EM_MAX_NAMED (4 * EM_MIB)

/* Fetching (base/net).
 * Transfers of one fetcher at a time, and its idle connections: each takes a file descriptor
 * and some 40 kB in libcurl, TLS more. */
#define EM_MAX_TRANSFERS 20000
/* A request header: a URL, two validators and what identifies us. */
#define EM_MAX_REQUEST (16 * EM_KIB)
/* A user agent and the like as an option. */
#define EM_MAX_FETCH_OPTION 1024
/* Received header memory that a slot keeps for the next transfer, and body memory: most
 * pages fit, so that a warm fetcher allocates nothing. */
#define EM_KEEP_FETCH_HEADER (8 * EM_KIB)
#define EM_KEEP_FETCH_BODY   (256 * EM_KIB)
/* Names with addresses of their own: tests have thousands. */
#define EM_MAX_OVERRIDES 1000000
/* Records of a WARC that wait to be written. */
#define EM_WARC_BUFFER (1 * EM_MIB)
/* A line of an index: URL, key and names, each escaped. */
#define EM_MAX_CDXJ_LINE (8 * EM_MAX_URL)
/* Memory for sorting an index of some GB of WARC. */
#define EM_CDXJ_SORT_MEMORY (16 * EM_MIB)

#endif

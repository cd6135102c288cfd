/* SPDX-License-Identifier: Apache-2.0
 *
 * The report: one self-contained HTML page. It is given rows as the commands print them
 * (`prevalence --json`, `echo --json`, `query --json`), and knows nothing of where they came
 * from. The page's own sources are in report/html/; they and the packaged chart library are
 * built into the library (report/html/embed.sh).
 *
 *   rows ─ em_report_data_write ─> one JSON object ─ em_report_html ─> page
 *
 * The object is also what `report --json` prints and `report --from` reads; its fields are
 * in docs/FORMATS.md. Everything in it may come from hostile pages: it is embedded with no
 * `<`, and the page's script inserts it as text only.
 */
#ifndef EM_REPORT_HTML_H
#define EM_REPORT_HTML_H

#include "base/buf.h"

/* Each view is one JSON value, or empty where it was not measured; the page then says so.
 * Not checked here: the caller wrote them with base/json.h. */
struct em_report_data {
    struct em_view made;     /* string: when, or empty for a page with no time in it */
    struct em_view command;  /* string: command line */
    struct em_view source;   /* string: index or file */
    struct em_view model;    /* object: name, others */
    struct em_view overview; /* object, as `query --json` */
    struct em_view
        prevalence;         /* object: all, month, lang, domain: rows of `prevalence` */
    struct em_view months;  /* array: counts by month */
    struct em_view langs;   /* array: counts by language */
    struct em_view domains; /* object: total, rows: counts by registrable domain */
    struct em_view scores;  /* object: from, width, before, after, undated */
    struct em_view echoes;  /* object: counts, total, rows: as `echo --json` */
    struct em_view spread;  /* object: passages, left_out, rows: as `echo --by month` */
    struct em_view hits;    /* object: total, sets, rows: as `query --hits --json` */
    struct em_view inputs;  /* object: total, rows: inputs damaged or not read whole */
    struct em_view summary; /* object, as `scan --summary json` */
};

EM_MUST_CHECK enum em_status em_report_data_write(struct em_buf *out,
                                                  const struct em_report_data *data);

/* The page around the object `json`, which must be valid JSON. */
EM_MUST_CHECK enum em_status em_report_html(struct em_buf *out, struct em_view json);

/* The same for `serve`: the page listens for updates at /events, and takes new data from
 * /api/v1/report. `version`: of the data it is made with. */
EM_MUST_CHECK enum em_status em_report_html_live(struct em_buf *out, struct em_view json,
                                                 uint64_t version);

/* Whether the chart library was there when this library was built; without it the page has
 * tables only, and says so. */
bool em_report_has_charts(void);

#endif

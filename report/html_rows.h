/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of an index for the report, as JSON: what the other commands print, cut to what a page
 * can hold. Each function appends one JSON value.
 */
#ifndef EM_REPORT_HTML_ROWS_H
#define EM_REPORT_HTML_ROWS_H

#include "index/model.h"

#include "index/answers/echo_series.h"
#include "index/store.h"

/* Rows of a list on the page, each bounded whatever the index holds. A reader looks at tens;
 * hundreds let him sort and search. */
enum {
    EM_REPORT_DOMAINS = 300,
    EM_REPORT_LANGS = 256,
    EM_REPORT_HITS = 60,
    EM_REPORT_SETS = 200,
    EM_REPORT_INPUTS = 200,
    EM_REPORT_FLAGGED = 200,
    EM_REPORT_ECHOES = 150,
    EM_REPORT_ECHO_WORDS = 4000, /* bytes of a passage */
    EM_REPORT_MONTHS = 600,      /* or languages: fifty years */
    EM_REPORT_REPLICATES = 100,  /* of the bootstrap, as `prevalence` has */
};

/* overview: object; inputs: object with the damaged and unfinished ones; read: with all. */
EM_MUST_CHECK enum em_status em_report_ledger(struct em_buf *overview,
                                              struct em_buf *inputs, struct em_buf *read,
                                              struct em_store *store, uint32_t model,
                                              struct em_err *err);
/* months, langs: arrays; scores: object. */
EM_MUST_CHECK enum em_status em_report_cells(struct em_buf *months, struct em_buf *langs,
                                             struct em_buf *scores,
                                             struct em_store *store, uint32_t model,
                                             struct em_err *err);
/* {"total":N,"rows":[...]}, most flagged documents first. */
EM_MUST_CHECK enum em_status em_report_domains(struct em_buf *out, struct em_store *store,
                                               uint32_t model, struct em_err *err);
/* {"all":rows,"month":rows,"lang":rows}: estimates of `model`'s verdicts. `now`: later dates
 * are doubtful. */
EM_MUST_CHECK enum em_status em_report_prevalence(struct em_buf *out,
                                                  struct em_store *store,
                                                  const struct em_index_model *model,
                                                  int64_t now, struct em_err *err);
/* {"total":N,"sets":[...],"rows":[...]}: the longest passage of each item. */
EM_MUST_CHECK enum em_status em_report_hits(struct em_buf *out, struct em_store *store,
                                            struct em_err *err);
/* The words of a passage, into an empty buffer; false where they cannot be had. */
typedef bool em_report_words_fn(void *context, const struct em_echo *echo,
                                struct em_buf *out);
/* Finds what the next two write. Release in any case. */
EM_MUST_CHECK enum em_status em_report_echoes_find(struct em_echoes *echoes,
                                                   struct em_store *store, uint32_t model,
                                                   struct em_err *err);
/* On how many sites passages of machines and of people are, by month. */
EM_MUST_CHECK enum em_status em_report_spread(struct em_buf *out,
                                              struct em_echoes *echoes,
                                              struct em_store *store, uint32_t model,
                                              struct em_err *err);
/* {"counts":{...},"total":N,"rows":[...]}, the widest. `words` may be NULL. No store has to
 * be open: inputs are read for the words. */
EM_MUST_CHECK enum em_status em_report_echoes(struct em_buf *out,
                                              const struct em_echoes *echoes,
                                              em_report_words_fn *words, void *context);

/* The documents called machine-written that are most certain, found in an index and written
 * when it has been closed, because their inputs are read for the words. */
struct em_report_flagged;
/* Free *out in any case. */
EM_MUST_CHECK enum em_status em_report_flagged_find(struct em_report_flagged **out,
                                                    struct em_store *store,
                                                    uint32_t model, struct em_err *err);
void em_report_flagged_free(struct em_report_flagged *flagged); /* NULL is nothing */
/* {"total":N,"rows":[...]}, once: the most certain first, as `query --json` has them with
 * `input` and `text`, the beginning (null without `words`). */
EM_MUST_CHECK enum em_status em_report_flagged_write(struct em_buf *out,
                                                     struct em_report_flagged *flagged,
                                                     em_report_words_fn *words,
                                                     void *context);
/* {"total":N,"turned":N,"rows":[...]}: tested sites, as `query --sites --json`. */
EM_MUST_CHECK enum em_status em_report_turned(struct em_buf *out, struct em_store *store,
                                              const struct em_index_model *model,
                                              int64_t now, struct em_err *err);

/* "key":value in an open object. */
void em_report_put_u64(struct em_json *json, const char *key, uint64_t value);
void em_report_put_string(struct em_json *json, const char *key, struct em_view value);

#endif
